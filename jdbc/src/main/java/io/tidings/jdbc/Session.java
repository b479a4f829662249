package io.tidings.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A borrowed connection, and shorthand for what is asked of it. One thread, for one piece of work. */
public final class Session {

    private final Connection connection;
    private final Database database;
    private final int timeoutSeconds;

    /** Reads a row. */
    public interface Row<T> {
        T of(ResultSet row) throws SQLException;
    }

    /**
     * Wraps a connection.
     *
     * @param timeoutSeconds after which a statement is cancelled; 0 for never
     */
    Session(Connection connection, Database database, int timeoutSeconds) {
        this.connection = connection;
        this.database = database;
        this.timeoutSeconds = timeoutSeconds;
    }

    public Database database() {
        return database;
    }

    /** A query, in which a collection is the value of a {@link Database#in}. */
    public <T> List<T> query(String sql, Row<T> row, @Nullable Object... values) throws SQLException {
        List<T> rows = new ArrayList<>();
        try (PreparedStatement statement = prepare(sql)) {
            bind(statement, values);
            try (ResultSet results = statement.executeQuery()) {
                while (results.next()) {
                    rows.add(row.of(results));
                }
            }
        }
        return rows;
    }

    /** A query that has one row or none. */
    public <T> @Nullable T one(String sql, Row<T> row, @Nullable Object... values) throws SQLException {
        List<T> rows = query(sql, row, values);
        return rows.isEmpty() ? null : rows.get(0);
    }

    public int update(String sql, @Nullable Object... values) throws SQLException {
        try (PreparedStatement statement = prepare(sql)) {
            bind(statement, values);
            return statement.executeUpdate();
        }
    }

    /** The same statement with many values, in one round trip where the driver can. */
    public void batch(String sql, List<@Nullable Object[]> rows) throws SQLException {
        if (rows.isEmpty()) {
            return;
        }
        try (PreparedStatement statement = prepare(sql)) {
            for (@Nullable Object[] row : rows) {
                bind(statement, row);
                statement.addBatch();
            }
            statement.executeBatch();
        }
    }

    private PreparedStatement prepare(String sql) throws SQLException {
        PreparedStatement statement = connection.prepareStatement(sql);
        if (timeoutSeconds > 0) {
            statement.setQueryTimeout(timeoutSeconds);
        }
        return statement;
    }

    private void bind(PreparedStatement statement, @Nullable Object[] values) throws SQLException {
        for (int i = 0; i < values.length; i++) {
            Object value = values[i];
            statement.setObject(i + 1, value instanceof Collection<?> list ? database.list(connection, list) : value);
        }
    }
}
