package io.tidings.adapter.jdbc;

import com.zaxxer.hikari.HikariDataSource;

class PostgresAttachTest extends AttachScenarios {

    @Override
    HikariDataSource newDatabase() throws Exception {
        return TestDatabase.postgres();
    }
}
