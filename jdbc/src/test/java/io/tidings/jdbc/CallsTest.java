package io.tidings.jdbc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("R47")
@Tag("R66")
class CallsTest {

    private static final Duration PATIENCE = Duration.ofMinutes(1);

    @Test
    void aCallThatMeetsTheClosing_failsItsStage_andDoesNotThrow() {
        Calls calls = new Calls(CallerOfTests.CALLER, PATIENCE);
        var stage = calls.<Integer>begin("ask");
        calls.close();
        assertTrue(calls.timeoutOf("ask", stage).isDone());
        assertEquals("the test is closed", failureOf(stage).getMessage());
        var late = new CompletableFuture<Integer>();
        assertTrue(calls.timeoutOf("ask", late).isDone());
        assertInstanceOf(IllegalStateException.class, failureOf(late));
    }

    @Test
    void whatIsOpen_failsWithTheClosing_andNothingBeginsAfterIt() {
        Calls calls = new Calls(CallerOfTests.CALLER, PATIENCE);
        var stage = calls.<Integer>begin("ask");
        assertFalse(stage.isDone());
        calls.close();
        assertEquals("the test is closed", failureOf(stage).getMessage());
        String refusal = assertThrows(IllegalStateException.class, () -> calls.begin("ask"))
                .getMessage();
        assertEquals("the test is closed", refusal);
    }

    @Test
    void aLateCall_failsWithItsCallersException_onTheTimer() throws Exception {
        Calls calls = new Calls(CallerOfTests.CALLER, Duration.ofMillis(10));
        try {
            var stage = calls.<Integer>begin("ask");
            var thread = new CompletableFuture<String>();
            stage.whenComplete(
                    (result, failure) -> thread.complete(Thread.currentThread().getName()));
            calls.timeoutOf("ask", stage);
            assertEquals("tidings-test-timer", thread.get(30, TimeUnit.SECONDS));
            var failure = assertInstanceOf(CallerOfTests.Failed.class, failureOf(stage));
            assertEquals("ask was not answered within 10 ms: whether it happened is unknown", failure.getMessage());
        } finally {
            calls.close();
        }
    }

    static Throwable failureOf(CompletableFuture<?> stage) {
        return assertThrows(ExecutionException.class, () -> stage.get(30, TimeUnit.SECONDS))
                .getCause();
    }
}
