package io.tidings.inmemory;

import org.jspecify.annotations.Nullable;

/**
 * The messages of a shard in the order in which they came, so that the oldest is at hand. Links are in the messages themselves:
 * one leaves from wherever it is.
 *
 * <p>Not safe for use by several threads; guarded by the lock of the {@link MailboxShard}, but for {@link #oldest()}.
 */
final class Arrivals {

    /** Written under the lock. */
    private volatile @Nullable Held oldest;

    private @Nullable Held newest;

    /** Any thread may ask; the answer may be a moment old. */
    @Nullable
    Held oldest() {
        return oldest;
    }

    void add(Held held) {
        Held last = newest;
        held.older = last;
        newest = held;
        if (last == null) {
            oldest = held;
        } else {
            last.newer = held;
        }
    }

    void remove(Held held) {
        Held older = held.older;
        Held newer = held.newer;
        if (older == null) {
            oldest = newer;
        } else {
            older.newer = newer;
        }
        if (newer == null) {
            newest = older;
        } else {
            newer.older = older;
        }
        held.older = null;
        held.newer = null;
    }
}
