package io.tidings.feeds;

import io.tidings.Hub;
import io.tidings.SendOptions;
import io.tidings.SendResult;
import io.tidings.message.Address;
import io.tidings.message.UserKey;
import io.tidings.spi.Scheduler;
import io.tidings.spi.Ticker;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes rows of the outbox to the hub: a user's one after the other, those of different users at once.
 *
 * <p>A user is relayed by the node that claimed them, with the transaction that wrote the row or later. What a node cannot finish, because
 * it died or has too much to do, waits in the store until its claim ends, and every node looks for that once a second. Two nodes
 * that relay for one user do no harm: the mailbox knows rows by source and sequence.
 */
final class Relay {

    /** How long a claim lasts that is not renewed. */
    static final Duration CLAIM = Duration.ofSeconds(10);

    static final Duration SWEEP = Duration.ofSeconds(1);

    /** How many users are relayed at once; the rows of others wait in the store. */
    static final int MAX_BUSY = 10_000;

    /** How many rows of a user are read at once, and how many are relayed before the store is told. */
    static final int PAGE = 100;

    /** How many rows are held in all; beyond, users' rows are read from the store one by one. */
    static final int MAX_HELD = 50_000;

    private static final Logger LOG = LoggerFactory.getLogger(Relay.class);
    static final int SWEEP_PAGE = 500;

    /** Every so many sweeps those are looked at too whom somebody has claimed, for claims that no clock will end. */
    private static final int LOOK_AT_ALL = 30;

    /** The pause where there may be more. */
    private static final Duration SWEEP_ON = Duration.ofMillis(50);

    private static final Duration WARN_EVERY = Duration.ofSeconds(1);

    private final FeedStore store;
    private final String node;
    private final Ticker ticker;
    private final Scheduler scheduler;
    private final Consumer<OutboxRow> relayed;
    private final ConcurrentHashMap<UserKey, UserRelay> busy = new ConcurrentHashMap<>();
    private final AtomicInteger held = new AtomicInteger();

    private final Seldom failures;

    /** Set once. */
    private volatile @Nullable Hub hub;

    /** Until when claims of whomever are taken over; set before the first sweep. */
    private volatile long anyonesUntil;

    /** Of whoever sweeps. */
    private int sweeps;

    private volatile boolean closed;

    /**
     * A relay that does nothing until it is started.
     *
     * @param node    unique among the nodes that share the store
     * @param relayed is told of every row that the hub has taken; must not block
     */
    Relay(FeedStore store, String node, Ticker ticker, Scheduler scheduler, Consumer<OutboxRow> relayed) {
        this.store = store;
        this.node = node;
        this.ticker = ticker;
        this.scheduler = scheduler;
        this.relayed = relayed;
        failures = new Seldom(WARN_EVERY, ticker);
    }

    /** Begins, with what an earlier process left. */
    void start(Hub to) {
        hub = to;
        // Nobody else can have a claim on a store that nobody shares: those of before are of an earlier process, and
        // end in time.
        anyonesUntil = store.shared() ? 0 : ticker.epochMillis() + CLAIM.toMillis();
        sweep();
    }

    /** Stops; what was not relayed stays in the store. */
    void close() {
        closed = true;
    }

    /** Who claims users now: this node, or null while it has too much to do. */
    @Nullable
    String claimant() {
        return hub == null || closed || busy.size() >= MAX_BUSY ? null : node;
    }

    /** Until when a claim of now lasts, in epoch milliseconds. */
    long claimedUntil() {
        return ticker.epochMillis() + CLAIM.toMillis();
    }

    /** How many users' rows are under way. */
    int busy() {
        return busy.size();
    }

    /** Relays rows of a user whom this node has claimed. */
    void take(Change.Told told) {
        with(told.user(), one -> one.add(told.next(), told.rows()));
    }

    private void with(UserKey user, Consumer<UserRelay> then) {
        UserRelay one = busy.compute(user, (key, there) -> {
            UserRelay it = there == null ? new UserRelay(this, key) : there;
            then.accept(it);
            return it;
        });
        one.run();
    }

    /** Forgets a user unless rows have come meanwhile. */
    boolean isDone(UserKey user, UserRelay one) {
        return busy.computeIfPresent(user, (key, there) -> there == one && one.isIdle() ? null : there) != one;
    }

