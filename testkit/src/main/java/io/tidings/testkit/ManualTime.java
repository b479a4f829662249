package io.tidings.testkit;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.tidings.spi.Scheduler;
import io.tidings.spi.Ticker;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Time that stands still until a test moves it, with the timers and executors that live in it.
 *
 * <pre>{@code
 * ManualTime time = new ManualTime();
 * time.schedule(Duration.ofSeconds(30), heartbeat);
 * time.advance(Duration.ofSeconds(29));             // nothing
 * time.advance(Duration.ofSeconds(1));              // runs heartbeat, and what it gave to the executors
 * time.assertPendingTimers(0);
 * }</pre>
 *
 * <p>{@link #advance} stops at the exact moment of every timer that is due on the way, runs it there, and then every task of
 * every {@link #executor()} until nothing is left, before time moves on. Timers of one moment run in the order in which they
 * were made. What a timer or task throws reaches the test through {@link #advance} or {@link #runUntilQuiet()}; the rest stays.
 *
 * <p><b>Threads.</b> Timers and tasks run on the thread that calls {@link #advance} or {@link #runUntilQuiet()}, one such
 * call at a time and never from within a timer or task. Everything else MAY be called by any thread at any time.
 */
public final class ManualTime implements Ticker, Scheduler {

    /** What {@link #epochMillis()} says at first. */
    public static final Instant START = Instant.parse("2025-01-01T00:00:00Z");

    /** Not zero, and negative as {@link System#nanoTime()} may be, so that nothing takes either for a special value. */
    private static final long START_NANOS = Duration.ofMinutes(-10).toNanos();

    private static final int MAX_STEPS_AT_ONE_MOMENT = 10_000_000;

    private final Object lock = new Object();
    private final @Nullable Random random;

    @GuardedBy("lock")
    private final TreeSet<Timer> timers =
            new TreeSet<>(Comparator.comparingLong(Timer::due).thenComparingLong(Timer::number));

    @GuardedBy("lock")
    private final List<TaskQueue> queues = new ArrayList<>();

    @GuardedBy("lock")
    private long nanos = START_NANOS;

    @GuardedBy("lock")
    private long jumpedMillis;

    @GuardedBy("lock")
    private long made;

    @GuardedBy("lock")
    private boolean driven;

    /** Time in which tasks run in the order in which they were given, whatever their executor. */
    public ManualTime() {
        this(null);
    }

    private ManualTime(@Nullable Random random) {
        this.random = random;
    }

    /**
     * Time in which it is drawn by lot which executor runs its next task. Each executor keeps the order of its own tasks, as
     * threads do; one seed gives one interleaving.
     */
    public static ManualTime shuffled(long seed) {
        return new ManualTime(new Random(seed));
    }

    @Override
    public long nanos() {
        synchronized (lock) {
            return nanos;
        }
    }

    @Override
    public long epochMillis() {
        synchronized (lock) {
            return START.toEpochMilli() + jumpedMillis + Math.floorDiv(nanos - START_NANOS, 1_000_000L);
        }
    }

    /** Moves {@link #epochMillis()} alone, as a corrected clock does; a negative duration moves it back. */
    public void jumpWallClock(Duration by) {
        synchronized (lock) {
            jumpedMillis += by.toMillis();
        }
    }

    @Override
    public Cancellable schedule(Duration delay, Runnable task) {
        synchronized (lock) {
            Timer timer = new Timer(nanos + Math.max(0, delay.toNanos()), made++, task);
            timers.add(timer);
            return () -> cancel(timer);
        }
    }

    /** A new executor, which runs one task at a time, in order, when time is driven. */
    public Executor executor() {
        synchronized (lock) {
            TaskQueue queue = new TaskQueue();
            queues.add(queue);
            return queue;
        }
    }

    /**
     * Moves time forward, running what is due on the way.
     *
     * @param duration zero or more
     */
    public void advance(Duration duration) {
        if (duration.isNegative()) {
            throw new IllegalArgumentException("time goes forward, not by " + duration);
        }
        drive(duration.toNanos());
    }

    /** Runs what is due now: all tasks, timers without delay, and whatever they start, until nothing is left. */
    public void runUntilQuiet() {
        drive(0);
    }

    /** How many timers have neither run nor been cancelled. */
    public int pendingTimers() {
        synchronized (lock) {
            return timers.size();
        }
    }

    /** Fails unless so many timers have neither run nor been cancelled. */
    public void assertPendingTimers(int expected) {
        int actual = pendingTimers();
        if (actual != expected) {
            throw new AssertionError("expected " + expected + " pending timers, there are " + actual);
        }
    }

    /** How many tasks of the executors have not run. */
    public int pendingTasks() {
        synchronized (lock) {
            return queues.stream().mapToInt(queue -> queue.tasks.size()).sum();
        }
    }

    private void drive(long forNanos) {
        long until;
        synchronized (lock) {
            if (driven) {
                throw new IllegalStateException("time is already driven: by another thread, or by the caller's caller");
            }
            driven = true;
            until = nanos + forNanos;
        }
        try {
            int steps = 0;
            long moment = nanos();
            for (Runnable step = next(until); step != null; step = next(until)) {
                step.run();
                steps = nanos() == moment ? steps + 1 : 0;
                moment = nanos();
                if (steps > MAX_STEPS_AT_ONE_MOMENT) {
                    throw new AssertionError("not quiet after " + steps + " tasks at one moment");
                }
            }
        } finally {
            synchronized (lock) {
                driven = false;
            }
        }
    }

    /** What to run next, after moving time to it; null when there is nothing up to a moment, after moving time there. */
    private @Nullable Runnable next(long until) {
        synchronized (lock) {
            Runnable task = nextTask();
            if (task != null) {
                return task;
            }
            Timer first = timers.isEmpty() ? null : timers.first();
            if (first == null || first.due > until) {
                nanos = until;
                return null;
            }
            timers.remove(first);
            nanos = Math.max(nanos, first.due);
            return first.task;
        }
    }

    @GuardedBy("lock")
    private @Nullable Runnable nextTask() {
        TaskQueue chosen = null;
        int ready = 0;
        for (TaskQueue queue : queues) {
            if (!queue.tasks.isEmpty()) {
                ready++;
                if (chosen == null || precedes(queue, chosen, ready)) {
                    chosen = queue;
                }
            }
        }
        return chosen == null ? null : chosen.tasks.remove().body;
    }

    /** Whether a queue takes the place of the one chosen so far; drawn by lot, the n-th does so once in n times. */
    private boolean precedes(TaskQueue queue, TaskQueue chosen, int ready) {
        return random == null
                ? queue.tasks.element().number < chosen.tasks.element().number
                : random.nextInt(ready) == 0;
    }

    private void cancel(Timer timer) {
        synchronized (lock) {
            timers.remove(timer);
        }
    }

    private record Timer(long due, long number, Runnable task) {}

    private record Task(long number, Runnable body) {}

    private final class TaskQueue implements Executor {
        /** Guarded by the time's lock. */
        private final ArrayDeque<Task> tasks = new ArrayDeque<>();

        @Override
        public void execute(Runnable task) {
            synchronized (lock) {
                tasks.add(new Task(made++, task));
            }
        }
    }
}
