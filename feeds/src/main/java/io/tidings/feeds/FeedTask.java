package io.tidings.feeds;

import io.tidings.message.UserKey;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** A transaction of an {@link InMemoryFeedStore} that is under way or waits for its turn. */
final class FeedTask<T> {

    private final Set<UserKey> users;
    private final FeedStore.Work<T> work;
    private final CompletableFuture<T> done = new CompletableFuture<>();

    /** How many of its users' queues others are the first of; guarded by the lock of {@link UserQueues}. */
    int ahead;

    FeedTask(Set<UserKey> users, FeedStore.Work<T> work) {
        this.users = users;
        this.work = work;
    }

    Set<UserKey> users() {
        return users;
    }

    CompletableFuture<T> done() {
        return done;
    }

    /** Does the work on this thread; what tells the caller of it, to be called when the next may begin. */
    Runnable run(FeedTables tables) {
        try {
            FeedBuffer buffer = new FeedBuffer(tables, users);
            T result = buffer.commitAfter(work);
            return () -> done.complete(result);
        } catch (Throwable e) {
            return () -> fail(e);
        }
    }

    void fail(Throwable why) {
        done.completeExceptionally(why);
    }
}
