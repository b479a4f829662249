package io.tidings.adapter.jdbc;

import com.zaxxer.hikari.HikariDataSource;
import io.tidings.mailbox.Mailbox;

class PostgresMailboxContractTest extends JdbcContract {

    @Override
    HikariDataSource newDatabase() throws Exception {
        return TestDatabase.postgres();
    }

    @Override
    protected Mailbox openBeside(Mailbox mailbox) {
        return builder().build();
    }
}
