package io.tidings.feeds;

import io.tidings.feeds.Notifications.PostAllResult;
import io.tidings.message.UserKey;
import io.tidings.spi.Scheduler;
import java.time.Duration;
import java.util.Iterator;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;

/** One notification on its way to many users: a chunk at a time, and not more than the relay keeps up with. */
final class Bulk {

    static final int CHUNK = 500;

    /** More users than this are not kept waiting by it. */
    private static final int MAX_BUSY = 4 * CHUNK;

    private static final Duration PAUSE = Duration.ofMillis(20);

    private final Changes changes;
    private final Relay relay;
    private final Iterator<UserKey> users;
    private final NotificationDraft draft;
    private final String key;
    private final Scheduler scheduler;
    private final Executor executor;
    private final CompletableFuture<PostAllResult> done = new CompletableFuture<>();

    /** Of whoever goes on. */
    private long sent;

    private long repeated;

    private long refused;

    /** Of a chunk: how many were notified, and how many could not be. */
    private record Chunk(long fresh, long refused) {}

    Bulk(
            Changes changes,
            Relay relay,
            Iterator<UserKey> users,
            NotificationDraft draft,
            String key,
            Scheduler scheduler,
            Executor executor) {
        this.changes = changes;
        this.relay = relay;
        this.users = users;
        this.draft = draft;
        this.key = key;
        this.scheduler = scheduler;
        this.executor = executor;
    }

    CompletionStage<PostAllResult> start() {
        go();
        return done;
    }

    private void go() {
        try {
            while (!done.isDone() && users.hasNext()) {
                if (relay.busy() > MAX_BUSY) {
                    scheduler.schedule(PAUSE, this::goOn);
                    return;
                }
                CompletableFuture<Void> chunk = chunk().toCompletableFuture();
                if (!chunk.isDone() || chunk.isCompletedExceptionally()) {
                    chunk.whenComplete((nothing, failure) -> {
                        if (failure == null) {
                            goOn();
                        } else {
                            done.completeExceptionally(failure);
                        }
                    });
                    return;
                }
            }
            done.complete(new PostAllResult(sent, repeated, refused));
        } catch (RuntimeException | Error failure) {
            done.completeExceptionally(failure);
        }
    }

    /** The iterator is the host's: it may take its time where it holds up nobody else. */
    private void goOn() {
        try {
            executor.execute(this::go);
        } catch (RuntimeException full) {
            done.completeExceptionally(full);
        }
    }

    /** Ends it where it is; what was sent is sent. */
    void end() {
        done.completeExceptionally(new IllegalStateException("the feeds are closed"));
    }

    private CompletionStage<Void> chunk() {
        Set<UserKey> chunk = new TreeSet<>();
        long asked = 0;
        while (chunk.size() < CHUNK && users.hasNext()) {
            chunk.add(users.next());
            asked++;
        }
        long all = asked;
        return changes.make(chunk, change -> {
                    long fresh = 0;
                    long full = 0;
                    for (UserKey user : chunk) {
                        if (change.rows().remembered(user, key).isPresent()) {
                            continue;
                        }
                        if (!Notifications.hasRoom(change.head(user), draft.category())) {
                            full++; // one user's many categories keep nobody else from being told
                        } else {
                            Notification notification = Notifications.insert(
                                    change,
                                    user,
                                    draft.category(),
                                    id -> FeedMessages.notificationNew(id, user, draft, change.now()));
                            change.rows().remember(user, key, notification.id(), change.now());
                            fresh++;
                        }
                    }
                    return new Chunk(fresh, full);
                })
                .thenAccept(made -> {
                    sent += made.fresh;
                    refused += made.refused;
                    repeated += all - made.fresh - made.refused;
                });
    }
}
