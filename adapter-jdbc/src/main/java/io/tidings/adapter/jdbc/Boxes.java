package io.tidings.adapter.jdbc;

import io.tidings.jdbc.Database;
import io.tidings.jdbc.Session;
import io.tidings.jdbc.Sessions;
import io.tidings.message.Position;
import java.sql.SQLException;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Finds, creates and locks the rows of users.
 *
 * <p>Rows of several users are locked in the order of their ids, and created in the order of their keys and in a transaction of
 * its own, so that no two nodes wait for each other.
 */
final class Boxes {

    private static final int MAX_ROUNDS = 5;

    private final Sessions sessions;
    private final JdbcOptions options;

    /** What is done with the locked rows of users, by key. */
    interface Locked<T> {
        T with(Session session, Map<String, Box> boxes) throws SQLException;
    }

    Boxes(Sessions sessions, JdbcOptions options) {
        this.sessions = sessions;
        this.options = options;
    }

    /** Runs a transaction that holds the rows of these users, which are created where they are missing. */
    <T> T withAll(Collection<String> userKeys, Locked<T> work) throws SQLException {
        SortedSet<String> wanted = new TreeSet<>(userKeys);
        for (int round = 1; round <= MAX_ROUNDS; round++) {
            Set<String> there = new HashSet<>();
            Optional<T> result = sessions.write(session -> {
                Map<String, Box> boxes = lock(session, wanted);
                there.clear();
                there.addAll(boxes.keySet());
                return there.size() == wanted.size() ? Optional.of(work.with(session, boxes)) : Optional.empty();
            });
            if (result.isPresent()) {
                return result.get();
            }
            SortedSet<String> missing = new TreeSet<>(wanted);
            missing.removeAll(there);
            create(missing);
        }
        throw new SQLException("mailboxes are removed as fast as they are made");
    }

    /** Locks the rows that there are, until the transaction ends. MUST be the transaction's first. */
    static Map<String, Box> lock(Session session, Collection<String> userKeys) throws SQLException {
        Map<String, Box> boxes = new TreeMap<>();
        for (Box box : lockBy(session, "user_key", userKeys)) {
            boxes.put(box.userKey, box);
        }
        return boxes;
    }

    /** The same by id. */
    static List<Box> lockIds(Session session, Collection<Long> ids) throws SQLException {
        return lockBy(session, "id", ids);
    }

    private static List<Box> lockBy(Session session, String column, Collection<?> values) throws SQLException {
        if (session.database() == Database.SQLITE) {
            // Only a write makes a transaction of SQLite wait its turn; one that has read first is refused.
            session.update("UPDATE tidings_state SET value = value WHERE name = 'schema'");
        }
        List<Long> ids = List.of();
        if (values.size() > Chunks.MAX_IN) {
            ids = Chunks.query(
                            session,
                            "SELECT id FROM tidings_mailbox WHERE " + column + " IN (%s)",
                            values,
                            row -> row.getLong(1))
                    .stream()
                    .sorted()
                    .distinct()
                    .toList();
        }
        // Several statements lock in order only when each has higher ids than the one before.
        return Chunks.query(
                session,
                "SELECT " + Box.COLUMNS + " FROM tidings_mailbox WHERE " + (ids.isEmpty() ? column : "id")
                        + " IN (%s) ORDER BY id" + session.database().lock(),
                ids.isEmpty() ? values : ids,
                Box::of);
    }

    private void create(SortedSet<String> userKeys) throws SQLException {
        long day = JdbcOptions.day(options.now());
        sessions.write(session -> {
            session.batch(
                    "INSERT INTO tidings_mailbox (user_key, used_day) VALUES (?, ?) ON CONFLICT (user_key) DO NOTHING",
                    userKeys.stream()
                            .map(key -> new @Nullable Object[] {key, day})
                            .toList());
            return userKeys.size();
        });
    }

    /** The first epoch of a mailbox without one: higher than any of a mailbox that was removed, its own former ones included. */
    static long firstEpoch(Session session, long now) throws SQLException {
        Long floor = session.one("SELECT value FROM tidings_state WHERE name = 'epoch_floor'", row -> row.getLong(1));
        return Math.min(Position.MAX, Math.max(now, (floor == null ? 0 : floor) + 1));
    }

    /** Removes users' rows and all that hangs on them, whose locks the transaction holds. Their keys end with their window. */
    static void remove(Session session, List<Box> boxes) throws SQLException {
        if (boxes.isEmpty()) {
            return;
        }
        List<Long> ids = boxes.stream().map(box -> box.id).toList();
        for (String table : List.of("tidings_message", "tidings_source", "tidings_instance", "tidings_device")) {
            Chunks.update(session, "DELETE FROM " + table + " WHERE mailbox_id IN (%s)", ids);
        }
        Chunks.update(session, "DELETE FROM tidings_mailbox WHERE id IN (%s)", ids);
        long highest = boxes.stream().mapToLong(box -> box.epoch).max().orElse(0);
        session.update("UPDATE tidings_state SET value = ? WHERE name = 'epoch_floor' AND value < ?", highest, highest);
    }
}
