package io.tidings.testkit.client;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * When to try again: exponential with full jitter. The first retry falls anywhere in the window that the server named, the
 * n-th anywhere below the base doubled n times. The cap is applied before the jitter, so that clients which reached it are still
 * spread over all of it.
 *
 * <p>Not safe for use by several threads.
 */
final class Backoff {

    private static final int MAX_DOUBLINGS = 30;

    private final RandomGenerator random;
    private final long baseMillis;
    private final long capMillis;

    private int tries;

    Backoff(RandomGenerator random, Duration base, Duration cap) {
        this.random = random;
        this.baseMillis = base.toMillis();
        this.capMillis = cap.toMillis();
    }

    /**
     * How long to wait before the next attempt.
     *
     * @param windowMillis the server's reconnect window, or the base where no server named one
     */
    Duration next(long windowMillis) {
        long most = tries == 0 ? windowMillis : baseMillis << Math.min(tries, MAX_DOUBLINGS);
        tries++;
        return Duration.ofMillis(random.nextLong(Math.max(0, Math.min(most, capMillis)) + 1));
    }

    /** An attempt whose delay the server said. */
    void told() {
        tries++;
    }

    /** The connection was stable. */
    void reset() {
        tries = 0;
    }

    long baseMillis() {
        return baseMillis;
    }
}
