package io.tidings.adapter.jdbc;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.zaxxer.hikari.HikariDataSource;
import io.tidings.jdbc.testing.TestDatabase;
import io.tidings.jdbc.testing.WatchedLock;
import io.tidings.mailbox.Appended;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
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

    @Test
    void whoWrites_waitsForTheTurnOfAll() throws Exception {
        WatchedLock turn = new WatchedLock();
        try (JdbcMailbox mailbox = JdbcMailbox.builder(pool())
                .turn(turn)
                .timeout(CrashWriter.PATIENCE)
                .build()) {
            turn.lock();
            CompletableFuture<List<Appended>> append = mailbox.append(
                            List.of(TestMessages.append(JdbcMailboxScenarios.user(1), "a")))
                    .toCompletableFuture();
            try {
                assertTrue(turn.awaitAsked());
                assertFalse(append.isDone());
            } finally {
                turn.unlock();
            }
            assertTrue(JdbcMailboxScenarios.get(append).get(0) instanceof Appended.Stored);
        }
    }
}
