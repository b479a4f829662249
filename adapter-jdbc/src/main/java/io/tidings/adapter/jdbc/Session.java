package io.tidings.adapter.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A borrowed connection, and shorthand for what is asked of it. One thread, for one piece of work. */
final class Session {

    /** The most values of one {@code IN}; more are asked for in several statements. */
    static final int MAX_IN = 256;

    private final Connection connection;
    private final Database database;
    private final int timeoutSeconds;

    /** Reads a row. */
    interface Row<T> {
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

    Database database() {
        return database;
    }

    <T> List<T> query(String sql, Row<T> row, @Nullable Object... values) throws SQLException {
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
    <T> @Nullable T one(String sql, Row<T> row, @Nullable Object... values) throws SQLException {
        List<T> rows = query(sql, row, values);
        return rows.isEmpty() ? null : rows.get(0);
    }

    /** A query whose {@code IN (%s)} comes first and takes any number of values. */
    <T> List<T> queryIn(String sql, Collection<?> in, Row<T> row, @Nullable Object... values) throws SQLException {
        List<T> rows = new ArrayList<>();
        for (List<Object> chunk : chunks(in)) {
            rows.addAll(query(withMarks(sql, chunk), row, joined(chunk, values)));
        }
        return rows;
    }

    int update(String sql, @Nullable Object... values) throws SQLException {
        try (PreparedStatement statement = prepare(sql)) {
            bind(statement, values);
            return statement.executeUpdate();
        }
    }

    /** An update whose {@code IN (%s)} comes first. */
    int updateIn(String sql, Collection<?> in, @Nullable Object... values) throws SQLException {
        int rows = 0;
        for (List<Object> chunk : chunks(in)) {
            rows += update(withMarks(sql, chunk), joined(chunk, values));
        }
        return rows;
    }

    /** The same statement with many values, in one round trip where the driver can. */
    void batch(String sql, List<@Nullable Object[]> rows) throws SQLException {
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

    private static void bind(PreparedStatement statement, @Nullable Object[] values) throws SQLException {
        for (int i = 0; i < values.length; i++) {
            statement.setObject(i + 1, values[i]);
        }
    }

    /** Sizes are powers of two, the last value repeated, so that few different statements are prepared. */
    private static List<List<Object>> chunks(Collection<?> values) {
        List<List<Object>> chunks = new ArrayList<>();
        Iterator<?> each = values.iterator();
        while (each.hasNext()) {
            List<Object> chunk = new ArrayList<>();
            while (each.hasNext() && chunk.size() < MAX_IN) {
                chunk.add(each.next());
            }
            Object last = chunk.get(chunk.size() - 1);
            while (Integer.bitCount(chunk.size()) != 1) {
                chunk.add(last);
            }
            chunks.add(chunk);
        }
        return chunks;
    }

    private static String withMarks(String sql, List<Object> in) {
        return sql.replace("%s", String.join(",", Collections.nCopies(in.size(), "?")));
    }

    private static @Nullable Object[] joined(List<Object> in, @Nullable Object[] values) {
        @Nullable Object[] all = new Object[in.size() + values.length];
        for (int i = 0; i < in.size(); i++) {
            all[i] = in.get(i);
        }
        System.arraycopy(values, 0, all, in.size(), values.length);
        return all;
    }
}
