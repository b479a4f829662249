package io.tidings.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("R101")
class FrameScannerTest {
    private final List<String> events = new ArrayList<>();

    private final FrameScanner.Listener listener = new FrameScanner.Listener() {
        @Override
        public void text(long bytes, byte[] content) {
            events.add("text " + bytes + (content == null ? "" : " ends " + content[content.length - 1]));
        }

        @Override
        public void control(int opcode, byte[] payload) {
            events.add("control " + opcode + ' ' + new String(payload, UTF_8));
        }
    };

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 1_000, 65_536, 1_000_000})
    void aStream_countsAlikeInPiecesOfAnySize(int piece) throws Exception {
        ByteArrayOutputStream stream = new ByteArrayOutputStream();
        for (int length : new int[] {1, 125, 126, 65_535, 65_536}) {
            stream.writeBytes(frame(Opcode.TEXT, true, "x".repeat(length)));
        }
        stream.writeBytes(frame(Opcode.BINARY, true, "not counted"));
        stream.writeBytes(frame(Opcode.TEXT, false, "in "));
        stream.writeBytes(frame(Opcode.PING, true, "between"));
        stream.writeBytes(frame(Opcode.CONTINUATION, false, ""));
        stream.writeBytes(frame(Opcode.CONTINUATION, true, "pieces"));
        stream.writeBytes(frame(Opcode.PONG, true, ""));
        stream.writeBytes(frame(Opcode.CLOSE, true, "x".repeat(125)));

        List<String> expected = List.of(
                "text 1 ends 120",
                "text 125 ends 120",
                "text 126 ends 120",
                "text 65535 ends 120",
                "text 65536 ends 120",
                "control 9 between",
                "text 9 ends 115",
                "control 10 ",
                "control 8 " + "x".repeat(125));
        scan(new FrameScanner(true, listener), stream.toByteArray(), piece);
        assertEquals(expected, events);

        events.clear();
        scan(new FrameScanner(false, listener), stream.toByteArray(), piece);
        assertEquals(expected.stream().map(e -> e.replaceAll(" ends.*", "")).toList(), events);
    }

    @Test
    void anEmptyText_counts() throws Exception {
        scan(new FrameScanner(false, listener), frame(Opcode.TEXT, true, ""), 10);
        assertEquals(List.of("text 0"), events);
    }

    @ParameterizedTest
    @CsvSource({
        "masked, 8180",
        "reserved, C100",
        "unknown opcode, 8300",
        "over 125, 897E",
        "top bit, 817FFFFFFFFFFFFFFFFF",
        "out of turn, 8000",
        "out of turn, 010161 8100"
    })
    void brokenRules_areNamed(String what, String hex) {
        FrameScanner scanner = new FrameScanner(false, listener);
        byte[] bytes = HexFormat.of().parseHex(hex.replace(" ", ""));
        String message = assertThrows(FrameScanner.BrokenRule.class, () -> scan(scanner, bytes, 1))
                .getMessage();
        assertTrue(message.contains(what), message);
    }

    private static byte[] frame(int opcode, boolean fin, String payload) {
        return FrameEncoder.frame(opcode, fin, 0, false, payload.getBytes(UTF_8));
    }

    private static void scan(FrameScanner scanner, byte[] stream, int piece) throws FrameScanner.BrokenRule {
        for (int from = 0; from < stream.length; from += piece) {
            scanner.scan(ByteBuffer.wrap(stream, from, Math.min(piece, stream.length - from)));
        }
    }
}
