package io.tidings.feeds.jdbc;

import io.tidings.feeds.FeedStore;
import io.tidings.message.UserKey;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** A work that waits for its turn, or has it. */
record Job<T>(Set<UserKey> users, FeedStore.Work<T> work, CompletableFuture<T> stage) {

    /** Two of the same are still two. */
    @Override
    public boolean equals(Object other) {
        return this == other;
    }

    @Override
    public int hashCode() {
        return System.identityHashCode(this);
    }
}
