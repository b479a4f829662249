package io.tidings.feeds.jdbc;

import com.zaxxer.hikari.HikariDataSource;

class PostgresTwoNodesTest extends TwoNodes {

    @Override
    HikariDataSource newDatabase() throws Exception {
        return TestDatabase.postgres();
    }
}
