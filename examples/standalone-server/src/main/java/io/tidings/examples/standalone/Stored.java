package io.tidings.examples.standalone;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.tidings.adapter.jdbc.JdbcMailbox;
import io.tidings.feeds.FeedStore;
import io.tidings.feeds.InMemoryFeedStore;
import io.tidings.feeds.jdbc.JdbcFeedStore;
import io.tidings.inmemory.InMemoryMailbox;
import io.tidings.mailbox.Mailbox;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.jspecify.annotations.Nullable;

/** What the server keeps: chat and notifications, the mailbox, and the database that they may be in. */
final class Stored implements AutoCloseable {

    private static final String SQLITE = "jdbc:sqlite:";
    /** One for each thread of the mailbox and of the feed store, so that neither waits for the other. */
    private static final int CONNECTIONS = 20;

    private static final long CONNECT_MILLIS = 5_000;

    private final Mailbox mailbox;
    private final FeedStore feeds;
    private final @Nullable HikariDataSource pool;

    private Stored(Mailbox mailbox, FeedStore feeds, @Nullable HikariDataSource pool) {
        this.mailbox = mailbox;
        this.feeds = feeds;
        this.pool = pool;
    }

    /**
     * Opens the database, brings its tables up to date, and opens what is kept in it.
     *
     * @throws IOException when the database cannot be opened
     */
    static Stored open(Flags.Stores stores) throws IOException {
        String database = stores.database();
        if (database == null) {
            return new Stored(
                    InMemoryMailbox.builder().build(),
                    InMemoryFeedStore.builder().build(),
                    null);
        }
        HikariDataSource pool = null;
        FeedStore feeds = null;
        try {
            pool = pool(database);
            migrate(pool, database, "feeds/jdbc", "tidings_feeds_schema_history");
            // Both write the one file of SQLite.
            Lock turn = new ReentrantLock(true);
            feeds = JdbcFeedStore.builder(pool).turn(turn).build();
            if (!stores.mailbox()) {
                return new Stored(InMemoryMailbox.builder().build(), feeds, pool);
            }
            migrate(pool, database, "adapter/jdbc", "tidings_schema_history");
            return new Stored(JdbcMailbox.builder(pool).turn(turn).build(), feeds, pool);
        } catch (RuntimeException e) {
            if (feeds != null) {
                feeds.close();
            }
            if (pool != null) {
                pool.close();
            }
            throw new IOException("cannot open the database", root(e));
        }
    }

    Mailbox mailbox() {
        return mailbox;
    }

    FeedStore feeds() {
        return feeds;
    }

    /** Closes all of it, also what the hub and the feeds have closed already. */
    @Override
    public void close() {
        mailbox.close();
        feeds.close();
        if (pool != null) {
            pool.close();
        }
    }

    private static HikariDataSource pool(String database) throws IOException {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(database);
        config.setPoolName("database");
        config.setMaximumPoolSize(CONNECTIONS);
        config.setConnectionTimeout(CONNECT_MILLIS);
        if (database.startsWith(SQLITE)) {
            Path folder = Path.of(database.substring(SQLITE.length()).replaceFirst("\\?.*", ""))
                    .toAbsolutePath()
                    .getParent();
            if (folder != null) {
                Files.createDirectories(folder);
            }
            // Readers do not wait for writers, and what was confirmed survives a power failure.
            config.addDataSourceProperty("journal_mode", "WAL");
            config.addDataSourceProperty("synchronous", "FULL");
            config.addDataSourceProperty("busy_timeout", "5000");
        }
        return new HikariDataSource(config);
    }

    /** Runs a module's scripts. Each module counts its own versions, so each has a history of its own. */
    private static void migrate(DataSource pool, String database, String module, String history) {
        String folder = database.startsWith(SQLITE) ? "sqlite" : "postgresql";
        Flyway.configure()
                .dataSource(pool)
                .locations("classpath:io/tidings/" + module + '/' + folder)
                .table(history)
                .baselineOnMigrate(true)
                .baselineVersion("0")
                .load()
                .migrate();
    }

    private static Throwable root(Throwable failure) {
        Throwable root = failure;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return root;
    }
}
