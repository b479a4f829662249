package io.tidings.testkit.simulation;

import io.tidings.spi.Scheduler;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.Executor;

/**
 * Who runs next, and what time it is. Every queue stands for a thread, or for a pool of them; of those that have something to run
 * one is drawn by lot. Time stands still while anything can run, and then jumps to the next timer.
 */
final class Turns {

    /** What the time is at first: negative, as {@link System#nanoTime()} may be. */
    private static final long START = -Duration.ofMinutes(10).toNanos();

    private final Chance chance;
    private final List<Queue> ready = new ArrayList<>();
    private final PriorityQueue<Timer> timers =
            new PriorityQueue<>(Comparator.comparingLong(Timer::due).thenComparingLong(Timer::number));

    private long now = START;
    private long made;
    private long steps;

    /** How likely a thread that could run is held up for a moment instead. */
    private double holdUp;

    /** Mixed from whatever was drawn: two runs with the same are the same. */
    private long digest = 17;

    Turns(Chance chance) {
        this.chance = chance;
    }

    void holdUp(double likelihood) {
        holdUp = likelihood;
    }

    /** Nanoseconds, as all clocks of the simulation count them but for their own offsets. */
    long now() {
        return now;
    }

    /** Nanoseconds since the beginning. */
    long passed() {
        return now - START;
    }

    long steps() {
        return steps;
    }

    long digest() {
        return digest;
    }

    /** Runs something at a moment, outside of every node. */
    Timer at(long due, Runnable task) {
        Timer timer = new Timer(Math.max(now, due), made++, task);
        timers.add(timer);
        return timer;
    }

    /** Runs something later, outside of every node. */
    Timer in(long delay, Runnable task) {
        return at(now + Math.max(0, delay), task);
    }

    /** Makes the next step; false when there is none up to a moment, to which time has moved then. */
    boolean step(long until) {
        if (!ready.isEmpty()) {
            int index = chance.below(ready.size());
            Queue queue = ready.get(index);
            steps++;
            digest = digest * 31 + queue.number;
            if (holdUp > 0 && chance.happens(holdUp)) {
                queue.holdFor(chance.upTo(20_000_000));
                return true;
            }
            queue.runOne();
            return true;
        }
        Timer next = timers.peek();
        if (next == null || next.due > until) {
            now = Math.max(now, until);
            return false;
        }
        timers.remove();
        now = next.due;
        steps++;
        digest = digest * 31 + now;
        if (!next.cancelled) {
            next.done = true;
            next.task.run();
        }
        return true;
    }

    /** A thread, whose tasks run in order. */
    Queue thread() {
        return new Queue(made++, true);
    }

    /** A pool of threads, whose tasks run in any order. */
    Queue pool() {
        return new Queue(made++, false);
    }

    /** Something that is to happen. */
    static final class Timer implements Scheduler.Cancellable {
        private final long due;
        private final long number;
        private final Runnable task;
        private boolean cancelled;
        private boolean done;

        Timer(long due, long number, Runnable task) {
            this.due = due;
            this.number = number;
            this.task = task;
        }

        long due() {
            return due;
        }

        long number() {
            return number;
        }

        boolean isOver() {
            return cancelled || done;
        }

        @Override
        public void cancel() {
            cancelled = true;
        }
    }

    /** Tasks that one thread runs, or a pool of them. */
    final class Queue implements Executor {
        private final long number;
        private final boolean ordered;
        private final ArrayList<Runnable> tasks = new ArrayList<>(4);
        private boolean listed;
        private boolean held;
        private boolean paused;
        private boolean stopped;

        Queue(long number, boolean ordered) {
            this.number = number;
            this.ordered = ordered;
        }

        @Override
        public void execute(Runnable task) {
            if (!stopped) {
                tasks.add(task);
                list();
            }
        }

        int waiting() {
            return tasks.size();
        }

        /** Nothing of it runs until {@link #resume}. */
        void pause() {
            paused = true;
            unlist();
        }

        void resume() {
            paused = false;
            list();
        }

        /** Nothing of it runs any more. */
        void stop() {
            stopped = true;
            tasks.clear();
            unlist();
        }

        private void holdFor(long nanos) {
            held = true;
            unlist();
            in(nanos, () -> {
                held = false;
                list();
            });
        }

        private void runOne() {
            Runnable task = tasks.remove(ordered || tasks.size() == 1 ? 0 : chance.below(tasks.size()));
            if (tasks.isEmpty()) {
                unlist();
            }
            task.run();
        }

        private void list() {
            if (!listed && !held && !paused && !stopped && !tasks.isEmpty()) {
                listed = true;
                ready.add(this);
            }
        }

        private void unlist() {
            if (listed) {
                listed = false;
                int at = ready.indexOf(this);
                Queue last = ready.remove(ready.size() - 1);
                if (at < ready.size()) {
                    ready.set(at, last);
                }
            }
        }
    }
}
