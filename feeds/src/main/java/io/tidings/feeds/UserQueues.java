package io.tidings.feeds;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.tidings.message.UserKey;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;

/**
 * Whose turn it is. A task takes its place in the queues of all its users at once, so that no two tasks can each wait for the
 * other, and begins when it is the first of every one of them: nobody waits on a lock for it. The lock is held for that
 * book-keeping alone.
 */
final class UserQueues {

    /** So many tasks wait at most: each is a call whose caller has not heard yet. */
    static final int MAX_WAITING = 100_000;

    private final Object lock = new Object();

    @GuardedBy("lock")
    private final Map<UserKey, ArrayDeque<FeedTask<?>>> queues = new HashMap<>();

    @GuardedBy("lock")
    private int waiting;

    @GuardedBy("lock")
    private boolean closed;

    /**
     * Queues a task.
     *
     * @return whether it is its turn already
     */
    boolean enter(FeedTask<?> task) {
        synchronized (lock) {
            if (closed) {
                throw FeedTables.closed();
            }
            if (waiting >= MAX_WAITING) {
                throw new RejectedExecutionException("the feed store is overloaded: " + waiting + " calls wait");
            }
            for (UserKey user : task.users()) {
                ArrayDeque<FeedTask<?>> queue = queues.computeIfAbsent(user, each -> new ArrayDeque<>(2));
                task.ahead += queue.isEmpty() ? 0 : 1;
                queue.add(task);
            }
            waiting += task.ahead > 0 ? 1 : 0;
            return task.ahead == 0;
        }
    }

    /** Takes out a task whose turn it was; those whose turn it is now. */
    List<FeedTask<?>> leave(FeedTask<?> task) {
        List<FeedTask<?>> next = new ArrayList<>(1);
        synchronized (lock) {
            for (UserKey user : task.users()) {
                ArrayDeque<FeedTask<?>> queue = queues.get(user);
                if (queue == null) {
                    continue;
                }
                queue.poll();
                FeedTask<?> first = queue.peek();
                if (first == null) {
                    queues.remove(user);
                } else if (--first.ahead == 0) {
                    waiting--;
                    next.add(first);
                }
            }
        }
        return next;
    }

    /** Whether nothing is held. */
    boolean isEmpty() {
        synchronized (lock) {
            return queues.isEmpty() && waiting == 0;
        }
    }

    /** Lets no task in any more; all that are there. Idempotent. */
    List<FeedTask<?>> close() {
        synchronized (lock) {
            closed = true;
            List<FeedTask<?>> all = queues.values().stream()
                    .<FeedTask<?>>flatMap(ArrayDeque::stream)
                    .distinct()
                    .toList();
            queues.clear();
            return all;
        }
    }
}
