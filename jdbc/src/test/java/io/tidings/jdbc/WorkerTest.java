package io.tidings.jdbc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("R47")
@Tag("R66")
class WorkerTest {

    private final Calls calls = new Calls(CallerOfTests.CALLER, Duration.ofMinutes(1));
    private final Worker worker = new Worker(calls, "work", 1, 2);

    @AfterEach
    void close() {
        calls.close();
        worker.close();
    }

    @Test
    void callsBeyondTheQueue_areRefused_andLeaveRoomForLaterOnes_andLateOnesAreNotMade() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        var first = worker.call("first", 1, () -> {
            go.await();
            return 1;
        });
        boolean[] made = new boolean[1];
        var late = worker.call("late", 1, () -> made[0] = true);
        for (int i = 0; i < 5; i++) {
            assertNull(worker.call("more", 1, () -> 1));
        }
        var refused = assertInstanceOf(CallerOfTests.Failed.class, failureOf(worker.ask("more", () -> 1)));
        assertTrue(refused.getMessage().startsWith("more was refused: too many calls"), refused.getMessage());
        late.completeExceptionally(new IllegalStateException("given up"));
        go.countDown();
        assertEquals(1, get(first));
        // The queue counts what is under way until just before its stage is complete.
        var next = worker.call("next", 1, () -> 2);
        assertEquals(2, get(next));
        assertFalse(made[0]);
        assertEquals("given up", failureOf(late).getMessage());
    }

    @Test
    void aCallLargerThanTheQueue_isTaken_whenNothingElseWaits() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        var large = worker.call("large", 9, () -> {
            go.await();
            return 9;
        });
        assertNull(worker.call("small", 1, () -> 1));
        go.countDown();
        assertEquals(9, get(large));
    }

    @Test
    void whatTheDatabaseFailsWith_isItsCallersException_withoutItsText() {
        var failure = assertInstanceOf(CallerOfTests.Failed.class, failureOf(worker.ask("ask", () -> {
            throw new SQLException("secret", "40001", 7);
        })));
        assertEquals("ask failed in the database: SQLException, SQL state 40001, code 7", failure.getMessage());
        assertEquals("40001", failure.sqlState);
        assertNull(failure.getCause());
    }

    @Test
    void threads_areNamedAfterTheCallerAndTheirWork() throws Exception {
        assertEquals(
                "tidings-test-work-1",
                get(worker.ask("ask", () -> Thread.currentThread().getName())));
    }

    @Test
    void afterTheClosing_callsFailByTheirStage() {
        worker.close();
        assertEquals("the test is closed", failureOf(worker.ask("ask", () -> 1)).getMessage());
        calls.close();
        assertEquals("the test is closed", failureOf(worker.ask("ask", () -> 1)).getMessage());
    }

    private static <T> T get(CompletionStage<T> stage) throws Exception {
        return stage.toCompletableFuture().get(30, TimeUnit.SECONDS);
    }

    private static Throwable failureOf(CompletionStage<?> stage) {
        return CallsTest.failureOf(stage.toCompletableFuture());
    }
}
