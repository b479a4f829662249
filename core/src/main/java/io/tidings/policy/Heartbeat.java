package io.tidings.policy;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * A heartbeat at a fixed interval. First probes fall at random in the second half of the interval.
 *
 * @param probe    what is sent
 * @param interval between probes; at least 100 ms
 * @param timeout  how long silence may last; positive
 * @param since    what the timeout counts from
 */
public record Heartbeat(Probe probe, Duration interval, Duration timeout, Since since) implements HeartbeatPolicy {

    /** What the timeout counts from. */
    public enum Since {
        /** The last answer, or the opening. */
        LAST_ANSWER,
        /** The moment at which the first unanswered probe was written. */
        PROBE
    }

    /**
     * Checks the ranges.
     *
     * @throws IllegalArgumentException when the interval is below 100 ms, the timeout is not positive, or it counts from the
     *                                  last answer and is not above the interval
     */
    public Heartbeat {
        if (interval.compareTo(Duration.ofMillis(100)) < 0) {
            throw new IllegalArgumentException("interval must be at least 100 ms, was " + interval);
        }
        if (timeout.isNegative() || timeout.isZero()) {
            throw new IllegalArgumentException("timeout must be positive, was " + timeout);
        }
        if (since == Since.LAST_ANSWER && timeout.compareTo(interval) <= 0) {
            throw new IllegalArgumentException(
                    "a timeout since the last answer must be above the interval " + interval + ", was " + timeout);
        }
    }

    /** WebSocket pings every 54 s; dead 60 s after the last pong. */
    public static Heartbeat protocol() {
        return new Heartbeat(Probe.PROTOCOL, Duration.ofSeconds(54), Duration.ofSeconds(60), Since.LAST_ANSWER);
    }

    /** Ping messages every 30 s; dead 10 s after one was written without an answer. */
    public static Heartbeat message() {
        return new Heartbeat(Probe.FRAME, Duration.ofSeconds(30), Duration.ofSeconds(10), Since.PROBE);
    }

    @Override
    public Duration firstProbe(RandomGenerator random) {
        long nanos = interval.toNanos();
        return Duration.ofNanos(nanos / 2 + random.nextLong(nanos - nanos / 2));
    }

    @Override
    public long deadAtNanos(long lastAnswerNanos, boolean probeWritten, long probeNanos) {
        if (since == Since.LAST_ANSWER) {
            return lastAnswerNanos + timeout.toNanos();
        }
        return probeWritten ? probeNanos + timeout.toNanos() : Long.MAX_VALUE;
    }
}
