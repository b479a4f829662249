package io.tidings.adapter.jdbc;

import com.zaxxer.hikari.HikariDataSource;

class PostgresMailboxContractTest extends JdbcContract {

    @Override
    HikariDataSource newDatabase() throws Exception {
        return TestDatabase.postgres();
    }
}
