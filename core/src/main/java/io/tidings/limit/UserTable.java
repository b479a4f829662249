package io.tidings.limit;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.tidings.message.UserKey;
import io.tidings.policy.Budget;
import io.tidings.spi.Ticker;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What is known of each user's use of each budget, in shards with a lock each.
 *
 * <p>An entry that says nothing any more is forgotten by the next calls in its shard, from the one that was used least lately
 * on; so is, where a shard is full, the one that was used least lately: its user begins with a full budget again.
 *
 * @param <E> what is known; guarded by the shard's lock
 */
final class UserTable<E extends UserTable.Entry> {

    private static final int SHARDS = 16;
    private static final int FORGOTTEN_AT_ONCE = 2;
    private static final long NANOS_A_MILLI = 1_000_000;

    private final Ticker ticker;
    private final long startNanos;
    private final List<Shard<E>> shards = new ArrayList<>();

    /** What is known of one user's use of one budget. */
    interface Entry {
        /** Whether it says nothing that a new one would not. */
        boolean isIdle(long now);
    }

    private record Key(UserKey user, String budget) {}

    /**
     * An empty table.
     *
     * @param most the most entries that it keeps
     */
    UserTable(Ticker ticker, int most, Supplier<E> made) {
        if (most < SHARDS) {
            throw new IllegalArgumentException("a limiter keeps at least " + SHARDS + " entries, was " + most);
        }
        this.ticker = ticker;
        this.startNanos = ticker.nanos();
        for (int i = 0; i < SHARDS; i++) {
            shards.add(new Shard<>(most / SHARDS, made));
        }
    }

    /** Milliseconds since the table was made, begun ones left out. */
    long now() {
        return Math.floorDiv(ticker.nanos() - startNanos, NANOS_A_MILLI);
    }

    /** The time of something that happens now: no earlier than it is, so that its window is not short. */
    long stamp() {
        return -Math.floorDiv(startNanos - ticker.nanos(), NANOS_A_MILLI);
    }

    static int millis(Budget budget) {
        return (int) budget.window().toMillis();
    }

    /** Where a user's entries are. */
    Shard<E> shard(UserKey user) {
        int hash = user.hashCode();
        return shards.get((hash ^ hash >>> 16) & (SHARDS - 1));
    }

    int size() {
        int size = 0;
        for (Shard<E> shard : shards) {
            synchronized (shard) {
                size += shard.size();
            }
        }
        return size;
    }

    /** Some users' entries. Its lock is held for every call. */
    static final class Shard<E extends Entry> {

        private final int most;
        private final Supplier<E> made;

        /** From the least lately used on. */
        @GuardedBy("this")
        private final LinkedHashMap<Key, E> entries = new LinkedHashMap<>(16, 0.75f, true);

        private Shard(int most, Supplier<E> made) {
            this.most = most;
            this.made = made;
        }

        /** The entry of a user and a budget, a new one if need be. */
        @GuardedBy("this")
        E entry(UserKey user, Budget budget, long now) {
            Key key = new Key(user, budget.name());
            @Nullable E known = entries.get(key);
            if (known == null) {
                forget(now);
                known = made.get();
                entries.put(key, known);
            }
            return known;
        }

        @GuardedBy("this")
        private void forget(long now) {
            Iterator<E> eldest = entries.values().iterator();
            for (int i = 0; i < FORGOTTEN_AT_ONCE && eldest.hasNext(); i++) {
                if (!eldest.next().isIdle(now) && entries.size() < most) {
                    return;
                }
                eldest.remove();
            }
        }

        @GuardedBy("this")
        int size() {
            return entries.size();
        }
    }
}
