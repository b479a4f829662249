package io.tidings.adapter.jdbc;

import io.tidings.jdbc.Worker;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/**
 * Calls that wait for one thread. The one whose turn comes takes along what waits behind it, in order, so that all share a transaction:
 * after a restart everybody attaches within seconds, and a hub's shards append at once. A transaction that fails fails all its calls.
 *
 * @param <A> what is asked for, one or more in a call
 * @param <R> what comes of each
 */
final class Gathering<A, R> {

    private final String what;
    private final Worker worker;
    private final int together;
    private final Transaction<A, R> transaction;
    private final Queue<Waiting<A, R>> behind = new ConcurrentLinkedQueue<>();

    /** One transaction. */
    @FunctionalInterface
    interface Transaction<A, R> {
        /** What comes of each, in the same order. */
        List<R> run(List<A> asked) throws SQLException;
    }

    /** A call. Its fields are the worker's only, but for the volatile one. */
    private static final class Waiting<A, R> {

        final List<A> asked;
        boolean taken;

        @Nullable
        List<R> outcomes;

        @Nullable
        Exception failure;

        /** Whether nobody waits any more. */
        volatile boolean over;

        Waiting(List<A> asked) {
            this.asked = asked;
        }
    }

    /**
     * Uses a worker, which has one thread.
     *
     * @param what     the calls, for those that fail
     * @param together no call is taken along by which there would be more than so many in a transaction
     */
    Gathering(String what, Worker worker, int together, Transaction<A, R> transaction) {
        this.what = what;
        this.worker = worker;
        this.together = together;
        this.transaction = transaction;
    }

    /**
     * Makes a call when its turn comes, those of one caller in their order; null where too many wait.
     *
     * @param asked at least one
     * @throws IllegalStateException when the mailbox is closed
     */
    @Nullable
    CompletableFuture<List<R>> call(List<A> asked) {
        Waiting<A, R> own = new Waiting<>(asked);
        CompletableFuture<List<R>> stage = worker.call(what, asked.size(), () -> outcomes(own));
        if (stage != null) {
            stage.whenComplete((outcome, failure) -> own.over = true);
            // Only now, so that what is refused is nowhere. When its turn has come already, it stays until the next
            // one's.
            behind.add(own);
        }
        return stage;
    }

    private List<R> outcomes(Waiting<A, R> own) throws Exception {
        if (!own.taken) {
            run(take(own));
        }
        if (own.failure != null) {
            throw own.failure;
        }
        if (own.outcomes == null) {
            throw new IllegalStateException("a call was taken and not made");
        }
        return own.outcomes;
    }

    private List<Waiting<A, R>> take(Waiting<A, R> own) {
        List<Waiting<A, R>> batch = new ArrayList<>();
        own.taken = true;
        batch.add(own);
        int size = own.asked.size();
        for (Waiting<A, R> next = behind.peek(); next != null; next = behind.peek()) {
            if (!next.taken && !next.over) {
                size += next.asked.size();
                if (size > together) {
                    break;
                }
                next.taken = true;
                batch.add(next);
            }
            behind.remove();
        }
        return batch;
    }

    private void run(List<Waiting<A, R>> batch) {
        List<A> all = new ArrayList<>();
        batch.forEach(waiting -> all.addAll(waiting.asked));
        try {
            List<R> outcomes = transaction.run(all);
            int from = 0;
            for (Waiting<A, R> waiting : batch) {
                int to = from + waiting.asked.size();
                waiting.outcomes = List.copyOf(outcomes.subList(from, to));
                from = to;
            }
        } catch (SQLException | RuntimeException e) {
            batch.forEach(waiting -> waiting.failure = e);
        }
    }
}
