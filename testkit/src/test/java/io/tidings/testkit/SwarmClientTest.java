package io.tidings.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tidings.testkit.EchoServer.Peer;
import io.tidings.testkit.EchoServer.Seen;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("R101")
class SwarmClientTest {
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final Duration MOMENT = Duration.ofMillis(50);

    private EchoServer server;
    private SwarmClient swarm;

    @BeforeEach
    void open() throws Exception {
        server = EchoServer.silent();
        swarm = SwarmClient.open(SwarmOptions.builder().captureLastText(true).build());
    }

    @AfterEach
    void letGo() throws Exception {
        swarm.close();
        server.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void everyConnection_sendsItsOwnRequest_andCountsItsOwnFrames(int threads) throws Exception {
        try (SwarmClient many =
                SwarmClient.open(SwarmOptions.builder().threads(threads).build())) {
            many.connect(100, i -> UpgradeRequest.to(server.uri("/ws")).bearer("t" + i));
            many.connect(100, i -> UpgradeRequest.to(server.uri("/ws")).bearer("t" + i));
            many.awaitOpen(200, SOON);
            Map<String, Peer> peers = peers(200, "Authorization");
            assertEquals(200, peers.size());
            for (int i = 0; i < 200; i++) {
                for (int frame = 0; frame <= i % 3; frame++) {
                    peers.get("Bearer t" + i).sendText("x".repeat(i));
                }
            }
            many.awaitFrames(399, SOON);

            for (int i = 0; i < 200; i++) {
                assertEquals(1 + i % 3, many.frames(i));
                assertEquals((long) (1 + i % 3) * i, many.bytes(i));
            }
            assertEquals(399, many.frames());
            assertEquals(200, many.opened());
            assertEquals(0, many.refused() + many.failed() + many.closed());
            assertEquals(Optional.empty(), many.firstProblem());
            assertEquals(Optional.empty(), many.lastText(3));
        }
    }

    @Test
    void fragments_areOneFrame_andBinariesNone() throws Exception {
        Peer peer = connectOne();
        peer.send(0x82, new byte[50]);
        peer.send(0x01, "two ".getBytes(UTF_8));
        peer.send(0x80, "pieces".getBytes(UTF_8));
        peer.sendText("läst");
        swarm.awaitFrames(2, SOON);

        assertEquals(2, swarm.frames());
        assertEquals(15, swarm.bytes());
        assertEquals(Optional.of("läst"), swarm.lastText(0));
    }

    @Test
    void frames_rightBehindTheHandshake_areCounted() throws Exception {
        try (EchoServer eager = EchoServer.answering(head -> EchoServer.grant(head) + "\u0081\u0002hi")) {
            swarm.connect(1, i -> UpgradeRequest.to(eager.uri("/")));
            swarm.awaitFrames(1, SOON);
            assertEquals(Optional.of("hi"), swarm.lastText(0));
        }
    }

    @Test
    void texts_areSentMaskedOnTheConnectionThatIsNamed() throws Exception {
        swarm.connect(2, i -> UpgradeRequest.to(server.uri("/")).header("N", "" + i));
        swarm.awaitOpen(2, SOON);
        Map<String, Peer> peers = peers(2, "N");
        swarm.sendText(1, "x".repeat(3_000_000));

        Seen.Frame frame = peers.get("1").nextFrame(SOON);
        assertEquals(3_000_000, frame.payload().remaining());
        assertTrue(frame.masked());
        assertTrue(peers.get("0").sawNothing());
    }

    @Test
    void pings_areAnswered_unlessSwitchedOff() throws Exception {
        Peer peer = connectOne();
        peer.send(0x89, new byte[] {4});
        assertEquals(new Seen.Frame(10, true, 0, true, ByteBuffer.wrap(new byte[] {4})), peer.next(SOON));

        try (SwarmClient mute =
                SwarmClient.open(SwarmOptions.builder().answerPings(false).build())) {
            mute.connect(1, i -> UpgradeRequest.to(server.uri("/")));
            mute.awaitOpen(1, SOON);
            Peer other = server.nextPeer(SOON);
            other.send(0x89, new byte[] {4});
            other.sendText("behind it");
            mute.awaitFrames(1, SOON);
            mute.sendText(0, "no pong");
            assertEquals("no pong", other.nextFrame(SOON).text());
        }
    }

    @Test
    void closeFrames_areCountedWithCodeAndReason_andAnswered() throws Exception {
        Peer peer = connectOne();
        assertEquals(0, swarm.closeCode(0));
        peer.sendText("before");
        peer.sendClose(1012, "drain;delayMs=1234");
        swarm.awaitClosed(1, SOON);

        assertEquals(1012, swarm.closeCode(0));
        assertEquals("drain;delayMs=1234", swarm.closeReason(0));
        assertEquals(1, swarm.frames());
        assertEquals(8, peer.nextFrame(SOON).opcode());
        peer.fin();
        assertEquals(new Seen.Fin(), peer.next(SOON));
        assertEquals(1, swarm.closed());
        assertEquals(Optional.empty(), swarm.firstProblem());
    }

    @Test
    void closeFrames_withoutACode_are1005() throws Exception {
        connectOne().send(0x88, new byte[0]);
        swarm.awaitClosed(1, SOON);
        assertEquals(1005, swarm.closeCode(0));
    }

    @Test
    void sendClose_reachesTheServer() throws Exception {
        Peer peer = connectOne();
        swarm.sendClose(0, 4321, "bye");
        Seen.Frame frame = peer.nextFrame(SOON);
        assertEquals(8, frame.opcode());
        assertEquals(4321, frame.payload().getShort());
    }

    @Test
    void ends_withoutACloseFrame_are1006() throws Exception {
        Peer first = connectOne();
        first.fin();
        swarm.awaitClosed(1, SOON);
        assertEquals(Optional.of("the peer closed without a close frame"), swarm.firstProblem());
        swarm.connect(1, i -> UpgradeRequest.to(server.uri("/")));
        server.nextPeer(SOON).reset();
        swarm.awaitOpen(2, SOON);
        swarm.awaitClosed(2, SOON);

        assertEquals(1006, swarm.closeCode(0));
        assertEquals(1006, swarm.closeCode(1));
        assertEquals(2, swarm.closed());
    }

    @Test
    void brokenRules_resetTheConnectionAndAreNamed() throws Exception {
        Peer peer = connectOne();
        peer.sendText("fine");
        peer.sendRaw(new byte[] {(byte) 0x83, 0});
        swarm.awaitClosed(1, SOON);

        assertEquals(new Seen.Reset(), peer.next(SOON));
        assertTrue(swarm.firstProblem().orElse("").contains("unknown opcode"), swarm.toString());
        assertEquals(1, swarm.frames());
    }

    @Test
    void reset_isSeenByTheServer_onThatConnectionOnly() throws Exception {
        swarm.connect(3, i -> UpgradeRequest.to(server.uri("/")).header("N", "" + i));
        swarm.awaitOpen(3, SOON);
        Map<String, Peer> peers = peers(3, "N");
        swarm.reset(1);
        swarm.awaitClosed(1, SOON);
        assertEquals(new Seen.Reset(), peers.get("1").next(SOON));
        peers.get("0").sendText("alive");
        swarm.awaitFrames(1, SOON);
        assertEquals(1, swarm.closed());

        swarm.resetAll();
        swarm.awaitClosed(3, SOON);
        assertEquals(new Seen.Reset(), peers.get("0").next(SOON));
        assertEquals(new Seen.Reset(), peers.get("2").next(SOON));
        assertEquals(3, swarm.closed());
    }

    @Test
    void close_resetsWhatIsLeft() throws Exception {
        Peer peer = connectOne();
        swarm.close();
        assertEquals(new Seen.Reset(), peer.next(SOON));
        assertEquals(1, swarm.closed());
    }

    @Test
    void pausedReading_stallsTheServer_andResumesWithoutLoss() throws Exception {
        Peer peer = connectOne();
        swarm.pauseReading(0);
        peer.socket().setSendBufferSize(16 * 1024);
        String text = "x".repeat(16 * 1024);
        Semaphore sent = new Semaphore(0);
        Threads.daemon("flood", () -> {
                    for (int i = 0; i < 1024; i++) {
                        try {
                            peer.sendText(text);
                        } catch (UncheckedIOException reset) {
                            return;
                        }
                        sent.release();
                    }
                })
                .start();
        int stalledAt = Stall.await(sent);
        long counted = swarm.frames(0);
        assertTrue(stalledAt < 1024, "the server never stalled");
        // The kernel may take a little more after a while; the swarm does not.
        assertTrue(stalledAt + Stall.await(sent) < 1024, "something was read while paused");
        assertEquals(counted, swarm.frames(0));

        swarm.resumeReading(0);
        swarm.awaitFrames(1024, SOON);
        assertEquals(1024L * 16 * 1024, swarm.bytes(0));
    }

    @Test
    void refusals_andFailures_areCountedApart() throws Exception {
        ServerSocket gone = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        gone.close();
        try (EchoServer refusing = EchoServer.answering(head -> "HTTP/1.1 429 Slow down\r\n\r\n")) {
            swarm.connect(1, i -> UpgradeRequest.to(server.uri("/")));
            swarm.connect(2, i -> UpgradeRequest.to(refusing.uri("/")));
            swarm.connect(3, i -> UpgradeRequest.to("127.0.0.1", gone.getLocalPort(), "/"));
            swarm.awaitOpen(1, SOON);
            await(() -> swarm.refused() + swarm.failed() == 5);

            AssertionError error = assertThrows(AssertionError.class, () -> swarm.awaitOpen(2, MOMENT));
            assertTrue(
                    error.getMessage().contains("1 opened, 2 refused, 3 failed, 0 closed, 0 frames"),
                    error.getMessage());
            assertEquals(List.of(1, 2, 3, 0), List.of(swarm.opened(), swarm.refused(), swarm.failed(), swarm.closed()));
            assertTrue(swarm.firstProblem().isPresent());
        }
    }

    @Test
    void aWrongAccept_isAFailure() throws Exception {
        try (EchoServer wrong =
                EchoServer.answering(head -> EchoServer.grant(head).replaceFirst("Accept: ..", "Accept: AA"))) {
            swarm.connect(1, i -> UpgradeRequest.to(wrong.uri("/")));
            await(() -> swarm.failed() == 1);
            assertThrows(AssertionError.class, () -> swarm.awaitOpen(1, MOMENT));
            assertTrue(swarm.firstProblem().orElse("").contains("Sec-WebSocket-Accept"), swarm.toString());
        }
    }

    @Test
    void waits_failInTime() throws Exception {
        connectOne();
        assertThrows(AssertionError.class, () -> swarm.awaitOpen(2, MOMENT));
        assertThrows(AssertionError.class, () -> swarm.awaitFrames(1, MOMENT));
        assertThrows(AssertionError.class, () -> swarm.awaitClosed(1, MOMENT));
        swarm.awaitOpen(1, Duration.ZERO);
    }

    @Test
    void sourceAddresses_takeTurns() throws Exception {
        try (SwarmClient spread =
                SwarmClient.open(SwarmOptions.builder().sourceAddresses(3).build())) {
            spread.connect(9, i -> UpgradeRequest.to(server.uri("/")));
            spread.awaitOpen(9, SOON);
            Map<String, Integer> sources = new TreeMap<>();
            for (Peer peer : listOf(9)) {
                InetSocketAddress from = (InetSocketAddress) peer.socket().getRemoteSocketAddress();
                sources.merge(from.getAddress().getHostAddress(), 1, Integer::sum);
            }
            assertEquals(Map.of("127.0.0.1", 3, "127.0.0.2", 3, "127.0.0.3", 3), sources);
        }
    }

    @Test
    void noMoreThanMaxConnecting_areOnTheWayAtOnce() throws Exception {
        Semaphore asked = new Semaphore(0);
        CountDownLatch grant = new CountDownLatch(1);
        EchoServer slow = EchoServer.answering(head -> {
            asked.release();
            Threads.await(grant, SOON);
            return EchoServer.grant(head);
        });
        try (slow;
                SwarmClient few =
                        SwarmClient.open(SwarmOptions.builder().maxConnecting(2).build())) {
            few.connect(6, i -> UpgradeRequest.to(slow.uri("/")));
            assertTrue(asked.tryAcquire(2, SOON.toSeconds(), TimeUnit.SECONDS));
            assertFalse(asked.tryAcquire(200, TimeUnit.MILLISECONDS));

            grant.countDown();
            few.awaitOpen(6, SOON);
        }
    }

    @Test
    void aConnectionResetBeforeItsTurn_isAFailure() throws Exception {
        try (ServerSocket mute = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
                SwarmClient one =
                        SwarmClient.open(SwarmOptions.builder().maxConnecting(1).build())) {
            one.connect(1, i -> UpgradeRequest.to("127.0.0.1", mute.getLocalPort(), "/"));
            one.connect(2, i -> UpgradeRequest.to(server.uri("/")));
            one.reset(1);
            one.reset(0);
            one.awaitOpen(1, SOON);
            assertEquals(2, one.failed());
        }
    }

    private static void await(BooleanSupplier condition) {
        long end = System.nanoTime() + SOON.toNanos();
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < end, "not in time");
            LockSupport.parkNanos(1_000_000);
        }
    }

    private Peer connectOne() throws Exception {
        swarm.connect(1, i -> UpgradeRequest.to(server.uri("/")));
        swarm.awaitOpen(1, SOON);
        return server.nextPeer(SOON);
    }

    private List<Peer> listOf(int count) throws InterruptedException {
        List<Peer> peers = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            peers.add(server.nextPeer(SOON));
        }
        return peers;
    }

    private Map<String, Peer> peers(int count, String header) throws InterruptedException {
        Map<String, Peer> peers = new HashMap<>();
        for (Peer peer : listOf(count)) {
            peers.put(EchoServer.header(peer.head(), header), peer);
        }
        return peers;
    }
}
