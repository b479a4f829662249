package io.tidings.feeds;

import io.tidings.message.UserKey;
import io.tidings.spi.Ticker;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A feed store in this process's memory: what it holds ends with the process, and other nodes do not see it.
 *
 * <p>A transaction runs on the thread of its caller when nobody else has one of its users, else on that of the transaction that
 * it waited for; no thread waits. It writes aside, and what it wrote is put in place at once when its work has returned, so that
 * everybody else sees what was committed and nothing besides. Work is run under no lock.
 *
 * <p>Reads are done when their stage is returned, and cost what they find: a user's notifications, all and unseen, are in order
 * for each category as well.
 *
 * <p>What is held is bounded by {@link Builder#maxRows}, not by bytes: messages and notifications are kept until the process
 * ends.
 *
 * <p>Ids begin with the time at which the store was made, so that they are larger than those of the process before.
 */
public final class InMemoryFeedStore implements FeedStore {

    private final String source = "feeds-" + UUID.randomUUID();
    private final UserQueues queues = new UserQueues();
    private final FeedTables tables;

    /** What is to be run by a thread that runs something already, so that the stack does not grow. */
    private final ThreadLocal<@Nullable ArrayDeque<Runnable>> turns = new ThreadLocal<>();

    private InMemoryFeedStore(Builder builder) {
        // A million transactions a second would have to be made for ids to overtake the clock; below 2^53 until 2255.
        tables = new FeedTables(builder.maxRows, Ticker.SYSTEM.epochMillis() * 1_000);
    }

    /** Starts the options of a store. */
    public static Builder builder() {
        return new Builder();
    }

    /** {@code feeds-} and what tells this store from every other. */
    @Override
    public String source() {
        return source;
    }

    /** False. */
    @Override
    public boolean shared() {
        return false;
    }

    @Override
    public <T> CompletionStage<T> transact(Set<UserKey> users, Work<T> work) {
        if (users.isEmpty()) {
            throw new IllegalArgumentException("users must not be empty");
        }
        FeedTask<T> task = new FeedTask<>(Set.copyOf(users), work);
        try {
            if (queues.enter(task)) {
                runInTurn(task);
            }
        } catch (RuntimeException e) {
            return CompletableFuture.failedStage(e);
        }
        return task.done();
    }

    private void runInTurn(FeedTask<?> task) {
        ArrayDeque<Runnable> outer = turns.get();
        if (outer != null) {
            outer.add(() -> run(task, outer));
            return;
        }
        ArrayDeque<Runnable> turn = new ArrayDeque<>();
        turns.set(turn);
        try {
            run(task, turn);
            for (Runnable next = turn.poll(); next != null; next = turn.poll()) {
                next.run();
            }
        } finally {
            turns.remove();
        }
    }

    private void run(FeedTask<?> task, ArrayDeque<Runnable> turn) {
        Runnable told = task.run(tables);
        for (FeedTask<?> next : queues.leave(task)) {
            turn.add(() -> run(next, turn));
        }
        told.run();
    }

    @Override
    public CompletionStage<List<Head>> heads(List<UserKey> users) {
        List<UserKey> asked = List.copyOf(users);
        return done(() -> tables.heads(asked));
    }

    @Override
    public CompletionStage<List<ChatMessage>> messages(UserKey user, @Nullable UserKey with, long after, int limit) {
        checkLimit(limit);
        return done(() -> tables.messages(user, with, after, limit));
    }

    @Override
    public CompletionStage<List<UserKey>> senders(UserKey receiver, Collection<Long> ids) {
        Set<Long> asked = Set.copyOf(ids);
        return done(() -> tables.received(receiver, asked).stream()
                .map(ChatMessage::sender)
                .distinct()
                .toList());
    }

    @Override
    public CompletionStage<List<Notification>> notifications(NotificationQuery query) {
        checkLimit(query.limit());
        return done(() -> tables.notifications(query));
    }

    @Override
    public CompletionStage<List<UserKey>> waiting(long now, int limit) {
        checkLimit(limit);
        return done(() -> tables.waiting(now, limit));
    }

    @Override
    public CompletionStage<Long> forgetKeys(Instant before) {
        return done(() -> tables.forgetKeys(before));
    }

    @Override
    public void close() {
        tables.close();
        for (FeedTask<?> task : queues.close()) {
            task.fail(FeedTables.closed());
        }
    }

    private static void checkLimit(int limit) {
        if (limit < 1) {
            throw new IllegalArgumentException("limit must be at least 1, was " + limit);
        }
    }

    private static <T> CompletionStage<T> done(Supplier<T> call) {
        try {
            return CompletableFuture.completedStage(call.get());
        } catch (RuntimeException e) {
            return CompletableFuture.failedStage(e);
        }
    }

    /** The options of a store. Not safe for use by several threads. */
    public static final class Builder {

        private long maxRows = 1_000_000;

        private Builder() {}

        /**
         * Sets how many rows are held in all: users, messages, notifications, remembered keys, rows of the outbox; default
         * 1,000,000; at least 1. A transaction that adds rows beyond fails with
         * {@link java.util.concurrent.RejectedExecutionException} and changes nothing.
         */
        public Builder maxRows(long rows) {
            maxRows = rows;
            return this;
        }

        /**
         * The store.
         *
         * @throws IllegalArgumentException when the option is out of range
         */
        public InMemoryFeedStore build() {
            if (maxRows < 1) {
                throw new IllegalArgumentException("maxRows must be at least 1, was " + maxRows);
            }
            return new InMemoryFeedStore(this);
        }
    }
}
