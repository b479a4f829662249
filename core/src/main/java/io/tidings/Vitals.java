package io.tidings;

import io.tidings.policy.ConnectionPolicy;
import io.tidings.policy.HeartbeatPolicy;
import java.util.random.RandomGenerator;

/**
 * The times by which one connection is judged: heartbeat and idleness, in nanoseconds of the ticker.
 *
 * <p>Not safe by itself: every method is called under the connection's lock.
 */
final class Vitals {

    private final ConnectionPolicy policy;
    private final long idleNanos;

    private long nextProbe;
    private long lastAnswer;
    private long lastMessage;
    private boolean probeQueued;
    private boolean probeWritten;
    private long probeNanos;

    Vitals(ConnectionPolicy policy, long now, RandomGenerator random) {
        this.policy = policy;
        this.idleNanos = policy.idle().toNanos();
        this.nextProbe = now + policy.heartbeat().firstProbe(random).toNanos();
        this.lastAnswer = now;
        this.lastMessage = now;
    }

    /** What the heartbeat sends. */
    HeartbeatPolicy.Probe probe() {
        return policy.heartbeat().probe();
    }

    /** Whether a probe is to go out now; the next one is then due an interval later. */
    boolean takeProbe(long now) {
        if (now - nextProbe < 0) {
            return false;
        }
        nextProbe += policy.heartbeat().interval().toNanos();
        if (nextProbe - now <= 0) {
            nextProbe = now + policy.heartbeat().interval().toNanos();
        }
        return true;
    }

    void probeQueued() {
        probeQueued = true;
    }

    /** Whether a probe waits to be written, of which {@link #probeWritten} wants to be told. */
    boolean isProbeQueued() {
        return probeQueued;
    }

    void probeWritten(long now) {
        probeQueued = false;
        if (!probeWritten) {
            probeWritten = true;
            probeNanos = now;
        }
    }

    void answered(long now) {
        lastAnswer = now;
        probeWritten = false;
    }

    void message(long now) {
        lastMessage = now;
    }

    boolean isDead(long now) {
        return now - deadAt() >= 0;
    }

    boolean isIdle(long now) {
        return idleNanos > 0 && now - lastMessage >= idleNanos;
    }

    /** How many nanoseconds from now something is due; may be negative. */
    long dueIn(long now) {
        long due = Math.min(nextProbe - now, deadAt() - now);
        return idleNanos > 0 ? Math.min(due, lastMessage + idleNanos - now) : due;
    }

    private long deadAt() {
        long at = policy.heartbeat().deadAtNanos(lastAnswer, probeWritten, probeNanos);
        // "Never" must stay in the future of a ticker that may be anywhere in its range.
        return at == Long.MAX_VALUE ? lastAnswer + Long.MAX_VALUE / 2 : at;
    }
}
