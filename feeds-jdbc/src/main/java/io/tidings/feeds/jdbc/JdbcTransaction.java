package io.tidings.feeds.jdbc;

import io.tidings.feeds.ChatMessage;
import io.tidings.feeds.FeedStore;
import io.tidings.feeds.FeedTransaction;
import io.tidings.feeds.Head;
import io.tidings.feeds.Notification;
import io.tidings.feeds.OutboxRow;
import io.tidings.message.UserKey;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What one work of a batch sees and writes. Nothing that it writes goes to the database before the end of the batch: what it reads
 * is put together from the database, from what earlier works of the batch wrote, and from what it wrote itself.
 */
final class JdbcTransaction implements FeedTransaction {

    private final Batch batch;
    private final Set<UserKey> users;
    private final Changes own = new Changes();

    /** What was written by now, older first. */
    private final List<Changes> written;

    private boolean ended;

    JdbcTransaction(Batch batch, Set<UserKey> users) {
        this.batch = batch;
        this.users = users;
        written = List.of(batch.changes, own);
    }

    /** What the work wrote; from now on it writes nothing. */
    Changes end() {
        ended = true;
        return own;
    }

    @Override
    public Head head(UserKey user) {
        Head head = own.heads.get(checked(user));
        return head != null ? head : batch.head(user);
    }

    @Override
    public void put(Head head) {
        own.heads.put(checked(head.user()), head);
    }

    @Override
    public long nextId() {
        checkRuns();
        return batch.nextId();
    }

    @Override
    public void insert(ChatMessage message) {
        checked(message.sender());
        checked(message.receiver());
        own.messages.put(message.id(), message);
    }

    @Override
    public List<ChatMessage> received(UserKey receiver, Collection<Long> ids) {
        checkRuns();
        Map<Long, ChatMessage> found = new HashMap<>();
        List<Long> unknown = new ArrayList<>();
        for (Long id : new TreeSet<>(ids)) {
            ChatMessage message = message(id);
            if (message == null) {
                unknown.add(id);
            } else if (message.receiver().equals(receiver)) {
                found.put(id, message);
            }
        }
        if (!unknown.isEmpty()) {
            batch.ask(() -> Queries.received(batch.session, receiver, unknown))
                    .forEach(message -> found.put(message.id(), message));
        }
        return inOrder(found, message -> seen(message));
    }

    @Override
    public ChatMessage sent(UserKey sender, long id) {
        checkRuns();
        ChatMessage message = message(id);
        if (message == null) {
            message = batch.ask(() -> Queries.sent(batch.session, sender, id));
        }
        if (message == null || !message.sender().equals(sender)) {
            throw new IllegalStateException("there is no message " + id + " that the user sent");
        }
        return seen(message);
    }

    private @Nullable ChatMessage message(long id) {
        ChatMessage message = own.messages.get(id);
        return message != null ? message : batch.changes.messages.get(id);
    }

    private ChatMessage seen(ChatMessage message) {
        Instant at = null;
        for (Changes each : written) {
            at = each.messagesSeen
                    .getOrDefault(message.receiver(), Map.of())
                    .getOrDefault(message.id(), at);
        }
        return at == null
                ? message
                : new ChatMessage(
                        message.id(),
                        message.sender(),
                        message.receiver(),
                        message.content(),
                        message.createdAt(),
                        at);
    }

    @Override
    public void messagesSeen(UserKey receiver, Collection<Long> ids, Instant at) {
        markSeen(own.messagesSeen, receiver, ids, at);
    }

    @Override
    public void insert(Notification notification) {
        checked(notification.user());
        own.notifications.put(notification.id(), notification);
    }

    @Override
    public List<Notification> notifications(UserKey user, Collection<Long> ids) {
        checkRuns();
        Map<Long, Notification> found = new HashMap<>();
        List<Long> unknown = new ArrayList<>();
        for (Long id : new TreeSet<>(ids)) {
            Notification notification = own.notifications.getOrDefault(id, batch.changes.notifications.get(id));
            if (notification == null) {
                unknown.add(id);
            } else if (notification.user().equals(user)) {
                found.put(id, notification);
            }
        }
        if (!unknown.isEmpty()) {
            batch.ask(() -> Queries.notifications(batch.session, user, unknown))
                    .forEach(notification -> found.put(notification.id(), notification));
        }
        return inOrder(found, this::seen);
    }

