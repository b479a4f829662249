package io.tidings.jdbc.testing;

import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.zaxxer.hikari.HikariDataSource;
import io.tidings.testkit.FaultProxy;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** PostgreSQL that goes away: every call ends within the time-out, and the next ones work when it is back. */
public abstract class AwayScenarios {

    /** Of every call. */
    protected static final Duration TIMEOUT = Duration.ofSeconds(1);

    /** Within which a machine that stands still for a moment is quick once. */
    private static final int TRIES_TO_BE_QUICK = 5;

    /** How often it is tried whether calls work again, each of which takes at most the time-out. */
    private static final int MAX_TRIES = 60;

    private @Nullable FaultProxy proxy;
    private @Nullable HikariDataSource pool;
    private @Nullable AutoCloseable opened;

    /** Makes tables, and opens what is tested with {@link #TIMEOUT}. */
    protected abstract AutoCloseable open(DataSource database);

    /** Begins one of each of its calls. */
    protected abstract List<CompletionStage<?>> calls();

    /** What a call fails with. */
    protected abstract Class<? extends Exception> failure();

    /** Fails where calls fail, or with an assertion where they answer wrongly. */
    protected abstract void assertWorks() throws Exception;

    @BeforeEach
    final void openOverProxy() throws Exception {
        PostgresProcess server = PostgresProcess.shared();
        proxy = FaultProxy.to("127.0.0.1", server.port());
        pool = TestDatabase.postgres(server.newSchema(), proxy.port());
        pool.setConnectionTimeout(2 * TIMEOUT.toMillis());
        opened = open(pool);
        assertRecovers();
    }

    @AfterEach
    final void closeAll() throws Exception {
        if (opened != null) {
            opened.close();
        }
        if (pool != null) {
            pool.close();
        }
        if (proxy != null) {
            proxy.close();
        }
    }

    @Test
    void cutConnections_failTheCall_andAreReplaced() throws Exception {
        proxy().refuse(true).cut();
        assertAllFailInTime();
        proxy().refuse(false);
        assertRecovers();
    }

    @Test
    void silentDatabase_failsEveryCallInTime_andRecovers() throws Exception {
        proxy().eachWay(flow -> flow.blackhole(true));
        assertAllFailInTime();
        assertAllFailInTime();
        proxy().eachWay(flow -> flow.blackhole(false)).cut();
        assertRecovers();
    }

    /** A call that reaches the database and whose answer does not come back. */
    protected final void loseTheAnswerOf(Supplier<? extends CompletionStage<?>> call) throws Exception {
        proxy().toClient().blackhole(true);
        CompletionStage<?> unknown = call.get();
        assertThrows(ExecutionException.class, () -> get(unknown));
        proxy().toClient().blackhole(false);
        proxy().cut();
        assertRecovers();
    }

    private FaultProxy proxy() {
        if (proxy == null) {
            throw new IllegalStateException("not open");
        }
        return proxy;
    }

    private void assertAllFailInTime() {
        boolean atOnce = false;
        Duration took = TIMEOUT;
        for (int attempt = 0; attempt < TRIES_TO_BE_QUICK; attempt++) {
            long begin = System.nanoTime();
            List<CompletionStage<?>> stages = calls();
            atOnce = System.nanoTime() - begin < TIMEOUT.toNanos() / 2;
            for (CompletionStage<?> stage : stages) {
                ExecutionException failed = assertThrows(ExecutionException.class, () -> get(stage));
                assertInstanceOf(failure(), failed.getCause());
            }
            took = Duration.ofNanos(System.nanoTime() - begin);
            if (atOnce && took.compareTo(TIMEOUT.multipliedBy(2)) < 0) {
                return;
            }
        }
        assertTrue(atOnce, "calls do not wait");
        throw new AssertionError("not within the time-out, took " + took);
    }

    /** The threads may be busy with what failed for a moment, which is a time-out of the driver or the pool. */
    private void assertRecovers() throws Exception {
        tried(() -> {
            assertWorks();
            return "works";
        });
    }

    /** What comes of calls that may be repeated: so short a time-out may end them on a machine that stands still. */
    protected static <T> T tried(Callable<T> calls) throws Exception {
        for (int tries = 1; ; tries++) {
            try {
                return calls.call();
            } catch (ExecutionException e) {
                if (tries == MAX_TRIES) {
                    throw e;
                }
            }
        }
    }

    /** What came of a call, which is long over its time-out when this gives up. */
    protected static <T> T get(CompletionStage<T> stage) throws Exception {
        return stage.toCompletableFuture().get(30, TimeUnit.SECONDS);
    }
}
