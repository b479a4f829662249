package io.tidings.feeds;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.tidings.message.UserKey;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeSet;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * What is committed. One lock guards it, which is held for a look-up or for putting a transaction's writes in place, and never
 * while work is run.
 */
final class FeedTables {

    /** A user with rows in the outbox, and until when somebody relays them. */
    private record Backlog(long relayUntil, UserKey user) {}

    private final Object lock = new Object();
    private final long maxRows;

    @GuardedBy("lock")
    private final Map<UserKey, UserFeed> feeds = new HashMap<>();

    @GuardedBy("lock")
    private final NavigableSet<RememberedKey> keys = new TreeSet<>();

    @GuardedBy("lock")
    private final NavigableSet<Backlog> backlogs =
            new TreeSet<>(Comparator.comparingLong(Backlog::relayUntil).thenComparing(Backlog::user));

    @GuardedBy("lock")
    private long rows;

    @GuardedBy("lock")
    private long lastId;

    @GuardedBy("lock")
    private boolean closed;

    FeedTables(long maxRows, long lastId) {
        this.maxRows = maxRows;
        this.lastId = lastId;
    }

    static IllegalStateException closed() {
        return new IllegalStateException("the feed store is closed");
    }

    long nextId() {
        synchronized (lock) {
            return ++lastId;
        }
    }

    List<Head> heads(List<UserKey> users) {
        synchronized (lock) {
            checkOpen();
            List<Head> heads = new ArrayList<>(users.size());
            for (UserKey user : users) {
                UserFeed feed = feeds.get(user);
                heads.add(feed == null ? Head.of(user) : feed.head());
            }
            return heads;
        }
    }

    List<ChatMessage> messages(UserKey user, @Nullable UserKey with, long after, int limit) {
        synchronized (lock) {
            checkOpen();
            UserFeed feed = feeds.get(user);
            return feed == null ? List.of() : feed.messages(with, after, limit);
        }
    }

    @Nullable
    ChatMessage message(UserKey user, long id) {
        synchronized (lock) {
            checkOpen();
            UserFeed feed = feeds.get(user);
            return feed == null ? null : feed.message(id);
        }
    }

    List<ChatMessage> received(UserKey receiver, Collection<Long> ids) {
        synchronized (lock) {
            checkOpen();
            List<ChatMessage> received = new ArrayList<>();
            UserFeed feed = feeds.get(receiver);
            if (feed != null) {
                for (long id : new TreeSet<>(ids)) {
                    ChatMessage message = feed.message(id);
                    if (message != null && message.receiver().equals(receiver)) {
                        received.add(message);
                    }
                }
            }
            return received;
        }
    }

    List<Notification> notifications(FeedStore.NotificationQuery query) {
        synchronized (lock) {
            checkOpen();
            UserFeed feed = feeds.get(query.user());
            return feed == null ? List.of() : feed.notifications(query);
        }
    }

    List<Notification> notifications(UserKey user, Collection<Long> ids) {
        synchronized (lock) {
            checkOpen();
            List<Notification> found = new ArrayList<>();
            UserFeed feed = feeds.get(user);
            if (feed != null) {
                for (long id : new TreeSet<>(ids)) {
                    Notification notification = feed.notification(id);
                    if (notification != null) {
                        found.add(notification);
                    }
                }
            }
            return found;
        }
    }

    @Nullable
    RememberedKey key(UserKey user, String key) {
        synchronized (lock) {
            checkOpen();
            UserFeed feed = feeds.get(user);
            return feed == null ? null : feed.key(key);
        }
    }

    List<OutboxRow> outbox(UserKey user, long after, int limit) {
        synchronized (lock) {
            checkOpen();
            UserFeed feed = feeds.get(user);
            return feed == null ? List.of() : feed.outbox(after, limit);
        }
    }

    boolean hasRow(UserKey user, long sequence) {
        synchronized (lock) {
            UserFeed feed = feeds.get(user);
            return feed != null && feed.hasRow(sequence);
        }
    }

    List<UserKey> waiting(long now, int limit) {
        synchronized (lock) {
            checkOpen();
            List<UserKey> waiting = new ArrayList<>();
            for (Backlog backlog : backlogs) {
                if (backlog.relayUntil() > now || waiting.size() == limit) {
                    break;
                }
                waiting.add(backlog.user());
            }
            return waiting;
        }
    }

    long forgetKeys(Instant before) {
        synchronized (lock) {
            checkOpen();
            long forgotten = 0;
            while (!keys.isEmpty() && keys.first().at().isBefore(before)) {
                RememberedKey oldest = keys.first();
                keys.remove(oldest);
                feed(oldest.user()).forget(oldest);
                forgotten++;
            }
            rows -= forgotten;
            return forgotten;
        }
    }

    /** Puts what a transaction wrote in place, all of it or, when there is no room, nothing. */
    void commit(FeedWrites writes) {
        synchronized (lock) {
            checkOpen();
            long added = writes.rows();
            for (UserKey user : writes.users()) {
                added += feeds.containsKey(user) ? 0 : 1;
            }
            for (Map.Entry<UserKey, Long> each : writes.forgotten().entrySet()) {
                UserFeed feed = feeds.get(each.getKey());
                added -= feed == null ? 0 : feed.rowsUpTo(each.getValue()).size();
            }
            if (added > 0 && rows + added > maxRows) {
                throw new RejectedExecutionException(
                        "the feed store is full: " + rows + " rows of at most " + maxRows + ", " + added + " more");
            }
            rows += added;
            put(writes);
        }
    }

    @GuardedBy("lock")
    private void put(FeedWrites writes) {
        writes.heads().values().forEach(this::put);
        writes.messages().values().forEach(this::put);
        for (Notification notification : writes.notifications().values()) {
            feed(notification.user()).put(notification);
        }
        for (RememberedKey key : writes.keys()) {
            feed(key.user()).remember(key);
            keys.add(key);
        }
        writes.forgotten().forEach((user, upTo) -> feed(user).rowsUpTo(upTo).clear());
        for (OutboxRow row : writes.outbox()) {
            feed(row.user()).add(row);
        }
    }

    @GuardedBy("lock")
    private void put(Head head) {
        UserFeed feed = feed(head.user());
        Head before = feed.head();
        if (before.relayed() < before.sequence()) {
            backlogs.remove(new Backlog(before.relayUntil(), head.user()));
        }
        if (head.relayed() < head.sequence()) {
            backlogs.add(new Backlog(head.relayUntil(), head.user()));
        }
        feed.put(head);
    }

    @GuardedBy("lock")
    private void put(ChatMessage message) {
        UserFeed sender = feed(message.sender());
        UserFeed.Letter known = sender.letter(message.id());
        if (known != null) {
            known.replace(message);
            return;
        }
        UserFeed.Letter letter = new UserFeed.Letter(message);
        sender.add(letter, message.receiver());
        if (!message.sender().equals(message.receiver())) {
            feed(message.receiver()).add(letter, message.sender());
        }
    }

    @GuardedBy("lock")
    private UserFeed feed(UserKey user) {
        return feeds.computeIfAbsent(user, UserFeed::new);
    }

    @GuardedBy("lock")
    private void checkOpen() {
        if (closed) {
            throw closed();
        }
    }

    void close() {
        synchronized (lock) {
            closed = true;
            feeds.clear();
            keys.clear();
            backlogs.clear();
        }
    }
}
