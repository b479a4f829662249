package io.tidings.feeds.jdbc;

import org.jspecify.annotations.Nullable;

/**
 * The database did not do what was asked, or did not say so in time: whether it happened is unknown.
 *
 * <p>The texts of drivers quote statements and values, and so what users wrote; therefore this carries the SQL state, the vendor's
 * code and the stack of the failure, but neither its text nor the failure itself.
 */
public final class JdbcFeedException extends RuntimeException {

    private static final long serialVersionUID = 1;

    private final @Nullable String sqlState;

    JdbcFeedException(String message, @Nullable String sqlState) {
        super(message);
        this.sqlState = sqlState;
    }

    /** The SQL state of the failure, or null where it is not the database's. */
    public @Nullable String sqlState() {
        return sqlState;
    }
}
