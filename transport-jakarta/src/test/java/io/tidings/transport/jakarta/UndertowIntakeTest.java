package io.tidings.transport.jakarta;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tidings.http.HttpResponse;
import io.tidings.http.HttpRoute;
import io.tidings.http.HttpRouter;
import io.tidings.spi.Acceptor;
import io.tidings.spi.Handshake;
import io.tidings.spi.HandshakeRequest;
import io.tidings.spi.TransportConnection;
import io.tidings.spi.TransportListener;
import io.tidings.testkit.RawWebSocketClient;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Thousands that come back at once hold up nobody who is there already. */
@Tag("R100")
class UndertowIntakeTest {

    private static final int COMING = 300;

    /** What is opened in a round, in those before and after it, and no more. */
    private static final int SOME = 3 * 16;

    private static final int PATIENCE_SECONDS = 60;
    private static final String UPGRADE = "GET " + EchoAcceptor.PATH + " HTTP/1.1\r\nHost: x\r\n"
            + "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            + "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n";

    private final CountDownLatch held = new CountDownLatch(1);
    private final CountDownLatch release = new CountDownLatch(1);
    private final AtomicInteger begun = new AtomicInteger();
    private final CountDownLatch allOpen = new CountDownLatch(COMING + 1);
    private final BlockingQueue<TransportConnection> opened = new LinkedBlockingQueue<>();
    private final CompletableFuture<Integer> begunWhenHeard = new CompletableFuture<>();

    private final UndertowTransport transport =
            new UndertowTransport(TransportOptions.builder().ioThreads(1).build());
    private final List<Socket> sockets = new ArrayList<>();
    private InetSocketAddress address;

    @BeforeEach
    void start() throws IOException {
        address = transport.start(new Counting());
    }

    @AfterEach
    void stop() throws IOException {
        release.countDown();
        for (Socket each : sockets) {
            each.close();
        }
        transport.close();
    }

    @Test
    void handshakes_thatComeTogether_letThroughWhatOthersAreSent() throws Exception {
        try (RawWebSocketClient there = client()) {
            TransportConnection connection = opened.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
            assertNotNull(connection);
            Executor lane = connection.lane();
            assertNotNull(lane);
            comeWhileTheThreadIsHeld();
            release.countDown();
            int most = 0;
            while (begun.get() <= COMING) {
                int before = begun.get();
                CompletableFuture<Integer> ran = new CompletableFuture<>();
                lane.execute(() -> ran.complete(begun.get()));
                most = Math.max(most, ran.get(PATIENCE_SECONDS, TimeUnit.SECONDS) - before);
            }
            assertTrue(most <= SOME, most + " handshakes before what an open connection is sent");
            assertTrue(allOpen.await(PATIENCE_SECONDS, TimeUnit.SECONDS), "those that waited are served");
            assertEquals(COMING + 1, begun.get());
        }
    }

    /** All have come, and the text too, when the thread goes on: the sockets have their turn between the handshakes. */
    @Test
    void handshakes_thatComeTogether_letThroughWhatOthersSay() throws Exception {
        try (RawWebSocketClient there = client()) {
            assertNotNull(opened.poll(PATIENCE_SECONDS, TimeUnit.SECONDS));
            comeWhileTheThreadIsHeld();
            there.sendText("here");
            release.countDown();
            int before = begunWhenHeard.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            assertTrue(before < COMING / 2, before + " handshakes before what an open connection says");
        }
    }

    @Test
    void connections_thatWait_endWithTheTransport() throws Exception {
        comeWhileTheThreadIsHeld();
        CompletableFuture<Void> closed = CompletableFuture.runAsync(transport::close);
        release.countDown();
        closed.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        for (Socket each : sockets) {
            assertEnds(each);
        }
    }

    private RawWebSocketClient client() {
        return RawWebSocketClient.to("127.0.0.1", address.getPort(), EchoAcceptor.PATH)
                .connect();
    }

    private void comeWhileTheThreadIsHeld() throws Exception {
        send("GET /hold HTTP/1.1\r\nHost: x\r\n\r\n");
        assertTrue(held.await(PATIENCE_SECONDS, TimeUnit.SECONDS));
        for (int i = 0; i < COMING; i++) {
            send(UPGRADE);
        }
    }

    private static void assertEnds(Socket socket) throws IOException {
        socket.setSoTimeout(PATIENCE_SECONDS * 1_000);
        try {
            socket.getInputStream().readAllBytes();
        } catch (SocketTimeoutException open) {
            throw new AssertionError("still open", open);
        } catch (SocketException reset) {
            // is an end too
        }
    }

    private void send(String request) throws IOException {
        Socket socket = new Socket(address.getAddress(), address.getPort());
        sockets.add(socket);
        socket.getOutputStream().write(request.getBytes(US_ASCII));
    }

    /** Lets everybody in, and counts; its route holds the I/O thread. */
    private final class Counting implements Acceptor {

        @Override
        public Set<String> paths() {
            return Set.of(EchoAcceptor.PATH);
        }

        @Override
        public int maxInboundBytes(String path) {
            return 4096;
        }

        @Override
        public HttpRouter routes() {
            return new HttpRouter(List.of(HttpRoute.get("/hold", request -> {
                held.countDown();
                try {
                    assertTrue(release.await(PATIENCE_SECONDS, TimeUnit.SECONDS));
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
                return CompletableFuture.completedFuture(HttpResponse.text(200, "held"));
            })));
        }

        @Override
        public Handshake begin(HandshakeRequest request) {
            begun.incrementAndGet();
            Handshake echo = new EchoAcceptor().begin(request);
            return new Handshake() {
                @Override
                public int immediate() {
                    return echo.immediate();
                }

                @Override
                public CompletionStage<Integer> decision() {
                    return echo.decision();
                }

                @Override
                public Optional<String> subprotocol() {
                    return echo.subprotocol();
                }

                @Override
                public TransportListener open(TransportConnection connection) {
                    opened.add(connection);
                    allOpen.countDown();
                    return new Listening();
                }

                @Override
                public void abandon() {
                    echo.abandon();
                }
            };
        }
    }

    /** Notes how many handshakes had begun when it hears something. */
    private final class Listening implements TransportListener {

        @Override
        public void text(CharSequence part, boolean last) {
            begunWhenHeard.complete(begun.get());
        }

        @Override
        public void binary() {}

        @Override
        public void pong() {}

        @Override
        public void tooLarge() {}

        @Override
        public void closed(int code, @Nullable String reason) {}

        @Override
        public void failed(Throwable failure) {}
    }
}
