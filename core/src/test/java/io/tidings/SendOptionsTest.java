package io.tidings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.tidings.mailbox.Idempotency;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("R46")
class SendOptionsTest {

    @Test
    void idempotencyKey_ofOneTo1024Characters_isTaken_andNoOther() {
        String longest = "k".repeat(Idempotency.MAX_KEY);
        assertEquals(new Idempotency.Key("k"), SendOptions.NONE.idempotent("k").idempotency());
        assertEquals(
                new Idempotency.Key(longest),
                SendOptions.NONE.idempotent(longest).idempotency());
        assertThrows(IllegalArgumentException.class, () -> SendOptions.NONE.idempotent(""));
        assertThrows(IllegalArgumentException.class, () -> SendOptions.NONE.idempotent(longest + 'k'));
    }

    @Test
    void source_ofOneTo64Characters_andSequenceFromZero_areTaken_andNoOther() {
        String longest = "s".repeat(Idempotency.MAX_SOURCE);
        assertEquals(
                new Idempotency.Sequence(longest, 0),
                SendOptions.NONE.sequenced(longest, 0).idempotency());
        assertThrows(IllegalArgumentException.class, () -> SendOptions.NONE.sequenced("", 1));
        assertThrows(IllegalArgumentException.class, () -> SendOptions.NONE.sequenced(longest + 's', 1));
        assertThrows(IllegalArgumentException.class, () -> SendOptions.NONE.sequenced("outbox", -1));
    }
}
