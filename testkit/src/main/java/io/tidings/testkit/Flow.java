package io.tidings.testkit;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.UnaryOperator;

/**
 * What a {@link FaultProxy} does to the bytes that travel in one direction, on all its links.
 *
 * <p>A change takes effect at once, also for bytes that wait inside the proxy. Any thread.
 */
public final class Flow {
    /** A rate is held by sending what fits into so much of a second at a time. */
    private static final int PIECES_A_SECOND = 50;

    private record Faults(long latencyNanos, long jitterNanos, int bytesPerSecond, int sliceBytes, boolean blackhole) {
        static final Faults NONE = new Faults(0, 0, 0, 0, false);

        int pieceOf(int available) {
            int piece = sliceBytes > 0 ? Math.min(available, sliceBytes) : available;
            return bytesPerSecond > 0 ? Math.min(piece, Math.max(1, bytesPerSecond / PIECES_A_SECOND)) : piece;
        }
    }

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final AtomicLong bytes = new AtomicLong();

    @GuardedBy("lock")
    private Faults faults = Faults.NONE;

    Flow() {}

    /** Delays every byte by this much; default zero. It does not lower the throughput. */
    public Flow latency(Duration latency) {
        long nanos = atLeastZero("latency", latency.toNanos());
        return change(f -> new Faults(nanos, f.jitterNanos, f.bytesPerSecond, f.sliceBytes, f.blackhole));
    }

    /** Adds a random delay from zero to this much to each read off the sender; default zero. Order is kept. */
    public Flow jitter(Duration jitter) {
        long nanos = atLeastZero("jitter", jitter.toNanos());
        return change(f -> new Faults(f.latencyNanos, nanos, f.bytesPerSecond, f.sliceBytes, f.blackhole));
    }

    /** Lets each link carry at most this many bytes a second; default 0, no limit. */
    public Flow bytesPerSecond(int limit) {
        atLeastZero("bytesPerSecond", limit);
        return change(f -> new Faults(f.latencyNanos, f.jitterNanos, limit, f.sliceBytes, f.blackhole));
    }

    /** Writes at most this many bytes at a time; default 0, as they came. */
    public Flow sliceBytes(int limit) {
        atLeastZero("sliceBytes", limit);
        return change(f -> new Faults(f.latencyNanos, f.jitterNanos, f.bytesPerSecond, limit, f.blackhole));
    }

    /**
     * Holds everything back, the end of the stream included, while both sockets stay open; default false. The sender may
     * go on until the proxy's 1 MiB and the kernel's buffers are full. When the hole closes all arrives, in order.
     */
    public Flow blackhole(boolean on) {
        return change(f -> new Faults(f.latencyNanos, f.jitterNanos, f.bytesPerSecond, f.sliceBytes, on));
    }

    /** Ends all faults. */
    public Flow heal() {
        return change(f -> Faults.NONE);
    }

    /** Bytes passed on so far; counted before the receiver can have them. */
    public long bytes() {
        return bytes.get();
    }

    /**
     * Waits until bytes may leave.
     *
     * @param arrivedNanos when they arrived
     * @param luck         which part of the jitter they get, 0 to 1
     * @param freeAtNanos  when the link's rate lets it send again
     * @param available    how many bytes wait
     * @return how many may leave now; at least 1 unless none wait
     */
    int awaitTurn(long arrivedNanos, double luck, long freeAtNanos, int available) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (true) {
                long now = System.nanoTime();
                long left = arrivedNanos - now + faults.latencyNanos + (long) (luck * faults.jitterNanos);
                if (faults.bytesPerSecond > 0) {
                    left = Math.max(left, freeAtNanos - now);
                }
                if (faults.blackhole) {
                    changed.await();
                } else if (left > 0) {
                    changed.awaitNanos(left);
                } else {
                    return faults.pieceOf(available);
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /** Counts bytes that are about to be passed on, and says for how many nanoseconds they fill the link's rate. */
    long passed(int count) {
        bytes.addAndGet(count);
        lock.lock();
        try {
            return faults.bytesPerSecond > 0 ? count * 1_000_000_000L / faults.bytesPerSecond : 0;
        } finally {
            lock.unlock();
        }
    }

    private Flow change(UnaryOperator<Faults> setting) {
        lock.lock();
        try {
            faults = setting.apply(faults);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        return this;
    }

    private static long atLeastZero(String name, long value) {
        if (value < 0) {
            throw new IllegalArgumentException(name + ": expected zero or more, got " + value);
        }
        return value;
    }
}
