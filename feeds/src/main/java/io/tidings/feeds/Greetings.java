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
 */
final class Greetings {

    static final int PAGE = 500;

    private static final Logger LOG = LoggerFactory.getLogger(Greetings.class);

    private final FeedStore store;
    private final Hub hub;

    @GuardedBy("this")
    private final ArrayDeque<Connection> waiting = new ArrayDeque<>();

    @GuardedBy("this")
    private boolean reading;

    Greetings(FeedStore store, Hub hub) {
        this.store = store;
        this.hub = hub;
    }

    /** A connection gets messages from now on. */
    void connected(Connection connection) {
        synchronized (this) {
            waiting.add(connection);
            if (reading) {
                return;
            }
            reading = true;
        }
        go();
    }

    private void go() {
        while (true) {
            List<Connection> page = next();
            if (page.isEmpty()) {
                return;
            }
            List<UserKey> users = List.copyOf(
                    page.stream().map(Connection::user).collect(Collectors.toCollection(LinkedHashSet::new)));
            CompletableFuture<List<Head>> heads = read(users).toCompletableFuture();
            if (!heads.isDone()) {
                heads.whenComplete((found, failure) -> {
                    answer(page, found, failure);
                    go();
                });
                return;
            }
            heads.whenComplete((found, failure) -> answer(page, found, failure));
        }
    }

    private synchronized List<Connection> next() {
        List<Connection> page = new ArrayList<>();
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

    private void answer(List<Connection> page, @Nullable List<Head> heads, @Nullable Throwable failure) {
        if (heads == null) {
            LOG.warn("Counts of {} connections cannot be read", page.size(), failure);
            return;
        }
        Map<UserKey, Head> byUser = new HashMap<>();
        heads.forEach(head -> byUser.put(head.user(), head));
        for (Connection connection : page) {
            Head head = byUser.get(connection.user());
            if (head != null && head.unreadVersion() > 0) {
                hub.publish(Address.connection(connection.id()), FeedMessages.unread(head));
            }
            if (head != null && head.unseenVersion() > 0) {
                hub.publish(Address.connection(connection.id()), FeedMessages.unseen(head));
            }
        }
    }
}
