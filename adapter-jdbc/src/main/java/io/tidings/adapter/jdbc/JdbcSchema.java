package io.tidings.adapter.jdbc;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import javax.sql.DataSource;

/**
 * The tables of the mailbox, for hosts without a migration tool. The others let theirs run the scripts in
 * {@code io/tidings/adapter/jdbc/postgresql} or {@code …/sqlite}: {@code V1__mailbox.sql} and what later versions add.
 */
public final class JdbcSchema {

    /** The version that this build of the mailbox needs. */
    public static final int VERSION = 1;

    private static final List<String> SCRIPTS = List.of("V1__mailbox.sql");

    /** Of the advisory lock that one node at a time holds; an arbitrary number. */
    private static final long LOCK = 0x7469_6469_6e67_73L;

    private JdbcSchema() {}

    /**
     * Creates what is not there yet, in one transaction. What is there stays, also when it is newer than this build; nodes that do this at once wait for one another.
     * Blocks.
     *
     * @throws IllegalArgumentException when the database is not known
     * @throws JdbcMailboxException     when the database fails
     */
    public static void apply(DataSource dataSource) {
        try (Connection connection = dataSource.getConnection()) {
            apply(connection, Database.of(connection));
        } catch (SQLException e) {
            throw JdbcMailboxException.of("applying the schema", e);
        }
    }

    private static void apply(Connection connection, Database database) throws SQLException {
        boolean autoCommit = connection.getAutoCommit();
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
            statement.execute(
                    database == Database.POSTGRESQL
                            ? "SELECT pg_advisory_xact_lock(" + LOCK + ")"
                            // A write, because only that makes SQLite wait its turn before it looks.
                            : "CREATE TABLE IF NOT EXISTS tidings_turn (turn INTEGER)");
            for (int version = version(connection, database); version < VERSION; version++) {
                for (String each : statements(database, SCRIPTS.get(version))) {
                    statement.execute(each);
                }
            }
            if (database == Database.SQLITE) {
                statement.execute("DROP TABLE tidings_turn");
            }
            connection.commit();
        } catch (SQLException | RuntimeException e) {
            connection.rollback();
            throw e;
        } finally {
            connection.setAutoCommit(autoCommit);
        }
    }

    /**
     * Refuses a database without the schema that this build needs.
     *
     * @throws IllegalStateException saying what is there and what to do
     */
    static void check(Connection connection, Database database) throws SQLException {
        int version = version(connection, database);
        if (version < VERSION) {
            String there = version == 0 ? "has no tables of Tidings" : "has version " + version + " of Tidings' tables";
            throw new IllegalStateException("the database " + there + ", version " + VERSION
                    + " is needed: let a migration tool run " + database.scripts()
                    + " from this jar, or call JdbcSchema.apply");
        }
    }

    /** The version of what is there; 0 for nothing. A newer one than known is taken to hold what older ones had. */
    private static int version(Connection connection, Database database) throws SQLException {
        String exists = database == Database.POSTGRESQL
                ? "SELECT 1 WHERE to_regclass('tidings_state') IS NOT NULL"
                : "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'tidings_state'";
        try (Statement statement = connection.createStatement()) {
            try (ResultSet row = statement.executeQuery(exists)) {
                if (!row.next()) {
                    return 0;
                }
            }
            try (ResultSet row = statement.executeQuery("SELECT value FROM tidings_state WHERE name = 'schema'")) {
                return row.next() ? row.getInt(1) : 0;
            }
        }
    }

    /** The statements of a script, which has semicolons only at the ends of statements. */
    private static List<String> statements(Database database, String script) {
        String path = database.scripts() + script;
        try (InputStream in = JdbcSchema.class.getClassLoader().getResourceAsStream(path)) {
            if (in == null) {
                throw new IllegalStateException("the jar lacks " + path);
            }
            String text = new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.startsWith("--"))
                    .collect(Collectors.joining("\n"));
            return Arrays.stream(text.split(";"))
                    .map(String::strip)
                    .filter(each -> !each.isEmpty())
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
