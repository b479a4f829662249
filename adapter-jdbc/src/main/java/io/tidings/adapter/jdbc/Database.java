package io.tidings.adapter.jdbc;

import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Locale;

/** The databases that are known, and how they differ. */
enum Database {
    /** Rows are locked where they are read, and many transactions write at once. */
    POSTGRESQL(true, 4, " FOR UPDATE", " FOR UPDATE SKIP LOCKED"),

    /** One transaction writes at a time, in one process or several; readers see what was committed. */
    SQLITE(false, 1, "", "");

    private final boolean server;
    private final int writers;
    private final String lock;
    private final String skipLocked;

    Database(boolean server, int writers, String lock, String skipLocked) {
        this.server = server;
        this.writers = writers;
        this.lock = lock;
        this.skipLocked = skipLocked;
    }

    /**
     * The database behind a connection.
     *
     * @throws IllegalArgumentException when it is not known, or set up to lose what it confirmed
     */
    static Database of(Connection connection) throws SQLException {
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
    boolean isServer() {
        return server;
    }

    /** How many transactions are worth writing at once. */
    int writers() {
        return writers;
    }

    /** The end of a query whose rows are to be locked until the transaction ends. */
    String lock() {
        return lock;
    }

    /** The same for the rows of one table of a query of several. */
    String lockOf(String table) {
        return lock.isEmpty() ? "" : lock + " OF " + table;
    }

    /** The same, passing over rows that others have locked. */
    String skipLocked() {
        return skipLocked;
    }

    /** Where the versioned SQL lies, as a resource's path. */
    String scripts() {
        return "io/tidings/adapter/jdbc/" + name().toLowerCase(Locale.ROOT) + '/';
    }

    /** Whether a transaction was given up by the database as a whole, so that it may be tried again. */
    boolean mayTryAgain(SQLException failure) {
        if (this == SQLITE) {
            int code = failure.getErrorCode() & 0xff;
            return code == SQLITE_BUSY || code == SQLITE_LOCKED;
        }
        return "40001".equals(failure.getSQLState()) || "40P01".equals(failure.getSQLState());
    }

    private static final int SQLITE_BUSY = 5;
    private static final int SQLITE_LOCKED = 6;
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
