package io.tidings.transport.jakarta;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("R13")
@Tag("R51")
class ClientFramesTest {

    private static final int LIMIT = 70_000;
    private static final int CONTINUATION = 0;
    private static final int TEXT = 1;
    private static final int BINARY = 2;
    private static final int CLOSE = 8;
    private static final int PING = 9;
    private static final int PONG = 10;

    private final List<String> told = new ArrayList<>();
    private final StringBuilder text = new StringBuilder();
    private final ClientFrames frames = new ClientFrames(new Sink(), LIMIT);

    /** Writes down what it is told; a text counts when it is whole. */
    private final class Sink implements ClientFrames.Sink {
        @Override
        public void text(String part, boolean last) {
            text.append(part);
            if (last) {
                told.add("text " + text);
                text.setLength(0);
            }
        }

        @Override
        public void binary() {
            told.add("binary");
        }

        @Override
        public void ping(byte[] payload) {
            told.add("ping " + new String(payload, StandardCharsets.UTF_8));
        }

        @Override
        public void pong() {
            told.add("pong");
        }

        @Override
        public void closed(int code, String reason) {
            told.add("closed " + code + " " + reason);
        }

        @Override
        public void tooLarge() {
            told.add("too large");
        }

        @Override
        public void broken(int code, String reason) {
            told.add("broken " + code);
        }
    }

    @Test
    void framesOfEveryLength_areRead_howeverTheirBytesCome() {
        Random random = new Random(11);
        List<String> expected = new ArrayList<>();
        ByteArrayOutputStream stream = new ByteArrayOutputStream();
        for (int length : new int[] {0, 1, 125, 126, 127, 8_192, 8_193, 65_535, 65_536, LIMIT}) {
            String wanted = "a".repeat(length);
            stream.writeBytes(frame(TEXT, true, bytes(wanted)));
            expected.add("text " + wanted);
        }
        for (int round = 0; round < 20; round++) {
            told.clear();
            byte[] all = stream.toByteArray();
            for (int at = 0; at < all.length; ) {
                int count = Math.min(all.length - at, 1 + random.nextInt(round < 10 ? 20_000 : 700));
                frames.read(ByteBuffer.wrap(Arrays.copyOfRange(all, at, at + count)));
                at += count;
            }
            assertEquals(expected, told);
        }
        assertFalse(frames.deaf());
    }

    @Test
    void codePoints_mayBeCutByReadsAndByFragments() {
        String wanted = "a\u00e9\u20ac\ud83d\ude00z".repeat(3_000);
        byte[] payload = bytes(wanted);
        for (int piece : new int[] {1, 2, 3, 7, 5_000}) {
            told.clear();
            for (int at = 0; at < payload.length; at += piece) {
                int end = Math.min(payload.length, at + piece);
                byte[] part = frame(
                        at == 0 ? TEXT : CONTINUATION, end == payload.length, Arrays.copyOfRange(payload, at, end));
                for (byte each : part) {
                    frames.read(ByteBuffer.wrap(new byte[] {each}));
                }
            }
            assertEquals(List.of("text " + wanted), told, "pieces of " + piece);
        }
    }

    @Test
    void controlFrames_areTakenBetweenFragments() {
        read(frame(TEXT, false, bytes("a")));
        read(frame(PING, true, bytes("p")));
        read(frame(CONTINUATION, false, bytes("")));
        read(frame(PONG, true, bytes("x".repeat(125))));
        read(frame(CONTINUATION, true, bytes("")));
        assertEquals(List.of("ping p", "pong", "text a"), told);
    }

    @Test
    void binary_isToldOnce_andPassedOver() {
        read(frame(BINARY, false, new byte[100]));
        read(frame(CONTINUATION, true, new byte[100]));
        read(frame(TEXT, true, bytes("a")));
        assertEquals(List.of("binary", "text a"), told);
    }

    @Test
    void messageOverTheLimit_isToldByItsHeader_andNothingFollows() {
        read(frame(TEXT, true, new byte[LIMIT]));
        assertEquals(1, told.size());
        read(Arrays.copyOf(frame(TEXT, true, new byte[LIMIT + 1]), 14));
        assertEquals("too large", told.get(1));
        assertTrue(frames.deaf());
        read(frame(TEXT, true, bytes("a")));
        assertEquals(2, told.size());
    }

    @Test
    void fragmentsOverTheLimit_areToldWhenTheyPassIt() {
        read(frame(TEXT, false, new byte[LIMIT - 1]));
        read(frame(CONTINUATION, false, new byte[1]));
        assertEquals(List.of(), told);
        read(frame(CONTINUATION, true, new byte[1]));
        assertEquals(List.of("too large"), told);
    }

