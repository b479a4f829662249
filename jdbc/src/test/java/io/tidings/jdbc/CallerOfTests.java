package io.tidings.jdbc;

import org.jspecify.annotations.Nullable;

/** A caller and what it fails with. */
final class CallerOfTests {

    static final Caller CALLER = new Caller("the test", "tidings-test-", Failed::new);

    private CallerOfTests() {}

    static final class Failed extends RuntimeException {
        private static final long serialVersionUID = 1L;

        final @Nullable String sqlState;

        Failed(String message, @Nullable String sqlState) {
            super(message);
            this.sqlState = sqlState;
        }
    }
}
