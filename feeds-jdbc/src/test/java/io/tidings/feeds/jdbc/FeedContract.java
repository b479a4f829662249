package io.tidings.feeds.jdbc;

import com.zaxxer.hikari.HikariDataSource;
import io.tidings.feeds.FeedStore;
import io.tidings.testkit.FeedStoreContract;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;

/** The contract on one of the databases. */
@Tag("R66")
abstract class FeedContract extends FeedStoreContract {

    private final List<HikariDataSource> pools = new ArrayList<>();

    abstract HikariDataSource newDatabase() throws Exception;

    @Override
    protected FeedStore open() throws Exception {
        pools.add(newDatabase());
        FeedSchema.apply(pool());
        return builder().build();
    }

    @Override
    protected FeedStore openBeside(FeedStore store) {
        return builder().build();
    }

    @Override
    protected Duration patience() {
        return FeedScenarios.PATIENCE;
    }

    /** The nodes of these tests are in one process, and so share a file too. */
    private JdbcFeedStore.Builder builder() {
        return JdbcFeedStore.builder(pool()).timeout(FeedScenarios.PATIENCE).shared(true);
    }

    private HikariDataSource pool() {
        return pools.get(pools.size() - 1);
    }

    @AfterEach
    void closePools() {
        pools.forEach(HikariDataSource::close);
    }
}
