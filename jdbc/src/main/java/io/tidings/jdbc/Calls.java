package io.tidings.jdbc;

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

/**
 * What has been asked and not answered: every stage ends within the time-out, or when the caller closes. Has one daemon thread,
 * {@code …timer}, on which late stages fail.
 */
public final class Calls {

    private final Caller caller;
    private final Duration timeout;
    private final ScheduledThreadPoolExecutor timer;
    private final Object lock = new Object();

    @GuardedBy("lock")
    private final Set<CompletableFuture<?>> open = new HashSet<>();

    @GuardedBy("lock")
    private boolean closed;

    public Calls(Caller caller, Duration timeout) {
        this.caller = caller;
        this.timeout = timeout;
        timer = new ScheduledThreadPoolExecutor(1, body -> {
            Thread thread = new Thread(body, caller.threads() + "timer");
            thread.setDaemon(true);
            return thread;
        });
        timer.setRemoveOnCancelPolicy(true);
        timer.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    }

    /**
     * Begins a call.
     *
     * @throws IllegalStateException when the caller is closed
     */
    public <T> CompletableFuture<T> begin(String what) {
        CompletableFuture<T> stage = new CompletableFuture<>();
        synchronized (lock) {
            if (closed) {
                throw caller.closed();
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

    /** Fails a stage when it is late, unless what this returns is cancelled; at once when the caller has closed meanwhile. */
    public Future<?> timeoutOf(String what, CompletableFuture<?> stage) {
        try {
            return timer.schedule(
                    () -> stage.completeExceptionally(caller.failed(what + " was not answered within "
                            + timeout.toMillis() + " ms: whether it happened is unknown")),
                    timeout.toNanos(),
                    TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException closedMeanwhile) {
            stage.completeExceptionally(caller.closed());
            return CompletableFuture.completedFuture(null);
        }
    }

    /** Runs something again and again, with a pause after each. */
    public void every(Duration pause, Runnable task) {
        timer.scheduleWithFixedDelay(task, pause.toNanos(), pause.toNanos(), TimeUnit.NANOSECONDS);
    }

    /** Fails what is open, outside the lock. */
    public void close() {
        List<CompletableFuture<?>> doomed;
        synchronized (lock) {
            closed = true;
            doomed = List.copyOf(open);
        }
        timer.shutdown();
        doomed.forEach(stage -> stage.completeExceptionally(caller.closed()));
    }

    Caller caller() {
        return caller;
    }
}
