package io.tidings.adapter.jdbc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.zaxxer.hikari.HikariDataSource;
import io.tidings.mailbox.Appended;
import io.tidings.message.Position;
import io.tidings.testkit.FaultProxy;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** PostgreSQL that goes away: every call ends within the time-out, and the next ones work when it is back. */
@Tag("R47")
class AwayTest {

    private static final Duration TIMEOUT = Duration.ofSeconds(1);

    private FaultProxy proxy;
    private HikariDataSource pool;
    private JdbcMailbox mailbox;
    private int stored;

    @BeforeEach
    void open() throws Exception {
        PostgresProcess server = PostgresProcess.shared();
        proxy = FaultProxy.to("127.0.0.1", server.port());
        pool = TestDatabase.postgres(server.newSchema(), proxy.port());
        JdbcSchema.apply(pool);
        mailbox = JdbcMailbox.builder(pool).timeout(TIMEOUT).build();
        assertStores();
    }

    @AfterEach
    void close() {
        if (mailbox != null) {
            mailbox.close();
            pool.close();
            proxy.close();
        }
    }

    @Test
    void cutConnections_failTheCall_andAreReplaced() throws Exception {
        proxy.refuse(true).cut();
        assertAllFailInTime();
        proxy.refuse(false);
        assertRecovers();
    }

    @Test
    void silentDatabase_failsEveryCallInTime_andRecovers() throws Exception {
        proxy.eachWay(flow -> flow.blackhole(true));
        assertAllFailInTime();
        assertAllFailInTime();
        proxy.eachWay(flow -> flow.blackhole(false)).cut();
        assertRecovers();
    }

    @Test
    void answersThatAreLost_areUnknown_andARepeatWithItsKeyIsSafe() throws Exception {
        proxy.toClient().blackhole(true);
        CompletionStage<List<Appended>> unknown =
                mailbox.append(List.of(TestMessages.keyed(JdbcMailboxScenarios.ANN, "x", "k")));
        assertThrows(ExecutionException.class, () -> JdbcMailboxScenarios.get(unknown));
        proxy.toClient().blackhole(false);
        proxy.cut();
        assertRecovers();
        JdbcMailboxScenarios.get(mailbox.append(List.of(TestMessages.keyed(JdbcMailboxScenarios.ANN, "x", "k"))));
        assertEquals(
                1,
                JdbcMailboxScenarios.get(mailbox.read(JdbcMailboxScenarios.ANN, Position.START, 100)).entries().stream()
                        .filter(entry -> TestMessages.text(entry).equals("x"))
                        .count());
    }

    private void assertStores() throws Exception {
        List<Appended> outcomes = JdbcMailboxScenarios.get(
                mailbox.append(List.of(TestMessages.append(JdbcMailboxScenarios.ANN, "t" + stored++))));
        assertInstanceOf(Appended.Stored.class, outcomes.get(0));
    }

    private void assertAllFailInTime() {
        long begin = System.nanoTime();
        List<CompletionStage<?>> stages = List.of(
                mailbox.append(List.of(TestMessages.append(JdbcMailboxScenarios.ANN, "lost"))),
                mailbox.read(JdbcMailboxScenarios.ANN, Position.START, 10),
                mailbox.heads(List.of(JdbcMailboxScenarios.ANN)),
                mailbox.attach(JdbcMailboxScenarios.ANN, "phone", "a"));
        assertTrue(System.nanoTime() - begin < TIMEOUT.toNanos() / 2, "calls do not wait");
        for (CompletionStage<?> stage : stages) {
            ExecutionException failed = assertThrows(ExecutionException.class, () -> JdbcMailboxScenarios.get(stage));
            assertInstanceOf(JdbcMailboxException.class, failed.getCause());
        }
        Duration took = Duration.ofNanos(System.nanoTime() - begin);
        assertTrue(took.compareTo(TIMEOUT.multipliedBy(2)) < 0, "within the time-out, took " + took);
    }

    /** The threads may be busy with what failed for a moment, which is a time-out of the driver or the pool. */
    private void assertRecovers() throws Exception {
        for (int tries = 1; ; tries++) {
            try {
                assertStores();
                JdbcMailboxScenarios.get(mailbox.read(JdbcMailboxScenarios.ANN, Position.START, 10));
                JdbcMailboxScenarios.get(mailbox.attach(JdbcMailboxScenarios.ANN, "phone", "a"));
                return;
            } catch (ExecutionException e) {
                if (tries == 8) {
                    throw e;
                }
            }
        }
    }
}
