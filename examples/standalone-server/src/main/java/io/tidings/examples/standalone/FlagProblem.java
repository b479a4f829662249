package io.tidings.examples.standalone;

/** A flag that is unknown or has a bad value. The message is one line that names it; a secret is not quoted. */
final class FlagProblem extends Exception {

    private static final long serialVersionUID = 1L;
    private static final int MAX_QUOTED = 64;

    FlagProblem(String source, String problem) {
        super(source + ": " + problem);
    }

    /** A value as it may stand in the line: short, and without line ends. */
    static String quoted(String value) {
        String line = value.replaceAll("\\p{Cntrl}", "?");
        return line.length() > MAX_QUOTED ? line.substring(0, MAX_QUOTED) + "…" : line;
    }
}
