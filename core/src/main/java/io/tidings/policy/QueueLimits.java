package io.tidings.policy;

import java.time.Duration;

/**
 * How much one connection may queue, and how long one write may take. What is being written counts until it is written.
 *
 * @param maxBytes     encoded bytes; default 1 MiB; at least 1,024. A single larger frame is let in when nothing else waits
 * @param maxFrames    frames; default 1,000; at least 16
 * @param onOverflow   what happens to a transient message without a key that does not fit; default
 *                     {@link Overflow#DROP_OLDEST}. Keyed ones keep the newest of each key, outside of the queue: at most 256,
 *                     and a quarter of {@code maxBytes}, of which the oldest key gives way. Durable ones are read again
 *                     from the mailbox when there is room
 * @param writeTimeout how long one write may be unfinished before the connection closes with 4003; default 10 s; at least
 *                     100 ms
 */
public record QueueLimits(int maxBytes, int maxFrames, Overflow onOverflow, Duration writeTimeout) {

    /** What gives way when a queue is full. */
    public enum Overflow {
        /** The transient message that waits longest. */
        DROP_OLDEST,
        /** The message that does not fit. */
        DROP_NEWEST,
        /** The connection, with 4002. */
        DISCONNECT
    }

    /** The defaults: 1 MiB, 1,000 frames, drop the oldest, 10 s. */
    public static final QueueLimits STANDARD =
            new QueueLimits(1 << 20, 1_000, Overflow.DROP_OLDEST, Duration.ofSeconds(10));

    /**
     * Checks the ranges.
     *
     * @throws IllegalArgumentException naming the first value out of range
     */
    public QueueLimits {
        if (maxBytes < 1_024) {
            throw new IllegalArgumentException("maxBytes must be at least 1024, was " + maxBytes);
        }
        if (maxFrames < 16) {
            throw new IllegalArgumentException("maxFrames must be at least 16, was " + maxFrames);
        }
        if (writeTimeout.compareTo(Duration.ofMillis(100)) < 0) {
            throw new IllegalArgumentException("writeTimeout must be at least 100 ms, was " + writeTimeout);
        }
    }

    /** The same limits with other sizes. */
    public QueueLimits withSize(int bytes, int frames) {
        return new QueueLimits(bytes, frames, onOverflow, writeTimeout);
    }

    /** The same limits with another answer to overflow. */
    public QueueLimits withOverflow(Overflow other) {
        return new QueueLimits(maxBytes, maxFrames, other, writeTimeout);
    }

    /** The same limits with another write timeout. */
    public QueueLimits withWriteTimeout(Duration other) {
        return new QueueLimits(maxBytes, maxFrames, onOverflow, other);
    }
}
