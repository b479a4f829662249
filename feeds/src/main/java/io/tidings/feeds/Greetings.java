package io.tidings.feeds;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.tidings.Connection;
import io.tidings.Hub;
import io.tidings.message.Address;
import io.tidings.message.UserKey;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells connections that begin how many are unseen, where a user ever had any. When many begin at once their counts are read together,
 * one read at a time.
 *
 * <p>A count that changes between the read and the telling is told before the one that was read, which would then take its place.
 * So what was told is read again until it is still so.
 */
final class Greetings {

    static final int PAGE = 500;

    /** How many wait at most while the store is slow; beyond, those who wait longest are not told. */
    static final int MAX_WAITING = 50_000;

    private static final Logger LOG = LoggerFactory.getLogger(Greetings.class);

    private final FeedStore store;
    private final Hub hub;

    @GuardedBy("this")
    private final ArrayDeque<Greeting> waiting = new ArrayDeque<>();

    @GuardedBy("this")
    private boolean reading;

    Greetings(FeedStore store, Hub hub) {
        this.store = store;
        this.hub = hub;
    }

    /** A connection, and the versions that it was told of; 0 for none. */
    private record Greeting(Connection connection, long unread, long unseen) {}

    /** A connection gets messages from now on. */
    void connected(Connection connection) {
        synchronized (this) {
            if (waiting.size() >= MAX_WAITING) {
                waiting.poll();
            }
            waiting.add(new Greeting(connection, 0, 0));
            if (reading) {
                return;
            }
            reading = true;
        }
        go();
    }

    private void go() {
        while (true) {
            List<Greeting> page = next();
            if (page.isEmpty()) {
                return;
            }
            List<UserKey> users = List.copyOf(page.stream()
                    .map(each -> each.connection.user())
                    .collect(Collectors.toCollection(LinkedHashSet::new)));
            CompletableFuture<List<Head>> heads = read(users).toCompletableFuture();
            if (!heads.isDone()) {
                heads.whenComplete((found, failure) -> {
                    try {
                        answer(page, found, failure);
                    } finally {
                        go();
                    }
                });
                return;
            }
            heads.whenComplete((found, failure) -> answer(page, found, failure));
        }
    }

    private synchronized List<Greeting> next() {
        List<Greeting> page = new ArrayList<>();
        while (page.size() < PAGE && !waiting.isEmpty()) {
            page.add(waiting.poll());
        }
        reading = !page.isEmpty();
        return page;
    }

    private CompletionStage<List<Head>> read(List<UserKey> users) {
        try {
            return store.heads(users);
        } catch (RuntimeException failure) {
            return CompletableFuture.failedFuture(failure);
        }
    }

    private void answer(List<Greeting> page, @Nullable List<Head> heads, @Nullable Throwable failure) {
        if (heads == null) {
            LOG.warn("Counts of {} connections cannot be read", page.size(), failure);
            return;
        }
        Map<UserKey, Head> byUser = new HashMap<>();
        heads.forEach(head -> byUser.put(head.user(), head));
        List<Greeting> again = new ArrayList<>();
        for (Greeting greeting : page) {
            Head head = byUser.get(greeting.connection.user());
            if (head != null && tell(greeting, head)) {
                again.add(new Greeting(greeting.connection, head.unreadVersion(), head.unseenVersion()));
            }
        }
        synchronized (this) {
            waiting.addAll(again);
        }
    }

    /** Tells what is newer than what was told; whether there was any. */
    private boolean tell(Greeting greeting, Head head) {
        boolean unread = head.unreadVersion() > greeting.unread;
        boolean unseen = head.unseenVersion() > greeting.unseen;
        Address to = Address.connection(greeting.connection.id());
        if (unread) {
            hub.publish(to, FeedMessages.unread(head));
        }
        if (unseen) {
            hub.publish(to, FeedMessages.unseen(head));
        }
        return unread || unseen;
    }
}
