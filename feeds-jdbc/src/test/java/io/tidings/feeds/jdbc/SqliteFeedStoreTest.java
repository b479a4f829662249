package io.tidings.feeds.jdbc;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.zaxxer.hikari.HikariDataSource;
import io.tidings.feeds.FeedTransaction;
import io.tidings.jdbc.testing.TestDatabase;
import io.tidings.jdbc.testing.WatchedDataSource;
import io.tidings.jdbc.testing.WatchedLock;
import io.tidings.message.UserKey;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SqliteFeedStoreTest extends FeedScenarios {

    private static final int SQLITE_BUSY = 5;

    @TempDir
    Path folder;

    @Override
    HikariDataSource newDatabase() throws Exception {
        return TestDatabase.sqlite(Files.createTempDirectory(folder, "db"));
    }

    @Override
    void failNextCommitBecauseOfOthers(WatchedDataSource database) {
        database.failNextCommit(null, SQLITE_BUSY);
    }

    @Test
    void isNotShared_unlessTheHostSaysOtherwise() {
        try (JdbcFeedStore told = JdbcFeedStore.builder(pool()).shared(true).build()) {
            assertFalse(store().shared());
            assertTrue(told.shared());
        }
    }

    @Test
    void sqliteThatIsAllowedToForget_isRefused() {
        try (HikariDataSource loose = TestDatabase.pool(
                "jdbc:sqlite:" + folder.resolve("loose.db") + "?journal_mode=WAL&synchronous=NORMAL")) {
            String message = assertThrows(
                            IllegalArgumentException.class,
                            () -> JdbcFeedStore.builder(loose).build())
                    .getMessage();
            assertTrue(message.contains("synchronous=FULL"), message);
        }
    }

    @Test
    void whoWrites_waitsForTheTurnOfAll() throws Exception {
        WatchedLock turn = new WatchedLock();
        try (JdbcFeedStore store = JdbcFeedStore.builder(pool())
                .turn(turn)
                .timeout(FeedScenarios.PATIENCE)
                .build()) {
            turn.lock();
            CompletableFuture<Long> written = store.transact(Set.of(UserKey.of(1)), FeedTransaction::nextId)
                    .toCompletableFuture();
            try {
                assertTrue(turn.awaitAsked());
                assertFalse(written.isDone());
            } finally {
                turn.unlock();
            }
            assertTrue(written.get(30, TimeUnit.SECONDS) > 0);
        }
    }
}
