package io.tidings.feeds.jdbc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.zaxxer.hikari.HikariDataSource;
import io.tidings.jdbc.testing.TestDatabase;
import io.tidings.jdbc.testing.WatchedDataSource;
import io.tidings.message.UserKey;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

class PostgresFeedStoreTest extends FeedScenarios {

    @Override
    HikariDataSource newDatabase() throws Exception {
        return TestDatabase.postgres();
    }

    @Override
    void failNextCommitBecauseOfOthers(WatchedDataSource database) {
        database.failNextCommit("40001", 0);
    }

    @Test
    void isShared_unlessTheHostSaysOtherwise() {
        try (JdbcFeedStore told = JdbcFeedStore.builder(pool()).shared(false).build()) {
            assertTrue(store().shared());
            assertFalse(told.shared());
        }
    }

    @Test
    void worksOfOtherUsers_doNotWait() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        CompletionStage<Boolean> held = store().transact(Set.of(ANN), rows -> {
            try {
                return go.await(60, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        CompletionStage<String> behind = store().transact(Set.of(ANN, BOB), rows -> "too");
        assertEquals("done", get(store().transact(Set.of(UserKey.of("carl")), rows -> "done")));
        assertFalse(behind.toCompletableFuture().isDone());
        go.countDown();
        assertTrue(get(held));
        assertEquals("too", get(behind));
    }

    @Test
    void aDeadlockWithAStranger_isTriedAgain() throws Exception {
        get(store().transact(Set.of(ANN, BOB), rows -> null));
        try (Connection stranger = pool().getConnection();
                Statement statement = stranger.createStatement()) {
            stranger.setAutoCommit(false);
            statement.execute("SET LOCAL deadlock_timeout = '60s'"); // so that the store's transaction is the victim
            String user = "SELECT user_key FROM tidings_feed_head ORDER BY id";
            statement.execute(
                    "SELECT 1 FROM tidings_feed_head WHERE user_key = (" + user + " OFFSET 1 LIMIT 1) FOR UPDATE");
            CompletionStage<Void> stage = store().transact(Set.of(ANN, BOB), rows -> {
                rows.put(withUnread(rows.head(ANN), 5));
                return null;
            });
            awaitWaiter();
            statement.execute("SELECT 1 FROM tidings_feed_head WHERE user_key = (" + user + " LIMIT 1) FOR UPDATE");
            stranger.commit();
            get(stage);
        }
        assertEquals(5, get(store().heads(List.of(ANN))).get(0).unread());
    }

    @Test
    void aLockThatAStrangerHolds_failsTheWorkInTime() throws Exception {
        get(store().transact(Set.of(ANN), rows -> null));
        try (JdbcFeedStore hasty = JdbcFeedStore.builder(pool())
                        .timeout(Duration.ofSeconds(1))
                        .build();
                Connection stranger = pool().getConnection();
                Statement statement = stranger.createStatement()) {
            stranger.setAutoCommit(false);
            statement.execute("SELECT 1 FROM tidings_feed_head FOR UPDATE");
            ExecutionException late =
                    assertThrows(ExecutionException.class, () -> get(hasty.transact(Set.of(ANN), rows -> null)));
            assertInstanceOf(JdbcFeedException.class, late.getCause());
            stranger.rollback();
        }
        get(store().transact(Set.of(ANN), rows -> null));
    }

    /** Until some session of this schema's database waits for a lock. */
    private void awaitWaiter() throws SQLException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        try (Connection connection = pool().getConnection();
                Statement statement = connection.createStatement()) {
            while (true) {
                try (ResultSet row = statement.executeQuery("SELECT count(*) FROM pg_locks WHERE NOT granted")) {
                    row.next();
                    if (row.getInt(1) > 0) {
                        return;
                    }
                }
                assertTrue(System.nanoTime() < deadline, "nobody waits");
                LockSupport.parkNanos(5_000_000);
            }
        }
    }
}
