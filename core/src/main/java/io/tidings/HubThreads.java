package io.tidings;

import io.tidings.spi.Scheduler;
import java.lang.reflect.InvocationTargetException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** The threads of a hub whose host brings none: all daemons, named {@code tidings-…}. Used by the builder's thread alone. */
final class HubThreads {

    private static final int HANDLER_THREADS = 64;

    private final List<ExecutorService> made = new ArrayList<>();

    Scheduler scheduler() {
        ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1, named("tidings-timer"));
        timer.setRemoveOnCancelPolicy(true);
        timer.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        made.add(timer);
        return (delay, task) -> {
            if (timer.isShutdown()) {
                return () -> {};
            }
            ScheduledFuture<?> scheduled = timer.schedule(task, delay.toNanos(), TimeUnit.NANOSECONDS);
            return () -> scheduled.cancel(false);
        };
    }

    /** Virtual threads where the JDK has them; found by name because the baseline is older. */
    Executor executor() {
        ExecutorService handlers;
        try {
            handlers = (ExecutorService)
                    Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
        } catch (NoSuchMethodException | IllegalAccessException | InvocationTargetException older) {
            ThreadPoolExecutor pool = new ThreadPoolExecutor(
                    HANDLER_THREADS,
                    HANDLER_THREADS,
                    30,
                    TimeUnit.SECONDS,
                    new LinkedBlockingQueue<>(),
                    named("tidings-handler"));
            pool.allowCoreThreadTimeOut(true);
            handlers = pool;
        }
        made.add(handlers);
        return handlers;
    }

    List<Executor> lanes() {
        List<Executor> lanes = new ArrayList<>();
        for (int i = 0; i < Runtime.getRuntime().availableProcessors(); i++) {
            ExecutorService lane = new ThreadPoolExecutor(
                    1,
                    1,
                    0,
                    TimeUnit.SECONDS,
                    new LinkedBlockingQueue<>(),
                    named("tidings-lane-" + i),
                    // A callback of a container that comes after the end finds nobody to tell.
                    new ThreadPoolExecutor.DiscardPolicy());
            made.add(lane);
            lanes.add(lane);
        }
        return lanes;
    }

    /** Lets what waits run to its end, takes nothing more. */
    void stop() {
        made.forEach(ExecutorService::shutdown);
    }

    private static ThreadFactory named(String name) {
        AtomicInteger count = new AtomicInteger();
        return task -> {
            Thread thread = new Thread(task, name + '-' + count.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        };
    }
}
