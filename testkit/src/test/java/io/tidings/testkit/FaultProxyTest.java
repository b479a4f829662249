package io.tidings.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("R101")
class FaultProxyTest {
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final int SOON_MILLIS = 30_000;
    private static final int MOMENT_MILLIS = 150;

    private ServerSocket listening;
    private FaultProxy proxy;
    private Socket client;
    private Socket upstream;

    @BeforeEach
    void connect() throws Exception {
        listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        proxy = FaultProxy.to("127.0.0.1", listening.getLocalPort());
        client = dial(proxy);
        upstream = listening.accept();
        upstream.setSoTimeout(SOON_MILLIS);
    }

    @AfterEach
    void letGo() throws Exception {
        Sockets.reset(client);
        Sockets.reset(upstream);
        proxy.close();
        listening.close();
    }

    @Test
    void withoutFaults_bytesPassBothWaysAndAreCounted() throws Exception {
        send(client, "there");
        send(upstream, "and back");

        assertEquals("there", read(upstream, 5));
        assertEquals("and back", read(client, 8));
        assertEquals(5, proxy.toUpstream().bytes());
        assertEquals(8, proxy.toClient().bytes());
        assertEquals(1, proxy.links());
    }

    @Test
    void withoutFaults_aWebSocketWorksThroughIt() throws Exception {
        try (EchoServer server = EchoServer.echoing();
                FaultProxy sliced = FaultProxy.to("127.0.0.1", server.port())) {
            sliced.eachWay(flow -> flow.sliceBytes(1));
            try (RawWebSocketClient socket =
                    RawWebSocketClient.to("127.0.0.1", sliced.port(), "/").connect()) {
                socket.sendText("ä".repeat(500));
                assertEquals("ä".repeat(500), socket.nextText(SOON));
            }
            sliced.awaitLinks(0, SOON);
        }
    }

    @Test
    void anotherUpstream_getsNewConnections_andLeavesThoseThatStand() throws Exception {
        try (ServerSocket other = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            proxy.upstream("127.0.0.1", other.getLocalPort());
            try (Socket second = dial(proxy);
                    Socket there = other.accept()) {
                send(second, "new");
                assertEquals("new", read(there, 3));
            }
            send(client, "old");
            assertEquals("old", read(upstream, 3));
        }
    }

    @Test
    void aFin_passesAsAFin_andLeavesTheOtherDirectionOpen() throws Exception {
        send(client, "last");
        client.shutdownOutput();
        assertEquals("last", read(upstream, 4));
        assertEquals(-1, upstream.getInputStream().read());

        send(upstream, "still");
        assertEquals("still", read(client, 5));
        upstream.close();
        assertEquals(-1, client.getInputStream().read());
        proxy.awaitLinks(0, SOON);
    }

    @Test
    void aReset_passesAsAReset_inBothDirections() throws Exception {
        Sockets.reset(client);
        assertReset(upstream);
        proxy.awaitLinks(0, SOON);

        Socket other = dial(proxy);
        Sockets.reset(listening.accept());
        assertReset(other);
        proxy.awaitLinks(0, SOON);
    }

    @Test
    void latency_delaysTheDirectionItIsSetFor() throws Exception {
        proxy.toUpstream().latency(Duration.ofMillis(120));
        long there = timeOf(client, upstream);
        assertTrue(there >= 120, "took " + there + " ms");
        assertQuick(120, () -> timeOf(upstream, client));

        proxy.toClient().latency(Duration.ofMillis(120));
        long late = timeOf(upstream, client);
        assertTrue(late >= 120, "took " + late + " ms");
    }

    /** 64 reads of 16 KiB, each 150 ms late: one after the other they would take 9.6 s. */
    @Test
    void latency_doesNotLowerTheThroughput() throws Exception {
        proxy.toUpstream().latency(Duration.ofMillis(150));
        assertQuick(4_000, () -> {
            long millis = timeOf(1024 * 1024);
            assertTrue(millis >= 150, "took " + millis + " ms");
            return millis;
        });
    }

    @Test
    void jitter_addsUpToItsAmount_andKeepsTheOrder() throws Exception {
        try (FaultProxy unlucky = FaultProxy.to("127.0.0.1", listening.getLocalPort(), always(0.999));
                FaultProxy random = FaultProxy.to("127.0.0.1", listening.getLocalPort(), new Random(7))) {
            unlucky.toUpstream().jitter(Duration.ofMillis(150));
            Socket late = dial(unlucky);
            long millis = timeOf(late, accept());
            assertTrue(millis >= 149, "took " + millis + " ms");

            random.toUpstream().jitter(Duration.ofMillis(20));
            Socket shaky = dial(random);
            Socket other = accept();
            byte[] expected = new byte[100];
            for (int i = 0; i < 100; i++) {
                expected[i] = (byte) i;
                shaky.getOutputStream().write(i);
            }
            assertArrayEquals(expected, other.getInputStream().readNBytes(100));
        }
    }

