package io.tidings.feeds.jdbc;

import io.tidings.feeds.ChatMessage;
import io.tidings.feeds.FeedStore.NotificationQuery;
import io.tidings.feeds.Notification;
import io.tidings.jdbc.Session;
import io.tidings.jdbc.Storable;
import io.tidings.message.UserKey;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What is committed, asked of a session; what a transaction asks sees what it has flushed. */
final class Queries {

    private Queries() {}

    static List<ChatMessage> messages(Session session, UserKey user, @Nullable UserKey with, long after, int limit)
            throws SQLException {
        String key = Storable.userKey(user);
        if (with == null) {
            return session.query(Statements.MESSAGES, Queries::message, key, after, limit, key, after, limit, limit);
        }
        String peer = Storable.userKey(with);
        return session.query(
                Statements.MESSAGES_WITH, Queries::message, key, peer, after, limit, peer, key, after, limit, limit);
    }

    static List<ChatMessage> received(Session session, UserKey receiver, Collection<Long> ids) throws SQLException {
        return session.query(
                Statements.received(session.database()), Queries::message, Storable.userKey(receiver), ids);
    }

    /** At most one. */
    static List<ChatMessage> sent(Session session, UserKey sender, long id) throws SQLException {
        return session.query(Statements.SENT, Queries::message, Storable.userKey(sender), id);
    }

    static List<UserKey> senders(Session session, UserKey receiver, Collection<Long> ids) throws SQLException {
        return session.query(Statements.senders(session.database()), Queries::user, Storable.userKey(receiver), ids);
    }

    static List<Notification> notifications(Session session, NotificationQuery query) throws SQLException {
        List<Object> values = new ArrayList<>(List.of(Storable.userKey(query.user())));
        String category = query.category();
        if (category != null) {
            values.add(Storable.name(category));
        }
        values.add(query.before());
        values.add(query.limit());
        return session.query(
                Statements.notifications(query.unseenOnly(), category != null),
                row -> notification(row, query.user()),
                values.toArray());
    }

    static List<Notification> notifications(Session session, UserKey user, Collection<Long> ids) throws SQLException {
        return session.query(
                Statements.notifications(session.database()),
                row -> notification(row, user),
                Storable.userKey(user),
                ids);
    }

    static List<UserKey> waiting(Session session, long now, int limit) throws SQLException {
        return session.query(Statements.WAITING, Queries::user, now, limit);
    }

    private static UserKey user(ResultSet row) throws SQLException {
        return Storable.userOf(row.getString(1));
    }

    private static ChatMessage message(ResultSet row) throws SQLException {
        return new ChatMessage(
                row.getLong(1),
                Storable.userOf(row.getString(2)),
                Storable.userOf(row.getString(3)),
                Storable.nameOf(row.getString(4)),
                Instant.ofEpochMilli(row.getLong(5)),
                instant(row, 6));
    }

    private static Notification notification(ResultSet row, UserKey user) throws SQLException {
        return new Notification(
                row.getLong(1),
                user,
                Storable.nameOf(row.getString(2)),
                Storable.messageOf(row.getString(3)),
                Instant.ofEpochMilli(row.getLong(4)),
                instant(row, 5));
    }

    private static @Nullable Instant instant(ResultSet row, int column) throws SQLException {
        long millis = row.getLong(column);
        return row.wasNull() ? null : Instant.ofEpochMilli(millis);
    }
}
