package io.tidings.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("R44")
class AcknowledgementPolicyTest {

    private static final AcknowledgementPolicy STANDARD = AcknowledgementPolicy.STANDARD;

    @Test
    void standard_isThirtySeconds_andTwo() {
        assertEquals(
                new AcknowledgementPolicy(Duration.ofSeconds(30), Duration.ofSeconds(2)),
                STANDARD.withRedeliverAfter(Duration.ZERO)
                        .withStoreAfter(Duration.ofMinutes(1))
                        .withRedeliverAfter(Duration.ofSeconds(30))
                        .withStoreAfter(Duration.ofSeconds(2)));
    }

    @Test
    void valuesAtTheirLimits_areTaken_oneBeyondIsNot() {
        new AcknowledgementPolicy(Duration.ZERO, Duration.ofMillis(100));
        new AcknowledgementPolicy(Duration.ofSeconds(1), Duration.ofMinutes(1));
        new AcknowledgementPolicy(Duration.ofHours(1), Duration.ofMinutes(1));
        assertRefused(
                "redeliverAfter must be zero or 1 s to 1 hour, was PT0.999S; storeAfter must be 100 ms to 1 minute, was PT0.099S",
                Duration.ofMillis(999),
                Duration.ofMillis(99));
        assertRefused(
                "redeliverAfter must be zero or 1 s to 1 hour, was PT1H0.001S; storeAfter must be 100 ms to 1 minute, was PT1M0.001S",
                Duration.ofHours(1).plusMillis(1),
                Duration.ofMinutes(1).plusMillis(1));
        assertRefused(
                "redeliverAfter must be zero or 1 s to 1 hour, was PT-1S",
                Duration.ofSeconds(-1),
                Duration.ofSeconds(2));
    }

    private static void assertRefused(String message, Duration redeliverAfter, Duration storeAfter) {
        assertEquals(
                message,
                assertThrows(
                                IllegalArgumentException.class,
                                () -> new AcknowledgementPolicy(redeliverAfter, storeAfter))
                        .getMessage());
    }
}
