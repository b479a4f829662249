package io.tidings.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.tidings.testkit.client.ClientListener;
import io.tidings.testkit.client.ClientMessage;
import io.tidings.testkit.client.TidingsClient;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The client on sockets of the JDK, against a server that writes down what it gets. */
@Tag("R92")
class TidingsClientOnSocketsTest {

    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final String CONNECTED =
            "{\"type\":\"connected\",\"lastMessageId\":\"p00000000000000000000\",\"reconnectWindowMs\":1}";

    private final BlockingQueue<String> told = new LinkedBlockingQueue<>();

    private final ClientListener listener = new ClientListener() {
        @Override
        public void connected(JsonNode body) {
            told.add("connected");
        }

        @Override
        public void message(ClientMessage message) {
            told.add("message " + message.body().path("text").asText().length());
        }

        @Override
        public void disconnected(int code, String reason, @Nullable Duration retryIn) {
            told.add("disconnected " + code + ' ' + reason + (reason.startsWith("HTTP") ? " " + retryIn : ""));
        }

        @Override
        public void stopped(int code, String reason) {
            told.add("stopped");
        }
    };

    private TidingsClient start(EchoServer server) {
        return TidingsClient.to(server.uri("/ws"), () -> CompletableFuture.completedFuture("secret"))
                .listener(listener)
                .backoff(Duration.ofMillis(1), Duration.ofMillis(5))
                .ackDelay(Duration.ofMillis(1))
                .start();
    }

    private void expect(String what) throws InterruptedException {
        assertEquals(what, told.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS));
    }

    private static String message(int offset, int length) {
        return "{\"type\":\"m\",\"data\":{\"text\":\"" + "x".repeat(length) + "\"},\"id\":\"p0000000001"
                + String.format("%010d", offset) + "\"}";
    }

    @Test
    void tokenIsAHeader_textsComeWhole_acknowledgementsGoOut_andClosingIsClean() throws Exception {
        try (EchoServer server = EchoServer.silent()) {
            TidingsClient client = start(server);
            EchoServer.Peer peer = server.nextPeer(PATIENCE);
            assertEquals("Bearer secret", EchoServer.header(peer.head(), "Authorization"));
            assertTrue(!peer.head().lines().findFirst().orElseThrow().contains("secret"));
            peer.sendText(CONNECTED);
            expect("connected");
            byte[] long1 = message(1, 200_000).getBytes(StandardCharsets.US_ASCII);
            peer.send(0x01, Arrays.copyOf(long1, 70_000));
            peer.send(0x89, new byte[] {7});
            peer.send(0x80, Arrays.copyOfRange(long1, 70_000, long1.length));
            expect("message 200000");
            EchoServer.Seen.Frame first = peer.nextFrame(PATIENCE);
            EchoServer.Seen.Frame second = peer.nextFrame(PATIENCE);
            assertEquals(Opcode.PONG, first.opcode());
            assertEquals("{\"type\":\"ack\",\"data\":{\"messageId\":\"p00000000010000000001\"}}", second.text());
            client.close();
            expect("disconnected 1000 ");
            expect("stopped");
            assertEquals(Opcode.CLOSE, peer.nextFrame(PATIENCE).opcode());
            peer.sendClose(1000, "");
            assertTrue(peer.next(PATIENCE) instanceof EchoServer.Seen.Fin);
        }
    }

    @Test
    void resetsFinsAndCloseFrames_areTold_andItComesBack() throws Exception {
        try (EchoServer server = EchoServer.silent()) {
            TidingsClient client = start(server);
            server.nextPeer(PATIENCE).reset();
            expect("disconnected 1006 lost");
            server.nextPeer(PATIENCE).fin();
            expect("disconnected 1006 lost");
            EchoServer.Peer third = server.nextPeer(PATIENCE);
            third.sendText(CONNECTED);
            third.sendText(message(1, 1));
            third.sendClose(4000, "heartbeat");
            expect("connected");
            expect("message 1");
            expect("disconnected 4000 heartbeat");
            EchoServer.Peer fourth = server.nextPeer(PATIENCE);
            assertTrue(fourth.head().contains("lastMessageId=p00000000010000000001"), fourth.head());
            client.abort();
            expect("disconnected 1006 aborted");
        }
    }

    @Test
    void aRefusal_isToldWithItsStatus_andRetryAfterIsKept() throws Exception {
        try (EchoServer server = EchoServer.answering(
                head -> "HTTP/1.1 503 Unavailable\r\nRetry-After: 3\r\nContent-Length: 0\r\n\r\n")) {
            TidingsClient client = start(server);
            expect("disconnected 1006 HTTP 503 PT3S");
            client.abort();
            expect("disconnected 1006 aborted");
            expect("stopped");
        }
        try (EchoServer server =
                EchoServer.answering(head -> "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n")) {
            start(server);
            String first = told.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            assertTrue(first != null && first.startsWith("disconnected 4500 HTTP 401 PT"), first);
            expect("disconnected 4500 HTTP 401 null");
            expect("stopped");
        }
    }

    @Test
    @Tag("R33")
    void aPausedClient_stallsTheServersWrites_andThenGetsAll() throws Exception {
        try (EchoServer server = EchoServer.silent()) {
            TidingsClient client = start(server);
            EchoServer.Peer peer = server.nextPeer(PATIENCE);
            peer.sendText(CONNECTED);
            expect("connected");
            client.pause();
            int count = 200;
            CountDownLatch written = new CountDownLatch(count);
            Thread writer = Threads.daemon("writer", () -> {
                for (int i = 1; i <= count; i++) {
                    peer.sendText(message(i, 100_000));
                    written.countDown();
                }
            });
            writer.start();
            // 20 MB are more than the kernel and the JDK hold.
            awaitStall(written);
            assertTrue(told.size() <= 1, "was told of " + told.size());
            client.resume();
            for (int i = 0; i < count; i++) {
                expect("message 100000");
            }
            client.abort();
            assertNull(told.stream()
                    .filter(what -> what.startsWith("message"))
                    .findFirst()
                    .orElse(null));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** Until a quarter of a second brings nothing more. */
    private static void awaitStall(CountDownLatch written) throws InterruptedException {
        long left = written.getCount();
        while (true) {
            boolean all = written.await(250, TimeUnit.MILLISECONDS);
            assertTrue(!all, "the server could write everything");
            if (written.getCount() == left) {
                return;
            }
            left = written.getCount();
        }
    }
}
