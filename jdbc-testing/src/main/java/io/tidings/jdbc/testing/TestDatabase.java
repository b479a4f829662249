package io.tidings.jdbc.testing;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.nio.file.Path;

/** Pools of connections, as a host makes them. */
public final class TestDatabase {

    private TestDatabase() {}

    /** A new schema on the server that all tests share. */
    public static HikariDataSource postgres() throws Exception {
        PostgresProcess server = PostgresProcess.shared();
        return postgres(server.newSchema(), server.port());
    }

    public static HikariDataSource postgres(String schema, int port) {
        return pool(PostgresProcess.url(schema, port));
    }

    /** A file in a folder, opened as the documents say. */
    public static HikariDataSource sqlite(Path folder) {
        return pool(sqliteUrl(folder));
    }

    public static String sqliteUrl(Path folder) {
        return "jdbc:sqlite:" + folder.resolve("tidings.db") + "?journal_mode=WAL&synchronous=FULL&busy_timeout=5000";
    }

    public static HikariDataSource pool(String url) {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(url);
        config.setMaximumPoolSize(12);
        config.setMinimumIdle(0);
        // A machine may stand still for a while; a test of what is away shortens this.
        config.setConnectionTimeout(60_000);
        config.setValidationTimeout(500);
        return new HikariDataSource(config);
    }
}
