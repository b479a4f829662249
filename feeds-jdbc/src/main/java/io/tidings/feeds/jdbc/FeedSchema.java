package io.tidings.feeds.jdbc;

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
 * The tables of feeds, for hosts without a migration tool. The others let theirs run the scripts in
 * {@code io/tidings/feeds/jdbc/postgresql} or {@code …/sqlite}: {@code V1__feeds.sql} and what later versions add. Their versions have nothing to do with
 * those of the mailbox's scripts, so they want a history of their own; with Flyway a table of its own ({@code table}) and {@code baselineVersion("0")}.
 */
public final class FeedSchema {

    /** The version that this build of the store needs. */
    public static final int VERSION = 1;

    private static final List<String> SCRIPTS = List.of("V1__feeds.sql");

    /** Of the advisory lock that one node at a time holds; an arbitrary number. */
    private static final long LOCK = 0x7469_6469_6e67_66L;

    private FeedSchema() {}

    /**
     * Creates what is not there yet, in one transaction. What is there stays, also when it is newer than this build; nodes that do this at once wait for one another.
     * Blocks.
     *
     * @throws IllegalArgumentException when the database is not known
     * @throws JdbcFeedException     when the database fails
     */
    public static void apply(DataSource dataSource) {
        try (Connection connection = dataSource.getConnection()) {
            apply(connection, Database.of(connection));
        } catch (SQLException e) {
            throw JdbcFeedException.of("applying the schema", e);
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
                            : "CREATE TABLE IF NOT EXISTS tidings_feed_turn (turn INTEGER)");
            for (int version = version(connection, database); version < VERSION; version++) {
                for (String each : statements(database, SCRIPTS.get(version))) {
                    statement.execute(each);
                }
            }
            if (database == Database.SQLITE) {
                statement.execute("DROP TABLE tidings_feed_turn");
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
            String there = version == 0
                    ? "has no tables of Tidings' feeds"
                    : "has version " + version + " of the tables of Tidings' feeds";
            throw new IllegalStateException("the database " + there + ", version " + VERSION
                    + " is needed: let a migration tool run " + database.scripts()
                    + " from this jar, or call FeedSchema.apply");
        }
    }

    /** The version of what is there; 0 for nothing. A newer one than known is taken to hold what older ones had. */
    private static int version(Connection connection, Database database) throws SQLException {
        String exists = database == Database.POSTGRESQL
                ? "SELECT 1 WHERE to_regclass('tidings_feed_state') IS NOT NULL"
                : "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'tidings_feed_state'";
        try (Statement statement = connection.createStatement()) {
            try (ResultSet row = statement.executeQuery(exists)) {
                if (!row.next()) {
                    return 0;
                }
            }
            try (ResultSet row = statement.executeQuery("SELECT value FROM tidings_feed_state WHERE name = 'schema'")) {
                return row.next() ? row.getInt(1) : 0;
            }
        }
    }

    /** The statements of a script, which has semicolons only at the ends of statements. */
    private static List<String> statements(Database database, String script) {
        String path = database.scripts() + script;
        try (InputStream in = FeedSchema.class.getClassLoader().getResourceAsStream(path)) {
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
