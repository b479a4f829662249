package io.tidings.feeds.jdbc;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** What has been asked and not answered: every stage ends within the time-out, or when the feed store closes. */
final class Calls {

    private final Duration timeout;
    private final ScheduledThreadPoolExecutor timer;
    private final Object lock = new Object();

    @GuardedBy("lock")
    private final Set<CompletableFuture<?>> open = new HashSet<>();

    @GuardedBy("lock")
    private boolean closed;

    Calls(Duration timeout) {
        this.timeout = timeout;
        timer = new ScheduledThreadPoolExecutor(1, body -> {
            Thread thread = new Thread(body, "tidings-feeds-timer");
            thread.setDaemon(true);
            return thread;
        });
        timer.setRemoveOnCancelPolicy(true);
        timer.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    }

    /**
     * Begins a call.
     *
     * @throws IllegalStateException when the feed store is closed
     */
    <T> CompletableFuture<T> begin(String what) {
        CompletableFuture<T> stage = new CompletableFuture<>();
        synchronized (lock) {
            if (closed) {
                throw closedStore();
            }
            open.add(stage);
        }
        stage.whenComplete((result, failure) -> {
            synchronized (lock) {
                open.remove(stage);
            }
        });
        return stage;
    }

    Future<?> timeoutOf(String what, CompletableFuture<?> stage) {
        try {
            return timer.schedule(
                    () -> stage.completeExceptionally(JdbcFeedException.of(what + " was not answered within "
                            + timeout.toMillis() + " ms: whether it happened is unknown")),
                    timeout.toNanos(),
                    TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException closedMeanwhile) {
            stage.completeExceptionally(closedStore());
            return CompletableFuture.completedFuture(null);
        }
    }

    /** Fails what is open, outside the lock. */
    void close() {
        List<CompletableFuture<?>> doomed;
        synchronized (lock) {
            closed = true;
            doomed = List.copyOf(open);
        }
        timer.shutdown();
        doomed.forEach(stage -> stage.completeExceptionally(closedStore()));
    }

    static IllegalStateException closedStore() {
        return new IllegalStateException("the feed store is closed");
    }
}
