package io.tidings.adapter.jdbc;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.zaxxer.hikari.HikariDataSource;
import io.tidings.jdbc.testing.TestDatabase;
import org.junit.jupiter.api.Test;

class PostgresMailboxTest extends JdbcMailboxScenarios {

    @Override
    HikariDataSource newDatabase() throws Exception {
        return TestDatabase.postgres();
    }

    @Test
    void isShared_unlessTheHostSaysOtherwise() {
        try (JdbcMailbox plain = JdbcMailbox.builder(pool()).build();
                JdbcMailbox told = JdbcMailbox.builder(pool()).shared(false).build()) {
            assertTrue(plain.shared());
            assertFalse(told.shared());
        }
    }
}
