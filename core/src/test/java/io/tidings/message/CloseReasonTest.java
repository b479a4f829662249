package io.tidings.message;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("R37")
class CloseReasonTest {

    private static int bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }

    @Test
    void reason_isKeptUpTo123Bytes() {
        assertEquals("x".repeat(123), new CloseReason(1000, "x".repeat(123)).reason());
        assertEquals("x".repeat(123), new CloseReason(1000, "x".repeat(124)).reason());
        assertEquals("", new CloseReason(1000, "").reason());
    }

    @ParameterizedTest
    @ValueSource(strings = {"\u00e9", "\u20ac", "\ud83d\ude00"})
    void reason_isCutBetweenCodePoints(String point) {
        int size = bytes(point);
        for (int before = 0; before <= size; before++) {
            String text = "x".repeat(before) + point.repeat(124);
            String cut = new CloseReason(1000, text).reason();
            assertTrue(text.startsWith(cut));
            assertTrue(bytes(cut) <= 123, "too long: " + bytes(cut));
            assertTrue(bytes(cut) > 123 - size, "cut too early: " + bytes(cut));
            assertEquals(before + (123 - before) / size * size, bytes(cut));
        }
    }

    @Test
    void exactly123Bytes_ofSeveralEach_areKept() {
        String text = "\u20ac".repeat(41);
        assertEquals(text, new CloseReason(1000, text).reason());
        assertEquals(text, new CloseReason(1000, text + "\u20ac").reason());
    }

    @Test
    void loneSurrogates_doNotBreakTheCut() {
        assertTrue(bytes(new CloseReason(1000, "\ud83d".repeat(200)).reason()) <= 123);
    }

    @Test
    void codes_areFrom1000To4999() {
        new CloseReason(1000, "");
        new CloseReason(4999, "");
        assertThrows(IllegalArgumentException.class, () -> new CloseReason(999, ""));
        assertThrows(IllegalArgumentException.class, () -> new CloseReason(5000, ""));
    }

    @Test
    void reservedCodes_areNotSent() {
        for (int code : new int[] {1004, 1005, 1006, 1015}) {
            assertFalse(new CloseReason(code, "").isSendable());
        }
        for (int code : new int[] {1000, 1001, 1003, 1007, 1014, 1016, 3000, 4000, 4999}) {
            assertTrue(new CloseReason(code, "").isSendable());
        }
        assertFalse(CloseReason.LOST.isSendable());
    }

    @Test
    void otherText_keepsTheCode() {
        assertEquals(new CloseReason(1012, "drain;delayMs=5"), CloseReason.RESTART.withReason("drain;delayMs=5"));
    }
}
