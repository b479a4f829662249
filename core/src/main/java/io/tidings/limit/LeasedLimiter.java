package io.tidings.limit;

import io.tidings.message.UserKey;
import io.tidings.policy.Budget;
import io.tidings.spi.Permit;
import io.tidings.spi.RateLimiter;
import io.tidings.spi.SharedBudget;
import io.tidings.spi.SharedBudget.Lease;
import io.tidings.spi.Ticker;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts what users do on all nodes that share a store, without waiting for it.
 *
 * <p>A use is taken from permits that were leased ahead. Where there are none, one call leases what was used meanwhile and a few
 * ahead: as many as the user used on this node within the last 5 s, at most a tenth of the budget. Until its answer comes, uses are granted
 * <em>on credit</em>, within what one node alone would grant, and the next lease pays for them, as far as they are
 * within the window still. When the store says that none is left, uses are refused until the time that it says.
 *
 * <p>So all nodes together grant a budget's permits within a window, but for: on every node up to a tenth of the budget fewer, where
 * leased permits are not used, which is known when their window is over; up to a tenth more, where they are used long after they
 * were leased; and what is granted while an answer is under way. One node alone grants no more than the budget, ever. A store
 * that fails is asked again after a second, one that does not answer within 10 s counts as failed, and meanwhile every node
 * grants what it would grant alone.
 */
public final class LeasedLimiter implements RateLimiter {

    static final Duration LATELY = Duration.ofSeconds(5);
    static final Duration PATIENCE = Duration.ofSeconds(10);
    static final Duration PAUSE = Duration.ofSeconds(1);

    private static final Logger LOG = LoggerFactory.getLogger(LeasedLimiter.class);
    private static final int AHEAD_PART = 10;
    private static final int LATELY_MILLIS = (int) LATELY.toMillis();
    private static final int PATIENCE_MILLIS = (int) PATIENCE.toMillis();

    private final SharedBudget store;
    private final Ticker ticker;
    private final UserTable<Share> table;

    /** Until when the store is left alone; any thread. */
    private volatile long awayUntilNanos;

    private volatile boolean away;

    /** One user's use of one budget on this node, guarded by its shard's lock. */
    private static final class Share implements UserTable.Entry {

        /** Everything that this node granted, on a lease or on credit. */
        private final Window window = new Window();

        private int windowMillis;
        private int leased;
        private long leasedUntil;

        /** Granted and not leased yet. */
        private int credit;

        /** Counts the calls, so that the answer of one that was given up is known. */
        private int call;

        private boolean asking;
        private long askedAt;

        /** Whether the store said that nothing is left, and until when. */
        private boolean usedUp;

        private long usedUpUntil;

        @Override
        public boolean isIdle(long now) {
            window.expire(now, windowMillis);
            return window.isEmpty() && !(usedUp && usedUpUntil - now > 0);
        }
    }

    /** A call to be made, for so many; for none, when there was no answer to the one before. */
    private record Ask(Share share, int call, int count, long at) {}

    /** A limiter over a store, which it closes. */
    public LeasedLimiter(SharedBudget store, Ticker ticker) {
        this.store = store;
        this.ticker = ticker;
        this.awayUntilNanos = ticker.nanos();
        this.table = new UserTable<>(ticker, SlidingWindowLimiter.MOST, Share::new);
    }

    @Override
    public Permit acquire(UserKey user, Budget budget) {
        if (!budget.isLimited()) {
            return Permit.GRANTED;
        }
        UserTable.Shard<Share> shard = table.shard(user);
        Permit decided;
        Ask ask;
        synchronized (shard) {
            long now = table.now();
            Share share = shard.entry(user, budget, now);
            begin(share, budget, now);
            decided = known(share, budget, now);
            ask = decided instanceof Permit.Refused ? null : ask(share, budget, decided == null, now);
            if (decided == null && ask == null) {
                decided = onCredit(share);
            }
        }
        if (ask != null && ask.count > 0) {
            call(shard, user, budget, ask);
        } else if (ask != null) {
            failed(null);
        }
        if (decided != null) {
            return decided;
        }
        synchronized (shard) {
            // The answer may have come at once.
            long now = table.now();
            Share share = shard.entry(user, budget, now);
            begin(share, budget, now);
            Permit then = known(share, budget, now);
            return then == null ? onCredit(share) : then;
        }
    }

