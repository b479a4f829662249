package io.tidings.policy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * How a hub that stops sends its clients away, so that they do not all come back to the other nodes at once.
 *
 * @param perSecond   connections that are asked to leave in a second; default 2,000; 1 to 1,000,000. Where so many do not fit
 *                    into the deadline, more are asked
 * @param leastSpread the delays before they come back, told in the close frame, are spread evenly over this or over the time that
 *                    so many take at {@code perSecond}, whichever is longer; default 500 ms; zero to 10 minutes
 * @param deadline    when what has not ended is aborted; default 30 s; 100 ms to 1 hour
 */
public record DrainPolicy(int perSecond, Duration leastSpread, Duration deadline) {

    private static final int MAX_PER_SECOND = 1_000_000;
    private static final Duration MAX_SPREAD = Duration.ofMinutes(10);
    private static final Duration MIN_DEADLINE = Duration.ofMillis(100);
    private static final Duration MAX_DEADLINE = Duration.ofHours(1);

    /** The defaults: 2,000 a second, 500 ms, 30 s. */
    public static final DrainPolicy STANDARD = new DrainPolicy(2_000, Duration.ofMillis(500), Duration.ofSeconds(30));

    /**
     * Checks the ranges.
     *
     * @throws IllegalArgumentException naming every value out of range
     */
    public DrainPolicy {
        List<String> problems = new ArrayList<>();
        if (perSecond < 1 || perSecond > MAX_PER_SECOND) {
            problems.add("perSecond must be 1 to " + MAX_PER_SECOND + ", was " + perSecond);
        }
        if (leastSpread.isNegative() || leastSpread.compareTo(MAX_SPREAD) > 0) {
            problems.add("leastSpread must be zero to 10 minutes, was " + leastSpread);
        }
        if (deadline.compareTo(MIN_DEADLINE) < 0 || deadline.compareTo(MAX_DEADLINE) > 0) {
            problems.add("deadline must be 100 ms to 1 hour, was " + deadline);
        }
        if (!problems.isEmpty()) {
            throw new IllegalArgumentException(String.join("; ", problems));
        }
    }

    /** The same policy at another pace. */
    public DrainPolicy withPerSecond(int other) {
        return new DrainPolicy(other, leastSpread, deadline);
    }

    /** The same policy with another least spread of the delays. */
    public DrainPolicy withLeastSpread(Duration other) {
        return new DrainPolicy(perSecond, other, deadline);
    }

    /** The same policy with another deadline. */
    public DrainPolicy withDeadline(Duration other) {
        return new DrainPolicy(perSecond, leastSpread, other);
    }

    /** Over how long the delays of so many clients are spread. */
    public Duration spread(int connections) {
        Duration paced = Duration.ofMillis(connections * 1_000L / perSecond);
        return paced.compareTo(leastSpread) > 0 ? paced : leastSpread;
    }
}