    @Test
    void theLimitIsOfOneMessage() {
        for (int i = 1; i <= 3; i++) {
            read(frame(TEXT, false, new byte[LIMIT - 1]));
            read(frame(CONTINUATION, true, new byte[1]));
            assertEquals(i, told.size());
        }
    }

    @Test
    void firstTwoBytes_areEnoughToBreakTheProtocol() {
        int[][] wrong = {
            {0x81 | 0x40, 0x80},
            {0x81 | 0x20, 0x80},
            {0x81 | 0x10, 0x80},
            {0x81, 0x00},
            {0x83, 0x80},
            {0x8B, 0x80},
            {0x80, 0x80},
            {0x09, 0x80},
            {0x89, 0xFE},
            {0x88, 0xFF},
        };
        for (int[] start : wrong) {
            told.clear();
            ClientFrames fresh = new ClientFrames(new Sink(), LIMIT);
            fresh.read(ByteBuffer.wrap(new byte[] {(byte) start[0], (byte) start[1]}));
            assertEquals(List.of("broken 1002"), told, Arrays.toString(start));
            assertTrue(fresh.deaf());
        }
    }

    @Test
    void messageInAMessage_andLengthWithItsTopBit_breakTheProtocol() {
        read(frame(TEXT, false, bytes("a")));
        read(frame(BINARY, true, bytes("b")));
        assertEquals(List.of("broken 1002"), told);
        told.clear();
        byte[] negative = {(byte) 0x81, (byte) 0xFF, -1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0};
        new ClientFrames(new Sink(), LIMIT).read(ByteBuffer.wrap(negative));
        assertEquals(List.of("broken 1002"), told);
    }

    @Test
    void textThatIsNotUtf8_ends_atItsFirstWrongByte_orWhereItIsCutOff() {
        read(Arrays.copyOf(frame(TEXT, false, new byte[] {'a', (byte) 0xC0, 'b', 'c'}), 6 + 2));
        assertEquals(List.of("broken 1007"), told);
        told.clear();
        ClientFrames cut = new ClientFrames(new Sink(), LIMIT);
        cut.read(ByteBuffer.wrap(frame(TEXT, false, new byte[] {(byte) 0xE2, (byte) 0x82})));
        assertEquals(List.of(), told);
        cut.read(ByteBuffer.wrap(frame(CONTINUATION, true, new byte[0])));
        assertEquals(List.of("broken 1007"), told);
    }

    @ParameterizedTest
    @ValueSource(ints = {1000, 1003, 1007, 1011, 1012, 1014, 3000, 4000, 4999})
    void close_withACodeThatMayBeSent_isToldAndTheLast(int code) {
        read(frame(CLOSE, true, closing(code, "bye")));
        read(frame(TEXT, true, bytes("a")));
        assertEquals(List.of("closed " + code + " bye"), told);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65_535})
    void close_withACodeThatMayNot_breaksTheProtocol(int code) {
        read(frame(CLOSE, true, closing(code, "")));
        assertEquals(List.of("broken 1002"), told);
    }

    @Test
    void close_withoutACode_withHalfOfOne_andWithAReasonThatIsNotUtf8() {
        for (byte[] payload : List.of(new byte[0], new byte[1], new byte[] {3, (byte) 0xE8, (byte) 0xFF})) {
            new ClientFrames(new Sink(), LIMIT).read(ByteBuffer.wrap(frame(CLOSE, true, payload)));
        }
        assertEquals(List.of("closed 1005 ", "broken 1002", "broken 1007"), told);
    }

    private void read(byte[] bytes) {
        frames.read(ByteBuffer.wrap(bytes));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] closing(int code, String reason) {
        return ByteBuffer.allocate(2 + reason.length())
                .putShort((short) code)
                .put(bytes(reason))
                .array();
    }

    /** A frame with a mask. */
    static byte[] frame(int opcode, boolean fin, byte[] payload) {
        ByteBuffer frame = ByteBuffer.allocate(14 + payload.length);
        frame.put((byte) ((fin ? 0x80 : 0) | opcode));
        if (payload.length < 126) {
            frame.put((byte) (0x80 | payload.length));
        } else if (payload.length < 65_536) {
            frame.put((byte) (0x80 | 126)).putShort((short) payload.length);
        } else {
            frame.put((byte) (0x80 | 127)).putLong(payload.length);
        }
        byte[] mask = {0x12, (byte) 0xA5, 0x7F, (byte) 0x81};
        frame.put(mask);
        for (int i = 0; i < payload.length; i++) {
            frame.put((byte) (payload[i] ^ mask[i & 3]));
        }
        return Arrays.copyOf(frame.array(), frame.position());
    }
}
