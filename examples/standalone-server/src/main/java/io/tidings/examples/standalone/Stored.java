package io.tidings.examples.standalone;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.tidings.adapter.jdbc.JdbcMailbox;
import io.tidings.inmemory.InMemoryMailbox;
import io.tidings.mailbox.Mailbox;
import io.tidings.spi.Ticker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.jspecify.annotations.Nullable;

/** What the server keeps: the mailbox, and the database it may be in. */
final class Stored implements AutoCloseable {

    private static final String SQLITE = "jdbc:sqlite:";
    private static final int CONNECTIONS = 16;
    private static final long CONNECT_MILLIS = 5_000;

    private final Mailbox mailbox;
    private final @Nullable HikariDataSource pool;

    private Stored(Mailbox mailbox, @Nullable HikariDataSource pool) {
        this.mailbox = mailbox;
        this.pool = pool;
    }

    /**
     * Opens the database, brings its tables up to date, and opens the mailbox.
     *
     * @throws IOException when the database cannot be opened
     */
    static Stored open(Flags.Stores stores) throws IOException {
        String database = stores.database();
        if (database == null || !stores.mailbox()) {
            return new Stored(InMemoryMailbox.builder().build(), null);
        }
        HikariDataSource pool = null;
        try {
            pool = pool(database);
            migrate(pool, database);
            return new Stored(JdbcMailbox.builder(pool).build(), pool);
        } catch (RuntimeException e) {
            if (pool != null) {
                pool.close();
            }
            throw new IOException("cannot open the database", root(e));
        }
    }

    Mailbox mailbox() {
        return mailbox;
    }

    /** What ids of messages count on from: the time in microseconds where earlier ones may be kept, which they never catch up with. */
    long lastId() {
        return pool == null ? 0 : Ticker.SYSTEM.epochMillis() * 1_000;
    }

    /** Closes the database; the mailbox has been closed by its hub, if there was one. */
    @Override
    public void close() {
        mailbox.close();
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

    private static void migrate(DataSource pool, String database) {
        String folder = database.startsWith(SQLITE) ? "sqlite" : "postgresql";
        Flyway.configure()
                .dataSource(pool)
                .locations("classpath:io/tidings/adapter/jdbc/" + folder)
                .table("tidings_schema_history")
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
