package io.tidings.testkit;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** What a {@link RawWebSocketClient} read and nobody took yet. One thread adds, any take; an end is never used up. */
final class ReceivedQueue {
    private final BlockingQueue<Received> waiting = new LinkedBlockingQueue<>();

    void add(Received received) {
        waiting.add(received);
    }

    Optional<Received> poll(Duration timeout) {
        try {
            Received next = waiting.poll(timeout.toNanos(), TimeUnit.NANOSECONDS);
            if (next != null && next.isLast()) {
                waiting.add(next);
            }
            return Optional.ofNullable(next);
        } catch (InterruptedException e) {
            throw Threads.interrupted(e);
        }
    }

    List<Received> drain() {
        List<Received> all = new ArrayList<>();
        waiting.drainTo(all);
        if (!all.isEmpty() && all.get(all.size() - 1).isLast()) {
            waiting.add(all.get(all.size() - 1));
        }
        return all;
    }

    /**
     * Waits for one of a type.
     *
     * @param skipControlsOnly whether anything but a ping or a pong before it is an error
     */
    <T extends Received> T await(Class<T> type, Duration timeout, boolean skipControlsOnly) {
        long deadline = System.nanoTime() + timeout.toNanos();
        for (int skipped = 0; ; skipped++) {
            Optional<Received> next = poll(Duration.ofNanos(Math.max(0, deadline - System.nanoTime())));
            if (next.isEmpty()) {
                throw new AssertionError("expected " + type.getSimpleName() + " within " + timeout + ", got " + skipped
                        + " others and nothing more");
            }
            Received got = next.get();
            if (type.isInstance(got)) {
                return type.cast(got);
            }
            boolean control = got instanceof Received.Ping || got instanceof Received.Pong;
            if (got.isLast() || (skipControlsOnly && !control)) {
                throw new AssertionError("expected " + type.getSimpleName() + ", got " + got);
            }
        }
    }
}
