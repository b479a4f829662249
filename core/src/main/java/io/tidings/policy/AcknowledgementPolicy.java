package io.tidings.policy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * What becomes of acknowledgements, and of their absence.
 *
 * @param redeliverAfter how long after it was written a durable message may stay unacknowledged by a client that acknowledges:
 *                       then it is read and written again, once, and so long after that the connection closes with 4005. Default
 *                       30 s; 1 s to 1 hour, or zero for never
 * @param storeAfter     how long an acknowledgement waits for others before the devices' cursors are stored together; default
 *                       2 s; 100 ms to 1 minute
 */
public record AcknowledgementPolicy(Duration redeliverAfter, Duration storeAfter) {

    private static final Duration MIN_REDELIVER = Duration.ofSeconds(1);
    private static final Duration MAX_REDELIVER = Duration.ofHours(1);
    private static final Duration MIN_STORE = Duration.ofMillis(100);
    private static final Duration MAX_STORE = Duration.ofMinutes(1);

    /** The defaults: 30 s and 2 s. */
    public static final AcknowledgementPolicy STANDARD =
            new AcknowledgementPolicy(Duration.ofSeconds(30), Duration.ofSeconds(2));

    /**
     * Checks the ranges.
     *
     * @throws IllegalArgumentException naming every value out of range
     */
    public AcknowledgementPolicy {
        List<String> problems = new ArrayList<>();
        if (!redeliverAfter.isZero() && isOutside(redeliverAfter, MIN_REDELIVER, MAX_REDELIVER)) {
            problems.add("redeliverAfter must be zero or 1 s to 1 hour, was " + redeliverAfter);
        }
        if (isOutside(storeAfter, MIN_STORE, MAX_STORE)) {
            problems.add("storeAfter must be 100 ms to 1 minute, was " + storeAfter);
        }
        if (!problems.isEmpty()) {
            throw new IllegalArgumentException(String.join("; ", problems));
        }
    }

    /** The same policy with another time before messages are written again. */
    public AcknowledgementPolicy withRedeliverAfter(Duration other) {
        return new AcknowledgementPolicy(other, storeAfter);
    }

    /** The same policy with another time before cursors are stored. */
    public AcknowledgementPolicy withStoreAfter(Duration other) {
        return new AcknowledgementPolicy(redeliverAfter, other);
    }

    private static boolean isOutside(Duration value, Duration least, Duration most) {
        return value.compareTo(least) < 0 || value.compareTo(most) > 0;
    }
}
