package io.tidings.testkit;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tidings.dialect.Frame;
import io.tidings.spi.Transport;
import io.tidings.spi.TransportConnection;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * What every {@link io.tidings.spi.Transport} does. Adopt it by a class that says how to make one:
 *
 * <pre>{@code
 * class MyTransportTest extends TransportContract {
 *     @Override
 *     protected Transport create(String host) {
 *         return new MyTransport(host, 0);
 *     }
 * }
 * }</pre>
 *
 * <p>A raw socket is the client and a script the acceptor; no hub takes part. The tests wait for events, for at most
 * {@link #patience()}.
 */
@Tag("R100")
public abstract class TransportContract extends TransportRequestContract {

    /** Frames enough to fill every buffer between two sockets that nobody reads. */
    private static final int FLOOD_FRAMES = 400;

    private static final String FLOOD = "f".repeat(64 * 1024);

    /** Pings of the greatest length, of which 240 times so many would be 64 MiB. */
    private static final int PINGS_AT_ONCE = 2_000;

    private static final int PING_FLOODS = 240;
    private static final Duration A_WHILE = Duration.ofSeconds(2);

    // Writing.

    @Test
    void write_manyFrames_arriveInOrder() {
        RawWebSocketClient client = connect();
        RecordedSession session = session();
        List<String> texts =
                IntStream.range(0, 1000).mapToObj(i -> "message " + i).toList();
        assertTrue(session.write(texts).succeeded());
        for (String text : texts) {
            assertEquals(text, client.nextText(patience()));
        }
    }

    @Test
    void write_everyLengthOfHeader_arrivesWhole() {
        RawWebSocketClient client = connect();
        RecordedSession session = session();
        List<String> texts = Stream.of(0, 1, 125, 126, 127, 65_535, 65_536, 300_000)
                .map("x"::repeat)
                .collect(java.util.stream.Collectors.toCollection(ArrayList::new));
        texts.add("\u00e4\u4e16\ud83d\ude00");
        RecordedSession.Write write = session.write(texts);
        for (String text : texts) {
            assertEquals(text, client.nextText(patience()));
        }
        assertTrue(write.succeeded());
    }

    @Test
    void write_chainedFromTheCallback_doesNotGrowTheStack() throws InterruptedException {
        int writes = 30_000;
        RawWebSocketClient client = connect();
        RecordedSession session = session();
        Frame[] frame = RecordedSession.frames(List.of("again"));
        CountDownLatch done = new CountDownLatch(1);
        List<Throwable> failures = new ArrayList<>();
        session.connection.write(frame, 1, new TransportConnection.WriteCallback() {
            private int left = writes;

            @Override
            public void written(@Nullable Throwable failure) {
                if (failure != null) {
                    failures.add(failure);
                }
                if (--left == 0 || failure != null) {
                    done.countDown();
                } else {
                    session.connection.write(frame, 1, this);
                }
            }
        });
        for (int i = 0; i < writes; i++) {
            assertEquals("again", client.nextText(patience()));
        }
        done.await();
        assertEquals(List.of(), failures);
    }

    @Test
    void write_whileOpening_arrivesFirst() {
        acceptor.whileOpening(session -> session.write("connected", "and more"));
        RawWebSocketClient client = connect();
        RecordedSession session = session();
        assertEquals("connected", client.nextText(patience()));
        assertEquals("and more", client.nextText(patience()));
        client.sendText("hello");
        assertEquals("hello", session.nextText());
    }

    @Test
    void close_whileOpening_reachesTheClient_andIsTold() {
        acceptor.whileOpening(session -> {
            session.write("sorry");
            session.connection.close(4500, "unauthorized");
        });
        RawWebSocketClient client = connect();
        assertEquals("sorry", client.nextText(patience()));
        assertEquals(4500, client.expectClose(patience()).code());
        session().nextEnd();
    }

    @Test
    void abort_whileOpening_isTold() {
        acceptor.whileOpening(session -> session.connection.abort());
        RawWebSocketClient client = null;
        try {
            client = connect();
        } catch (RuntimeException refused) {
            assertFalse(refused instanceof HandshakeRefused, "the upgrade went through");
        }
        session().nextEnd();
        if (client != null) {
            client.expectEof(patience());
        }
    }

    @Test
    void write_fromManyConnections_mixesNothing() {
        int connections = 20;
        List<RawWebSocketClient> clients = new ArrayList<>();
        List<RecordedSession> sessions = new ArrayList<>();
        for (int i = 0; i < connections; i++) {
            clients.add(connect());
            sessions.add(session());
        }
        for (int i = 0; i < connections; i++) {
            sessions.get(i).write("to " + i, "and again to " + i);
        }
        for (int i = 0; i < connections; i++) {
            assertEquals("to " + i, clients.get(i).nextText(patience()));
            assertEquals("and again to " + i, clients.get(i).nextText(patience()));
        }
    }

    @Test
    void write_toAReaderThatStalls_blocksNobody_andAbortEndsIt() {
        RawWebSocketClient client = connect(client().startPaused().receiveBufferBytes(4096));
        RecordedSession session = session();
        RecordedSession.Write[] write = new RecordedSession.Write[1];
        withoutBlocking("write", () -> write[0] = flood(session));
        withoutBlocking("ping", session.connection::ping);
        assertFalse(write[0].told(), "a write that fills every buffer is not over");
        withoutBlocking("abort", session.connection::abort);
        assertFalse(write[0].succeeded());
        session.nextEnd();
        client.resumeReading();
        client.expectEof(patience());
        assertEquals(1, write[0].calls());
    }

    @Test
    void close_ofAReaderThatStalls_blocksNobody_andEndsInAWhile() {
        RawWebSocketClient client = connect(client().startPaused().receiveBufferBytes(4096));
        RecordedSession session = session();
        RecordedSession.Write write = flood(session);
        withoutBlocking("close", () -> session.connection.close(4003, "write timeout"));
        assertFalse(write.succeeded());
        assertEquals(1, write.calls());
        client.resumeReading();
        client.expectEof(patience());
    }

    @Test
    void write_readerComesBack_goesOn() {
        RawWebSocketClient client = connect(client().startPaused().receiveBufferBytes(4096));
        RecordedSession session = session();
        RecordedSession.Write write = flood(session);
        client.resumeReading();
        for (int i = 0; i < FLOOD_FRAMES; i++) {
            assertEquals(FLOOD.length(), client.nextText(patience()).length());
        }
        assertTrue(write.succeeded());
        assertTrue(session.write("after").succeeded());
        assertEquals("after", client.nextText(patience()));
        assertEquals(1, write.calls());
    }

    @Test
    void write_peerResetsMeanwhile_failsOnce() {
        RawWebSocketClient client = connect(client().startPaused().receiveBufferBytes(4096));
        RecordedSession session = session();
        RecordedSession.Write write = flood(session);
        client.reset();
        assertFalse(write.succeeded());
        session.nextEnd();
        assertEquals(1, write.calls());
    }

    @Test
    void write_afterTheEnd_failsThroughTheCallback() {
        RawWebSocketClient client = connect();
        RecordedSession session = session();
        session.connection.abort();
        session.nextEnd();
        client.expectEof(patience());
        RecordedSession.Write one = session.write("too late");
        assertFalse(one.succeeded());
        RecordedSession.Write several = session.write("too", "late", "again");
        assertFalse(several.succeeded());
        assertEquals(1, one.calls());
        assertEquals(1, several.calls());
    }

    @Test
    void write_afterClose_failsAndIsNotSent() {
        RawWebSocketClient client = connect();
        RecordedSession session = session();
        session.connection.close(4500, "unauthorized");
        RecordedSession.Write write = session.write("too late");
        assertFalse(write.succeeded());
        assertEquals(
                4500,
                assertInstanceOf(Received.Close.class, client.next(patience())).code());
        assertInstanceOf(Received.Eof.class, client.next(patience()));
        assertEquals(1, write.calls());
    }

    // Reading.

    @Test
    void text_bothWaysAtOnce_keepsOrder() {
        int messages = 2000;
        RawWebSocketClient client = connect();
        RecordedSession session = session();
        List<String> down =
                IntStream.range(0, messages).mapToObj(i -> "down " + i).toList();
        Thread sender = Threads.daemon("up", () -> {
            for (int i = 0; i < messages; i++) {
                client.sendText("up " + i);
            }
        });
        sender.start();
        RecordedSession.Write write = session.write(down);
        for (int i = 0; i < messages; i++) {
            assertEquals("up " + i, session.nextText());
            assertEquals("down " + i, client.nextText(patience()));
        }
        assertTrue(write.succeeded());
    }

    @Test
    void text_answeredInsideTheCall_works() {
        RawWebSocketClient client = connect();
        RecordedSession session = session();
        client.sendText("one");
        client.sendText("");
        client.sendText("\u00e4\u4e16\ud83d\ude00");
        assertEquals("one", session.nextText());
        assertEquals("", session.nextText());
        assertEquals("\u00e4\u4e16\ud83d\ude00", session.nextText());
    }

    @Test
    void text_inFragments_isOneMessage() {
        RawWebSocketClient client = connect();
        RecordedSession session = session();
        String text = "a\u00e4\u4e16\ud83d\ude00".repeat(100);
        client.sendFragments(text, 1);
        client.sendFragments(text, 7);
        client.sendFragments("", 7);
        client.sendText("next");
        assertEquals(text, session.nextText());
        assertEquals(text, session.nextText());
        assertEquals("", session.nextText());
        assertEquals("next", session.nextText());
    }

    @Test
    void text_controlFramesBetweenFragments_areSeen() {
        RawWebSocketClient client = connect();
        RecordedSession session = session();
        client.sendFrame(Opcode.TEXT, false, 0, true, bytes("be"));
        client.sendPing(bytes("p"));
        client.sendPong(bytes("q"));
        client.sendFrame(Opcode.CONTINUATION, true, 0, true, bytes("tween"));
        assertEquals(new Received.Pong(ByteBuffer.wrap(bytes("p"))), client.next(patience()));
        List<RecordedSession.Told> told = List.of(session.next(), session.next());
        assertTrue(told.contains(RecordedSession.Signal.PONG), told.toString());
        assertTrue(told.contains(new RecordedSession.Text("between")), told.toString());
    }

    @Test
    @Tag("R13")
    void text_ofExactlyTheLimit_isTaken() {
        RawWebSocketClient client = connect();
        RecordedSession session = session();
        String text = "x".repeat(ScriptedAcceptor.MAX_INBOUND_BYTES);
        client.sendText(text);
        client.sendFragments(text, 1000);
        assertEquals(text, session.nextText());
        assertEquals(text, session.nextText());
    }

    @Test
    @Tag("R13")
    void text_overTheLimit_inOneFrame_closesWith1009() {
        RawWebSocketClient client = connect();
        session();
        client.sendText("x".repeat(ScriptedAcceptor.MAX_INBOUND_BYTES + 1));
        assertEquals(1009, client.expectClose(patience()).code());
    }

    @Test
    @Tag("R13")
    void text_overTheLimit_overFragments_closesWith1009() {
        RawWebSocketClient client = connect();
        session();
        for (int i = 0; i < 9; i++) {
            client.sendFrame(i == 0 ? Opcode.TEXT : Opcode.CONTINUATION, false, 0, true, new byte[600]);
        }
        assertEquals(1009, client.expectClose(patience()).code());
    }

    @Test
    @Tag("R13")
    void text_hugeFrame_closesWith1009_beforeItsEnd() {
        for (long promised : new long[] {1 << 20, 1L << 31, 1L << 40}) {
            RawWebSocketClient client = connect();
            session();
            client.sendFrameStart(Opcode.TEXT, true, true, promised);
            client.sendRaw(new byte[ScriptedAcceptor.MAX_INBOUND_BYTES + 1]);
            assertEquals(1009, client.expectClose(patience()).code());
        }
    }

    @Test
    void text_invalidUtf8_closesWith1007() {
        for (byte[] bytes : List.of(
                new byte[] {(byte) 0xC0, (byte) 0xAF}, new byte[] {'a', (byte) 0xED, (byte) 0xA0, (byte) 0x80})) {
            RawWebSocketClient client = connect();
            RecordedSession session = session();
            client.sendFrame(Opcode.TEXT, true, 0, true, bytes);
            assertEquals(1007, client.expectClose(patience()).code());
            session.nextEnd();
        }
    }

    @Test
    void frame_againstTheProtocol_closesWith1002() {
        RawWebSocketClient reserved = connect();
        RecordedSession one = session();
        reserved.sendFrame(Opcode.TEXT, true, 4, true, bytes("{}"));
        assertEquals(1002, reserved.expectClose(patience()).code());
        one.nextEnd();
        RawWebSocketClient stray = connect();
        RecordedSession two = session();
        stray.sendFrame(Opcode.CONTINUATION, true, 0, true, bytes("{}"));
        assertEquals(1002, stray.expectClose(patience()).code());
        two.nextEnd();
    }

    @Test
    void binary_isTold() {
        RawWebSocketClient client = connect();
        RecordedSession session = session();
        client.sendBinary(new byte[10]);
        client.sendText("after");
        assertEquals(RecordedSession.Signal.BINARY, session.next());
        assertEquals("after", session.nextText());
    }

    @Test
    void ping_ofTheHub_isSent_andItsPongTold() {
        RawWebSocketClient client = connect();
        RecordedSession session = session();
        session.connection.ping();
        assertEquals(new Received.Ping(ByteBuffer.allocate(0)), client.next(patience()));
        assertEquals(RecordedSession.Signal.PONG, session.next());
    }

    @Test
    void ping_ofTheClient_isAnswered() {
        RawWebSocketClient client = connect();
        session();
        client.sendPing(bytes("payload"));
        assertEquals(new Received.Pong(ByteBuffer.wrap(bytes("payload"))), client.next(patience()));
    }

    /** One pong at a time is enough (RFC 6455 section 5.5.3); as many as are asked for would fill the memory. */
    @Test
    void ping_ofAClientThatNeverReads_pilesUpNothing() throws InterruptedException {
        RawWebSocketClient client =
                connect(client().startPaused().receiveBufferBytes(4096).answerPings(false));
        session();
        byte[] asked = pings(PINGS_AT_ONCE);
        AtomicInteger sent = new AtomicInteger();
        Thread flood = new Thread(
                () -> {
                    try {
                        for (int i = 0; i < PING_FLOODS; i++) {
                            client.sendRaw(asked);
                            sent.addAndGet(PINGS_AT_ONCE);
                        }
                    } catch (UncheckedIOException stopped) {
                        // with the test
                    }
                },
                "contract-pings");
        flood.setDaemon(true);
        flood.start();
        int before;
        do {
            before = sent.get();
            flood.join(A_WHILE.toMillis());
        } while (flood.isAlive() && sent.get() > before);
        before = sent.get();
        client.resumeReading();
        int answered = 0;
        while (client.poll(A_WHILE).filter(Received.Pong.class::isInstance).isPresent()) {
            answered++;
        }
        int most = PING_FLOODS * PINGS_AT_ONCE / 2;
        assertTrue(before < most || answered < most, before + " pings were read, and " + answered + " pongs kept");
    }

    @Test
    void ping_manyInOneBurst_endNothing() {
        RawWebSocketClient client = connect();
        session();
        for (int i = 0; i < 10; i++) {
            client.sendRaw(pings(PINGS_AT_ONCE));
            client.sendPing(bytes("last " + i));
            Received.Pong last = new Received.Pong(ByteBuffer.wrap(bytes("last " + i)));
            Received next = client.next(patience());
            while (!next.equals(last)) {
                assertInstanceOf(Received.Pong.class, next);
                next = client.next(patience());
            }
        }
    }

    private static byte[] pings(int count) {
        byte[] frame = FrameEncoder.frame(Opcode.PING, true, 0, true, new byte[125]);
        ByteBuffer frames = ByteBuffer.allocate(count * frame.length);
        for (int i = 0; i < count; i++) {
            frames.put(frame);
        }
        return frames.array();
    }

    // Ending.

    @Test
    @Tag("R35")
    void end_byReset_isTold() {
        RawWebSocketClient client = connect();
        RecordedSession session = session();
        client.reset();
        session.nextEnd();
    }

    @Test
    @Tag("R35")
    void end_byFin_isTold() {
        RawWebSocketClient client = connect();
        RecordedSession session = session();
        client.halfClose();
        session.nextEnd();
        client.expectEof(patience());
    }

    @Test
    @Tag("R35")
    void end_byCloseHandshake_isTold_andAnswered() {
        RawWebSocketClient client = connect();
        RecordedSession session = session();
        client.sendClose(4321, "bye");
        assertEquals(4321, session.nextClosed());
        assertEquals(4321, client.expectClose(patience()).code());
        client.expectEof(patience());
    }

    @Test
    @Tag("R37")
    void close_sendsCodeAndReason_andEnds() {
        for (int code : new int[] {1000, 1001, 1009, 1011, 1012, 1013, 4000, 4499, 4500, 4999}) {
            RawWebSocketClient client = connect();
            RecordedSession session = session();
            session.connection.close(code, "why " + code);
            assertEquals(new Received.Close(code, "why " + code), client.next(patience()));
            assertInstanceOf(Received.Eof.class, client.next(patience()));
            session.nextEnd();
        }
    }

    @Test
    void close_afterFrames_sendsThemFirst() {
        RawWebSocketClient client = connect();
        RecordedSession session = session();
        assertTrue(session.write("last", "words").succeeded());
        session.connection.close(4005, "resync");
        assertEquals("last", client.nextText(patience()));
        assertEquals("words", client.nextText(patience()));
        assertEquals(4005, client.expectClose(patience()).code());
    }

    @Test
    void close_whileThePeerSends_losesNotTheCode() {
        RawWebSocketClient client = connect();
        RecordedSession session = session();
        client.pauseReading();
        for (int i = 0; i < 200; i++) {
            client.sendText("m".repeat(1000));
        }
        session.connection.close(4002, "slow consumer");
        for (int i = 0; i < 200; i++) {
            client.sendText("m".repeat(1000));
        }
        client.resumeReading();
        assertEquals(4002, client.expectClose(patience()).code());
        client.expectEof(patience());
    }

    @Test
    void close_peerSilent_endsInAWhile() {
        RawWebSocketClient client = connect(client().answerCloses(false));
        RecordedSession session = session();
        session.connection.close(4001, "idle");
        assertEquals(4001, client.expectClose(patience()).code());
        client.expectEof(patience());
        session.nextEnd();
    }

    @Test
    void close_andAbort_againAndAgain_areHarmless() {
        RawWebSocketClient client = connect();
        RecordedSession session = session();
        assertDoesNotThrow(() -> {
            session.connection.close(1000, "");
            session.connection.close(1011, "once more");
            session.connection.ping();
            session.connection.abort();
            session.connection.abort();
            session.connection.close(1000, "");
            session.connection.ping();
        });
        client.expectEof(patience());
        session.nextEnd();
    }

    @Test
    void close_reasonOfTheGreatestLength_arrives() {
        RawWebSocketClient client = connect();
        RecordedSession session = session();
        String reason = "\u00e4".repeat(61) + "x";
        session.connection.close(4000, reason);
        assertEquals(reason, client.expectClose(patience()).reason());
    }

    @Test
    void abort_endsTheTcpConnection_withoutACloseFrame() {
        RawWebSocketClient client = connect();
        RecordedSession session = session();
        session.connection.abort();
        assertInstanceOf(Received.Eof.class, client.next(patience()));
        session.nextEnd();
    }

    // The server.

    @Test
    void address_isWhatWasAskedFor_only() {
        assertEquals("127.0.0.1", address.getAddress().getHostAddress());
        assertTrue(address.getPort() > 0);
        assertThrows(IOException.class, () -> {
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress("127.0.0.2", address.getPort()), 2000);
            }
        });
    }

    @Test
    void start_onAnAddressOfAnotherMachine_fails() {
        try (Transport other = create("192.0.2.1")) {
            assertThrows(IOException.class, () -> other.start(new ScriptedAcceptor(patience())));
        }
    }

    @Test
    @Tag("R36")
    void pause_refusesNewConnections_andKeepsOpenOnes() {
        RawWebSocketClient client = connect();
        RecordedSession session = session();
        transport.pause().toCompletableFuture().join();
        RuntimeException refused = assertThrows(RuntimeException.class, this::connect);
        if (refused instanceof HandshakeRefused answer) {
            assertEquals(503, answer.status());
        }
        client.sendText("still here");
        assertEquals("still here", session.nextText());
        assertTrue(session.write("you too").succeeded());
        assertEquals("you too", client.nextText(patience()));
        assertTrue(acceptor.sessions.isEmpty());
    }

    @Test
    void close_ofTheTransport_endsConnections_port_andThreads() throws IOException {
        transport.close();
        Set<Thread> before = threads();
        transport = create("127.0.0.1");
        address = transport.start(acceptor);
        RawWebSocketClient client = connect();
        RawWebSocketClient stalled = connect(client().startPaused().receiveBufferBytes(4096));
        RecordedSession one = session();
        RecordedSession two = session();
        RecordedSession.Write stalledWrite = flood(two);
        transport.close();
        transport.close();
        client.expectEof(patience());
        stalled.resumeReading();
        stalled.expectEof(patience());
        one.nextEnd();
        two.nextEnd();
        assertFalse(stalledWrite.succeeded());
        awaitTrue("the port closed", () -> !accepts(address));
        assertEnded(threads(), before);
    }

    private static RecordedSession.Write flood(RecordedSession session) {
        return session.write(java.util.Collections.nCopies(FLOOD_FRAMES, FLOOD));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static boolean accepts(InetSocketAddress address) {
        try (Socket socket = new Socket()) {
            socket.connect(address, 2000);
            return true;
        } catch (IOException refused) {
            return false;
        }
    }

    private static Set<Thread> threads() {
        return new HashSet<>(Thread.getAllStackTraces().keySet());
    }

    /** The threads that are there now and were not before end; those of the tests and of the JDK aside. */
    private void assertEnded(Set<Thread> now, Set<Thread> before) {
        for (Thread thread : now) {
            boolean foreign = before.contains(thread)
                    || thread == Thread.currentThread()
                    || thread.getName().startsWith("raw-websocket-")
                    || thread.getName().startsWith("ForkJoinPool.commonPool-")
                    || (thread.getThreadGroup() != null
                            && thread.getThreadGroup().getName().equals("InnocuousThreadGroup"));
            if (!foreign) {
                try {
                    thread.join(patience().toMillis());
                } catch (InterruptedException e) {
                    throw Threads.interrupted(e);
                }
                assertFalse(thread.isAlive(), "a thread was left: " + thread);
            }
        }
    }
}
