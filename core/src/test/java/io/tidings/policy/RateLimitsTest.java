package io.tidings.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.tidings.message.Kind;
import io.tidings.message.Kinds;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("R50")
class RateLimitsTest {

    private static final Duration MINUTE = Duration.ofSeconds(60);

    @Test
    void defaults_areThoseOfTheRequirement() {
        RateLimits limits = RateLimits.STANDARD;
        assertEquals(new Budget("messages", 100, MINUTE), limits.messages());
        assertEquals(new Budget("typing", 10, MINUTE), limits.typing());
        assertEquals(new Budget("control", 600, MINUTE), limits.control());
        assertEquals(new Budget("reads", 600, MINUTE), limits.reads());
        assertEquals(100, limits.refusals());
        assertEquals(MINUTE, limits.window());
    }

    @Test
    void kinds_areChargedToTheirBudgets() {
        RateLimits limits = RateLimits.builder()
                .kind("message.send", 5)
                .kind("ack", 6)
                .window(Duration.ofSeconds(1))
                .build();
        for (Kind control :
                List.of(Kinds.PONG, Kinds.PING, Kinds.AUTH, Kinds.AUTH_REFRESH, Kinds.RESUME, Kinds.SET_TYPING)) {
            assertEquals(limits.control(), limits.of(control.name()), control.name());
        }
        for (Kind other : List.of(
                Kinds.MARK_MESSAGES_SEEN,
                Kinds.MARK_NOTIFICATIONS_SEEN,
                Kinds.SUBSCRIBE_CATEGORIES,
                Kinds.SUBSCRIBE_TOPICS,
                Kinds.UNSUBSCRIBE_TOPICS)) {
            assertEquals(limits.messages(), limits.of(other.name()), other.name());
        }
        assertEquals(limits.messages(), limits.of("of.a.host"));
        assertEquals(new Budget("message.send", 5, Duration.ofSeconds(1)), limits.of("message.send"));
        assertEquals(new Budget("ack", 6, Duration.ofSeconds(1)), limits.of("ack"));
    }

    @Test
    void none_limitsNothing() {
        for (Budget budget : List.of(
                RateLimits.NONE.messages(),
                RateLimits.NONE.typing(),
                RateLimits.NONE.control(),
                RateLimits.NONE.reads())) {
            assertFalse(budget.isLimited());
        }
    }

    @Test
    void everyProblem_isToldAtOnce() {
        RateLimits.Builder builder = RateLimits.builder()
                .window(Duration.ofMillis(999))
                .messages(0)
                .typing(-1)
                .control(100_001)
                .reads(0)
                .refusals(0)
                .kind("", 1)
                .kind("typing", 1)
                .kind("message.send", 0);
        String problem =
                assertThrows(IllegalArgumentException.class, builder::build).getMessage();
        assertEquals(9, problem.split("; ").length, problem);
        for (String part : List.of(
                "window must be from 1 second to 1 hour, was PT0.999S",
                "messages must be from 1 to 100000, or UNLIMITED, was 0",
                "typing must be from 1",
                "control must be from 1 to 100000, or UNLIMITED, was 100001",
                "reads must be",
                "refusals must be",
                "a kind must not be empty",
                "a kind must not be called typing, as a budget is",
                "message.send must be from 1")) {
            assertEquals(true, problem.contains(part), problem);
        }
        assertThrows(IllegalArgumentException.class, () -> new Budget("", 0, Duration.ofHours(2)));
        RateLimits.builder().messages(Budget.MAX).window(Duration.ofHours(1)).build();
    }

    @Test
    void namesOfBudgets_andOfWhatTheHubCounts_areNoKinds() {
        for (String name : List.of(
                "messages", "typing", "control", "reads", "handshakes", "refusals", "warnings", "typing warnings")) {
            RateLimits.Builder builder = RateLimits.builder().kind(name, 1);
            assertThrows(IllegalArgumentException.class, builder::build, name);
        }
    }
}