    @Test
    void jitter_ofALuckyByte_isNone() throws Exception {
        try (FaultProxy lucky = FaultProxy.to("127.0.0.1", listening.getLocalPort(), always(0))) {
            lucky.toUpstream().jitter(Duration.ofHours(1));
            timeOf(dial(lucky), accept());
        }
    }

    @Test
    void rate_isHeldAndNotUndercut() throws Exception {
        proxy.toUpstream().bytesPerSecond(100_000);
        assertQuick(2_500, () -> {
            long millis = timeOf(50_000);
            assertTrue(millis >= 450, "50 kB at 100 kB/s took " + millis + " ms");
            return millis;
        });
    }

    @Test
    void rate_trickles_insteadOfSendingAtOnce() throws Exception {
        // So slow that the machine may stand still for seconds.
        proxy.toUpstream().bytesPerSecond(50);
        send(client, "x".repeat(1_000));
        read(upstream, 20);
        assertTrue(proxy.toUpstream().bytes() < 500, proxy.toUpstream().bytes() + " bytes at once");

        proxy.toUpstream().bytesPerSecond(0);
        read(upstream, 980);
    }

    @Test
    void slices_areAtMostSoLong() throws Exception {
        Flow flow = new Flow().sliceBytes(3);
        assertEquals(3, flow.awaitTurn(System.nanoTime(), 0, 0, 10));
        assertEquals(3, flow.awaitTurn(System.nanoTime(), 0, 0, 3));
        assertEquals(2, flow.awaitTurn(System.nanoTime(), 0, 0, 2));
        assertEquals(0, flow.awaitTurn(System.nanoTime(), 0, 0, 0));
        assertEquals(10, flow.sliceBytes(0).awaitTurn(System.nanoTime(), 0, 0, 10));

        proxy.toUpstream().sliceBytes(1);
        send(client, "0123456789");
        assertEquals("0123456789", read(upstream, 10));
    }

    @Test
    void blackhole_holdsOneDirection_andGivesItBackInOrder() throws Exception {
        proxy.toUpstream().blackhole(true);
        send(client, "first");
        client.shutdownOutput();
        send(upstream, "other way");
        assertEquals("other way", read(client, 9));
        assertSilent(upstream);
        assertEquals(1, proxy.links());
        assertEquals(0, proxy.toUpstream().bytes());

        proxy.toUpstream().blackhole(false);
        assertEquals("first", read(upstream, 5));
        assertEquals(-1, upstream.getInputStream().read());
    }

    @Test
    void blackhole_holdsAFinWithNothingBeforeIt() throws Exception {
        proxy.toUpstream().blackhole(true);
        client.shutdownOutput();
        assertSilent(upstream);

        proxy.toUpstream().blackhole(false);
        assertEquals(-1, upstream.getInputStream().read());
    }

    @Test
    void blackhole_towardsTheClient_letsRequestsThrough() throws Exception {
        proxy.toClient().blackhole(true);
        send(client, "question");
        assertEquals("question", read(upstream, 8));
        send(upstream, "answer");
        assertSilent(client);
    }

    @Test
    void blackhole_fillsUpAndThenStallsTheSender() throws Exception {
        proxy.toUpstream().blackhole(true);
        client.setSendBufferSize(64 * 1024);
        Semaphore sent = new Semaphore(0);
        Threads.daemon("flood", () -> {
                    try {
                        for (int i = 0; i < 1024; i++) {
                            client.getOutputStream().write(new byte[64 * 1024]);
                            sent.release();
                        }
                    } catch (IOException reset) {
                        return;
                    }
                })
                .start();
        int chunks = Stall.await(sent);
        assertTrue(chunks >= 16 && chunks < 1024, chunks + " chunks of 64 KiB went out");
        assertEquals(0, proxy.toUpstream().bytes());

        proxy.cut();
        assertReset(upstream);
        assertEquals(0, proxy.links());
    }

    @Test
    void refusal_resetsNewConnections_andLeavesOldOnes() throws Exception {
        proxy.refuse(true);
        assertThrows(IOException.class, () -> {
            try (Socket refused = dial(proxy)) {
                assertNotEquals(-1, refused.getInputStream().read(), "a FIN is no refusal");
            }
        });
        send(client, "old");
        assertEquals("old", read(upstream, 3));
        assertEquals(1, proxy.links());

        proxy.refuse(false);
        try (Socket welcome = dial(proxy);
                Socket other = accept()) {
            send(welcome, "new");
            assertEquals("new", read(other, 3));
        }
    }

