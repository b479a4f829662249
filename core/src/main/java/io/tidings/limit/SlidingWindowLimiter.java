package io.tidings.limit;

import io.tidings.message.UserKey;
import io.tidings.policy.Budget;
import io.tidings.spi.Permit;
import io.tidings.spi.RateLimiter;
import io.tidings.spi.Ticker;
import java.time.Duration;

/**
 * Counts what users do on this node, exactly: it knows when each permit of the window was granted.
 *
 * <p>It keeps at most so many entries, each a user's use of one budget; by default {@value #MOST}, and 4 bytes a permit in each.
 * A user who did nothing within the window is forgotten. Where there are more, the one that was used least lately is forgotten, whose
 * user then begins with a full budget: too many users are no reason to refuse one.
 */
public final class SlidingWindowLimiter implements RateLimiter {

    /** How many entries it keeps by default. */
    static final int MOST = 200_000;

    private final UserTable<Used> table;

    private static final class Used implements UserTable.Entry {
        private final Window window = new Window();
        private int windowMillis;

        @Override
        public boolean isIdle(long now) {
            window.expire(now, windowMillis);
            return window.isEmpty();
        }
    }

    /** A limiter that keeps {@value #MOST} entries. */
    public SlidingWindowLimiter(Ticker ticker) {
        this(ticker, MOST);
    }

    /**
     * A limiter.
     *
     * @param most the most entries that it keeps; at least 16
     * @throws IllegalArgumentException when it keeps fewer
     */
    public SlidingWindowLimiter(Ticker ticker, int most) {
        table = new UserTable<>(ticker, most, Used::new);
    }

    @Override
    public Permit acquire(UserKey user, Budget budget) {
        if (!budget.isLimited()) {
            return Permit.GRANTED;
        }
        int wait;
        UserTable.Shard<Used> shard = table.shard(user);
        synchronized (shard) {
            long now = table.now();
            Used used = shard.entry(user, budget, now);
            used.windowMillis = UserTable.millis(budget);
            used.window.expire(now, used.windowMillis);
            if (used.window.room(budget.permits()) > 0) {
                used.window.add(table.stamp());
                return Permit.GRANTED;
            }
            wait = used.window.untilRoom(now, budget.permits(), used.windowMillis);
        }
        return new Permit.Refused(Duration.ofMillis(wait));
    }

    /** How many entries it keeps now. */
    public int entries() {
        return table.size();
    }
}