    // What UserRelay needs.

    boolean isClosed() {
        return closed;
    }

    void later(Duration delay, Runnable task) {
        scheduler.schedule(delay, task);
    }

    boolean mayHold() {
        return held.get() < MAX_HELD;
    }

    /** So many more, or fewer, rows are held. */
    void holds(int more) {
        held.addAndGet(more);
    }

    /** How many rows are held. */
    int held() {
        return held.get();
    }

    /** Hands a row to the hub; completes when it is there, for a repeat too, and fails when it may not be. */
    CompletionStage<Void> send(OutboxRow row) {
        Hub to = hub;
        if (to == null) {
            return CompletableFuture.failedFuture(new IllegalStateException("not started"));
        }
        String except = row.except();
        if (!row.durable()) {
            to.publish(Address.user(row.user()), row.message());
            relayed.accept(row);
            return CompletableFuture.completedFuture(null);
        }
        SendOptions options = SendOptions.NONE.sequenced(store.source(), row.sequence());
        return to.send(row.user(), row.message(), except == null ? options : options.minus(except))
                .thenAccept(result -> {
                    if (result instanceof SendResult.Rejected rejected) {
                        throw new CompletionException(new IllegalStateException(rejected.reason()));
                    }
                    relayed.accept(row);
                });
    }

    /**
     * Tells the store how far a user has been relayed, and asks for more.
     *
     * @param upTo the last sequence that was relayed; negative where that is not known
     */
    CompletionStage<Settled> settle(UserKey user, long upTo) {
        return store.transact(Set.of(user), rows -> {
            long now = ticker.epochMillis();
            Head head = rows.head(user);
            long done = Math.max(upTo, head.relayed());
            if (done > head.relayed()) {
                rows.forget(user, done);
                head = head.withRelayed(done);
            }
            boolean free = isFree(head, node, now);
            List<OutboxRow> more =
                    free && done < head.sequence() ? rows.outbox(user, done, mayHold() ? PAGE : 1) : List.of();
            if (free) {
                head = more.isEmpty() ? head.relayedBy("", 0) : head.relayedBy(node, now + CLAIM.toMillis());
            }
            rows.put(head);
            return new Settled(done, more);
        });
    }

    /** Said once in a while: while the mailbox is away, the rows of thousands of users fail every few seconds. */
    void failed(UserKey user, String what, Throwable failure) {
        int times = closed ? 0 : failures.happens();
        if (times > 0) {
            LOG.warn("{} failed, is tried again user={} failures={}", what, user, times, failure);
        }
    }

    /** Whether a node may relay for a user: a claim that ends later than any can was made by a clock that has gone back since. */
    static boolean isFree(Head head, @Nullable String node, long now) {
        return head.relayUntil() <= now
                || head.relayUntil() > now + 2 * CLAIM.toMillis()
                || head.relay().equals(node);
    }

    private void sweep() {
        if (closed) {
            return;
        }
        if (busy.size() >= MAX_BUSY) {
            scheduler.schedule(SWEEP, this::sweep);
            return;
        }
        long now = ticker.epochMillis();
        // Those who are under way and get no further come first: they must not hide the others.
        int limit = SWEEP_PAGE + busy.size();
        CompletionStage<List<UserKey>> found;
        try {
            found = store.waiting(now < anyonesUntil || sweeps++ % LOOK_AT_ALL == 0 ? Long.MAX_VALUE : now, limit);
        } catch (RuntimeException failure) {
            found = CompletableFuture.failedFuture(failure);
        }
        found.whenComplete((users, failure) -> {
            if (users == null) {
                if (!closed && failure != null) {
                    LOG.warn("The outbox cannot be looked through", failure);
                }
            } else {
                users.forEach(user -> with(user, UserRelay::lookUp));
            }
            boolean full = users != null && users.size() == limit;
            scheduler.schedule(full ? SWEEP_ON : SWEEP, this::sweep);
        });
    }

    /**
     * How far a user is.
     *
     * @param relayed the last sequence that was relayed, by whomever
     * @param more    rows behind it that this node is to relay
     */
    record Settled(long relayed, List<OutboxRow> more) {}
}
