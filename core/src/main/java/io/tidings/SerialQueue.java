package io.tidings;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.tidings.spi.Scheduler;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeoutException;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The host's calls for one connection, one at a time and in order: the next starts when the stage of the one before is
 * complete, or has not been for 30 s. At most {@value #CAPACITY} wait.
 */
final class SerialQueue {

    static final int CAPACITY = 128;

    /** How long a stage may be incomplete before the next call is made. */
    static final Duration MAX_TIME = Duration.ofSeconds(30);

    private final Executor executor;
    private final Scheduler scheduler;
    private final Consumer<Throwable> onFailure;

    @GuardedBy("this")
    private @Nullable ArrayDeque<Call<?>> calls;

    @GuardedBy("this")
    private boolean running;

    @GuardedBy("this")
    private boolean ended;

    /** What became of a call that was offered. */
    enum Offered {
        TAKEN,
        /** Too many wait. */
        FULL,
        /** There are no more calls, and nobody is left to refuse this one to. */
        ENDED
    }

    /**
     * One call.
     *
     * @param made what is called
     * @param then what is told of the result or the failure, once, before the next call
     */
    private record Call<T>(Supplier<CompletionStage<T>> made, BiConsumer<@Nullable T, @Nullable Throwable> then) {

        /** What came of it, at the latest when somebody completes it otherwise. */
        CompletableFuture<@Nullable T> outcome() {
            CompletableFuture<@Nullable T> outcome = new CompletableFuture<>();
            try {
                made.get().whenComplete((result, failure) -> {
                    if (failure == null) {
                        outcome.complete(result);
                    } else {
                        outcome.completeExceptionally(failure);
                    }
                });
            } catch (RuntimeException | Error failure) {
                outcome.completeExceptionally(failure);
            }
            return outcome;
        }
    }

    /**
     * An empty queue.
     *
     * @param executor  where calls are made
     * @param scheduler what ends the waiting for a stage
     * @param onFailure told when a call throws, its stage fails or takes too long, or telling of it throws
     */
    SerialQueue(Executor executor, Scheduler scheduler, Consumer<Throwable> onFailure) {
        this.executor = executor;
        this.scheduler = scheduler;
        this.onFailure = onFailure;
    }

    /**
     * Adds a call, unless too many wait or the last call has been added. {@link #start} makes it run.
     *
     * @param then told of the result, or the failure, on any thread
     */
    synchronized <T> Offered offer(
            Supplier<CompletionStage<T>> call, BiConsumer<@Nullable T, @Nullable Throwable> then) {
        if (ended) {
            return Offered.ENDED;
        }
        if (calls != null && calls.size() >= CAPACITY) {
            return Offered.FULL;
        }
        add(new Call<>(call, then));
        return Offered.TAKEN;
    }

    /** Adds a call that is not refused. {@link #start} makes it run. */
    synchronized void add(Runnable call) {
        add(new Call<>(
                () -> {
                    call.run();
                    return CompletableFuture.completedFuture(null);
                },
                (result, failure) -> {}));
    }

    /** Adds the call after which there are no more. {@link #start} makes it run. */
    synchronized void addLast(Runnable call) {
        add(call);
        ended = true;
    }

    @GuardedBy("this")
    private void add(Call<?> call) {
        ArrayDeque<Call<?>> waiting = calls;
        if (waiting == null) {
            waiting = new ArrayDeque<>(2);
            calls = waiting;
        }
        waiting.add(call);
    }

    /** Whether no call waits or is under way. */
    synchronized boolean isIdle() {
        return !running && (calls == null || calls.isEmpty());
    }

    /** Runs what waits, unless it is running. */
    void start() {
        synchronized (this) {
            if (running || calls == null || calls.isEmpty()) {
                return;
            }
            running = true;
        }
        execute();
    }

    /** An executor that is full, or broken, keeps the calls waiting until the next {@link #start}. */
    private void execute() {
        try {
            executor.execute(this::run);
        } catch (RuntimeException | Error full) {
            // Containers' executors say by other exceptions than RejectedExecutionException that they take nothing.
            synchronized (this) {
                running = false;
            }
            onFailure.accept(full);
        }
    }

    private void run() {
        while (true) {
            Call<?> call;
            synchronized (this) {
                call = calls == null ? null : calls.poll();
                if (call == null) {
                    running = false;
                    calls = null;
                    return;
                }
            }
            CompletableFuture<?> done = make(call);
            if (!done.isDone()) {
                done.whenComplete((result, failure) -> execute());
                return;
            }
        }
    }

    /** Makes a call; the stage, which never fails, is complete when it has been told of. */
    private <T> CompletableFuture<?> make(Call<T> call) {
        CompletableFuture<@Nullable T> outcome = call.outcome();
        if (!outcome.isDone()) {
            Scheduler.Cancellable timer = scheduler.schedule(
                    MAX_TIME,
                    () -> outcome.completeExceptionally(new TimeoutException("not complete after " + MAX_TIME)));
            outcome.whenComplete((result, failure) -> timer.cancel());
        }
        return outcome.handle((result, failure) -> {
            tell(call, result, failure);
            return null;
        });
    }

    private <T> void tell(Call<T> call, @Nullable T result, @Nullable Throwable failure) {
        try {
            call.then().accept(result, failure);
            if (failure != null) {
                onFailure.accept(failure);
            }
        } catch (RuntimeException wrong) {
            onFailure.accept(wrong);
        }
    }
}
