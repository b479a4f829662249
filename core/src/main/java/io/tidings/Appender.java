package io.tidings;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.tidings.mailbox.Append;
import io.tidings.mailbox.Appended;
import io.tidings.mailbox.Mailbox;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The way into the mailbox. Users are spread over shards; a shard has one batch under way, and what comes meanwhile waits for the
 * next, up to a bound. So a user's messages are appended in the order in which they were sent, and are told of in the order of
 * their positions.
 */
final class Appender {

    /** The most messages that wait in one shard. */
    static final int MAX_WAITING = 10_000;

    private static final int SHARDS = 16;
    private static final int MAX_BATCH = 256;

    private final Mailbox mailbox;
    private final Told told;
    private final @Nullable AcceptedCalls accepted;
    private final Shard[] shards = new Shard[SHARDS];
    private final AtomicInteger pending = new AtomicInteger();
    private volatile boolean stopped;

    /** Is told of what has been appended. */
    interface Told {
        /** An entry is in the mailbox. Called in the order of a user's positions, before the sender is told. */
        void stored(Append append, Appended.Stored stored);
    }

    private record Waiting(Append append, CompletableFuture<Appended> result) {}

    /**
     * An empty appender.
     *
     * @param accepted makes the host's calls of a batch before the next goes to the mailbox, or null for none
     */
    Appender(Mailbox mailbox, Told told, @Nullable AcceptedCalls accepted) {
        this.mailbox = mailbox;
        this.told = told;
        this.accepted = accepted;
        for (int i = 0; i < SHARDS; i++) {
            shards[i] = new Shard();
        }
    }

    /** Messages that wait or are under way. */
    int pending() {
        return pending.get();
    }

    /** Refuses everything from now on; when this returns, {@link #pending()} only falls. */
    void stop() {
        stopped = true;
        for (Shard shard : shards) {
            shard.settle();
        }
        if (accepted != null) {
            accepted.stop();
        }
    }

    /** Appends a message; the stage fails when the mailbox does. */
    CompletionStage<Appended> append(Append append) {
        int hash = append.user().hashCode();
        return shards[(hash ^ hash >>> 16) & (SHARDS - 1)].append(append);
    }

    private final class Shard {

        @GuardedBy("this")
        private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();

        @GuardedBy("this")
        private boolean underWay;

        CompletionStage<Appended> append(Append append) {
            CompletableFuture<Appended> result = new CompletableFuture<>();
            synchronized (this) {
                if (stopped) {
                    return CompletableFuture.completedFuture(new Appended.Full("the hub is closed"));
                }
                if (waiting.size() >= MAX_WAITING) {
                    return CompletableFuture.completedFuture(
                            new Appended.Full("too many messages are waiting for the mailbox"));
                }
                waiting.add(new Waiting(append, result));
                pending.incrementAndGet();
                if (underWay) {
                    return result;
                }
                underWay = true;
            }
            work();
            return result;
        }

        /** Returns when whoever was let in has been counted. */
        synchronized void settle() {}

        private void work() {
            while (true) {
                List<Waiting> batch = take();
                if (batch.isEmpty()) {
                    return;
                }
                CompletableFuture<List<Appended>> outcome = store(batch);
                if (!outcome.isDone()) {
                    outcome.whenComplete((results, failure) -> {
                        if (!settled(batch, results, failure)) {
                            work();
                        }
                    });
                    return;
                }
                boolean goesOn = outcome.handle((results, failure) -> settled(batch, results, failure))
                        .join();
                if (goesOn) {
                    return;
                }
            }
        }

        /** A batch has its outcome; whether the host is told of it first, after which the shard goes on by itself. */
        private boolean settled(List<Waiting> batch, @Nullable List<Appended> results, @Nullable Throwable failure) {
            List<AcceptedCalls.Accepted> news = accepted == null ? List.of() : news(batch, results);
            pending.addAndGet(news.size());
            finish(batch, results, failure);
            if (accepted == null || news.isEmpty()) {
                return false;
            }
            // An executor may run it here: then this thread goes on in its loop, not ever deeper in its stack.
            AtomicBoolean second = new AtomicBoolean();
            accepted.tell(news, () -> {
                pending.addAndGet(-news.size());
                if (second.getAndSet(true)) {
                    work();
                }
            });
            return !second.getAndSet(true);
        }

        private static List<AcceptedCalls.Accepted> news(List<Waiting> batch, @Nullable List<Appended> results) {
            List<AcceptedCalls.Accepted> news = new ArrayList<>();
            for (int i = 0; results != null && results.size() == batch.size() && i < batch.size(); i++) {
                if (results.get(i) instanceof Appended.Stored stored && !stored.repeated()) {
                    news.add(new AcceptedCalls.Accepted(batch.get(i).append, stored.position()));
                }
            }
            return news;
        }

        private synchronized List<Waiting> take() {
            List<Waiting> batch = new ArrayList<>(Math.min(MAX_BATCH, waiting.size()));
            while (batch.size() < MAX_BATCH && !waiting.isEmpty()) {
                batch.add(waiting.remove());
            }
            if (batch.isEmpty()) {
                underWay = false;
            }
            return batch;
        }

        private CompletableFuture<List<Appended>> store(List<Waiting> batch) {
            try {
                return mailbox.append(batch.stream().map(Waiting::append).toList())
                        .toCompletableFuture();
            } catch (RuntimeException | Error failure) {
                // Not even an error may leave the shard, which many users share, with a batch that never ends.
                return CompletableFuture.failedFuture(failure);
            }
        }

        /** The message is stored, whatever comes of telling: the others of the batch, and the next batch, must not wait for it. */
        private void tell(Append append, Appended.Stored stored) {
            try {
                told.stored(append, stored);
            } catch (RuntimeException failure) {
                HubLog.tellingFailed(append.user(), failure);
            }
        }

        private void finish(List<Waiting> batch, @Nullable List<Appended> results, @Nullable Throwable failure) {
            for (int i = 0; i < batch.size(); i++) {
                Waiting entry = batch.get(i);
                if (results == null || results.size() != batch.size()) {
                    pending.decrementAndGet();
                    entry.result.completeExceptionally(
                            failure == null ? new IllegalStateException("the mailbox lost an outcome") : failure);
                    continue;
                }
                Appended result = results.get(i);
                try {
                    if (result instanceof Appended.Stored stored) {
                        tell(entry.append, stored);
                    }
                } finally {
                    // Last: a hub that closes says goodbye behind it.
                    pending.decrementAndGet();
                }
                entry.result.complete(result);
            }
        }
    }
}
