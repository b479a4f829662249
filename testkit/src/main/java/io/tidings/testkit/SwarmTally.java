package io.tidings.testkit;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** What all connections of a {@link SwarmClient} came to, and waiting for it. Selector threads write, any thread reads. */
final class SwarmTally {
    final AtomicInteger opened = new AtomicInteger();
    final AtomicInteger refused = new AtomicInteger();
    final AtomicInteger failed = new AtomicInteger();
    final AtomicInteger closed = new AtomicInteger();
    final AtomicLong frames = new AtomicLong();
    final AtomicLong bytes = new AtomicLong();

    private final AtomicReference<@Nullable String> firstProblem = new AtomicReference<>();
    private final AtomicInteger waiting = new AtomicInteger();
    private final Object lock = new Object();

    void problem(String what) {
        firstProblem.compareAndSet(null, what);
    }

    @Nullable
    String firstProblem() {
        return firstProblem.get();
    }

    /**
     * To be called after counters moved. It costs one volatile read while nobody waits: a waiter counts itself before it
     * looks at the counters, so either it sees the move or the mover sees it.
     */
    void changed() {
        if (waiting.get() > 0) {
            synchronized (lock) {
                lock.notifyAll();
            }
        }
    }

    void await(String what, BooleanSupplier reached, Duration timeout) {
        long deadline = System.nanoTime() + timeout.toNanos();
        waiting.incrementAndGet();
        try {
            synchronized (lock) {
                while (!reached.getAsBoolean()) {
                    long millis = (deadline - System.nanoTime()) / 1_000_000;
                    if (millis <= 0) {
                        throw new AssertionError("expected " + what + " within " + timeout + ", got " + this);
                    }
                    lock.wait(millis);
                }
            }
        } catch (InterruptedException e) {
            throw Threads.interrupted(e);
        } finally {
            waiting.decrementAndGet();
        }
    }

    @Override
    public String toString() {
        String problem = firstProblem.get();
        return opened + " opened, " + refused + " refused, " + failed + " failed, " + closed + " closed, " + frames
                + " frames" + (problem == null ? "" : "; first problem: " + problem);
    }
}
