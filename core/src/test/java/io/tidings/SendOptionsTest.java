package io.tidings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("R46")
class SendOptionsTest {

    @Test
    void idempotencyKey_ofOneTo1024Characters_isTaken_andNoOther() {
        String longest = "k".repeat(SendOptions.MAX_KEY);
        assertEquals("k", SendOptions.NONE.idempotent("k").idempotencyKey());
        assertEquals(longest, SendOptions.NONE.idempotent(longest).idempotencyKey());
        assertThrows(IllegalArgumentException.class, () -> SendOptions.NONE.idempotent(""));
        assertThrows(IllegalArgumentException.class, () -> SendOptions.NONE.idempotent(longest + 'k'));
    }
}
