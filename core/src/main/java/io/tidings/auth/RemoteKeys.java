package io.tidings.auth;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.tidings.spi.Ticker;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keys that another server publishes.
 *
 * <p>Empty until the first token asks; from then on there are always keys, each set replacing the one before. At most one
 * fetch runs; all who need it wait for the same. A fetch begins
 * <ul>
 *   <li>when a token names a key that is not held, but not within the cool-down after the last success;
 *   <li>when the keys are older than {@code refreshAfter}; nobody waits for that one, unless they are three times as old,
 *       which means that nobody asked for a while, and a key may have been withdrawn since.
 * </ul>
 * After a failure the next fetch waits 1 s, then 2, 4, … up to the cool-down; the held keys stay in use. A set without any
 * usable key is a failure too.
 */
final class RemoteKeys implements KeySource {

    /** Callers that may wait for one fetch. */
    static final int MAX_WAITING = 10_000;

    /** What their tokens may occupy together. */
    static final long MAX_WAITING_BYTES = 32L << 20;

    private static final Logger LOG = LoggerFactory.getLogger(RemoteKeys.class);
    private static final int STALE = 3;
    private static final long FIRST_PAUSE_NANOS = 1_000_000_000L;
    private static final int MAX_DOUBLINGS = 20;

    private final String name;
    private final JwksFetch source;
    private final Ticker ticker;
    private final long coolDownNanos;
    private final long refreshNanos;

    private final Object lock = new Object();

    /** Written under the lock. */
    private volatile @Nullable Held held;

    @GuardedBy("lock")
    private @Nullable CompletableFuture<KeySet> fetching;

    @GuardedBy("lock")
    private int waiting;

    @GuardedBy("lock")
    private long waitingBytes;

    @GuardedBy("lock")
    private int failures;

    @GuardedBy("lock")
    private long notBefore;

    private record Held(KeySet keys, long since) {}

    /**
     * Keys of a server; fetches nothing yet.
     *
     * @param name what logs call it
     */
    RemoteKeys(String name, JwksFetch source, Ticker ticker, Duration coolDown, Duration refreshAfter) {
        this.name = name;
        this.source = source;
        this.ticker = ticker;
        this.coolDownNanos = coolDown.toNanos();
        this.refreshNanos = refreshAfter.toNanos();
        this.notBefore = ticker.nanos();
    }

    @Override
    public Set<String> algorithms() {
        return Algorithms.PUBLIC;
    }

    @Override
    public @Nullable KeySet held() {
        Held current = held;
        if (current == null) {
            return null;
        }
        long age = ticker.nanos() - current.since();
        if (age < refreshNanos) {
            return current.keys();
        }
        CompletableFuture<KeySet> begun;
        boolean wait;
        synchronized (lock) {
            wait = age / STALE >= refreshNanos && failures == 0;
            begun = begin();
        }
        if (begun != null) {
            run(begun);
        }
        return wait ? null : current.keys();
    }

    @Override
    public CompletionStage<KeySet> newer(int bytes) {
        CompletableFuture<KeySet> begun;
        CompletableFuture<KeySet> awaited;
        synchronized (lock) {
            begun = begin();
            awaited = waiting < MAX_WAITING && waitingBytes + bytes <= MAX_WAITING_BYTES ? fetching : null;
            if (awaited != null) {
                waiting++;
                waitingBytes += bytes;
            }
        }
        if (begun != null) {
            run(begun);
        }
        if (awaited != null) {
            return awaited;
        }
        CompletableFuture<KeySet> now = new CompletableFuture<>();
        settle(now);
        return now;
    }

    /** A fetch to run outside the lock, or null where one runs already or it is too early. */
    @GuardedBy("lock")
    private @Nullable CompletableFuture<KeySet> begin() {
        if (fetching != null || ticker.nanos() - notBefore < 0) {
            return null;
        }
        fetching = new CompletableFuture<>();
        return fetching;
    }

    private void run(CompletableFuture<KeySet> promise) {
        CompletionStage<byte[]> body;
        try {
            body = source.fetch();
        } catch (RuntimeException e) {
            body = CompletableFuture.failedFuture(e);
        }
        // Whoever waits is told in here, so it must be neither the calling thread nor the one that times fetches out.
        body.thenApply(json -> JwkSetReader.read(json, false))
                .whenCompleteAsync((keys, failure) -> finish(promise, keys, failure));
    }

    private void finish(CompletableFuture<KeySet> promise, @Nullable KeySet keys, @Nullable Throwable failure) {
        int before;
        synchronized (lock) {
            before = failures;
            long now = ticker.nanos();
            if (keys != null) {
                held = new Held(keys, now);
                failures = 0;
                notBefore = now + coolDownNanos;
            } else {
                long pause = FIRST_PAUSE_NANOS << Math.min(failures, MAX_DOUBLINGS);
                notBefore = now + Math.min(pause, coolDownNanos);
                failures++;
            }
            fetching = null;
            waiting = 0;
            waitingBytes = 0;
        }
        if (failure != null) {
            logFailure(before, failure);
        } else if (keys != null) {
            LOG.debug("{} signing keys from {}", keys.size(), name);
            if (before > 0) {
                LOG.info("signing keys from {} are available again", name);
            }
        }
        settle(promise);
    }

    /** Warns of the first failure in a row only: an outage may last. */
    private void logFailure(int before, Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        if (before == 0) {
            LOG.warn("cannot fetch signing keys from {}, those held stay in use: {}", name, cause.toString());
        } else {
            LOG.debug("cannot fetch signing keys from {}, attempt {}: {}", name, before + 1, cause.toString());
        }
    }

    private void settle(CompletableFuture<KeySet> promise) {
        Held current = held;
        if (current != null) {
            promise.complete(current.keys());
        } else {
            promise.completeExceptionally(new IllegalStateException("the signing keys are not available"));
        }
    }
}
