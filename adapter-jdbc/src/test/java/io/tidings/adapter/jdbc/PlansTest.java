package io.tidings.adapter.jdbc;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.zaxxer.hikari.HikariDataSource;
import io.tidings.jdbc.testing.TestDatabase;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.Collections;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** How PostgreSQL goes about what is asked most, in tables of some size: by index, never through a whole table. */
@Tag("R47")
class PlansTest {

    @Test
    void whatIsAskedMost_goesByIndex() throws Exception {
        try (HikariDataSource pool = TestDatabase.postgres();
                Connection connection = pool.getConnection();
                Statement statement = connection.createStatement()) {
            JdbcSchema.apply(pool);
            statement.execute("INSERT INTO tidings_mailbox (user_key, used_day) SELECT E'\\n' || i, 1 + i / 100"
                    + " FROM generate_series(1, 20000) i");
            statement.execute("INSERT INTO tidings_message (mailbox_id, message_offset, stored_at, message)"
                    + " SELECT i, o, i * 10 + o, 'x' FROM generate_series(1, 20000) i, generate_series(1, 10) o");
            statement.execute(
                    "INSERT INTO tidings_key SELECT sha256(i::text::bytea), 1, 1, i FROM generate_series(1, 20000) i");
            statement.execute("INSERT INTO tidings_device SELECT i, 'd', 1, 1, 1 FROM generate_series(1, 20000) i");
            statement.execute("INSERT INTO tidings_instance SELECT i, 'd', 'i', 1 FROM generate_series(1, 20000) i");
            statement.execute("ANALYZE");
            String users = String.join(",", Collections.nCopies(64, "E'\\n77'"));
            for (String sql : new String[] {
                "SELECT " + Box.COLUMNS + " FROM tidings_mailbox WHERE user_key IN (" + users
                        + ") ORDER BY id FOR UPDATE",
                "SELECT message FROM tidings_message WHERE mailbox_id = 7 AND message_offset > 3 AND message_offset <= 10"
                        + " AND stored_at > 5 ORDER BY message_offset LIMIT 100",
                "DELETE FROM tidings_message WHERE mailbox_id = 7 AND message_offset < 3",
                "SELECT mailbox_id FROM tidings_message WHERE stored_at <= 90 ORDER BY stored_at LIMIT 10000",
                "SELECT key_hash FROM tidings_key WHERE key_hash IN (sha256('1'), sha256('2')) AND remembered_at > 5",
                "SELECT key_hash FROM tidings_key WHERE remembered_at <= 50 ORDER BY remembered_at LIMIT 10000",
                "SELECT id FROM tidings_mailbox WHERE used_day < 3 ORDER BY used_day LIMIT 256",
                AttachBatch.DEVICES.replace("%s", "7,8") + " FOR UPDATE OF d",
                AttachBatch.INSTANCES.replace("%s", "7,8"),
                Cursors.MOVE
                        .replaceFirst("user_key = \\?", "user_key = E'\\\\n77'")
                        .replaceFirst("device = \\?", "device = 'd'")
                        .replaceFirst("i.instance = \\?", "i.instance = 'i'")
                        .replace("?", "2")
            }) {
                StringBuilder plan = new StringBuilder();
                try (ResultSet lines = statement.executeQuery("EXPLAIN " + sql)) {
                    while (lines.next()) {
                        plan.append(lines.getString(1)).append('\n');
                    }
                }
                assertFalse(plan.toString().contains("Seq Scan"), sql + "\n" + plan);
                assertTrue(plan.toString().contains("Index"), sql + "\n" + plan);
            }
        }
    }
}
