package io.tidings.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A client that behaves, and what it tells of a server that does or does not. */
@Tag("R101")
class RawWebSocketClientTest {
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final Duration MOMENT = Duration.ofMillis(50);

    private EchoServer server;
    private RawWebSocketClient client;
    private EchoServer.Peer peer;

    @BeforeEach
    void connect() throws Exception {
        server = EchoServer.silent();
        client = RawWebSocketClient.to(server.uri("/")).connect();
        peer = server.nextPeer(SOON);
    }

    @AfterEach
    void letGo() throws Exception {
        client.reset();
        server.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 125, 126, 65_535, 65_536, 200_000})
    void texts_ofEveryLengthForm_travelBothWays(int bytes) throws Exception {
        String text = "x".repeat(bytes);
        client.sendText(text);
        EchoServer.Seen.Frame frame = peer.nextFrame(SOON);
        peer.sendText(text);

        assertEquals(new EchoServer.Seen.Frame(1, true, 0, true, ByteBuffer.wrap(text.getBytes(UTF_8))), frame);
        assertEquals(new Received.Text(text), client.next(SOON));
    }

    @Test
    void everyKindOfFrame_isSentMaskedAndWhole() throws Exception {
        byte[] payload = {0, -1, 7};
        client.sendBinary(payload);
        client.sendPing(payload);
        client.sendPong(payload);
        client.sendClose(4321, "süß");
        client.sendClose(Received.Close.NO_CODE, "");

        for (int opcode : new int[] {2, 9, 10}) {
            assertEquals(frame(opcode, payload), peer.next(SOON));
        }
        byte[] close = ByteBuffer.allocate(7)
                .putShort((short) 4321)
                .put("süß".getBytes(UTF_8))
                .array();
        assertEquals(frame(8, close), peer.next(SOON));
        assertEquals(frame(8, new byte[0]), peer.next(SOON));
    }

    @Test
    void everyKindOfFrame_isReceived() {
        byte[] payload = {0, -1, 7};
        peer.send(0x82, payload);
        peer.send(0x89, payload);
        peer.send(0x8A, payload);
        peer.sendClose(4002, "slöw");

        assertEquals(new Received.Binary(ByteBuffer.wrap(payload)), client.next(SOON));
        assertEquals(new Received.Ping(ByteBuffer.wrap(payload)), client.next(SOON));
        assertEquals(new Received.Pong(ByteBuffer.wrap(payload)), client.next(SOON));
        assertEquals(new Received.Close(4002, "slöw"), client.next(SOON));
    }

    @ParameterizedTest
    @CsvSource({"10,5,2", "10,10,1", "10,9,2", "10,1,10", "10,11,1", "0,1,1"})
    void fragments_haveThePieceSizeAndEndWithFin(int bytes, int piece, int frames) throws Exception {
        String text = "0123456789".substring(0, bytes);
        client.sendFragments(text, piece);

        StringBuilder whole = new StringBuilder();
        for (int i = 0; i < frames; i++) {
            EchoServer.Seen.Frame frame = peer.nextFrame(SOON);
            assertEquals(i == 0 ? 1 : 0, frame.opcode());
            assertEquals(i == frames - 1, frame.fin());
            assertTrue(frame.payload().remaining() <= piece);
            whole.append(frame.text());
        }
        assertEquals(text, whole.toString());
        assertTrue(peer.sawNothing());
    }

    @Test
    void fragments_mayEndInsideACharacter() throws Exception {
        client.sendFragments("ä", 1);

        assertEquals(1, peer.nextFrame(SOON).payload().remaining());
        assertEquals(1, peer.nextFrame(SOON).payload().remaining());
    }

    @Test
    void fragmentsOfTheServer_arriveWholeBehindAPingBetweenThem() {
        peer.send(0x01, new byte[] {'a', (byte) 0xC3});
        peer.send(0x89, new byte[0]);
        peer.send(0x00, new byte[] {(byte) 0xA4});
        peer.send(0x80, new byte[0]);
        peer.send(0x02, new byte[] {1});
        peer.send(0x80, new byte[] {2});

        assertEquals(new Received.Ping(ByteBuffer.allocate(0)), client.next(SOON));
        assertEquals(new Received.Text("aä"), client.next(SOON));
        assertEquals(new Received.Binary(ByteBuffer.wrap(new byte[] {1, 2})), client.next(SOON));
    }

    @Test
    void pings_areAnsweredUntilSwitchedOff() throws Exception {
        peer.send(0x89, new byte[] {1});
        assertEquals(frame(10, new byte[] {1}), peer.next(SOON));

        client.answerPings(false);
        peer.send(0x89, new byte[] {2});
        assertEquals(new Received.Ping(ByteBuffer.wrap(new byte[] {1})), client.next(SOON));
        assertEquals(new Received.Ping(ByteBuffer.wrap(new byte[] {2})), client.next(SOON));
        client.sendText("after");
        assertEquals("after", peer.nextFrame(SOON).text());

        client.answerPings(true);
        peer.send(0x89, new byte[] {3});
        assertEquals(frame(10, new byte[] {3}), peer.next(SOON));
    }

    @Test
    void closeFrames_areAnsweredOnceWithTheirCode() throws Exception {
        peer.sendClose(4001, "idle");
        assertEquals(new Received.Close(4001, "idle"), client.expectClose(SOON));
        assertEquals(frame(8, new byte[] {0x0F, (byte) 0xA1}), peer.next(SOON));

        peer.fin();
        assertEquals(new Received.Eof(false), client.expectEof(SOON));
        client.close();
        assertEquals(new EchoServer.Seen.Fin(), peer.next(SOON));
    }

    @Test
    void closeFrames_areNotAnsweredWhenSwitchedOffOrAskedFor() throws Exception {
        client.answerCloses(false);
        peer.sendClose(1001, "");
        client.expectClose(SOON);
        client.sendText("still here");
        assertEquals("still here", peer.nextFrame(SOON).text());

        client.answerCloses(true);
        client.sendClose(1000, "");
        peer.send(0x88, new byte[0]);
        assertEquals(new Received.Close(1005, ""), client.expectClose(SOON));
        client.sendText("answered above");
        assertEquals(8, peer.nextFrame(SOON).opcode());
        assertEquals("answered above", peer.nextFrame(SOON).text());
    }

    @Test
    void end_betweenMessages_isClean() throws Exception {
        peer.sendText("last");
        peer.fin();

        assertEquals(List.of(new Received.Text("last")), List.of(client.next(SOON)));
        assertEquals(new Received.Eof(false), client.next(SOON));
        assertEquals(new Received.Eof(false), client.next(SOON));
        assertEquals(List.of(new Received.Eof(false)), client.drain());
        assertEquals(new Received.Eof(false), client.expectEof(SOON));
    }

    @Test
    void end_byReset_isAbrupt() throws Exception {
        peer.reset();
        assertEquals(new Received.Eof(true), client.next(SOON));
    }

    @Test
    void end_insideAHeaderOrPayloadOrFragmentedMessage_isAbrupt() throws Exception {
        for (byte[] half :
                List.of(new byte[] {(byte) 0x81}, new byte[] {(byte) 0x81, 2, 'a'}, new byte[] {1, 1, 'a'})) {
            RawWebSocketClient other = RawWebSocketClient.to(server.uri("/")).connect();
            EchoServer.Peer otherPeer = server.nextPeer(SOON);
            otherPeer.sendRaw(half);
            otherPeer.fin();
            assertEquals(new Received.Eof(true), other.next(SOON));
            other.reset();
        }
    }

    @Test
    void waiting_forWhatDoesNotCome_fails() throws Exception {
        assertEquals(Optional.empty(), client.poll(MOMENT));
        assertThrows(AssertionError.class, () -> client.next(MOMENT));
        assertThrows(AssertionError.class, () -> client.nextText(MOMENT));
        assertThrows(AssertionError.class, () -> client.expectClose(MOMENT));
        assertThrows(AssertionError.class, () -> client.expectEof(MOMENT));
        assertEquals(List.of(), client.drain());
    }

    @Test
    void nextText_skipsPingsAndPongsOnly() throws Exception {
        peer.send(0x89, new byte[0]);
        peer.send(0x8A, new byte[0]);
        peer.sendText("found");
        assertEquals("found", client.nextText(SOON));

        peer.send(0x82, new byte[0]);
        assertThrows(AssertionError.class, () -> client.nextText(SOON));
        peer.sendClose(1001, "");
        assertThrows(AssertionError.class, () -> client.nextText(SOON));
        peer.fin();
        assertThrows(AssertionError.class, () -> client.nextText(SOON));
    }

    @Test
    void expectClose_skipsAllBeforeIt_andFailsAtAnEndWithoutOne() throws Exception {
        peer.sendText("a");
        peer.send(0x82, new byte[0]);
        peer.sendClose(4005, "");
        assertEquals(4005, client.expectClose(SOON).code());

        peer.fin();
        AssertionError error = assertThrows(AssertionError.class, () -> client.expectClose(SOON));
        assertTrue(error.getMessage().contains("Eof"), error.getMessage());
    }

    @Test
    void drain_takesAllSoFarInOrder() {
        IntStream.range(0, 100).forEach(i -> peer.sendText("m" + i));
        peer.sendText("marker");
        while (!client.drain().contains(new Received.Text("marker"))) {
            Thread.onSpinWait();
        }
        assertEquals(Optional.empty(), client.poll(Duration.ZERO));
    }

    @ParameterizedTest
    @CsvSource({
        "masked, 8180 00000000",
        "reserved bits, C100",
        "reserved bits, A100",
        "reserved bits, 9100",
        "unknown opcode 3, 8300",
        "unknown opcode 11, 8B00",
        "control frame is fragmented, 0900",
        "control frame has 126, 897E007E",
        "shortest form, 817E007D",
        "shortest form, 817F000000000000FFFF",
        "top bit, 817F8000000000000000",
        "over 67108864 bytes, 817F0000000004000001",
        "out of turn, 8000",
        "out of turn, 010161 8100",
        "not UTF-8, 8101FF",
        "not UTF-8, 8102EDA0",
        "one byte, 880103",
        "close code 999, 880203E7",
        "close code 1004, 880203EC",
        "close code 1005, 880203ED",
        "close code 1006, 880203EE",
        "close code 1015, 880203F7",
        "close code 2999, 88020BB7",
        "close code 5000, 88021388",
        "not UTF-8, 880303E8FF",
    })
    void brokenRules_areNamed(String what, String hex) {
        peer.sendRaw(bytes(hex));

        Received.Violation violation = (Received.Violation) client.next(SOON);
        assertTrue(violation.what().contains(what), violation.what());
        assertThrows(AssertionError.class, () -> client.expectEof(SOON));
    }

    @ParameterizedTest
    @CsvSource({
        "1000, 880203E8",
        "1003, 880203EB",
        "1007, 880203EF",
        "1014, 880203F6",
        "3000, 88020BB8",
        "4999, 88021387"
    })
    void closeCodes_thatMayBeSent_arrive(int code, String hex) {
        peer.sendRaw(bytes(hex));
        assertEquals(new Received.Close(code, ""), client.next(SOON));
    }

    @Test
    void controlFrames_of125Bytes_arrive() {
        peer.send(0x8A, new byte[125]);
        assertEquals(new Received.Pong(ByteBuffer.allocate(125)), client.next(SOON));
    }

    @Test
    void payloads_areReadOnlyAndReadAgainAndAgain() {
        Received.Pong pong = new Received.Pong(ByteBuffer.wrap(new byte[] {5}));
        assertEquals(5, pong.payload().get());
        assertEquals(5, pong.payload().get());
        assertTrue(pong.payload().isReadOnly());
        assertFalse(pong.isLast());
    }

    private static EchoServer.Seen.Frame frame(int opcode, byte[] payload) {
        return new EchoServer.Seen.Frame(opcode, true, 0, true, ByteBuffer.wrap(payload));
    }

    private static byte[] bytes(String hex) {
        return HexFormat.of().parseHex(hex.replace(" ", ""));
    }
}
