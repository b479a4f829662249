package io.tidings.feeds.jdbc;

import io.tidings.feeds.ChatMessage;
import io.tidings.feeds.Head;
import io.tidings.feeds.Notification;
import io.tidings.feeds.OutboxRow;
import io.tidings.jdbc.Session;
import io.tidings.jdbc.Storable;
import io.tidings.message.UserKey;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What works have written and the database does not know yet. A work writes to one of its own, which is added to its batch's
 * when the work has returned and dropped when it has thrown, and at the end of the transaction the batch's is written in a few
 * round trips. For the thread that runs the batch.
 */
final class Changes {

    /** What was remembered under a key. */
    record Remembered(long id, long at) {}

    final Map<UserKey, Head> heads = new HashMap<>();
    final Map<Long, ChatMessage> messages = new LinkedHashMap<>();
    final Map<Long, Notification> notifications = new LinkedHashMap<>();

    /** When users first saw which messages and notifications, whether these are in the database or here. */
    final Map<UserKey, Map<Long, Instant>> messagesSeen = new HashMap<>();

    final Map<UserKey, Map<Long, Instant>> notificationsSeen = new HashMap<>();
    final Map<String, Remembered> keys = new LinkedHashMap<>();
    final Map<UserKey, TreeMap<Long, OutboxRow>> outbox = new HashMap<>();

    /** Up to where rows of the outbox are taken out, whether these are in the database or here. */
    final Map<UserKey, Long> forgotten = new HashMap<>();

    /** Takes over what came after all that is here. */
    void add(Changes later) {
        heads.putAll(later.heads);
        messages.putAll(later.messages);
        notifications.putAll(later.notifications);
        later.messagesSeen.forEach((user, ids) -> ids.forEach(of(messagesSeen, user)::putIfAbsent));
        later.notificationsSeen.forEach((user, ids) -> ids.forEach(of(notificationsSeen, user)::putIfAbsent));
        keys.putAll(later.keys);
        later.outbox.forEach((user, rows) ->
                outbox.computeIfAbsent(user, each -> new TreeMap<>()).putAll(rows));
        later.forgotten.forEach((user, upTo) -> forgotten.merge(user, upTo, Math::max));
    }

    static Map<Long, Instant> of(Map<UserKey, Map<Long, Instant>> seen, UserKey user) {
        return seen.computeIfAbsent(user, each -> new HashMap<>());
    }

    /** Writes everything. */
    void write(Session session, Map<UserKey, Heads.Row> rows) throws SQLException {
        session.batch(
                "INSERT INTO tidings_feed_message (id, sender_id, receiver_id, content, created_at, seen_at)"
                        + " VALUES (?, ?, ?, ?, ?, ?)",
                messages.values().stream()
                        .map(message -> new @Nullable Object[] {
                            message.id(),
                            Heads.idOf(rows, message.sender()),
                            Heads.idOf(rows, message.receiver()),
                            Storable.name(message.content()),
                            message.createdAt().toEpochMilli(),
                            millis(message.seenAt())
                        })
                        .toList());
        session.batch(
                "INSERT INTO tidings_feed_notification (id, user_id, category, message, created_at, seen_at)"
                        + " VALUES (?, ?, ?, ?, ?, ?)",
                notifications.values().stream()
                        .map(notification -> new @Nullable Object[] {
                            notification.id(),
                            Heads.idOf(rows, notification.user()),
                            Storable.name(notification.category()),
                            Storable.message(notification.message()),
                            notification.createdAt().toEpochMilli(),
                            millis(notification.seenAt())
                        })
                        .toList());
        writeSeen(session, rows, "tidings_feed_message", "receiver_id", messagesSeen);
        writeSeen(session, rows, "tidings_feed_notification", "user_id", notificationsSeen);
        session.batch(
                "INSERT INTO tidings_feed_key (key_hash, id, remembered_at) VALUES (?, ?, ?)",
                keys.entrySet().stream()
                        .map(each -> new @Nullable Object[] {each.getKey(), each.getValue().id, each.getValue().at})
                        .toList());
        writeOutbox(session, rows);
        Heads.write(session, rows, heads.values());
    }

    private static void writeSeen(
            Session session,
            Map<UserKey, Heads.Row> rows,
            String table,
            String user,
            Map<UserKey, Map<Long, Instant>> seen)
            throws SQLException {
        List<@Nullable Object[]> updates = new ArrayList<>();
        seen.forEach((each, ids) -> {
            Map<Instant, Collection<Long>> byTime = new HashMap<>();
            ids.forEach((id, at) ->
                    byTime.computeIfAbsent(at, time -> new ArrayList<>()).add(id));
            byTime.forEach((at, together) ->
                    updates.add(new @Nullable Object[] {at.toEpochMilli(), Heads.idOf(rows, each), together}));
        });
        session.batch(Statements.seen(session.database(), table, user), updates);
    }

    private void writeOutbox(Session session, Map<UserKey, Heads.Row> rows) throws SQLException {
        List<@Nullable Object[]> inserts = new ArrayList<>();
        outbox.forEach((user, added) -> added.tailMap(forgotten.getOrDefault(user, 0L), false)
                .values()
                .forEach(row -> inserts.add(new @Nullable Object[] {
                    Heads.idOf(rows, user),
                    row.sequence(),
                    Storable.message(row.message()),
                    row.durable(),
                    Storable.nameOrNull(row.except())
                })));
        session.batch(
                "INSERT INTO tidings_feed_outbox (user_id, sequence, message, durable, except_instance)"
                        + " VALUES (?, ?, ?, ?, ?)",
                inserts);
        session.batch(
                Statements.FORGET,
                forgotten.entrySet().stream()
                        .map(each -> new @Nullable Object[] {Heads.idOf(rows, each.getKey()), each.getValue()})
                        .toList());
    }

    private static @Nullable Long millis(@Nullable Instant time) {
        return time == null ? null : time.toEpochMilli();
    }
}
