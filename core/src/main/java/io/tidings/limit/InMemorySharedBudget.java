package io.tidings.limit;

import io.tidings.message.UserKey;
import io.tidings.policy.Budget;
import io.tidings.spi.SharedBudget;
import io.tidings.spi.Ticker;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** What users have used up on several hubs of one process, exactly. Stages are complete when they are returned. */
public final class InMemorySharedBudget implements SharedBudget {

    private final UserTable<Leased> table;

    private static final class Leased implements UserTable.Entry {
        private final Window window = new Window();
        private int windowMillis;

        @Override
        public boolean isIdle(long now) {
            window.expire(now, windowMillis);
            return window.isEmpty();
        }
    }

    /** A store of which nothing is used up. */
    public InMemorySharedBudget(Ticker ticker) {
        table = new UserTable<>(ticker, SlidingWindowLimiter.MOST, Leased::new);
    }

    @Override
    public CompletionStage<Lease> lease(UserKey user, Budget budget, int count) {
        return CompletableFuture.completedFuture(leased(user, budget, count));
    }

    private Lease leased(UserKey user, Budget budget, int count) {
        UserTable.Shard<Leased> shard = table.shard(user);
        synchronized (shard) {
            long now = table.now();
            Leased leased = shard.entry(user, budget, now);
            leased.windowMillis = UserTable.millis(budget);
            leased.window.expire(now, leased.windowMillis);
            int granted = Math.min(count, leased.window.room(budget.permits()));
            for (int i = 0; i < granted; i++) {
                leased.window.add(table.stamp());
            }
            return new Lease(
                    granted,
                    granted == count
                            ? Duration.ZERO
                            : Duration.ofMillis(leased.window.untilRoom(now, budget.permits(), leased.windowMillis)));
        }
    }
}
