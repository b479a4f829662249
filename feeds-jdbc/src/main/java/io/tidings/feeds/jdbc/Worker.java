package io.tidings.feeds.jdbc;

import java.sql.SQLException;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A few threads that call the database, and a bounded queue before them. With one thread it keeps the order of its calls.
 *
 * <p>A thread is never interrupted: SQLite and others close their file when one is.
 */
final class Worker {

    private final Calls calls;
    private final ThreadPoolExecutor threads;
    private final AtomicInteger waiting = new AtomicInteger();
    private final int maxWaiting;

    Worker(Calls calls, String name, int count, int maxWaiting) {
        this.calls = calls;
        this.maxWaiting = maxWaiting;
        AtomicInteger number = new AtomicInteger();
        threads = new ThreadPoolExecutor(count, count, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), body -> {
            Thread thread = new Thread(body, "tidings-feeds-" + name + '-' + number.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        });
    }

    /**
     * Makes a call when its turn comes, or says null where the queue is full.
     *
     * @param weight how much of the queue it takes
     */
    <T> @Nullable CompletableFuture<T> call(String what, int weight, Callable<T> body) {
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
            stage.completeExceptionally(Calls.closedStore());
        }
        return stage;
    }

    private static <T> Runnable answer(String what, CompletableFuture<T> stage, Callable<T> body) {
        try {
            T result = body.call();
            return () -> stage.complete(result);
        } catch (SQLException e) {
            return () -> stage.completeExceptionally(JdbcFeedException.of(what, e));
        } catch (Throwable e) {
            return () -> stage.completeExceptionally(e);
        }
    }

    /** Ends the threads when what they do is done; what waits does nothing any more, because its stage has failed. */
    void close() {
        threads.shutdown();
    }
}
