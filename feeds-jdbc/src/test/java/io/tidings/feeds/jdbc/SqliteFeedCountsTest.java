package io.tidings.feeds.jdbc;

import com.zaxxer.hikari.HikariDataSource;
import io.tidings.feeds.FeedStore;
import io.tidings.jdbc.testing.TestDatabase;
import io.tidings.testkit.FeedCountsContract;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.io.TempDir;

class SqliteFeedCountsTest extends FeedCountsContract {

    @TempDir
    Path folder;

    private final List<HikariDataSource> pools = new ArrayList<>();

    @Override
    protected FeedStore store() throws IOException {
        HikariDataSource pool = TestDatabase.sqlite(Files.createTempDirectory(folder, "db"));
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
