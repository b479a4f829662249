package io.tidings.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;
import javax.sql.DataSource;

/**
 * Borrows connections and gives them back as they were.
 *
 * <p>Safe for use by several threads; every call blocks for as long as the pool, the database and the time-out let it.
 */
public final class Sessions {

    private static final int MAX_TRIES = 3;

    private final DataSource dataSource;
    private final Database database;
    private final Duration timeout;

    /** Whether connections come with another isolation than is needed. */
    private final boolean isolates;

    /** Held for a transaction where only one can write, because waiting here is fair and waiting in SQLite is not. */
    private final Lock turn;

    /** What is done with a connection. */
    public interface Work<T> {
        T with(Session session) throws SQLException;
    }

    private Sessions(DataSource dataSource, Database database, Duration timeout, boolean isolates, Lock turn) {
        this.dataSource = dataSource;
        this.database = database;
        this.timeout = timeout;
        this.isolates = isolates;
        this.turn = turn;
    }

    /**
     * Looks at the database, and at whether its schema is there. Blocks.
     *
     * @param timeout of a statement, and of waiting for the turn
     * @param turn    held for a transaction where only one can write
     * @throws IllegalArgumentException when the database is not known, or set up to lose what it confirmed
     * @throws IllegalStateException    when its schema is missing or too old, saying what to do
     */
    public static Sessions open(DataSource dataSource, Duration timeout, Lock turn, Schema schema) throws SQLException {
        try (Connection connection = dataSource.getConnection()) {
            Database database = Database.of(connection);
            schema.check(connection, database);
            boolean isolates = database == Database.POSTGRESQL
                    && connection.getTransactionIsolation() != Connection.TRANSACTION_READ_COMMITTED;
            if (!connection.getAutoCommit()) {
                connection.rollback();
            }
            return new Sessions(dataSource, database, timeout, isolates, turn);
        }
    }

    public Database database() {
        return database;
    }

    /** Statements that are each a transaction of their own, and change nothing. */
    public <T> T read(Work<T> work) throws SQLException {
        return borrow(true, work);
    }

    /** One transaction: all or nothing. What the database gives up because of others is tried again. */
    public <T> T write(Work<T> work) throws SQLException {
        if (database.isServer()) {
            return writeInTurn(work);
        }
        try {
            if (!turn.tryLock(timeout.toNanos(), TimeUnit.NANOSECONDS)) {
                throw new SQLException("no turn to write");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SQLException("interrupted");
        }
        try {
            return writeInTurn(work);
        } finally {
            turn.unlock();
        }
    }

    private <T> T writeInTurn(Work<T> work) throws SQLException {
        for (int tries = 1; ; tries++) {
            try {
                return borrow(false, work);
            } catch (SQLException e) {
                if (tries == MAX_TRIES || !database.mayTryAgain(e)) {
                    throw e;
                }
            }
        }
    }

    private <T> T borrow(boolean autoCommit, Work<T> work) throws SQLException {
        try (Connection connection = dataSource.getConnection()) {
            boolean autoCommits = connection.getAutoCommit();
            int isolation = isolates ? connection.getTransactionIsolation() : 0;
            int networkTimeout = database.isServer() ? connection.getNetworkTimeout() : 0;
            if (database.isServer()) {
                // Beyond the statement's own time-out, for a server that is silent.
                connection.setNetworkTimeout(Runnable::run, Math.toIntExact(timeout.toMillis() + 1_000));
            }
            if (isolates) {
                connection.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
            }
            connection.setAutoCommit(autoCommit);
            int seconds = database.isServer() ? (int) ((timeout.toMillis() + 999) / 1_000) : 0;
            try {
                T result = work.with(new Session(connection, database, seconds));
                if (!autoCommit) {
                    connection.commit();
                }
                giveBack(connection, autoCommits, isolation, networkTimeout);
                return result;
            } catch (SQLException | RuntimeException e) {
                undo(connection, autoCommit, e);
                giveBack(connection, autoCommits, isolation, networkTimeout);
                throw e;
            }
        }
    }

    private static void undo(Connection connection, boolean autoCommit, Exception because) {
        try {
            if (!autoCommit) {
                connection.rollback();
            }
        } catch (SQLException e) {
            because.addSuppressed(e);
        }
    }

    /** What fails here fails on a connection that is broken, which the pool finds out by itself. */
    private void giveBack(Connection connection, boolean autoCommits, int isolation, int networkTimeout) {
        try {
            connection.setAutoCommit(autoCommits);
            if (isolates) {
                connection.setTransactionIsolation(isolation);
            }
            if (database.isServer()) {
                connection.setNetworkTimeout(Runnable::run, networkTimeout);
            }
        } catch (SQLException broken) {
            return;
        }
    }
}
