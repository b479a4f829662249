package io.tidings.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tidings.testkit.EchoServer.Seen;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every way the client can misbehave, as its bytes or their absence reach a server. */
@Tag("R101")
class RawWebSocketClientMisbehaviourTest {
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final int CHUNK = 16 * 1024;

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

    @Test
    void unmaskedFrames_arriveUnmasked() throws Exception {
        client.sendFrame(Opcode.TEXT, true, 0, false, "naked".getBytes(UTF_8));
        assertEquals(new Seen.Frame(1, true, 0, false, ByteBuffer.wrap("naked".getBytes(UTF_8))), peer.next(SOON));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4, 7})
    void reservedBits_arriveAsSet(int rsv) throws Exception {
        client.sendFrame(Opcode.TEXT, true, rsv, true, new byte[1]);
        assertEquals(new Seen.Frame(1, true, rsv, true, ByteBuffer.allocate(1)), peer.next(SOON));
    }

    @Test
    void unknownOpcodes_andContinuationsWithoutAStart_arrive() throws Exception {
        for (int opcode : new int[] {0, 3, 7, 11, 15}) {
            client.sendFrame(opcode, true, 0, true, new byte[0]);
            assertEquals(opcode, peer.nextFrame(SOON).opcode());
        }
    }

    @Test
    void brokenUtf8_andBrokenCloseFrames_arriveAsTheyAre() throws Exception {
        byte[] broken = {(byte) 0xC3, 0x28};
        client.sendFrame(Opcode.TEXT, true, 0, true, broken);
        client.sendFrame(Opcode.CLOSE, true, 0, true, new byte[] {3});
        client.sendClose(1006, "r".repeat(124));

        assertEquals(ByteBuffer.wrap(broken), peer.nextFrame(SOON).payload());
        assertEquals(1, peer.nextFrame(SOON).payload().remaining());
        ByteBuffer close = peer.nextFrame(SOON).payload();
        assertEquals(126, close.remaining());
        assertEquals(1006, close.getShort());
    }

    @Test
    void fragmentedAndOverlongControlFrames_arrive() throws Exception {
        client.sendFrame(Opcode.PING, false, 0, true, new byte[126]);
        assertEquals(new Seen.Frame(9, false, 0, true, ByteBuffer.allocate(126)), peer.next(SOON));
    }

    @ParameterizedTest
    @ValueSource(longs = {1L << 40, Long.MAX_VALUE, Long.MIN_VALUE, -1})
    void promisesOfHugePayloads_arriveWithoutOne(long bytes) throws Exception {
        client.sendFrameStart(Opcode.TEXT, true, true, bytes);
        assertEquals(new Seen.Promise(1, true, bytes), peer.next(SOON));
    }

    @ParameterizedTest
    @ValueSource(ints = {5, 126, 65_536})
    void promises_areKeptByRawBytes(int bytes) throws Exception {
        client.sendFrameStart(Opcode.BINARY, true, true, bytes);
        client.sendRaw(new byte[bytes - 1]);
        client.sendRaw(new byte[] {9});
        ByteBuffer payload = peer.nextFrame(SOON).payload();
        assertEquals(bytes, payload.remaining());
        assertEquals(9, payload.get(bytes - 1));
    }

    @Test
    void impossibleArguments_areRefusedHere() {
        assertThrows(IllegalArgumentException.class, () -> client.sendFrame(16, true, 0, true, new byte[0]));
        assertThrows(IllegalArgumentException.class, () -> client.sendFrame(1, true, 8, true, new byte[0]));
        assertThrows(IllegalArgumentException.class, () -> client.sendFragments("x", 0));
        assertTrue(peer.sawNothing());
    }

    @Test
    void reset_isSeenAsAReset() throws Exception {
        client.sendText("before");
        peer.nextFrame(SOON);
        client.reset();

        assertEquals(new Seen.Reset(), peer.next(SOON));
        assertEquals(new Received.Eof(true), client.expectEof(SOON));
        assertThrows(UncheckedIOException.class, () -> client.sendText("after"));
    }

    @Test
    void dropWithoutClose_isSeenAsAFinWithoutACloseFrame() throws Exception {
        client.dropWithoutClose();

        assertEquals(new Seen.Fin(), peer.next(SOON));
        assertEquals(new Received.Eof(true), client.expectEof(SOON));
        client.dropWithoutClose();
    }

    @Test
    void halfClose_isSeenAsAFin_andLeavesTheOtherDirection() throws Exception {
        client.halfClose();
        assertEquals(new Seen.Fin(), peer.next(SOON));
        peer.sendText("one way");

        assertEquals("one way", client.nextText(SOON));
    }

    @Test
    void close_sendsACloseFrameAndThenAFin() throws Exception {
        try (EchoServer echoing = EchoServer.echoing()) {
            RawWebSocketClient polite = RawWebSocketClient.to(echoing.uri("/")).connect();
            polite.close();
            polite.close();

            EchoServer.Peer other = echoing.nextPeer(SOON);
            assertEquals(
                    new Seen.Frame(8, true, 0, true, ByteBuffer.wrap(new byte[] {3, (byte) 0xE8})), other.next(SOON));
            assertEquals(new Seen.Fin(), other.next(SOON));
            assertEquals(List.of(new Received.Close(1000, ""), new Received.Eof(false)), polite.drain());
        }
    }

    /** The server reads nothing and answers nothing, and another send is stuck: close must not be. */
    @Test
    void close_ofAServerThatIsStuck_endsAfterItsGrace() throws Exception {
        CountDownLatch stuck = new CountDownLatch(1);
        CountDownLatch sendFailed = new CountDownLatch(1);
        try (EchoServer neverReads = EchoServer.stalling(stuck)) {
            RawWebSocketClient waiting =
                    RawWebSocketClient.to(neverReads.uri("/")).connect();
            Threads.daemon("stuck-sender", () -> {
                        try {
                            waiting.sendBinary(new byte[32 * 1024 * 1024]);
                        } catch (UncheckedIOException expected) {
                            sendFailed.countDown();
                        }
                    })
                    .start();

            assertTimeout(SOON, waiting::close);
            assertTrue(Threads.await(sendFailed, SOON));
        } finally {
            stuck.countDown();
        }
    }

    @Test
    void pausedReading_stallsTheServer_andResumesWithoutLoss() throws Exception {
        client.pauseReading();
        Flood flood = new Flood(peer, 1024);
        int stalledAt = flood.awaitStall();
        List<Received> early = client.drain();

        assertTrue(stalledAt < 1024, "the server never stalled");
        // The kernel may take a little more after a while; the client does not.
        assertTrue(flood.awaitStall() < 1024 && client.drain().isEmpty(), "something was read while paused");

        client.resumeReading();
        for (int i = early.size(); i < 1024; i++) {
            assertEquals(CHUNK, client.nextText(SOON).length());
        }
        assertEquals(1024, flood.awaitEnd());
    }

    @Test
    void clientStartedPaused_takesNothing_andASmallReceiveBufferStallsTheServerSooner() throws Exception {
        try (EchoServer other = EchoServer.silent();
                RawWebSocketClient small = RawWebSocketClient.to(other.uri("/"))
                        .startPaused()
                        .receiveBufferBytes(4096)
                        .connect();
                RawWebSocketClient usual =
                        RawWebSocketClient.to(other.uri("/")).startPaused().connect()) {
            EchoServer.Peer smallPeer = other.nextPeer(SOON);
            EchoServer.Peer usualPeer = other.nextPeer(SOON);
            int smallStall = new Flood(smallPeer, 4096).awaitStall();
            int usualStall = new Flood(usualPeer, 4096).awaitStall();

            assertTrue(smallStall < usualStall, smallStall + " chunks with 4 KiB, " + usualStall + " as usual");
            assertTrue(usualStall < 4096, "the server never stalled");
            assertEquals(List.of(), small.drain());
            assertEquals(List.of(), usual.drain());
            small.reset();
            usual.reset();
        }
    }

    @Test
    void pausedClient_canStillSendAndEnd() throws Exception {
        client.pauseReading();
        client.sendText("up");
        assertEquals("up", peer.nextFrame(SOON).text());
        peer.sendText("unread");
        client.reset();

        assertEquals(new Seen.Reset(), peer.next(SOON));
        assertTrue(client.expectEof(SOON).abrupt());
    }

    /** Sends text messages of 16 KiB as fast as the client takes them. */
    private static final class Flood {
        private final Semaphore sent = new Semaphore(0);
        private final int messages;
        private int counted;

        Flood(EchoServer.Peer peer, int messages) throws Exception {
            this.messages = messages;
            peer.socket().setSendBufferSize(CHUNK);
            String text = "x".repeat(CHUNK);
            Threads.daemon("flood", () -> {
                        for (int i = 0; i < messages; i++) {
                            try {
                                peer.sendText(text);
                            } catch (UncheckedIOException reset) {
                                return;
                            }
                            sent.release();
                        }
                    })
                    .start();
        }

        /** How many were sent when the next one does not go out. */
        int awaitStall() throws InterruptedException {
            counted += Stall.await(sent);
            return counted;
        }

        int awaitEnd() throws InterruptedException {
            while (counted < messages && sent.tryAcquire(SOON.toSeconds(), TimeUnit.SECONDS)) {
                counted++;
            }
            return counted;
        }
    }
}
