package io.tidings.feeds.jdbc;

import com.zaxxer.hikari.HikariDataSource;
import io.tidings.jdbc.testing.TestDatabase;

class PostgresFeedContractTest extends FeedContract {

    @Override
    HikariDataSource newDatabase() throws Exception {
        return TestDatabase.postgres();
    }
}
