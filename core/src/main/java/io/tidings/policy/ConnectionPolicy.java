package io.tidings.policy;

import java.time.Duration;

/**
 * How the connections of one endpoint are watched and what they may say. Each dialect brings one; an endpoint may have its
 * own.
 *
 * @param heartbeat       how silent connections are found
 * @param idle            how long a connection may go without an application message in either direction before it closes
 *                        with 4001; heartbeats do not count; zero turns it off
 * @param maxInboundBytes the largest inbound message, in bytes of UTF-8 over all its fragments; at least 64; a larger one
 *                        closes with 1009 (RFC 6455 section 7.4.1)
 */
public record ConnectionPolicy(HeartbeatPolicy heartbeat, Duration idle, int maxInboundBytes) {

    /**
     * Checks the ranges.
     *
     * @throws IllegalArgumentException when the idle time is negative or the limit below 64
     */
    public ConnectionPolicy {
        if (idle.isNegative()) {
            throw new IllegalArgumentException("idle must not be negative, was " + idle);
        }
        if (maxInboundBytes < 64) {
            throw new IllegalArgumentException("maxInboundBytes must be at least 64, was " + maxInboundBytes);
        }
    }

    /** The same policy with another heartbeat. */
    public ConnectionPolicy withHeartbeat(HeartbeatPolicy other) {
        return new ConnectionPolicy(other, idle, maxInboundBytes);
    }

    /** The same policy with another idle time; zero turns it off. */
    public ConnectionPolicy withIdle(Duration other) {
        return new ConnectionPolicy(heartbeat, other, maxInboundBytes);
    }

    /** The same policy with another inbound limit, in bytes. */
    public ConnectionPolicy withMaxInboundBytes(int other) {
        return new ConnectionPolicy(heartbeat, idle, other);
    }
}
