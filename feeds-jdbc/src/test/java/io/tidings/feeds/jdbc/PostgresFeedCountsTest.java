package io.tidings.feeds.jdbc;

import com.zaxxer.hikari.HikariDataSource;
import io.tidings.feeds.FeedStore;
import io.tidings.jdbc.testing.TestDatabase;
import io.tidings.testkit.FeedCountsContract;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;

class PostgresFeedCountsTest extends FeedCountsContract {

    private final List<HikariDataSource> pools = new ArrayList<>();

    @Override
    protected FeedStore store() throws Exception {
        HikariDataSource pool = TestDatabase.postgres();
        pools.add(pool);
        FeedSchema.apply(pool);
        return JdbcFeedStore.builder(pool).build();
    }

    @Override
    protected int operations() {
        return 60;
    }

    @AfterAll
    void close() {
        pools.forEach(HikariDataSource::close);
    }
}