    private Notification seen(Notification notification) {
        Instant at = null;
        for (Changes each : written) {
            at = each.notificationsSeen
                    .getOrDefault(notification.user(), Map.of())
                    .getOrDefault(notification.id(), at);
        }
        return at == null
                ? notification
                : new Notification(
                        notification.id(),
                        notification.user(),
                        notification.category(),
                        notification.message(),
                        notification.createdAt(),
                        at);
    }

    @Override
    public void notificationsSeen(UserKey user, Collection<Long> ids, Instant at) {
        markSeen(own.notificationsSeen, user, ids, at);
    }

    private void markSeen(Map<UserKey, Map<Long, Instant>> seen, UserKey user, Collection<Long> ids, Instant at) {
        Map<Long, Instant> ofUser = Changes.of(seen, checked(user));
        ids.forEach(id -> ofUser.put(id, at));
    }

    private static <T> List<T> inOrder(Map<Long, T> found, Function<T, T> asSeen) {
        return new TreeMap<>(found).values().stream().map(asSeen).toList();
    }

    @Override
    public OptionalLong remembered(UserKey user, String key) {
        ByteBuffer hash = hash(user, key);
        for (Changes each : written) {
            Changes.Remembered remembered = each.keys.get(hash);
            if (remembered != null) {
                return OptionalLong.of(remembered.id());
            }
        }
        Long id = batch.ask(() -> batch.session.one(Statements.REMEMBERED, row -> row.getLong(1), hash.array()));
        return id == null ? OptionalLong.empty() : OptionalLong.of(id);
    }

    @Override
    public void remember(UserKey user, String key, long id, Instant at) {
        own.keys.put(hash(user, key), new Changes.Remembered(id, at.toEpochMilli()));
    }

    private ByteBuffer hash(UserKey user, String key) {
        if (key.isEmpty() || key.length() > FeedStore.MAX_KEY) {
            throw new IllegalArgumentException(
                    "key must have 1 to " + FeedStore.MAX_KEY + " characters, has " + key.length());
        }
        return Storable.keyHash(Heads.idOf(batch.rows, checked(user)), key);
    }

    @Override
    public void insert(OutboxRow row) {
        own.outbox.computeIfAbsent(checked(row.user()), user -> new TreeMap<>()).put(row.sequence(), row);
    }

    @Override
    public List<OutboxRow> outbox(UserKey user, long after, int limit) {
        checked(user);
        long from = after;
        for (Changes each : written) {
            from = Math.max(from, each.forgotten.getOrDefault(user, 0L));
        }
        long start = from;
        List<OutboxRow> rows = new ArrayList<>(batch.ask(() -> batch.session.query(
                Statements.OUTBOX,
                row -> new OutboxRow(
                        user,
                        row.getLong(1),
                        Storable.messageOf(row.getString(2)),
                        row.getBoolean(3),
                        Storable.nameOfOrNull(row.getString(4))),
                Heads.idOf(batch.rows, user),
                start,
                limit)));
        // What is not written yet comes after what is.
        for (Changes each : written) {
            TreeMap<Long, OutboxRow> added = each.outbox.get(user);
            if (added != null) {
                added.tailMap(start, false).values().stream()
                        .limit(limit - rows.size())
                        .forEach(rows::add);
            }
        }
        return List.copyOf(rows);
    }

    @Override
    public void forget(UserKey user, long upTo) {
        own.forgotten.merge(checked(user), upTo, Math::max);
    }

    private UserKey checked(UserKey user) {
        checkRuns();
        if (!users.contains(user)) {
            throw new IllegalArgumentException("user must be one that the transaction locked, was " + user);
        }
        return user;
    }

    private void checkRuns() {
        if (ended) {
            throw new IllegalStateException("the transaction has ended");
        }
    }
}
