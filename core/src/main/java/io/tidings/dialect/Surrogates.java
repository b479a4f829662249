package io.tidings.dialect;

/** Halves of UTF-16 pairs that stand alone; UTF-8 has no bytes for them (RFC 3629 section 3). */
final class Surrogates {

    private static final char REPLACEMENT = '\uFFFD';

    private Surrogates() {}

    /** The index of the first lone surrogate, or −1. */
    static int firstLone(String text) {
        return firstLone(text, 0);
    }

    /** The text with U+FFFD for each lone surrogate; the same text where there is none. */
    static String replaceLone(String text) {
        int lone = firstLone(text, 0);
        if (lone < 0) {
            return text;
        }
        StringBuilder mended = new StringBuilder(text);
        while (lone >= 0) {
            mended.setCharAt(lone, REPLACEMENT);
            lone = firstLone(text, lone + 1);
        }
        return mended.toString();
    }

    private static int firstLone(String text, int from) {
        int length = text.length();
        for (int i = from; i < length; i++) {
            char c = text.charAt(i);
            if (Character.isSurrogate(c)) {
                if (Character.isLowSurrogate(c) || i + 1 == length || !Character.isLowSurrogate(text.charAt(i + 1))) {
                    return i;
                }
                i++;
            }
        }
        return -1;
    }
}