    @Test
    void cut_resetsBothEndsOfEveryLink() throws Exception {
        Socket second = dial(proxy);
        Socket secondUpstream = accept();
        proxy.awaitLinks(2, SOON);

        proxy.cut();
        assertReset(client);
        assertReset(upstream);
        assertReset(second);
        assertReset(secondUpstream);
        assertEquals(0, proxy.links());
        try (Socket after = dial(proxy);
                Socket other = accept()) {
            send(after, "works");
            assertEquals("works", read(other, 5));
        }
    }

    @Test
    void anUnreachableUpstream_resetsTheClient() throws Exception {
        listening.close();
        assertThrows(IOException.class, () -> {
            try (Socket lost = dial(proxy)) {
                assertNotEquals(-1, lost.getInputStream().read(), "a FIN is no refusal");
            }
        });
    }

    @Test
    void changes_reachBytesThatWait() throws Exception {
        proxy.toUpstream().latency(Duration.ofHours(1)).jitter(Duration.ofHours(1));
        send(client, "late");
        assertSilent(upstream);

        proxy.toUpstream().heal();
        assertEquals("late", read(upstream, 4));
    }

    @Test
    void close_stopsListeningAndCuts() throws Exception {
        proxy.close();
        assertReset(client);
        assertThrows(IOException.class, () -> dial(proxy).close());
        proxy.close();
    }

    @Test
    void awaitLinks_failsWhenTheyDoNotCome() {
        assertThrows(AssertionError.class, () -> proxy.awaitLinks(2, Duration.ofMillis(20)));
    }

    @Test
    void negativeSettings_areRefusedByName() {
        Flow flow = proxy.toClient();
        assertProblem("latency", () -> flow.latency(Duration.ofMillis(-1)));
        assertProblem("jitter", () -> flow.jitter(Duration.ofMillis(-1)));
        assertProblem("bytesPerSecond", () -> flow.bytesPerSecond(-1));
        assertProblem("sliceBytes", () -> flow.sliceBytes(-1));
    }

    private Socket accept() throws IOException {
        Socket accepted = listening.accept();
        accepted.setSoTimeout(SOON_MILLIS);
        return accepted;
    }

    private static Socket dial(FaultProxy through) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), through.port());
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(SOON_MILLIS);
        return socket;
    }

    private static void send(Socket from, String text) throws IOException {
        from.getOutputStream().write(text.getBytes(UTF_8));
    }

    private static void sendInBackground(Socket from, int bytes) {
        Threads.daemon("sender", () -> {
                    try {
                        from.getOutputStream().write(new byte[bytes]);
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                })
                .start();
    }

    private static String read(Socket from, int bytes) throws IOException {
        return new String(from.getInputStream().readNBytes(bytes), UTF_8);
    }

    private static long timeOf(Socket from, Socket to) throws IOException {
        long start = System.nanoTime();
        from.getOutputStream().write(7);
        assertEquals(7, to.getInputStream().read());
        return millisSince(start);
    }

    private long timeOf(int bytes) throws IOException {
        long start = System.nanoTime();
        sendInBackground(client, bytes);
        upstream.getInputStream().readNBytes(bytes);
        return millisSince(start);
    }

    /** A machine that stands still for a moment has some more tries to be quick. */
    private static void assertQuick(long millis, Callable<Long> timed) throws Exception {
        long took = timed.call();
        for (int attempt = 1; attempt < 5 && took >= millis; attempt++) {
            took = timed.call();
        }
        assertTrue(took < millis, "took " + took + " ms");
    }

    private static long millisSince(long start) {
        return (System.nanoTime() - start) / 1_000_000;
    }

    private static void assertSilent(Socket socket) throws IOException {
        socket.setSoTimeout(MOMENT_MILLIS);
        assertThrows(SocketTimeoutException.class, () -> socket.getInputStream().read());
        socket.setSoTimeout(SOON_MILLIS);
    }

    private static void assertReset(Socket socket) {
        IOException error = assertThrows(IOException.class, () -> {
            int next = socket.getInputStream().read();
            throw new AssertionError("expected a reset, read " + next);
        });
        assertTrue(String.valueOf(error.getMessage()).contains("reset"), error.toString());
    }

    private static Random always(double value) {
        return new Random() {
            private static final long serialVersionUID = 1L;

            @Override
            public double nextDouble() {
                return value;
            }
        };
    }

    private static void assertProblem(String field, Runnable action) {
        String message =
                assertThrows(IllegalArgumentException.class, action::run).getMessage();
        assertTrue(message.startsWith(field + ':'), message);
    }
}
