package io.tidings.feeds.jdbc;

import com.zaxxer.hikari.HikariDataSource;

class PostgresFeedContractTest extends FeedContract {

    @Override
    HikariDataSource newDatabase() throws Exception {
        return TestDatabase.postgres();
    }
}
