package io.tidings.jdbc;

import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * Who calls the database: what it is called in refusals and in the names of threads, and what it fails with.
 *
 * @param name    as in "the mailbox"
 * @param threads what the names of its threads begin with
 * @param failure makes its exception
 */
public record Caller(String name, String threads, Failure failure) {

    /** Makes the exception of a caller. */
    @FunctionalInterface
    public interface Failure {
        /** An exception with this text, and the database's state where the database is the reason. */
        RuntimeException of(String message, @Nullable String sqlState);
    }

    /**
     * A failure of the database. The texts of drivers quote statements and values, and so what users wrote; therefore this has the
     * SQL state, the vendor's code and the stack of the failure, but neither its text nor the failure itself.
     */
    public RuntimeException failed(String call, SQLException because) {
        RuntimeException e = failure.of(
                call + " failed in the database: " + because.getClass().getSimpleName() + ", SQL state "
                        + because.getSQLState() + ", code " + because.getErrorCode(),
                because.getSQLState());
        e.setStackTrace(because.getStackTrace());
        return e;
    }

    /** A failure that is not the database's. */
    public RuntimeException failed(String message) {
        return failure.of(message, null);
    }

    IllegalStateException closed() {
        return new IllegalStateException(name + " is closed");
    }
}
