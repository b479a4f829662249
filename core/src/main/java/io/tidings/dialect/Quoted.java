package io.tidings.dialect;

/** Makes a client's own text fit to be repeated in an answer and a log: short, on one line, valid Unicode. */
final class Quoted {

    /** The most that is repeated, in UTF-16 code units. */
    static final int MAX_LENGTH = 64;

    private Quoted() {}

    /** The beginning of the text without control and format characters. */
    static String of(String text) {
        StringBuilder kept = new StringBuilder(Math.min(text.length(), MAX_LENGTH));
        // Looks at no more than a few times what it keeps, whatever the text holds.
        int end = Math.min(text.length(), 4 * MAX_LENGTH);
        for (int i = 0; i < end; ) {
            int c = text.codePointAt(i);
            i += Character.charCount(c);
            if (!isHidden(c)) {
                if (kept.length() + Character.charCount(c) > MAX_LENGTH) {
                    break;
                }
                kept.appendCodePoint(c);
            }
        }
        return kept.toString();
    }

    private static boolean isHidden(int c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.SURROGATE -> true;
            default -> false;
        };
    }
}
