package io.tidings.jdbc;

import java.sql.SQLException;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A few threads that call the database, and a bounded queue before them. With one thread it keeps the order of its calls.
 *
 * <p>A thread is never interrupted: SQLite and others close their file when one is.
 */
public final class Worker {

    private final Calls calls;
    private final ThreadPoolExecutor threads;
    private final AtomicInteger waiting = new AtomicInteger();
    private final int maxWaiting;

    /**
     * Starts no thread before the first call.
     *
     * @param name       what its threads do, in their names
     * @param count      how many threads
     * @param maxWaiting how many calls may wait, weighed; those that are made count too
     */
    public Worker(Calls calls, String name, int count, int maxWaiting) {
        this.calls = calls;
        this.maxWaiting = maxWaiting;
        AtomicInteger number = new AtomicInteger();
        threads = new ThreadPoolExecutor(count, count, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), body -> {
            Thread thread = new Thread(body, calls.caller().threads() + name + '-' + number.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        });
    }

    /**
     * Makes a call when its turn comes, or says null where the queue is full.
     *
     * @param weight how much of the queue it takes; what takes more than all of it is taken when nothing else waits
     * @throws IllegalStateException when the caller is closed
     */
    public <T> @Nullable CompletableFuture<T> call(String what, int weight, Callable<T> body) {
        if (waiting.addAndGet(weight) > Math.max(maxWaiting, weight)) {
            waiting.addAndGet(-weight);
            return null;
        }
        CompletableFuture<T> stage = calls.begin(what);
        try {
            Future<?> timeout = calls.timeoutOf(what, stage);
            threads.execute(() -> {
                // What is late already has been told as failed, and should better not happen.
                Runnable answer = stage.isDone() ? () -> {} : answer(what, stage, body);
                timeout.cancel(false);
                waiting.addAndGet(-weight);
                answer.run();
            });
        } catch (RejectedExecutionException closed) {
            stage.completeExceptionally(calls.caller().closed());
        }
        return stage;
    }

    /** The same for a call that takes one place, whose refusal is a failed stage too. */
    public <T> CompletionStage<T> ask(String what, Callable<T> body) {
        return accepted(what, () -> call(what, 1, body));
    }

    /** What a call returned, or a failed stage where the queue is full or the caller is closed. */
    public <T> CompletionStage<T> accepted(String what, Supplier<@Nullable CompletableFuture<T>> call) {
        try {
            CompletableFuture<T> stage = call.get();
            return stage != null
                    ? stage
                    : CompletableFuture.failedStage(
                            calls.caller().failed(what + " was refused: too many calls are waiting for the database"));
        } catch (IllegalStateException closed) {
            return CompletableFuture.failedStage(closed);
        }
    }

    private <T> Runnable answer(String what, CompletableFuture<T> stage, Callable<T> body) {
        try {
            T result = body.call();
            return () -> stage.complete(result);
        } catch (SQLException e) {
            return () -> stage.completeExceptionally(calls.caller().failed(what, e));
        } catch (Throwable e) {
            return () -> stage.completeExceptionally(e);
        }
    }

    /** Ends the threads when what they do is done; what waits does nothing any more, because its stage has failed. */
    public void close() {
        threads.shutdown();
    }
}
