package io.tidings.adapter.jdbc;

import io.tidings.jdbc.Schema;
import java.sql.SQLException;
import java.util.List;
import javax.sql.DataSource;

/**
 * The tables of the mailbox, for hosts without a migration tool. The others let theirs run the scripts in
 * {@code io/tidings/adapter/jdbc/postgresql} or {@code …/sqlite}: {@code V1__mailbox.sql} and what later versions add.
 */
public final class JdbcSchema {

    /** The version that this build of the mailbox needs. */
    public static final int VERSION = 1;

    static final Schema SCHEMA =
            new Schema(JdbcSchema.class, "Tidings", "tidings_", 0x7469_6469_6e67_73L, List.of("V1__mailbox.sql"));

    private JdbcSchema() {}

    /**
     * Creates what is not there yet, in one transaction. What is there stays, also when it is newer than this build; nodes that do this at once wait for one another.
     * Blocks.
     *
     * @throws IllegalArgumentException when the database is not known
     * @throws JdbcMailboxException     when the database fails
     */
    public static void apply(DataSource dataSource) {
        try {
            SCHEMA.apply(dataSource);
        } catch (SQLException e) {
            throw JdbcMailbox.CALLER.failed("applying the schema", e);
        }
    }
}
