package io.tidings.jdbc;

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
import java.util.Locale;
import java.util.stream.Collectors;
import javax.sql.DataSource;

/**
 * A set of tables with versions: scripts that lie beside a class, in a folder for each database, and a row that says which have run.
 *
 * @param owner   beside which the scripts lie, and whose {@code apply} hosts call
 * @param tables  whose tables they are, as in "Tidings' feeds"
 * @param prefix  what the names of the tables begin with; {@code …state} has the version
 * @param lock    of the advisory lock that one node at a time holds; another one for each schema
 * @param scripts one for each version, in order; semicolons are only at the ends of statements, {@code --} only at beginnings of
 *                lines
 */
public record Schema(Class<?> owner, String tables, String prefix, long lock, List<String> scripts) {

    /** Creates what is not there yet, in one transaction, as the owner's {@code apply} says. Blocks. */
    public void apply(DataSource dataSource) throws SQLException {
        try (Connection connection = dataSource.getConnection()) {
            apply(connection, Database.of(connection));
        }
    }

    private void apply(Connection connection, Database database) throws SQLException {
        boolean autoCommit = connection.getAutoCommit();
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
            statement.execute(
                    database == Database.POSTGRESQL
                            ? "SELECT pg_advisory_xact_lock(" + lock + ")"
                            // A write, because only that makes SQLite wait its turn before it looks.
                            : "CREATE TABLE IF NOT EXISTS " + prefix + "turn (turn INTEGER)");
            for (int version = version(connection, database); version < scripts.size(); version++) {
                for (String each : statements(database, scripts.get(version))) {
                    statement.execute(each);
                }
            }
            if (database == Database.SQLITE) {
                statement.execute("DROP TABLE " + prefix + "turn");
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
    void check(Connection connection, Database database) throws SQLException {
        int version = version(connection, database);
        if (version < scripts.size()) {
            String there = version == 0 ? "no tables" : "version " + version + " of the tables";
            throw new IllegalStateException(
                    "the database has " + there + " of " + tables + ", version " + scripts.size()
                            + " is needed: let a migration tool run " + folder(database) + " from this jar, or call "
                            + owner.getSimpleName() + ".apply");
        }
    }

    /** The version of what is there; 0 for nothing. A newer one than known is taken to hold what older ones had. */
    private int version(Connection connection, Database database) throws SQLException {
        String state = prefix + "state";
        String exists = database == Database.POSTGRESQL
                ? "SELECT 1 WHERE to_regclass('" + state + "') IS NOT NULL"
                : "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = '" + state + "'";
        try (Statement statement = connection.createStatement()) {
            try (ResultSet row = statement.executeQuery(exists)) {
                if (!row.next()) {
                    return 0;
                }
            }
            try (ResultSet row = statement.executeQuery("SELECT value FROM " + state + " WHERE name = 'schema'")) {
                return row.next() ? row.getInt(1) : 0;
            }
        }
    }

    private String folder(Database database) {
        return owner.getPackageName().replace('.', '/') + '/' + database.name().toLowerCase(Locale.ROOT) + '/';
    }

    private List<String> statements(Database database, String script) {
        String path = folder(database) + script;
        try (InputStream in = owner.getClassLoader().getResourceAsStream(path)) {
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
