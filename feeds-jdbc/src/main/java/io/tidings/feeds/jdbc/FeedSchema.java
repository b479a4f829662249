package io.tidings.feeds.jdbc;

import io.tidings.jdbc.Schema;
import java.sql.SQLException;
import java.util.List;
import javax.sql.DataSource;

/**
 * The tables of feeds, for hosts without a migration tool. The others let theirs run the scripts in
 * {@code io/tidings/feeds/jdbc/postgresql} or {@code …/sqlite}: {@code V1__feeds.sql} and what later versions add. Their versions have nothing to do with
 * those of the mailbox's scripts, so they want a history of their own; with Flyway a table of its own ({@code table}) and {@code baselineVersion("0")}.
 */
public final class FeedSchema {

    /** The version that this build of the store needs. */
    public static final int VERSION = 1;

    static final Schema SCHEMA = new Schema(
            FeedSchema.class, "Tidings' feeds", "tidings_feed_", 0x7469_6469_6e67_66L, List.of("V1__feeds.sql"));

    private FeedSchema() {}

    /**
     * Creates what is not there yet, in one transaction. What is there stays, also when it is newer than this build; nodes that do this at once wait for one another.
     * Blocks.
     *
     * @throws IllegalArgumentException when the database is not known
     * @throws JdbcFeedException     when the database fails
     */
    public static void apply(DataSource dataSource) {
        try {
            SCHEMA.apply(dataSource);
        } catch (SQLException e) {
            throw JdbcFeedStore.CALLER.failed("applying the schema", e);
        }
    }
}
