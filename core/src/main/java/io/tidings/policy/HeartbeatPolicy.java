package io.tidings.policy;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * When a connection is probed and when silence means that it is dead. {@link Heartbeat} is the complete implementation that
 * both dialects use; write another to adapt the interval to a network.
 *
 * <p><b>Threads.</b> Methods MAY be called concurrently, MUST NOT block and MUST NOT keep state of a connection.
 */
public interface HeartbeatPolicy {

    /** What is sent to a connection to see whether it lives. */
    enum Probe {
        /** A WebSocket ping (RFC 6455 section 5.5.2), which the peer's library answers. */
        PROTOCOL,
        /** The dialect's {@code ping} message, which the client's own code answers. */
        FRAME
    }

    /** What is sent. */
    Probe probe();

    /** How long after the connection opened the first probe goes out; random, so that probes of connections spread. */
    Duration firstProbe(RandomGenerator random);

    /** How long after a probe the next one goes out; positive. */
    Duration interval();

    /** How long the client is told that it has to answer; positive. */
    Duration timeout();

    /**
     * When a connection is dead unless it answers, in nanoseconds of the hub's ticker.
     *
     * @param lastAnswerNanos when it answered last, or opened
     * @param probeWritten    whether a probe has been written since, and is unanswered
     * @param probeNanos      when the first of those was written; meaningless when there is none
     * @return the moment, or {@link Long#MAX_VALUE} for never, as things stand
     */
    long deadAtNanos(long lastAnswerNanos, boolean probeWritten, long probeNanos);
}
