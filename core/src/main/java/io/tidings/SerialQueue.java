package io.tidings;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The host's calls for one connection, one at a time and in order: the next starts when the stage of the one before is
 * complete. At most {@value #CAPACITY} wait.
 */
final class SerialQueue {

    static final int CAPACITY = 64;

    private final Executor executor;
    private final Consumer<Throwable> onFailure;

    @GuardedBy("this")
    private @Nullable ArrayDeque<Supplier<? extends CompletionStage<?>>> calls;

    @GuardedBy("this")
    private boolean running;

    @GuardedBy("this")
    private boolean ended;

    /**
     * An empty queue.
     *
     * @param executor  where calls are made
     * @param onFailure told when a call throws or its stage fails
     */
    SerialQueue(Executor executor, Consumer<Throwable> onFailure) {
        this.executor = executor;
        this.onFailure = onFailure;
    }

    /**
     * Adds a call, unless too many wait. {@link #start} makes it run. After the last call it is forgotten: there is nobody left to
     * refuse it to.
     *
     * @return false when too many wait
     */
    synchronized boolean offer(Supplier<? extends CompletionStage<?>> call) {
        if (ended) {
            return true;
        }
        if (calls != null && calls.size() >= CAPACITY) {
            return false;
        }
        add(call);
        return true;
    }

    /** Adds a call that is not refused. {@link #start} makes it run. */
    synchronized void add(Supplier<? extends CompletionStage<?>> call) {
        ArrayDeque<Supplier<? extends CompletionStage<?>>> waiting = calls;
        if (waiting == null) {
            waiting = new ArrayDeque<>(2);
            calls = waiting;
        }
        waiting.add(call);
    }

    /** Adds the call after which there are no more. {@link #start} makes it run. */
    synchronized void addLast(Supplier<? extends CompletionStage<?>> call) {
        add(call);
        ended = true;
    }

    /** Runs what waits, unless it is running. */
    void start() {
        synchronized (this) {
            if (running || calls == null || calls.isEmpty()) {
                return;
            }
            running = true;
        }
        executor.execute(this::run);
    }

    private void run() {
        while (true) {
            Supplier<? extends CompletionStage<?>> call;
            synchronized (this) {
                call = calls == null ? null : calls.poll();
                if (call == null) {
                    running = false;
                    calls = null;
                    return;
                }
            }
            CompletableFuture<?> done = call(call);
            if (!done.isDone()) {
                done.whenComplete((result, failure) -> executor.execute(this::run));
                return;
            }
        }
    }

    private CompletableFuture<?> call(Supplier<? extends CompletionStage<?>> call) {
        try {
            return call.get().toCompletableFuture().handle((result, failure) -> {
                if (failure != null) {
                    onFailure.accept(failure);
                }
                return null;
            });
        } catch (RuntimeException | Error failure) {
            onFailure.accept(failure);
            return CompletableFuture.completedFuture(null);
        }
    }
}
