package io.tidings.benchmarks;

import java.nio.ByteBuffer;

/**
 * The time inside a broadcast text: {@code @} and 16 hexadecimal digits of {@link System#nanoTime()}, padded to size.
 *
 * <p>Sender and reader are processes of one machine, where {@code nanoTime} is the kernel's monotonic clock for both.
 */
final class Stamp {
    static final char MARKER = '@';
    private static final int DIGITS = 16;

    private Stamp() {}

    /** A text of exactly {@code size} ASCII characters, safe inside a JSON string, that carries the time. */
    static String text(long nanos, int size) {
        StringBuilder text = new StringBuilder(size).append(MARKER);
        for (int shift = 60; shift >= 0; shift -= 4) {
            text.append(Character.forDigit((int) (nanos >>> shift) & 0xf, 16));
        }
        while (text.length() < size) {
            text.append('x');
        }
        return text.toString();
    }

    /** The index of the marker in {@code [from, to)}, or -1. */
    static int find(ByteBuffer bytes, int from, int to) {
        for (int i = from; i + DIGITS < to; i++) {
            if (bytes.get(i) == MARKER) {
                return i;
            }
        }
        return -1;
    }

    /** The time whose marker is at the index. */
    static long read(ByteBuffer bytes, int marker) {
        long nanos = 0;
        for (int i = marker + 1; i <= marker + DIGITS; i++) {
            nanos = nanos << 4 | Character.digit(bytes.get(i), 16);
        }
        return nanos;
    }
}
