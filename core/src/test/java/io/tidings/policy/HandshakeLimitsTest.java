package io.tidings.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("R54")
class HandshakeLimitsTest {

    @Test
    void defaults_areThoseOfTheRequirement() {
        assertEquals(new HandshakeLimits(20, 40, 2_000, 1_000, Duration.ofSeconds(10)), HandshakeLimits.STANDARD);
    }

    @Test
    void everyProblem_isToldAtOnce() {
        IllegalArgumentException refused = assertThrows(
                IllegalArgumentException.class, () -> new HandshakeLimits(0, -1, 0, 0, Duration.ofMillis(99)));
        assertEquals(
                "perAddress must be at least 1, was 0; burst must be at least 1, was -1; inAll must be at least 1, was 0; "
                        + "unauthenticated must be at least 1, was 0; "
                        + "authenticationTime must be from 100 ms to 10 minutes, was PT0.099S",
                refused.getMessage());
        assertThrows(
                IllegalArgumentException.class,
                () -> HandshakeLimits.STANDARD.withAuthenticationTime(
                        Duration.ofMinutes(10).plusMillis(1)));
    }

    @Test
    void limits_changeOneByOne() {
        assertEquals(
                new HandshakeLimits(1, 2, 3, 4, Duration.ofSeconds(5)),
                HandshakeLimits.STANDARD
                        .withPerAddress(1, 2)
                        .withInAll(3)
                        .withUnauthenticated(4)
                        .withAuthenticationTime(Duration.ofSeconds(5)));
    }

    @Test
    void theLimitsOfTheTime_areInIt() {
        HandshakeLimits.STANDARD.withAuthenticationTime(Duration.ofMillis(100));
        HandshakeLimits.STANDARD.withAuthenticationTime(Duration.ofMinutes(10));
    }
}
