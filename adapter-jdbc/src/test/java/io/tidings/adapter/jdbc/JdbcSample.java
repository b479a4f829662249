package io.tidings.adapter.jdbc;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;

/** The code of {@code docs/mailbox-jdbc.md}. */
final class JdbcSample implements AutoCloseable {

    private final HikariDataSource pool;
    private final JdbcMailbox mailbox;

    private JdbcSample(HikariDataSource pool, JdbcMailbox mailbox) {
        this.pool = pool;
        this.mailbox = mailbox;
    }

    static JdbcSample open(String url) {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(url);
        config.setMaximumPoolSize(12); // threads that append, threads of cursors, threads that read: 4 each
        config.setConnectionTimeout(5_000); // not longer than the mailbox's own time-out
        HikariDataSource pool = new HikariDataSource(config);
        JdbcSchema.apply(pool); // or your migration tool
        JdbcMailbox mailbox = JdbcMailbox.builder(pool).build(); // for HubBuilder.mailbox
        return new JdbcSample(pool, mailbox);
    }

    long afterARestore() {
        long users = mailbox.beginEpochs();
        return users;
    }

    @Override
    public void close() {
        mailbox.close();
        pool.close();
    }
}
