package io.tidings.adapter.jdbc;

import com.zaxxer.hikari.HikariDataSource;
import io.tidings.mailbox.Mailbox;
import io.tidings.message.UserKey;
import io.tidings.testkit.MailboxContract;
import io.tidings.testkit.ManualTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;

/** The contract on one of the databases. */
@Tag("R47")
abstract class JdbcContract extends MailboxContract {

    private final ManualTime time = new ManualTime();
    private final List<HikariDataSource> pools = new ArrayList<>();

    abstract HikariDataSource newDatabase() throws Exception;

    @Override
    protected Mailbox open(Limits limits) throws Exception {
        pools.add(newDatabase());
        JdbcSchema.apply(pool());
        return builder()
                .retention(limits.retention())
                .maxPerUser(limits.maxPerUser())
                .idempotencyWindow(limits.idempotencyWindow())
                .maxDevices(limits.maxDevices())
                .build();
    }

    @Override
    protected Mailbox openBeside(Mailbox mailbox) {
        return builder().build();
    }

    /** The nodes of these tests are in one process, and so share a file too. */
    private JdbcMailbox.Builder builder() {
        return JdbcMailbox.builder(pool())
                .ticker(time)
                .timeout(CrashWriter.PATIENCE)
                .shared(true);
    }

    private HikariDataSource pool() {
        return pools.get(pools.size() - 1);
    }

    @Override
    protected void advance(Duration by) {
        time.advance(by);
    }

    @Override
    protected boolean lose(Mailbox mailbox, UserKey user) throws Exception {
        ((JdbcMailbox) mailbox).forget(user).toCompletableFuture().get(10, TimeUnit.SECONDS);
        return true;
    }

    @AfterEach
    void closePools() {
        pools.forEach(HikariDataSource::close);
    }
}
