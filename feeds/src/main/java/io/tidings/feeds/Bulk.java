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
    private final CompletableFuture<PostAllResult> done = new CompletableFuture<>();

    /** Of whoever goes on. */
    private long sent;

    private long repeated;

    Bulk(
            Changes changes,
            Relay relay,
            Iterator<UserKey> users,
            NotificationDraft draft,
            String key,
            Scheduler scheduler) {
        this.changes = changes;
        this.relay = relay;
        this.users = users;
        this.draft = draft;
        this.key = key;
        this.scheduler = scheduler;
    }

    CompletionStage<PostAllResult> start() {
        go();
        return done;
    }

    private void go() {
        try {
            while (users.hasNext()) {
                if (relay.busy() > MAX_BUSY) {
                    scheduler.schedule(PAUSE, this::go);
                    return;
                }
                CompletableFuture<Void> chunk = chunk().toCompletableFuture();
                if (!chunk.isDone() || chunk.isCompletedExceptionally()) {
                    chunk.whenComplete((nothing, failure) -> {
                        if (failure == null) {
                            go();
                        } else {
                            done.completeExceptionally(failure);
                        }
                    });
                    return;
                }
            }
            done.complete(new PostAllResult(sent, repeated));
        } catch (RuntimeException | Error failure) {
            done.completeExceptionally(failure);
        }
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
                    for (UserKey user : chunk) {
                        if (change.rows().remembered(user, key).isEmpty()) {
                            Notification notification = Notifications.insert(
                                    change,
                                    user,
                                    draft.category(),
                                    id -> FeedMessages.notificationNew(id, user, draft, change.now()));
                            change.rows().remember(user, key, notification.id(), change.now());
                            fresh++;
                        }
                    }
                    return fresh;
                })
                .thenAccept(fresh -> {
                    sent += fresh;
                    repeated += all - fresh;
                });
    }
}
