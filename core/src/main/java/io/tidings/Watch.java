package io.tidings;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.tidings.spi.Scheduler;
import io.tidings.spi.Ticker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * The ring of buckets that all of a hub's connections are visited from, so that a connection costs no timer.
 *
 * <p>Time moves from bucket to bucket every {@value #STEP_MILLIS} ms. A visit asks the connection when it wants the next one,
 * and sees it again then, at the latest after {@value #FARTHEST_MILLIS} ms.
 */
final class Watch {

    static final long STEP_MILLIS = 100;
    static final long FARTHEST_MILLIS = 1_000;

    private static final long STEP_NANOS = STEP_MILLIS * 1_000_000;
    private static final int FARTHEST = (int) (FARTHEST_MILLIS / STEP_MILLIS);
    private static final int BUCKETS = 16;

    private final Ticker ticker;
    private final Scheduler scheduler;
    private final Runnable everyStep;

    @GuardedBy("this")
    private final List<List<HubConnection>> buckets = new ArrayList<>();

    @GuardedBy("this")
    private int current;

    @GuardedBy("this")
    private int watched;

    @GuardedBy("this")
    private long lastStep;

    private volatile boolean stopped;

    /**
     * A ring at rest.
     *
     * @param everyStep called once a step, after the connections
     */
    Watch(Ticker ticker, Scheduler scheduler, Runnable everyStep) {
        this.ticker = ticker;
        this.scheduler = scheduler;
        this.everyStep = everyStep;
        for (int i = 0; i < BUCKETS; i++) {
            buckets.add(new ArrayList<>());
        }
        lastStep = ticker.nanos();
    }

    void start() {
        scheduleStep();
    }

    void stop() {
        stopped = true;
    }

    /** Visits a connection from now on, until a visit says that it has ended; nothing once stopped. */
    synchronized void add(HubConnection connection) {
        if (stopped) {
            return;
        }
        watched++;
        place(connection, STEP_NANOS);
    }

    /** How many connections the ring holds. */
    synchronized int watched() {
        return watched;
    }

    private void step() {
        if (stopped) {
            return;
        }
        long now = ticker.nanos();
        long wall = ticker.epochMillis();
        int steps;
        synchronized (this) {
            steps = (int) Math.min(BUCKETS, Math.max(1, (now - lastStep) / STEP_NANOS));
            lastStep = now;
        }
        for (int i = 0; i < steps; i++) {
            visit(now, wall);
        }
        try {
            everyStep.run();
        } catch (RuntimeException | Error failure) {
            HubLog.watchFailed(failure);
        }
        scheduleStep();
    }

    private void visit(long now, long wall) {
        List<HubConnection> due;
        synchronized (this) {
            current = (current + 1) % BUCKETS;
            due = buckets.get(current);
            buckets.set(current, new ArrayList<>());
        }
        for (HubConnection connection : due) {
            long next = check(connection, now, wall);
            synchronized (this) {
                if (next == HubConnection.GONE) {
                    watched--;
                } else {
                    place(connection, next);
                }
            }
        }
    }

    /** One connection's trouble must not stop the ring. */
    private static long check(HubConnection connection, long now, long wall) {
        try {
            return connection.check(now, wall);
        } catch (RuntimeException | Error failure) {
            HubLog.watchFailed(failure);
            return FARTHEST_MILLIS * 1_000_000;
        }
    }

    @GuardedBy("this")
    private void place(HubConnection connection, long inNanos) {
        int steps = (int) Math.max(1, Math.min(FARTHEST, (inNanos + STEP_NANOS - 1) / STEP_NANOS));
        buckets.get((current + steps) % BUCKETS).add(connection);
    }

    private void scheduleStep() {
        scheduler.schedule(Duration.ofMillis(STEP_MILLIS), this::step);
    }
}
