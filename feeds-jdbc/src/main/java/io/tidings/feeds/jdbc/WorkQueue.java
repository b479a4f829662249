package io.tidings.feeds.jdbc;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.tidings.message.UserKey;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Works that wait, bounded. Threads take them a batch at a time: of those that wait longest, such as have no user in common with
 * what another thread has taken, nor with a work that waits longer and could not be taken. So no thread waits in the database for
 * another of this node, and works with a common user run in the order in which they came.
 */
final class WorkQueue {

    /** The most works of one transaction. */
    static final int MAX_BATCH = 100;

    /** Beyond that many users a transaction gets no further works. */
    private static final int MAX_USERS = 512;

    /** How many works are looked at for a batch, where most of them are of users that others have taken. */
    private static final int MAX_LOOKED_AT = 2_000;

    private final int threads;
    private final int maxWaiting;
    private final Object lock = new Object();

    @GuardedBy("lock")
    private final LinkedHashSet<Job<?>> waiting = new LinkedHashSet<>();

    @GuardedBy("lock")
    private final Set<UserKey> taken = new HashSet<>();

    @GuardedBy("lock")
    private boolean closed;

    /** A queue that so many threads take from. */
    WorkQueue(int threads, int maxWaiting) {
        this.threads = threads;
        this.maxWaiting = maxWaiting;
    }

    /** Adds a work at the end, unless the queue is full. */
    boolean add(Job<?> job) {
        synchronized (lock) {
            if (waiting.size() >= maxWaiting) {
                return false;
            }
            waiting.add(job);
            lock.notify();
            return true;
        }
    }

    /** Waits for works and takes some; none when the queue is closed. */
    List<Job<?>> take() {
        synchronized (lock) {
            while (!closed) {
                List<Job<?>> batch = pick();
                if (!batch.isEmpty()) {
                    return batch;
                }
                try {
                    lock.wait();
                } catch (InterruptedException nobodyMayStopThisThread) {
                    continue;
                }
            }
            return List.of();
        }
    }

    @GuardedBy("lock")
    private List<Job<?>> pick() {
        int most = Math.min(MAX_BATCH, (waiting.size() + threads - 1) / threads);
        List<Job<?>> batch = new ArrayList<>();
        Set<UserKey> users = new HashSet<>();
        Set<UserKey> passedOver = new HashSet<>();
        int lookedAt = 0;
        Iterator<Job<?>> each = waiting.iterator();
        while (each.hasNext() && batch.size() < most && users.size() < MAX_USERS && lookedAt++ < MAX_LOOKED_AT) {
            Job<?> job = each.next();
            if (job.stage().isDone()) {
                each.remove(); // late: it has been told as failed, and should better not happen
            } else if (mustWait(job, passedOver)) {
                passedOver.addAll(job.users());
            } else {
                each.remove();
                batch.add(job);
                users.addAll(job.users());
            }
        }
        taken.addAll(users);
        return batch;
    }

    @GuardedBy("lock")
    private boolean mustWait(Job<?> job, Set<UserKey> passedOver) {
        for (UserKey user : job.users()) {
            if (taken.contains(user) || passedOver.contains(user)) {
                return true;
            }
        }
        return false;
    }

    /** Says that a batch that was taken is done. */
    void done(List<Job<?>> batch) {
        synchronized (lock) {
            batch.forEach(job -> taken.removeAll(job.users()));
            if (!waiting.isEmpty()) {
                lock.notifyAll();
            }
        }
    }

    void close() {
        synchronized (lock) {
            closed = true;
            waiting.clear();
            lock.notifyAll();
        }
    }
}
