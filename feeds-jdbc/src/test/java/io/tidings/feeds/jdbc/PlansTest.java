package io.tidings.feeds.jdbc;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.zaxxer.hikari.HikariDataSource;
import io.tidings.jdbc.Database;
import io.tidings.jdbc.testing.TestDatabase;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How the databases go about all that is asked, in tables of some size: by index, never through a whole table, and unsorted where rows are many. */
@Tag("R66")
class PlansTest {

    private static final String ANN = "\n77";
    private static final String BOB = "\n78";
    private static final List<Long> IDS =
            LongStream.rangeClosed(7_000, 7_500).boxed().toList();
    private static final List<String> USERS =
            Stream.iterate(1, i -> i <= 200, i -> i + 1).map(i -> "\n" + i * 7).toList();

    @TempDir
    Path folder;

    /** Every statement that looks rows up, with values. */
    private static Map<String, List<Object>> statements(Database database) {
        Map<String, List<Object>> all = new LinkedHashMap<>();
        all.put(Heads.lock(database), List.of(USERS));
        all.put(Statements.MESSAGES, List.of(ANN, 5L, 50, ANN, 5L, 50, 50));
        all.put(Statements.MESSAGES_WITH, List.of(ANN, BOB, 5L, 50, BOB, ANN, 5L, 50, 50));
        all.put(Statements.SENT, List.of(ANN, 7_700L));
        all.put(Statements.received(database), List.of(ANN, IDS));
        all.put(Statements.senders(database), List.of(ANN, IDS));
        all.put(Statements.notifications(database), List.of(ANN, IDS));
        all.put(Statements.notifications(false, false), List.of(ANN, Long.MAX_VALUE, 50));
        all.put(Statements.notifications(true, false), List.of(ANN, Long.MAX_VALUE, 50));
        all.put(Statements.notifications(false, true), List.of(ANN, "C3", Long.MAX_VALUE, 50));
        all.put(Statements.notifications(true, true), List.of(ANN, "C3", Long.MAX_VALUE, 50));
        all.put(Statements.WAITING, List.of(5L, 500));
        all.put(Statements.OUTBOX, List.of(77L, 5L, 100));
        all.put(Statements.FORGET, List.of(77L, 5L));
        all.put(Statements.remembered(database), List.of(USERS));
        all.put(Statements.forgetKeys(database), List.of(50L, 10_000));
        all.put(Statements.seen(database, "tidings_feed_message", "receiver_id"), List.of(1L, 77L, IDS));
        all.put(Statements.seen(database, "tidings_feed_notification", "user_id"), List.of(1L, 77L, IDS));
        return all;
    }

    @Test
    void postgres_goesByIndex() throws Exception {
        try (HikariDataSource pool = TestDatabase.postgres();
                Connection connection = pool.getConnection();
                Statement statement = connection.createStatement()) {
            FeedSchema.apply(pool);
            for (String rows : fill("generate_series(1, 20000) AS n(i)")) {
                statement.execute(rows);
            }
            statement.execute("ANALYZE");
            for (Map.Entry<String, List<Object>> each :
                    statements(Database.POSTGRESQL).entrySet()) {
                String plan = plan(connection, Database.POSTGRESQL, "EXPLAIN ", 1, each);
                assertFalse(plan.contains("Seq Scan"), each.getKey() + "\n" + plan);
                assertTrue(plan.contains("Index"), each.getKey() + "\n" + plan);
                if (each.getKey().endsWith("DESC LIMIT ?")) {
                    assertFalse(plan.contains("Sort"), each.getKey() + "\n" + plan);
                }
            }
        }
    }

    @Test
    void sqlite_goesByIndex() throws Exception {
        try (HikariDataSource pool = TestDatabase.sqlite(folder);
                Connection connection = pool.getConnection();
                Statement statement = connection.createStatement()) {
            FeedSchema.apply(pool);
            String numbers =
                    "(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) SELECT i FROM n)";
            for (String rows : fill(numbers)) {
                statement.execute(rows);
            }
            for (Map.Entry<String, List<Object>> each :
                    statements(Database.SQLITE).entrySet()) {
                String plan = plan(connection, Database.SQLITE, "EXPLAIN QUERY PLAN ", 4, each);
                assertFalse(
                        plan.lines()
                                .anyMatch(line -> line.startsWith("SCAN ")
                                        && !line.startsWith("SCAN json_each")
                                        && !line.matches("SCAN (m|sent|received|\\(subquery-\\d+\\))( .*)?")),
                        each.getKey() + "\n" + plan);
                assertTrue(plan.contains("INDEX") || plan.contains("PRIMARY KEY"), each.getKey() + "\n" + plan);
                if (each.getKey().endsWith("DESC LIMIT ?")) {
                    assertFalse(plan.contains("TEMP B-TREE"), each.getKey() + "\n" + plan);
                }
            }
        }
    }

    /** Users with ten rows each, of which few are unseen and few wait. */
    private static List<String> fill(String numbers) {
        String tens = " CROSS JOIN (SELECT 0 AS t UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3"
                + " UNION ALL SELECT 4 UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8"
                + " UNION ALL SELECT 9) AS tens";
        String seen = "CASE WHEN t = 3 THEN NULL ELSE 1 END";
        return List.of(
                "INSERT INTO tidings_feed_head (user_key, last_sequence, relayed, relay_until)"
                        + " SELECT '\n' || i, 10, CASE WHEN i % 100 = 1 THEN 9 ELSE 10 END, i FROM " + numbers,
                "INSERT INTO tidings_feed_message (id, sender_id, receiver_id, content, created_at, seen_at)"
                        + " SELECT i * 100 + t, i, i + t, 'x', 1, " + seen + " FROM " + numbers + tens,
                "INSERT INTO tidings_feed_notification (id, user_id, category, message, created_at, seen_at)"
                        + " SELECT i * 100 + t, i, 'C' || t, '{}', 1, " + seen + " FROM " + numbers + tens,
                "INSERT INTO tidings_feed_outbox (user_id, sequence, message, durable)"
                        + " SELECT i, t + 1, '{}', 1 = 1 FROM " + numbers + tens,
                "INSERT INTO tidings_feed_key (key_hash, id, remembered_at) SELECT 'hash' || i, i, i FROM " + numbers);
    }

    private static String plan(
            Connection connection, Database database, String explain, int column, Map.Entry<String, List<Object>> each)
            throws SQLException {
        List<String> lines = new ArrayList<>();
        try (PreparedStatement statement = connection.prepareStatement(explain + each.getKey())) {
            for (int i = 0; i < each.getValue().size(); i++) {
                Object value = each.getValue().get(i);
                statement.setObject(i + 1, value instanceof List<?> list ? database.list(connection, list) : value);
            }
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    lines.add(rows.getString(column));
                }
            }
        }
        return String.join("\n", lines);
    }
}