    private static void begin(Share share, Budget budget, long now) {
        share.windowMillis = UserTable.millis(budget);
        share.window.expire(now, share.windowMillis);
        // What was granted a window ago counts nowhere any more, and is nothing to pay for.
        share.credit = Math.min(share.credit, share.window.size());
        if (share.leased > 0 && now - share.leasedUntil >= 0) {
            share.leased = 0;
        }
        if (share.usedUp && now - share.usedUpUntil >= 0) {
            share.usedUp = false;
        }
    }

    /** What can be said without the store, or null. */
    private @Nullable Permit known(Share share, Budget budget, long now) {
        if (share.window.room(budget.permits()) == 0) {
            return refused(share.window.untilRoom(now, budget.permits(), share.windowMillis));
        }
        if (share.leased > 0) {
            share.leased--;
            share.window.add(table.stamp());
            return Permit.GRANTED;
        }
        return share.usedUp ? refused(share.usedUpUntil - now) : null;
    }

    private Permit onCredit(Share share) {
        share.credit++;
        share.window.add(table.stamp());
        return Permit.GRANTED;
    }

    private static Permit refused(long millis) {
        return new Permit.Refused(Duration.ofMillis(millis));
    }

    /** The call to make, if it is time for one. */
    private @Nullable Ask ask(Share share, Budget budget, boolean atOnce, long now) {
        int most = budget.permits() / AHEAD_PART;
        int ahead = share.window.recent(now, LATELY_MILLIS, most);
        boolean waits = share.asking && now - share.askedAt < PATIENCE_MILLIS;
        if (waits || share.usedUp || isAway() || (!atOnce && share.leased > ahead / 2)) {
            return null;
        }
        if (share.asking) {
            share.asking = false;
            return new Ask(share, share.call, 0, now);
        }
        int count = Math.min(budget.permits(), share.credit + ahead - share.leased + (atOnce ? 1 : 0));
        if (count <= 0) {
            return null;
        }
        share.asking = true;
        share.askedAt = now;
        share.call++;
        return new Ask(share, share.call, count, now);
    }

    private boolean isAway() {
        return away && ticker.nanos() - awayUntilNanos < 0;
    }

    private void call(UserTable.Shard<Share> shard, UserKey user, Budget budget, Ask ask) {
        CompletionStage<Lease> stage;
        try {
            stage = Objects.requireNonNull(store.lease(user, budget, ask.count), "the store answered nothing");
        } catch (RuntimeException failure) {
            stage = CompletableFuture.failedFuture(failure);
        }
        stage.whenComplete((lease, failure) -> {
            if (lease == null) {
                failed(failure);
            } else {
                away = false;
            }
            synchronized (shard) {
                answered(ask, lease);
            }
        });
    }

    private void answered(Ask ask, @Nullable Lease lease) {
        Share share = ask.share;
        if (share.call != ask.call || !share.asking) {
            return;
        }
        share.asking = false;
        if (lease == null) {
            return;
        }
        long now = table.now();
        int paid = Math.min(share.credit, lease.granted());
        share.credit -= paid;
        share.leased += Math.min(ask.count, lease.granted()) - paid;
        share.leasedUntil = ask.at + share.windowMillis;
        if (lease.granted() < ask.count) {
            // Nobody is left to pay for the rest.
            share.credit = 0;
            share.usedUp = true;
            share.usedUpUntil = now + wait(lease.retryAfter(), share.windowMillis);
        }
    }

    /** Within a window every permit comes back, whatever the store says. */
    private static long wait(Duration retryAfter, int windowMillis) {
        return retryAfter.compareTo(Duration.ofMillis(windowMillis)) < 0
                ? Math.max(1, retryAfter.toMillis())
                : windowMillis;
    }

    private void failed(@Nullable Throwable failure) {
        boolean wasAway = away;
        awayUntilNanos = ticker.nanos() + PAUSE.toNanos();
        away = true;
        if (!wasAway) {
            LOG.warn(
                    "The shared budget failed, every node counts alone failure={}",
                    failure == null ? "no answer" : failure.getClass().getName());
        }
    }

    @Override
    public void close() {
        store.close();
    }
}
