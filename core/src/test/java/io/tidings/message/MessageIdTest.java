package io.tidings.message;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("R41")
class MessageIdTest {

    @Test
    void start_isPAndTwentyZeros() {
        assertEquals("p00000000000000000000", MessageId.of(Position.START).toString());
        assertTrue(MessageId.positionIn("p00000000000000000000").orElseThrow().isStart());
    }

    @Test
    void halves_areTenCharactersEach() {
        assertEquals("p000000000V0000000010", MessageId.of(new Position(31, 32)).toString());
        assertEquals("t000000000A000000000B", MessageId.ofTransient(10, 11).toString());
        assertEquals(
                "pVVVVVVVVVVVVVVVVVVVV",
                MessageId.of(new Position(Position.MAX, Position.MAX)).toString());
    }

    @Test
    void textOrder_isPositionOrder() {
        Random random = new Random(41);
        for (int i = 0; i < 20_000; i++) {
            Position one = position(random);
            Position two = random.nextInt(4) == 0
                    ? new Position(one.epoch(), position(random).offset())
                    : position(random);
            int byText =
                    MessageId.of(one).toString().compareTo(MessageId.of(two).toString());
            assertEquals(Integer.signum(one.compareTo(two)), Integer.signum(byText), () -> "of " + one + " and " + two);
        }
    }

    @Test
    void text_saysThePosition() {
        Random random = new Random(42);
        for (int i = 0; i < 20_000; i++) {
            Position position = position(random);
            MessageId id = MessageId.of(position);
            assertEquals(Optional.of(position), MessageId.positionIn(id.toString()));
            assertEquals(position, id.position());
            assertEquals(MessageId.LENGTH, id.toString().length());
        }
    }

    @Test
    void transientId_saysNoPosition() {
        MessageId id = MessageId.ofTransient(1, 2);
        assertEquals(Optional.empty(), MessageId.positionIn(id.toString()));
        assertThrows(IllegalStateException.class, id::position);
        assertNotEquals(id, MessageId.of(new Position(1, 2)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "p",
                "p0000000000000000000",
                "p000000000000000000000",
                "P00000000000000000000",
                "x00000000000000000000",
                "p0000000000000000000W",
                "p0000000000000000000v",
                "p000000000-0000000000",
                "p0000000000000000000 ",
                "p0000000000000000000\u0660",
                "p0000000000000000000\uff10",
                " 00000000000000000000",
                "p\ud83d\ude00000000000000000000"
            })
    void whatIsNoDurableId_saysNoPosition(String text) {
        assertEquals(Optional.empty(), MessageId.positionIn(text));
    }

    @Test
    void writing_touchesItsOwnBytesAlone() {
        byte[] target = "..........................".getBytes(StandardCharsets.US_ASCII);
        MessageId.of(new Position(1, 2)).writeTo(target, 3);
        assertEquals("...p00000000010000000002..", new String(target, StandardCharsets.US_ASCII));
    }

    @Test
    void halves_areInRange() {
        new MessageId(true, Position.MAX, Position.MAX);
        assertThrows(IllegalArgumentException.class, () -> new MessageId(true, -1, 0));
        assertThrows(IllegalArgumentException.class, () -> new MessageId(true, 0, -1));
        assertThrows(IllegalArgumentException.class, () -> new MessageId(false, Position.MAX + 1, 0));
        assertThrows(IllegalArgumentException.class, () -> new MessageId(false, 0, Position.MAX + 1));
    }

    @Test
    void position_isInRange() {
        Position last = new Position(Position.MAX, Position.MAX);
        assertThrows(IllegalArgumentException.class, last::next);
        assertThrows(IllegalArgumentException.class, () -> new Position(-1, 0));
        assertThrows(IllegalArgumentException.class, () -> new Position(0, -1));
        assertThrows(IllegalArgumentException.class, () -> new Position(Position.MAX + 1, 0));
        assertEquals(new Position(7, 9), new Position(7, 8).next());
        assertFalse(new Position(7, 0).isStart());
        assertFalse(new Position(0, 7).isStart());
    }

    /** Of every magnitude, since random longs are nearly all large. */
    private static Position position(Random random) {
        return new Position(number(random), number(random));
    }

    private static long number(Random random) {
        return random.nextLong() >>> 14 + random.nextInt(50);
    }
}
