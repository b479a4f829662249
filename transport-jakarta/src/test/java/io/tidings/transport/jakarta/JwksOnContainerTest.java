package io.tidings.transport.jakarta;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.tidings.Endpoint;
import io.tidings.Hub;
import io.tidings.auth.JwtAuthenticator;
import io.tidings.dialect.EventDialect;
import io.tidings.http.HttpResponse;
import io.tidings.http.HttpRoute;
import io.tidings.policy.HandshakeLimits;
import io.tidings.spi.Transport;
import io.tidings.testkit.HandshakeRefused;
import io.tidings.testkit.ManualTime;
import io.tidings.testkit.RawWebSocketClient;
import io.tidings.testkit.Received;
import io.tidings.testkit.UpgradeRequest;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Connections whose tokens are checked with keys that a server publishes: slow, wrong, away, rotated. All on real sockets. */
@Tag("R2")
class JwksOnContainerTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String AFTER = "/after";
    private static final String BEFORE = "/before";

    private interface Answer {
        void to(HttpExchange exchange) throws Exception;
    }

    private final ManualTime time = new ManualTime();
    private final WalkTokens first = new WalkTokens(ManualTime.START, "first");
    private final WalkTokens second = new WalkTokens(ManualTime.START, "second");
    private final AtomicInteger fetches = new AtomicInteger();
    private final CountDownLatch over = new CountDownLatch(1);
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private volatile Answer answer = body(200, first.jwks());
    private HttpServer keys;
    private Hub hub;
    private Transport transport;
    private InetSocketAddress address;

    @BeforeEach
    void start() throws IOException {
        keys = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        keys.setExecutor(threads);
        keys.createContext("/", exchange -> {
            fetches.incrementAndGet();
            try (exchange) {
                answer.to(exchange);
            } catch (IOException e) {
                throw e;
            } catch (Exception e) {
                throw new IOException(e);
            }
        });
        keys.start();
        listen(Duration.ofSeconds(30));
    }

    /** A hub that waits so long for keys, in the place of the one before. */
    private void listen(Duration jwksTimeout) throws IOException {
        hub = Hub.builder()
                .endpoint(Endpoint.of(AFTER, EventDialect.standard()))
                .endpoint(Endpoint.of(BEFORE, EventDialect.standard()).refusingBeforeUpgrade())
                .handshakeLimits(HandshakeLimits.STANDARD.unlimited())
                .route(HttpRoute.get(
                        "/alive", request -> CompletableFuture.completedFuture(HttpResponse.text(200, "alive"))))
                .authenticator(JwtAuthenticator.withJwks(URI.create(
                                "http://127.0.0.1:" + keys.getAddress().getPort() + "/keys"))
                        .jwksTimeout(jwksTimeout)
                        .ticker(time)
                        .build())
                .ticker(time)
                .scheduler(time)
                .build();
        transport =
                new UndertowTransport(TransportOptions.builder().ioThreads(1).build());
        address = transport.start(hub.acceptor());
    }

    @AfterEach
    void stop() throws InterruptedException {
        over.countDown();
        endHub();
        keys.stop(0);
        threads.shutdownNow();
        assertTrue(threads.awaitTermination(10, TimeUnit.SECONDS));
    }

    private void endHub() {
        transport.close();
        hub.close();
    }

    @Test
    void slowServer_isWaitedFor_andHoldsUpNobody() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        answer = exchange -> {
            go.await(60, TimeUnit.SECONDS);
            body(200, first.jwks()).to(exchange);
        };
        List<CompletableFuture<RawWebSocketClient>> waiting = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            String token = first.good("u" + i);
            String path = i % 2 == 0 ? AFTER : BEFORE;
            waiting.add(CompletableFuture.supplyAsync(() -> open(path, token), threads));
        }
        try (InputStream alive = URI.create("http://127.0.0.1:" + address.getPort() + "/alive")
                .toURL()
                .openStream()) {
            assertEquals("alive", new String(alive.readAllBytes(), UTF_8));
        }
        go.countDown();
        for (CompletableFuture<RawWebSocketClient> each : waiting) {
            try (RawWebSocketClient client = each.get(60, TimeUnit.SECONDS)) {
                assertConnected(client);
            }
        }
        assertEquals(1, fetches.get());
    }

    @Test
    void wrongServer_closesWith1011_orAnswers503_untilItIsRight() {
        List<Answer> wrong = List.of(
                body(200, "<html>not keys</html>"),
                body(500, "secret stack trace"),
                body(200, "{\"keys\":[]}"),
                exchange -> {
                    exchange.sendResponseHeaders(200, 0);
                    try (OutputStream endless = exchange.getResponseBody()) {
                        for (int i = 0; i < 100; i++) {
                            endless.write(new byte[64 * 1024]);
                        }
                    }
                },
                exchange -> {
                    exchange.getResponseHeaders().add("Location", "/keys");
                    exchange.sendResponseHeaders(302, -1);
                },
                exchange -> {
                    throw new IOException("away");
                });
        for (Answer each : wrong) {
            answer = each;
            assertUnavailable();
            time.advance(Duration.ofMinutes(1));
        }
        answer = body(200, first.jwks());
        try (RawWebSocketClient client = open(AFTER, first.good("1"))) {
            assertConnected(client);
        }
    }

    @Test
    void serverThatNeverAnswers_closesWith1011_orAnswers503_andIsAskedAgain() throws IOException {
        endHub();
        listen(Duration.ofSeconds(1));
        answer = exchange -> over.await(60, TimeUnit.SECONDS);
        assertUnavailable();
        assertEquals(1, fetches.get(), "the second token comes within the pause");
        time.advance(Duration.ofMinutes(1));
        assertUnavailable();
        assertEquals(2, fetches.get());
    }

    @Test
    void serverAway_leavesTheKeysThatWereFetched() {
        openOnce();
        keys.stop(0);
        time.advance(Duration.ofMinutes(6));
        try (RawWebSocketClient client = open(BEFORE, first.good("2"))) {
            assertConnected(client);
        }
    }

    @Test
    void rotatedKey_isFetchedWhenATokenNamesIt() {
        openOnce();
        answer = body(200, second.jwks());
        time.advance(Duration.ofSeconds(31));
        try (RawWebSocketClient client = open(AFTER, second.good("2"))) {
            assertConnected(client);
        }
        assertEquals(4500, closeCode(open(AFTER, first.good("3"))), "the old key is withdrawn");
        assertEquals(2, fetches.get());
    }

    @Test
    void strangersKeys_doNotFloodTheServer() {
        openOnce();
        for (int i = 0; i < 50; i++) {
            WalkTokens stranger = i % 25 == 0 ? new WalkTokens(ManualTime.START, "stranger" + i) : second;
            assertEquals(4500, closeCode(open(AFTER, stranger.good("2"))));
        }
        assertEquals(1, fetches.get(), "within the cool-down");
        time.advance(Duration.ofSeconds(31));
        for (int i = 0; i < 20; i++) {
            assertEquals(4500, closeCode(open(AFTER, second.good("2"))));
        }
        assertEquals(2, fetches.get());
    }

    private void openOnce() {
        try (RawWebSocketClient client = open(AFTER, first.good("1"))) {
            assertConnected(client);
        }
    }

    private void assertUnavailable() {
        assertEquals(1011, closeCode(open(AFTER, first.good("1"))));
        try (RawWebSocketClient opened = open(BEFORE, first.good("1"))) {
            throw new AssertionError("opened: " + opened.next(PATIENCE));
        } catch (HandshakeRefused refused) {
            assertEquals(503, refused.status());
            assertTrue(refused.body().contains("INTERNAL_ERROR"), refused.body());
        }
    }

    private RawWebSocketClient open(String path, String token) {
        return RawWebSocketClient.to(
                        UpgradeRequest.to("127.0.0.1", address.getPort(), path).bearer(token))
                .connect();
    }

    private static void assertConnected(RawWebSocketClient client) {
        String said = client.nextText(PATIENCE);
        assertTrue(said.contains("\"connected\""), said);
    }

    private static int closeCode(RawWebSocketClient client) {
        try (client) {
            Received next = client.next(PATIENCE);
            while (next instanceof Received.Text) {
                next = client.next(PATIENCE);
            }
            return next instanceof Received.Close close ? close.code() : 0;
        }
    }

    private static Answer body(int status, String text) {
        byte[] bytes = text.getBytes(UTF_8);
        return exchange -> {
            exchange.sendResponseHeaders(status, bytes.length);
            exchange.getResponseBody().write(bytes);
        };
    }
}
