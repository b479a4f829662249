package io.tidings.auth;

import static io.tidings.auth.TestToken.assertAccepted;
import static io.tidings.auth.TestToken.assertRefused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.tidings.auth.Authentication.Accepted;
import io.tidings.auth.Authentication.Reason;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Keys of a real HTTP server that misbehaves in every way. */
@Tag("R2")
class JwksServerTest {

    private static final TestKey OLD = TestKey.ed25519();
    private static final TestKey NEW = TestKey.ed25519();
    private static final String OLD_SET = TestKey.set(OLD.jwk("\"kid\":\"old\""));
    private static final String NEW_SET = TestKey.set(NEW.jwk("\"kid\":\"new\""));
    private static final Duration COOL_DOWN = Duration.ofSeconds(30);

    private interface Answer {
        void to(HttpExchange exchange) throws Exception;
    }

    private final MovingTicker ticker = new MovingTicker();
    private final AtomicInteger requests = new AtomicInteger();
    private final CountDownLatch testOver = new CountDownLatch(1);
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private volatile Answer answer = body(200, OLD_SET);
    private HttpServer server;
    private int port;

    @BeforeEach
    void start() throws IOException {
        startOn(0);
    }

    private void startOn(int wanted) throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), wanted), 0);
        server.setExecutor(threads);
        server.createContext("/keys", exchange -> {
            requests.incrementAndGet();
            try (exchange) {
                answer.to(exchange);
            } catch (IOException e) {
                throw e;
            } catch (Exception e) {
                throw new IOException(e);
            }
        });
        server.start();
        port = server.getAddress().getPort();
    }

    @AfterEach
    void stop() throws InterruptedException {
        testOver.countDown();
        server.stop(0);
        threads.shutdownNow();
        assertTrue(threads.awaitTermination(10, TimeUnit.SECONDS));
    }

    private static Answer body(int status, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return exchange -> {
            exchange.sendResponseHeaders(status, bytes.length);
            exchange.getResponseBody().write(bytes);
        };
    }

    private URI uri() {
        return URI.create("http://127.0.0.1:" + port + "/keys");
    }

    private JwtAuthenticatorBuilder builder() {
        return JwtAuthenticator.withJwks(uri())
                .jwksTimeout(Duration.ofMinutes(1))
                .ticker(ticker)
                .executor(Runnable::run);
    }

    private static String oldToken() {
        return TestToken.named(OLD, "EdDSA", "old");
    }

    private static String newToken() {
        return TestToken.named(NEW, "EdDSA", "new");
    }

    private static void assertUnavailable(Authenticator authenticator, String token) {
        ExecutionException failure =
                assertThrows(ExecutionException.class, () -> TestToken.authenticate(authenticator, token));
        assertInstanceOf(IllegalStateException.class, failure.getCause());
    }

    @Test
    void keys_areFetchedOnceAndKept() throws Exception {
        JwtAuthenticator authenticator = builder().build();
        assertEquals(0, requests.get());
        assertAccepted(authenticator, oldToken());
        for (int i = 0; i < 100; i++) {
            assertTrue(
                    authenticator.authenticate(oldToken()).toCompletableFuture().isDone());
        }
        assertEquals(1, requests.get());
    }

    @Test
    void rotatedKey_isFetchedWhenATokenNamesIt() throws Exception {
        JwtAuthenticator authenticator = builder().build();
        assertAccepted(authenticator, oldToken());
        answer = body(200, NEW_SET);
        assertRefused(Reason.SIGNATURE, authenticator, newToken());
        assertEquals(1, requests.get());

        ticker.advance(COOL_DOWN);
        assertAccepted(authenticator, newToken());
        assertRefused(Reason.SIGNATURE, authenticator, oldToken());
        assertEquals(2, requests.get());
    }

    @Test
    void strangersWithUnknownKeys_causeOneFetchPerCoolDown() throws Exception {
        JwtAuthenticator authenticator = builder().build();
        assertAccepted(authenticator, oldToken());
        for (int i = 0; i < 50; i++) {
            assertRefused(Reason.SIGNATURE, authenticator, TestToken.named(NEW, "EdDSA", "k" + i));
        }
        assertEquals(1, requests.get());
        ticker.advance(COOL_DOWN);
        for (int i = 0; i < 50; i++) {
            assertRefused(Reason.SIGNATURE, authenticator, TestToken.named(NEW, "EdDSA", "k" + i));
        }
        assertEquals(2, requests.get());
    }

    @Test
    void tokensThatNoPublicKeyCouldSign_causeNoFetch() throws Exception {
        JwtAuthenticator authenticator = builder().build();
        assertRefused(Reason.SIGNATURE, authenticator, TestToken.named(TestKey.secret(32), "HS256", "old"));
        assertRefused(Reason.SIGNATURE, authenticator, "eyJhbGciOiJub25lIn0.e30.");
        assertRefused(Reason.MALFORMED, authenticator, "junk");
        assertEquals(0, requests.get());
    }

    @Test
    void wrongSignatureOfAKnownKey_causesNoFetch() throws Exception {
        JwtAuthenticator authenticator = builder().build();
        assertAccepted(authenticator, oldToken());
        ticker.advance(COOL_DOWN);
        assertRefused(Reason.SIGNATURE, authenticator, TestToken.named(NEW, "EdDSA", "old"));
        assertEquals(1, requests.get());
    }

    @Test
    void publishedSecret_isNotBelieved() throws Exception {
        TestKey secret = TestKey.secret(32);
        answer = body(200, TestKey.set(OLD.jwk("\"kid\":\"old\""), secret.jwk("\"kid\":\"s\"")));
        JwtAuthenticator authenticator = builder().build();
        assertAccepted(authenticator, oldToken());
        assertRefused(Reason.SIGNATURE, authenticator, TestToken.named(secret, "HS256", "s"));
    }

    @Test
    void hundredConcurrentCallers_shareOneFetchAndNoneIsBlocked() throws Exception {
        CountDownLatch allAsked = new CountDownLatch(1);
        answer = exchange -> {
            assertTrue(allAsked.await(30, TimeUnit.SECONDS));
            body(200, OLD_SET).to(exchange);
        };
        JwtAuthenticator authenticator = builder().build();
        CyclicBarrier together = new CyclicBarrier(100);
        Callable<CompletableFuture<Authentication>> caller = () -> {
            together.await(30, TimeUnit.SECONDS);
            return authenticator.authenticate(oldToken()).toCompletableFuture();
        };
        List<CompletableFuture<Authentication>> stages = new ArrayList<>();
        for (var called : threads.invokeAll(Collections.nCopies(100, caller))) {
            stages.add(called.get(30, TimeUnit.SECONDS));
        }
        assertTrue(stages.stream().noneMatch(CompletableFuture::isDone));
        allAsked.countDown();
        for (var stage : stages) {
            assertInstanceOf(Accepted.class, stage.get(30, TimeUnit.SECONDS));
        }
        assertEquals(1, requests.get());
    }

    @Test
    void refresh_delaysNobody() throws Exception {
        JwtAuthenticator authenticator = builder().build();
        assertAccepted(authenticator, oldToken());
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        answer = exchange -> {
            asked.countDown();
            assertTrue(go.await(30, TimeUnit.SECONDS));
            body(200, TestKey.set(OLD.jwk("\"kid\":\"old\""), NEW.jwk("\"kid\":\"new\"")))
                    .to(exchange);
        };
        ticker.advance(Duration.ofMinutes(5));
        String token = TestToken.signed(
                OLD, "EdDSA", "{\"alg\":\"EdDSA\",\"kid\":\"old\"}", "{\"sub\":\"a\",\"exp\":253402300799}");
        assertTrue(authenticator.authenticate(token).toCompletableFuture().isDone());
        assertTrue(asked.await(30, TimeUnit.SECONDS));
        CompletableFuture<Authentication> waiting =
                authenticator.authenticate(newToken()).toCompletableFuture();
        assertFalse(waiting.isDone());
        go.countDown();
        assertEquals(new Authentication.Refused(Reason.EXPIRED), waiting.get(30, TimeUnit.SECONDS));
        assertEquals(2, requests.get());
    }

    @Test
    void silentServer_isGivenUp() throws Exception {
        answer = exchange -> testOver.await();
        assertGivenUpThenRecovered();
    }

    @Test
    void serverThatStopsInTheMiddle_isGivenUp() throws Exception {
        answer = exchange -> {
            exchange.sendResponseHeaders(200, OLD_SET.length());
            exchange.getResponseBody().write(OLD_SET.getBytes(StandardCharsets.UTF_8), 0, 10);
            exchange.getResponseBody().flush();
            testOver.await();
        };
        assertGivenUpThenRecovered();
    }

    private void assertGivenUpThenRecovered() throws Exception {
        JwtAuthenticator authenticator =
                builder().jwksTimeout(Duration.ofMillis(300)).build();
        assertUnavailable(authenticator, oldToken());
        answer = body(200, OLD_SET);
        ticker.advance(Duration.ofSeconds(1));
        JwtAuthenticator patient = builder().build();
        assertAccepted(patient, oldToken());
    }

    @Test
    void socketThatNeverAnswers_isGivenUp() throws Exception {
        try (ServerSocket deaf = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            JwtAuthenticator authenticator = JwtAuthenticator.withJwks(
                            URI.create("http://127.0.0.1:" + deaf.getLocalPort() + "/keys"))
                    .jwksTimeout(Duration.ofMillis(300))
                    .build();
            assertUnavailable(authenticator, oldToken());
        }
    }

    @Test
    void errorsAndGarbage_leaveTheKeysThatAreHeld() throws Exception {
        JwtAuthenticator authenticator = builder().build();
        assertAccepted(authenticator, oldToken());
        List<Answer> bad = List.of(
                body(500, NEW_SET),
                body(404, NEW_SET),
                body(503, ""),
                body(200, "<html>log in</html>"),
                body(200, "{\"keys\":[]}"),
                body(200, NEW_SET.substring(0, NEW_SET.length() - 1)),
                exchange -> exchange.sendResponseHeaders(204, -1),
                exchange -> {
                    exchange.sendResponseHeaders(200, 1000);
                    exchange.getResponseBody().write('{');
                    throw new IOException("cut off by the test");
                });
        for (Answer each : bad) {
            answer = each;
            ticker.setMillis(MovingTicker.START_SECONDS * 1000);
            ticker.advance(COOL_DOWN);
            int before = requests.get();
            assertRefused(Reason.SIGNATURE, authenticator, newToken());
            assertEquals(before + 1, requests.get());
            assertAccepted(authenticator, oldToken());
        }
        answer = body(200, NEW_SET);
        ticker.advance(COOL_DOWN);
        assertAccepted(authenticator, newToken());
    }

    @Test
    void errorWithoutKeys_isOutOfOrderUntilRestored() throws Exception {
        answer = body(500, OLD_SET);
        JwtAuthenticator authenticator = builder().build();
        assertUnavailable(authenticator, oldToken());
        answer = body(200, OLD_SET);
        assertUnavailable(authenticator, oldToken());
        assertEquals(1, requests.get());
        ticker.advance(Duration.ofSeconds(1));
        assertAccepted(authenticator, oldToken());
        assertEquals(2, requests.get());
    }

    @Test
    void serverThatGoesAndReturns_isUsedAgain() throws Exception {
        JwtAuthenticator authenticator = builder().build();
        assertAccepted(authenticator, oldToken());
        server.stop(0);
        ticker.advance(COOL_DOWN);
        assertRefused(Reason.SIGNATURE, authenticator, newToken());
        assertAccepted(authenticator, oldToken());

        answer = body(200, NEW_SET);
        startOn(port);
        ticker.advance(Duration.ofSeconds(1));
        assertAccepted(authenticator, newToken());
    }

    @Test
    void body_of1MiBIsTheLongest() throws Exception {
        int mebibyte = 1 << 20;
        answer = body(200, OLD_SET + " ".repeat(mebibyte - OLD_SET.length()));
        assertAccepted(builder().build(), oldToken());
        answer = body(200, OLD_SET + " ".repeat(mebibyte - OLD_SET.length() + 1));
        assertUnavailable(builder().build(), oldToken());
    }

    @Test
    void endlessBody_isCutOff() throws Exception {
        CountDownLatch cutOff = new CountDownLatch(1);
        byte[] chunk = new byte[64 * 1024];
        answer = exchange -> {
            exchange.sendResponseHeaders(200, 0);
            try (OutputStream out = exchange.getResponseBody()) {
                while (true) {
                    out.write(chunk);
                }
            } catch (IOException e) {
                cutOff.countDown();
                throw e;
            }
        };
        assertUnavailable(builder().build(), oldToken());
        assertTrue(cutOff.await(30, TimeUnit.SECONDS));
    }

    @Test
    void tricklingBody_isCutOff() throws Exception {
        CountDownLatch headersSent = new CountDownLatch(1);
        CountDownLatch givenUp = new CountDownLatch(1);
        CountDownLatch cutOff = new CountDownLatch(1);
        answer = exchange -> {
            exchange.sendResponseHeaders(200, 0);
            exchange.getResponseBody().write(' ');
            exchange.getResponseBody().flush();
            headersSent.countDown();
            givenUp.await();
            try (OutputStream out = exchange.getResponseBody()) {
                // Far from the longest body, so that only the time-out ends it.
                for (int i = 0; i < 500_000; i++) {
                    out.write(' ');
                    out.flush();
                }
            } catch (IOException e) {
                cutOff.countDown();
                throw e;
            }
        };
        assertUnavailable(builder().jwksTimeout(Duration.ofSeconds(1)).build(), oldToken());
        assertTrue(headersSent.await(30, TimeUnit.SECONDS));
        givenUp.countDown();
        assertTrue(cutOff.await(30, TimeUnit.SECONDS));
    }

    @Test
    void redirect_isFollowed() throws Exception {
        answer = exchange -> {
            exchange.getResponseHeaders().add("Location", "/moved");
            exchange.sendResponseHeaders(302, -1);
        };
        server.createContext("/moved", exchange -> {
            try (exchange) {
                body(200, OLD_SET).to(exchange);
            } catch (Exception e) {
                throw new IOException(e);
            }
        });
        assertAccepted(builder().build(), oldToken());
    }

    @Test
    void redirectInACircle_isAFailure() throws Exception {
        answer = exchange -> {
            exchange.getResponseHeaders().add("Location", "/keys");
            exchange.sendResponseHeaders(302, -1);
        };
        assertUnavailable(builder().build(), oldToken());
        assertTrue(requests.get() < 20, () -> requests + " requests");
    }

    @Test
    void addressThatIsNotHttp_isNamedAtBuild() {
        for (String bad : List.of("file:///etc/passwd", "ftp://id.example/keys", "keys.json", "https:///keys")) {
            String message = assertThrows(
                            IllegalArgumentException.class,
                            () -> JwtAuthenticator.withJwks(URI.create(bad)).build())
                    .getMessage();
            assertTrue(message.startsWith("jwks must be an http or https address"), message);
        }
    }
}
