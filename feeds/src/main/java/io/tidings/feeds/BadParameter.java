package io.tidings.feeds;

/** A parameter of a query does not hold. */
final class BadParameter extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final String parameter;
    private final String text;

    /**
     * What does not hold.
     *
     * @param text the end of a sentence that begins with the parameter
     */
    BadParameter(String parameter, String text) {
        super(parameter + ' ' + text, null, false, false);
        this.parameter = parameter;
        this.text = text;
    }

    String parameter() {
        return parameter;
    }

    String sentence() {
        return parameter + ' ' + text;
    }
}
