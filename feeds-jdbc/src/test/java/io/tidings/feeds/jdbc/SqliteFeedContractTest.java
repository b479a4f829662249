package io.tidings.feeds.jdbc;

import com.zaxxer.hikari.HikariDataSource;
import io.tidings.jdbc.testing.TestDatabase;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class SqliteFeedContractTest extends FeedContract {

    @TempDir
    Path folder;

    @Override
    HikariDataSource newDatabase() throws Exception {
        return TestDatabase.sqlite(Files.createTempDirectory(folder, "db"));
    }
}
