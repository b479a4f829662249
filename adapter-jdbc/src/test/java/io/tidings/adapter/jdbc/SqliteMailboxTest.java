package io.tidings.adapter.jdbc;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.zaxxer.hikari.HikariDataSource;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SqliteMailboxTest extends JdbcMailboxScenarios {

    @TempDir
    Path folder;

    @Override
    HikariDataSource newDatabase() throws Exception {
        return TestDatabase.sqlite(Files.createTempDirectory(folder, "db"));
    }

    @Test
    void isNotShared_unlessTheHostSaysOtherwise() {
        try (JdbcMailbox plain = JdbcMailbox.builder(pool()).build();
                JdbcMailbox told = JdbcMailbox.builder(pool()).shared(true).build()) {
            assertFalse(plain.shared());
            assertTrue(told.shared());
        }
    }

    @Test
    void sqliteThatIsAllowedToForget_isRefused() {
        try (HikariDataSource loose = TestDatabase.pool(
                "jdbc:sqlite:" + folder.resolve("loose.db") + "?journal_mode=WAL&synchronous=NORMAL")) {
            String message = assertThrows(
                            IllegalArgumentException.class,
                            () -> JdbcMailbox.builder(loose).build())
                    .getMessage();
            assertTrue(message.contains("synchronous=FULL"), message);
        }
    }
}
