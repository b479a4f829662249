package io.tidings.message;

import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * The id of a message on the wire, always {@value #LENGTH} characters, opaque to clients.
 *
 * <p>A durable message's is {@code p}, then its epoch and its offset in ten characters each of base32hex (RFC 4648 section
 * 7), so that ids of one user sort as text. A transient message's is {@code t}, ten characters that name the node's life
 * and ten that count; all recipients share it and it says no position.
 *
 * @param durable whether the id says a position
 * @param high    the epoch, or the node's life; 0 to {@link Position#MAX}
 * @param low     the offset, or the count; 0 to {@link Position#MAX}
 */
public record MessageId(boolean durable, long high, long low) {

    /** Characters, and bytes of UTF-8, of every id. */
    public static final int LENGTH = 21;

    private static final byte[] DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUV".getBytes(StandardCharsets.US_ASCII);
    private static final int HALF = 10;

    /**
     * Checks both ranges.
     *
     * @throws IllegalArgumentException when either is negative or above {@link Position#MAX}
     */
    public MessageId {
        if (high < 0 || high > Position.MAX || low < 0 || low > Position.MAX) {
            throw new IllegalArgumentException(
                    "both halves must be from 0 to " + Position.MAX + ", were " + high + " and " + low);
        }
    }

    /** The id of the durable message at a position; {@link Position#START}'s id is {@code p} and twenty zeros. */
    public static MessageId of(Position position) {
        return new MessageId(true, position.epoch(), position.offset());
    }

    /** The id of a transient message. */
    public static MessageId ofTransient(long life, long count) {
        return new MessageId(false, life, count);
    }

    /** The position that a durable id's text says; empty for everything else, transient ids included. */
    public static Optional<Position> positionIn(String text) {
        if (text.length() != LENGTH || text.charAt(0) != 'p') {
            return Optional.empty();
        }
        long high = number(text, 1);
        long low = number(text, 1 + HALF);
        return high < 0 || low < 0 ? Optional.empty() : Optional.of(new Position(high, low));
    }

    /**
     * The position of a durable message.
     *
     * @throws IllegalStateException when the id is a transient message's
     */
    public Position position() {
        if (!durable) {
            throw new IllegalStateException("a transient message has no position");
        }
        return new Position(high, low);
    }

    /** Writes the {@value #LENGTH} bytes of the id. */
    public void writeTo(byte[] target, int at) {
        target[at] = (byte) (durable ? 'p' : 't');
        digits(high, target, at + 1);
        digits(low, target, at + 1 + HALF);
    }

    /** The id as text. */
    @Override
    public String toString() {
        byte[] bytes = new byte[LENGTH];
        writeTo(bytes, 0);
        return new String(bytes, StandardCharsets.US_ASCII);
    }

    private static void digits(long value, byte[] target, int at) {
        long rest = value;
        for (int i = at + HALF - 1; i >= at; i--) {
            target[i] = DIGITS[(int) (rest & 31)];
            rest >>>= 5;
        }
    }

    private static long number(String text, int from) {
        long value = 0;
        for (int i = from; i < from + HALF; i++) {
            char c = text.charAt(i);
            int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'V' ? c - 'A' + 10 : -1;
            if (digit < 0) {
                return -1;
            }
            value = value << 5 | digit;
        }
        return value;
    }
}
