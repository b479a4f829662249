package io.tidings.jdbc;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Collection;
import java.util.Locale;

/** The databases that are known, and how they differ. */
public enum Database {
    /** Rows are locked where they are read, and many transactions write at once. */
    POSTGRESQL(true, " FOR UPDATE", " FOR UPDATE SKIP LOCKED"),

    /** One transaction writes at a time, in one process or several; readers see what was committed. */
    SQLITE(false, "", "");

    private final boolean server;
    private final String lock;
    private final String skipLocked;

    Database(boolean server, String lock, String skipLocked) {
        this.server = server;
        this.lock = lock;
        this.skipLocked = skipLocked;
    }

    /**
     * The database behind a connection.
     *
     * @throws IllegalArgumentException when it is not known, or set up to lose what it confirmed
     */
    public static Database of(Connection connection) throws SQLException {
        DatabaseMetaData facts = connection.getMetaData();
        String product = facts.getDatabaseProductName();
        for (Database database : values()) {
            if (database.name().equals(product.toUpperCase(Locale.ROOT))) {
                if (database == SQLITE) {
                    checkSynchronous(connection);
                }
                return database;
            }
        }
        throw new IllegalArgumentException("dataSource must lead to PostgreSQL or SQLite, leads to " + product);
    }

    /** Whether other processes on other machines may use it, so that nodes can share it. */
    public boolean isServer() {
        return server;
    }

    /** The end of a query whose rows are to be locked until the transaction ends. */
    public String lock() {
        return lock;
    }

    /** The same for the rows of one table of a query of several. */
    public String lockOf(String table) {
        return lock.isEmpty() ? "" : lock + " OF " + table;
    }

    /** The same, passing over rows that others have locked. */
    public String skipLocked() {
        return skipLocked;
    }

    /** A condition that a column has one of the values of one list, whatever its length. */
    public String in(String column) {
        return column + (server ? " = ANY (?)" : " IN (SELECT value FROM json_each(?))");
    }

    /** A list of numbers or of texts, for {@link #in}. */
    public Object list(Connection connection, Collection<?> values) throws SQLException {
        boolean numbers = !values.isEmpty() && values.iterator().next() instanceof Long;
        if (server) {
            return connection.createArrayOf(numbers ? "bigint" : "text", values.toArray());
        }
        ArrayNode list = JsonNodeFactory.instance.arrayNode(values.size());
        for (Object value : values) {
            if (value instanceof Long number) {
                list.add(number);
            } else {
                list.add(value.toString());
            }
        }
        return list.toString();
    }

    /** Whether a failure is of what was written, and not of the database: what a batch wrote may be written piece by piece. */
    public boolean refuses(SQLException failure) {
        if (this == SQLITE) {
            int code = failure.getErrorCode() & 0xff;
            return code == SQLITE_TOOBIG || code == SQLITE_CONSTRAINT || code == SQLITE_MISMATCH;
        }
        String state = failure.getSQLState();
        return state != null && (state.startsWith("22") || state.startsWith("23") || state.startsWith("54"));
    }

    /** Whether a transaction was given up by the database as a whole, so that it may be tried again. */
    public boolean mayTryAgain(SQLException failure) {
        if (this == SQLITE) {
            int code = failure.getErrorCode() & 0xff;
            return code == SQLITE_BUSY || code == SQLITE_LOCKED;
        }
        return "40001".equals(failure.getSQLState()) || "40P01".equals(failure.getSQLState());
    }

    private static final int SQLITE_BUSY = 5;
    private static final int SQLITE_LOCKED = 6;
    private static final int SQLITE_TOOBIG = 18;
    private static final int SQLITE_CONSTRAINT = 19;
    private static final int SQLITE_MISMATCH = 20;
    private static final int SYNCHRONOUS_FULL = 2;

    private static void checkSynchronous(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("PRAGMA synchronous")) {
            if (row.next() && row.getInt(1) < SYNCHRONOUS_FULL) {
                throw new IllegalArgumentException(
                        "dataSource must open SQLite with synchronous=FULL, or a power failure takes what was confirmed");
            }
        }
    }
}
