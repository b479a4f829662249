package io.tidings.feeds;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.tidings.message.UserKey;
import java.time.Duration;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * The rows of one user that are being relayed, in the order of their sequence. One call at a time is under way: a row that goes to the
 * hub, or word to the store.
 */
final class UserRelay {

    private static final Duration FIRST_RETRY = Duration.ofMillis(100);
    private static final Duration LAST_RETRY = Duration.ofSeconds(5);

    private final Relay relay;
    private final UserKey user;

    @GuardedBy("this")
    private final TreeMap<Long, OutboxRow> rows = new TreeMap<>();

    /** The next sequence; 0 while it is not known. */
    @GuardedBy("this")
    private long next;

    /** How many were relayed since the store was told. */
    @GuardedBy("this")
    private int untold;

    @GuardedBy("this")
    private boolean asked;

    @GuardedBy("this")
    private boolean running;

    /** Of whoever runs. */
    private Duration retry = FIRST_RETRY;

    UserRelay(Relay relay, UserKey user) {
        this.relay = relay;
        this.user = user;
    }

    synchronized void add(long from, List<OutboxRow> more) {
        if (next == 0) {
            next = from;
        }
        int held = rows.size();
        for (OutboxRow row : more) {
            // What is not held here is read again from the store.
            if (row.sequence() >= next && rows.size() < Relay.PAGE && relay.mayHold()) {
                rows.put(row.sequence(), row);
            }
        }
        relay.holds(rows.size() - held);
        asked = true;
    }

    /** Has the store asked for rows. */
    synchronized void lookUp() {
        asked = true;
    }

    synchronized boolean isIdle() {
        return !running && !asked && rows.isEmpty() && untold == 0;
    }

    /** Goes on until there is nothing more to do, unless somebody does already. */
    void run() {
        synchronized (this) {
            if (running || isIdle()) {
                return;
            }
            running = true;
        }
        go();
    }

    private void go() {
        while (!relay.isClosed()) {
            OutboxRow row;
            synchronized (this) {
                row = untold < Relay.PAGE ? rows.get(next) : null;
            }
            CompletableFuture<?> step = (row == null ? settle() : send(row)).toCompletableFuture();
            if (!step.isDone()) {
                step.whenComplete((done, failure) -> {
                    if (after(row, failure)) {
                        go();
                    }
                });
                return;
            }
            if (!after(row, failureOf(step))) {
                return;
            }
        }
    }

    private CompletionStage<?> send(OutboxRow row) {
        try {
            return relay.send(row);
        } catch (RuntimeException failure) {
            return CompletableFuture.failedFuture(failure);
        }
    }

    private CompletionStage<?> settle() {
        long upTo;
        synchronized (this) {
            upTo = next - 1;
            asked = false;
        }
        try {
            return relay.settle(user, upTo).thenAccept(this::settled);
        } catch (RuntimeException failure) {
            return CompletableFuture.failedFuture(failure);
        }
    }

    private synchronized void settled(Relay.Settled settled) {
        int held = rows.size();
        next = Math.max(next, settled.relayed() + 1);
        untold = 0;
        for (OutboxRow row : settled.more()) {
            rows.put(row.sequence(), row);
        }
        rows.headMap(next).clear();
        if (!rows.containsKey(next)) {
            // Rows of a later transaction, ahead of those of an earlier one that are not read yet: the store has them
            // all.
            asked |= !rows.isEmpty();
            rows.clear();
        }
        relay.holds(rows.size() - held);
    }

    /** What follows a step; whether there is more to do now. */
    private boolean after(@Nullable OutboxRow row, @Nullable Throwable failure) {
        if (failure != null) {
            relay.failed(user, row == null ? "Word to the store" : "A row of the outbox", failure);
            synchronized (this) {
                asked = true;
            }
            relay.later(retry, this::go);
            retry = retry.multipliedBy(2).compareTo(LAST_RETRY) > 0 ? LAST_RETRY : retry.multipliedBy(2);
            return false;
        }
        retry = FIRST_RETRY;
        if (row != null) {
            synchronized (this) {
                relay.holds(rows.remove(row.sequence()) == null ? 0 : -1);
                next = row.sequence() + 1;
                untold++;
            }
            return true;
        }
        synchronized (this) {
            if (asked || !rows.isEmpty()) {
                return true;
            }
            running = false;
        }
        if (!relay.isDone(user, this)) {
            run();
        }
        return false;
    }

    private static @Nullable Throwable failureOf(CompletableFuture<?> done) {
        return done.handle((value, failure) -> failure).join();
    }
}
