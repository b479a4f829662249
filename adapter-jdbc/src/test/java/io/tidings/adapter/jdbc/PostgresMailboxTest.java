package io.tidings.adapter.jdbc;

import com.zaxxer.hikari.HikariDataSource;

class PostgresMailboxTest extends JdbcMailboxScenarios {

    @Override
    HikariDataSource newDatabase() throws Exception {
        return TestDatabase.postgres();
    }
}
