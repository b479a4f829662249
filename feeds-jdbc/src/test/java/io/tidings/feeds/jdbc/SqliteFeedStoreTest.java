package io.tidings.feeds.jdbc;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.zaxxer.hikari.HikariDataSource;
import java.nio.file.Files;
import java.nio.file.Path;
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
}
