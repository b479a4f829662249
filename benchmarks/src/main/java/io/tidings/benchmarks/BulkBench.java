package io.tidings.benchmarks;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.tidings.Endpoint;
import io.tidings.Hub;
import io.tidings.adapter.jdbc.JdbcMailbox;
import io.tidings.adapter.jdbc.JdbcSchema;
import io.tidings.auth.Authentication;
import io.tidings.auth.Identity;
import io.tidings.dialect.EventDialect;
import io.tidings.feeds.FeedStore;
import io.tidings.feeds.Feeds;
import io.tidings.feeds.InMemoryFeedStore;
import io.tidings.feeds.NotificationDraft;
import io.tidings.feeds.Notifications.PostAllResult;
import io.tidings.feeds.jdbc.FeedSchema;
import io.tidings.feeds.jdbc.JdbcFeedStore;
import io.tidings.inmemory.InMemoryMailbox;
import io.tidings.mailbox.Mailbox;
import io.tidings.message.UserKey;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.LongStream;

/**
 * One notification for many users, none of whom is connected.
 *
 * <p>{@code java -cp benchmarks/target/benchmarks.jar io.tidings.benchmarks.BulkBench memory|jdbc:sqlite:<file>|jdbc:postgresql://… [users]}
 * prints how long the call took, until it was in every user's mailbox, and how long the same call took when it was repeated
 * whole, as after a crash. The database is empty at first; the mailbox is in it too.
 */
public final class BulkBench {

    private static final int CONNECTIONS = 24;

    private BulkBench() {}

    /** Runs the bench. */
    public static void main(String[] arguments) throws Exception {
        if (arguments.length < 1) {
            throw new IllegalArgumentException("usage: BulkBench <database> [users]");
        }
        int users = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 100_000;
        FeedStore store;
        Mailbox mailbox;
        if (arguments[0].equals("memory")) {
            store = InMemoryFeedStore.builder().build();
            mailbox = InMemoryMailbox.builder().build();
        } else {
            HikariDataSource pool = pool(arguments[0]);
            JdbcSchema.apply(pool);
            FeedSchema.apply(pool);
            Lock turn = new ReentrantLock(true);
            store = JdbcFeedStore.builder(pool).turn(turn).build();
            mailbox = JdbcMailbox.builder(pool).turn(turn).build();
        }
        Feeds feeds = Feeds.builder().store(store).build();
        Hub hub = Hub.builder()
                .endpoint(Endpoint.of("/ws", EventDialect.standard()))
                .authenticator(token ->
                        CompletableFuture.completedFuture(new Authentication.Accepted(Identity.of(UserKey.of(token)))))
                .mailbox(mailbox)
                .listener(feeds.listener())
                .build();
        feeds.start(hub);
        // A small one first, so that the code is compiled.
        run(feeds, store, 1_000, "warm-up", LongStream.rangeClosed(1, 1_000));
        run(feeds, store, users, "first", LongStream.rangeClosed(1, users));
        run(feeds, store, users, "first", LongStream.rangeClosed(1, users));
        System.exit(0);
    }

    private static void run(Feeds feeds, FeedStore store, int users, String key, LongStream ids) throws Exception {
        long start = System.nanoTime();
        PostAllResult result = feeds.notifications()
                .postAll(
                        ids.mapToObj(UserKey::of).iterator(),
                        NotificationDraft.of("News", "There is something new."),
                        key)
                .toCompletableFuture()
                .get();
        long called = System.nanoTime();
        while (!store.waiting(Long.MAX_VALUE, 1).toCompletableFuture().get().isEmpty()) {
            Thread.sleep(5);
        }
        long relayed = System.nanoTime();
        System.out.printf(
                "%s: %d sent, %d repeated; the call %.1f s, all in their mailboxes after %.1f s, %.0f users a second%n",
                key,
                result.sent(),
                result.repeated(),
                (called - start) / 1e9,
                (relayed - start) / 1e9,
                users / ((relayed - start) / 1e9));
    }

    private static HikariDataSource pool(String database) {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(database);
        config.setMaximumPoolSize(CONNECTIONS);
        if (database.startsWith("jdbc:sqlite:")) {
            config.addDataSourceProperty("journal_mode", "WAL");
            config.addDataSourceProperty("synchronous", "FULL");
            config.addDataSourceProperty("busy_timeout", "5000");
        }
        return new HikariDataSource(config);
    }
}
