package io.tidings.feeds.jdbc;

import static io.tidings.feeds.jdbc.FeedScenarios.ANN;
import static io.tidings.feeds.jdbc.FeedScenarios.get;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.zaxxer.hikari.HikariDataSource;
import io.tidings.feeds.FeedStore.NotificationQuery;
import io.tidings.feeds.Head;
import io.tidings.testkit.FaultProxy;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** PostgreSQL that goes away: every call ends within the time-out, and the next ones work when it is back. */
@Tag("R66")
class AwayTest {

    private static final Duration TIMEOUT = Duration.ofSeconds(1);

    private FaultProxy proxy;
    private HikariDataSource pool;
    private JdbcFeedStore store;

    @BeforeEach
    void open() throws Exception {
        PostgresProcess server = PostgresProcess.shared();
        proxy = FaultProxy.to("127.0.0.1", server.port());
        pool = TestDatabase.postgres(server.newSchema(), proxy.port());
        FeedSchema.apply(pool);
        store = JdbcFeedStore.builder(pool).timeout(TIMEOUT).build();
        assertRecovers();
    }

    @AfterEach
    void close() {
        if (store != null) {
            store.close();
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
    void answersThatAreLost_areUnknown_andWhatCountsItselfIsRight() throws Exception {
        long before = head().unread();
        proxy.toClient().blackhole(true);
        CompletionStage<Long> unknown = count();
        assertThrows(ExecutionException.class, () -> get(unknown));
        proxy.toClient().blackhole(false);
        proxy.cut();
        assertRecovers();
        assertTrue(head().unread() > before, "counts go on");
    }

    private CompletionStage<Long> count() {
        return store.transact(Set.of(ANN), rows -> {
            Head head = rows.head(ANN);
            rows.put(FeedScenarios.withUnread(head, head.unread() + 1));
            return head.unread() + 1;
        });
    }

    private Head head() throws Exception {
        return get(store.heads(List.of(ANN))).get(0);
    }

    private void assertAllFailInTime() {
        long begin = System.nanoTime();
        List<CompletionStage<?>> stages = List.of(
                count(),
                store.heads(List.of(ANN)),
                store.messages(ANN, null, 0, 10),
                store.senders(ANN, List.of(1L)),
                store.notifications(new NotificationQuery(ANN, false, null, Long.MAX_VALUE, 10)),
                store.waiting(0, 10),
                store.forgetKeys(Instant.EPOCH));
        assertTrue(System.nanoTime() - begin < TIMEOUT.toNanos() / 2, "calls do not wait");
        for (CompletionStage<?> stage : stages) {
            ExecutionException failed = assertThrows(ExecutionException.class, () -> get(stage));
            assertInstanceOf(JdbcFeedException.class, failed.getCause());
        }
        Duration took = Duration.ofNanos(System.nanoTime() - begin);
        assertTrue(took.compareTo(TIMEOUT.multipliedBy(2)) < 0, "within the time-out, took " + took);
    }

    /** The threads may be busy with what failed for a moment, which is a time-out of the driver or the pool. */
    private void assertRecovers() throws Exception {
        for (int tries = 1; ; tries++) {
            try {
                long counted = get(count());
                assertEquals(counted, head().unread());
                get(store.messages(ANN, null, 0, 10));
                return;
            } catch (ExecutionException e) {
                if (tries == 12) {
                    throw e;
                }
            }
        }
    }
}
