package io.tidings.feeds.jdbc;

import io.tidings.feeds.ChatMessage;
import io.tidings.feeds.FeedStore;
import io.tidings.feeds.FeedTransaction;
import io.tidings.feeds.Head;
import io.tidings.feeds.Notification;
import io.tidings.feeds.OutboxRow;
import io.tidings.jdbc.Storable;
import io.tidings.message.UserKey;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
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

    private final Thread thread = Thread.currentThread();

    /** What the database said about keys. */
    private final Map<String, OptionalLong> asked = new HashMap<>();

    private volatile boolean ended;
    private @Nullable RuntimeException refused;

    JdbcTransaction(Batch batch, Set<UserKey> users) {
        this.batch = batch;
        this.users = users;
        written = List.of(batch.changes, own);
    }

    /** Runs the work. Throws what it throws, and what it was refused even when it went on then. */
    <T> T run(FeedStore.Work<T> work) {
        try {
            T result = work.run(this);
            if (refused != null) {
                throw refused;
            }
            return result;
        } finally {
            ended = true;
        }
    }

    Changes written() {
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
        check(message(message.id()) == null, "a message of id " + message.id() + " is there already");
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
            message = batch.ask(() -> Queries.sent(batch.session, sender, id)).stream()
                    .findFirst()
                    .orElse(null);
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
        Instant at = firstSeen(each -> each.messagesSeen.get(message.receiver()), message.id());
        if (message.seenAt() != null || at == null) {
            return message;
        }
        return new ChatMessage(
                message.id(), message.sender(), message.receiver(), message.content(), message.createdAt(), at);
    }

    @Override
    public void messagesSeen(UserKey receiver, Collection<Long> ids, Instant at) {
        markSeen(own.messagesSeen, receiver, ids, at);
    }

    @Override
    public void insert(Notification notification) {
        checked(notification.user());
        check(
                notification(notification.id()) == null,
                "a notification of id " + notification.id() + " is there already");
        own.notifications.put(notification.id(), notification);
    }

    @Override
    public List<Notification> notifications(UserKey user, Collection<Long> ids) {
        checkRuns();
        Map<Long, Notification> found = new HashMap<>();
        List<Long> unknown = new ArrayList<>();
        for (Long id : new TreeSet<>(ids)) {
            Notification notification = notification(id);
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

    private @Nullable Notification notification(long id) {
        Notification notification = own.notifications.get(id);
        return notification != null ? notification : batch.changes.notifications.get(id);
    }

    private Notification seen(Notification notification) {
        Instant at = firstSeen(each -> each.notificationsSeen.get(notification.user()), notification.id());
        if (notification.seenAt() != null || at == null) {
            return notification;
        }
        return new Notification(
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

    /** When it was first seen as far as the database does not know it yet. */
    private @Nullable Instant firstSeen(Function<Changes, @Nullable Map<Long, Instant>> seen, long id) {
        for (Changes each : written) {
            Map<Long, Instant> ids = seen.apply(each);
            Instant at = ids == null ? null : ids.get(id);
            if (at != null) {
                return at;
            }
        }
        return null;
    }

    private void markSeen(Map<UserKey, Map<Long, Instant>> seen, UserKey user, Collection<Long> ids, Instant at) {
        Map<Long, Instant> ofUser = Changes.of(seen, checked(user));
        ids.forEach(id -> ofUser.putIfAbsent(id, at));
    }

    private static <T> List<T> inOrder(Map<Long, T> found, Function<T, T> asSeen) {
        return new TreeMap<>(found).values().stream().map(asSeen).toList();
    }

    @Override
    public OptionalLong remembered(UserKey user, String key) {
        String hash = hash(user, key);
        for (Changes each : written) {
            Changes.Remembered remembered = each.keys.get(hash);
            if (remembered != null) {
                return OptionalLong.of(remembered.id());
            }
        }
        OptionalLong known = asked.get(hash);
        return known != null ? known : ask(user, key, hash);
    }

    /** A work of many users asks for the same key of all of them, so one question is enough. */
    private OptionalLong ask(UserKey user, String key, String hash) {
        Set<String> hashes = new TreeSet<>();
        (users.size() > 2 ? users : Set.of(user)).forEach(each -> hashes.add(hash(each, key)));
        hashes.forEach(each -> asked.put(each, OptionalLong.empty()));
        batch.ask(() -> batch.session.query(
                Statements.remembered(batch.session.database()),
                row -> asked.put(row.getString(1), OptionalLong.of(row.getLong(2))),
                hashes));
        return asked.getOrDefault(hash, OptionalLong.empty());
    }

    @Override
    public void remember(UserKey user, String key, long id, Instant at) {
        check(remembered(user, key).isEmpty(), "the key is remembered already");
        own.keys.put(hash(user, key), new Changes.Remembered(id, at.toEpochMilli()));
    }

    private String hash(UserKey user, String key) {
        checked(user);
        if (key.isEmpty() || key.length() > FeedStore.MAX_KEY) {
            throw refuse(new IllegalArgumentException(
                    "key must have 1 to " + FeedStore.MAX_KEY + " characters, has " + key.length()));
        }
        return Base64.getEncoder().withoutPadding().encodeToString(Storable.keyHash(Heads.idOf(batch.rows, user), key));
    }

    @Override
    public void insert(OutboxRow row) {
        checked(row.user());
        for (Changes each : written) {
            TreeMap<Long, OutboxRow> added = each.outbox.get(row.user());
            check(
                    added == null || !added.containsKey(row.sequence()),
                    "the outbox has a row of sequence " + row.sequence() + " already");
        }
        own.outbox.computeIfAbsent(row.user(), user -> new TreeMap<>()).put(row.sequence(), row);
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
            throw refuse(new IllegalArgumentException("user must be one that the transaction locked, was " + user));
        }
        return user;
    }

    private void check(boolean holds, String problem) {
        if (!holds) {
            throw refuse(new IllegalStateException(problem));
        }
    }

    private RuntimeException refuse(RuntimeException why) {
        refused = why;
        return why;
    }

    private void checkRuns() {
        if (ended || Thread.currentThread() != thread) {
            throw new IllegalStateException(
                    "a transaction is for its work's thread alone, and until that has returned");
        }
    }
}
