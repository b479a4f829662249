package io.tidings.policy;

/**
 * How many connections a user may have on one node.
 *
 * @param perUser    connections; default 10; at least 1
 * @param onTooMany  which one gives way; default {@link TooMany#CLOSE_OLDEST}
 */
public record ConnectionLimits(int perUser, TooMany onTooMany) {

    /** Which connection gives way; it closes with 4503. */
    public enum TooMany {
        /** The one that opened first. */
        CLOSE_OLDEST,
        /** The one that is opening. */
        REFUSE_NEW
    }

    /** The defaults: 10 connections, the oldest closes. */
    public static final ConnectionLimits STANDARD = new ConnectionLimits(10, TooMany.CLOSE_OLDEST);

    /**
     * Checks the range.
     *
     * @throws IllegalArgumentException when fewer than one connection is allowed
     */
    public ConnectionLimits {
        if (perUser < 1) {
            throw new IllegalArgumentException("perUser must be at least 1, was " + perUser);
        }
    }
}
