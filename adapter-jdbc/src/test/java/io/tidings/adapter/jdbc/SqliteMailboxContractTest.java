package io.tidings.adapter.jdbc;

import com.zaxxer.hikari.HikariDataSource;
import io.tidings.jdbc.testing.TestDatabase;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class SqliteMailboxContractTest extends JdbcContract {

    @TempDir
    Path folder;

    @Override
    HikariDataSource newDatabase() throws Exception {
        return TestDatabase.sqlite(Files.createTempDirectory(folder, "db"));
    }
}
