package io.tidings.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("R36")
class DrainPolicyTest {

    @Test
    void standard_isTwoThousandASecond_halfASecond_thirtySeconds() {
        assertEquals(
                new DrainPolicy(2_000, Duration.ofMillis(500), Duration.ofSeconds(30)),
                DrainPolicy.STANDARD
                        .withPerSecond(1)
                        .withPerSecond(2_000)
                        .withLeastSpread(Duration.ZERO)
                        .withLeastSpread(Duration.ofMillis(500))
                        .withDeadline(Duration.ofHours(1))
                        .withDeadline(Duration.ofSeconds(30)));
    }

    @Test
    void spread_isThePacedTime_butNoLessThanTheLeast() {
        assertEquals(Duration.ofMillis(500), DrainPolicy.STANDARD.spread(0));
        assertEquals(Duration.ofMillis(500), DrainPolicy.STANDARD.spread(1_001));
        assertEquals(Duration.ofMillis(501), DrainPolicy.STANDARD.spread(1_002));
        assertEquals(Duration.ofSeconds(50), DrainPolicy.STANDARD.spread(100_000));
    }

    @Test
    void valuesAtTheirLimits_areTaken_oneBeyondIsNot() {
        new DrainPolicy(1, Duration.ZERO, Duration.ofMillis(100));
        new DrainPolicy(1_000_000, Duration.ofMinutes(10), Duration.ofHours(1));
        assertRefused(
                "perSecond must be 1 to 1000000, was 0; leastSpread must be zero to 10 minutes, was PT-0.001S; "
                        + "deadline must be 100 ms to 1 hour, was PT0.099S",
                0,
                Duration.ofMillis(-1),
                Duration.ofMillis(99));
        assertRefused(
                "perSecond must be 1 to 1000000, was 1000001; leastSpread must be zero to 10 minutes, was PT10M0.001S; "
                        + "deadline must be 100 ms to 1 hour, was PT1H0.001S",
                1_000_001,
                Duration.ofMinutes(10).plusMillis(1),
                Duration.ofHours(1).plusMillis(1));
    }

    private static void assertRefused(String problems, int perSecond, Duration leastSpread, Duration deadline) {
        assertEquals(
                problems,
                assertThrows(IllegalArgumentException.class, () -> new DrainPolicy(perSecond, leastSpread, deadline))
                        .getMessage());
    }

    @Test
    void spread_ofMillions_isReckonedRight() {
        assertEquals(Duration.ofSeconds(1_500), DrainPolicy.STANDARD.spread(3_000_000));
        assertEquals(
                Duration.ofSeconds(Integer.MAX_VALUE),
                DrainPolicy.STANDARD.withPerSecond(1).spread(Integer.MAX_VALUE));
    }

    @Test
    void values_changeOneByOne() {
        assertEquals(
                new DrainPolicy(7, Duration.ofSeconds(8), Duration.ofSeconds(9)),
                DrainPolicy.STANDARD
                        .withDeadline(Duration.ofSeconds(9))
                        .withLeastSpread(Duration.ofSeconds(8))
                        .withPerSecond(7));
    }
}
