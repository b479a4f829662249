package io.tidings.feeds.jdbc;

import io.tidings.feeds.Head;
import io.tidings.jdbc.Database;
import io.tidings.jdbc.Session;
import io.tidings.jdbc.Sessions;
import io.tidings.jdbc.Storable;
import io.tidings.message.UserKey;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Finds, creates and locks the rows of users.
 *
 * <p>Rows of several users are locked in the order of their ids, and created in the order of their keys and in a transaction of
 * its own, so that no two nodes wait for each other.
 */
final class Heads {

    private static final String SELECT = "SELECT id, user_key, unread, unread_version, unseen, unseen_version,"
            + " last_sequence, relayed, relay, relay_until, last_seen_at FROM tidings_feed_head WHERE ";

    private static final String UPDATE = "UPDATE tidings_feed_head SET unread = ?, unread_version = ?, unseen = ?,"
            + " unseen_version = ?, last_sequence = ?, relayed = ?, relay = ?, relay_until = ?, last_seen_at = ?"
            + " WHERE id = ?";

    private static final int MAX_ROUNDS = 5;

    private final Sessions sessions;

    /** A row as it was when it was locked. */
    record Row(long id, Head head) {

        static Row of(ResultSet row) throws SQLException {
            return new Row(
                    row.getLong(1),
                    new Head(
                            Storable.userOf(row.getString(2)),
                            row.getLong(3),
                            row.getLong(4),
                            Counts.of(row.getString(5)),
                            row.getLong(6),
                            row.getLong(7),
                            row.getLong(8),
                            Storable.nameOf(row.getString(9)),
                            row.getLong(10),
                            row.getLong(11)));
        }
    }

    /** What is done with the locked rows of users. */
    interface Locked<T> {
        T with(Session session, Map<UserKey, Row> rows) throws SQLException;
    }

    Heads(Sessions sessions) {
        this.sessions = sessions;
    }

    /** Runs a transaction that holds the rows of these users, which are created where they are missing. */
    <T> T withAll(Collection<UserKey> users, Locked<T> work) throws SQLException {
        Set<UserKey> wanted = new HashSet<>(users);
        for (int round = 1; round <= MAX_ROUNDS; round++) {
            Set<UserKey> there = new HashSet<>();
            Optional<T> result = sessions.write(session -> {
                if (session.database() == Database.SQLITE) {
                    // Only a write makes a transaction of SQLite wait its turn; one that has read first is refused.
                    session.update("UPDATE tidings_feed_id SET last = last");
                }
                there.clear();
                Map<UserKey, Row> rows = new HashMap<>();
                for (Row row : session.query(lock(session.database()), Row::of, keys(wanted))) {
                    rows.put(row.head.user(), row);
                }
                there.addAll(rows.keySet());
                return there.size() == wanted.size() ? Optional.of(work.with(session, rows)) : Optional.empty();
            });
            if (result.isPresent()) {
                return result.get();
            }
            Set<UserKey> missing = new HashSet<>(wanted);
            missing.removeAll(there);
            create(missing);
        }
        throw new SQLException("rows of users are removed as fast as they are made");
    }

    private void create(Collection<UserKey> users) throws SQLException {
        sessions.write(session -> {
            session.batch(
                    "INSERT INTO tidings_feed_head (user_key) VALUES (?) ON CONFLICT (user_key) DO NOTHING",
                    keys(users).stream()
                            .map(key -> new @Nullable Object[] {key})
                            .toList());
            return users.size();
        });
    }

    /** What is committed of some users, in their order. */
    List<Head> read(List<UserKey> users) throws SQLException {
        if (users.isEmpty()) {
            return List.of();
        }
        Map<UserKey, Head> heads = new HashMap<>();
        sessions.read(session -> session.query(SELECT + session.database().in("user_key"), Row::of, keys(users)))
                .forEach(row -> heads.put(row.head.user(), row.head));
        return users.stream()
                .map(user -> heads.getOrDefault(user, Head.of(user)))
                .toList();
    }

    static void write(Session session, Map<UserKey, Row> rows, Collection<Head> heads) throws SQLException {
        session.batch(
                UPDATE,
                heads.stream()
                        .map(head -> new @Nullable Object[] {
                            head.unread(),
                            head.unreadVersion(),
                            Counts.stored(head.unseen()),
                            head.unseenVersion(),
                            head.sequence(),
                            head.relayed(),
                            Storable.name(head.relay()),
                            head.relayUntil(),
                            head.lastSeenAt(),
                            idOf(rows, head.user())
                        })
                        .toList());
    }

    /**
     * The number of a user whose row is locked.
     *
     * @throws IllegalArgumentException when it is not
     */
    static long idOf(Map<UserKey, Row> rows, UserKey user) {
        Row row = rows.get(user);
        if (row == null) {
            throw new IllegalArgumentException("user must be one that the transaction locked, was " + user);
        }
        return row.id;
    }

    static String lock(Database database) {
        return SELECT + database.in("user_key") + " ORDER BY id" + database.lock();
    }

    private static SortedSet<String> keys(Collection<UserKey> users) {
        SortedSet<String> keys = new TreeSet<>();
        users.forEach(user -> keys.add(Storable.userKey(user)));
        return keys;
    }
}
