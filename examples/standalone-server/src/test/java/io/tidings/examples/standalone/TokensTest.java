package io.tidings.examples.standalone;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import io.tidings.auth.TokenIssuer;
import io.tidings.http.HttpRequest;
import io.tidings.http.HttpRoute;
import io.tidings.spi.Ticker;
import io.tidings.testkit.HandshakeRefused;
import io.tidings.testkit.RawWebSocketClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whose tokens hold, in dev mode and out of it. */
class TokensTest {

    private static final String SECRET = "0123456789abcdef0123456789abcdef";

    @Test
    void devToken_saysWhatIsWrongWithAParameter() {
        try (TestServer server = TestServer.start(Container.TYRUS)) {
            RestTest.assertInvalid("user", server.get("/dev/token"));
            RestTest.assertInvalid("user", server.get("/dev/token?user="));
            RestTest.assertInvalid("user", server.get("/dev/token?user=" + "u".repeat(129)));
            RestTest.assertInvalid("tenant", server.get("/dev/token?user=1&tenant=" + "t".repeat(129)));
            RestTest.assertInvalid("device", server.get("/dev/token?user=1&device=" + "d".repeat(129)));
            RestTest.assertInvalid("scope", server.get("/dev/token?user=1&scope=" + "s".repeat(1_025)));
            RestTest.assertInvalid("ttl", server.get("/dev/token?user=1&ttl=x"));
            RestTest.assertInvalid("ttl", server.get("/dev/token?user=1&ttl=31536001"));
            HttpResponse<String> token = server.get("/dev/token?user=1&ttl=31536000");
            assertEquals(200, token.statusCode());
            assertEquals(
                    "text/plain; charset=utf-8",
                    token.headers().firstValue("Content-Type").orElse(""));
            assertEquals("no-store", token.headers().firstValue("Cache-Control").orElse(""));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "127.0.0.1:8080,200",
        "localhost,200",
        "LOCALHOST:1,200",
        "[::1]:8080,200",
        "evil.example:8080,403",
        "127.0.0.1.evil.example,403",
        "localhost.evil.example:8080,403",
        "10.0.0.1,403",
        "'',403"
    })
    void devToken_isForPagesOfThisMachineOnly_whateverNamePointsHere(String host, int status) {
        HttpRoute route = DevTokenRoute.of(
                TokenIssuer.withRandomSecret(),
                new Flags.Tokens(null, null, null, null, "sub", "tenantId"),
                Ticker.SYSTEM);
        HttpRequest request = new HttpRequest(
                "GET",
                route.path(),
                Map.of("user", List.of("1")),
                Map.of("Host", List.of(host)),
                new byte[0],
                "127.0.0.1");
        assertEquals(
                status,
                route.handler().handle(request).toCompletableFuture().join().status());
    }

    @ParameterizedTest
    @CsvSource({
        "http://localhost:3000,200",
        "https://127.0.0.1,200",
        "http://[::1]:5173,200",
        "https://evil.example,403",
        "http://localhost.evil.example:3000,403",
        "null,403"
    })
    void devToken_isNotForPagesOfOtherMachines_whichMayUseTheOtherRoutes(String origin, int status) {
        try (TestServer server = TestServer.start(Container.TYRUS)) {
            HttpResponse<String> answer = server.get("/dev/token?user=1", "Origin", origin);
            assertEquals(status, answer.statusCode(), answer.body());
            assertEquals(200, server.get("/health", "Origin", origin).statusCode());
        }
    }

    @Test
    void devToken_holdsForAnHourUnlessToldOtherwise() {
        try (TestServer server = TestServer.start(Container.TYRUS)) {
            assertEquals(3_600, seconds(server.token("user=1")));
            assertEquals(60, seconds(server.token("user=1&ttl=60")));
        }
    }

    private static long seconds(String token) {
        JsonNode claims = claims(token);
        return claims.path("exp").asLong() - claims.path("iat").asLong();
    }

    @Test
    @Tag("R3")
    void devToken_hasTheClaimsThatTheFlagsName() {
        try (TestServer server = TestServer.start(
                Container.TYRUS, "--issuer", "I", "--audience", "A", "--user-claim", "uid", "--tenant-claim", "org")) {
            String token = server.token("user=1&tenant=t&device=d");
            JsonNode claims = claims(token);
            assertEquals("1", claims.path("uid").asText());
            assertEquals("t", claims.path("org").asText());
            assertEquals("d", claims.path("device").asText());
            assertEquals("I", claims.path("iss").asText());
            assertEquals("A", claims.path("aud").asText());
            try (LiveClient client = server.event(token)) {
                assertEquals("t", client.connected.path("tenantId").asText());
            }
        }
    }

    private static JsonNode claims(String token) {
        byte[] claims = Base64.getUrlDecoder().decode(token.split("\\.", -1)[1]);
        return TestServer.json(new String(claims, StandardCharsets.UTF_8));
    }

    @Test
    void devTokensOfTwoServers_doNotMix() {
        try (TestServer one = TestServer.start(Container.TYRUS);
                TestServer other = TestServer.start(Container.TYRUS)) {
            assertEquals(401, other.getAs(one.token("user=1"), "/api/v1/events").statusCode());
        }
    }

    @Test
    @Tag("R2")
    void withASecret_thereIsNoDevToken_andTokensOfTheSecretHold() {
        try (TestServer server =
                TestServer.start(Container.TYRUS, "--jwt-secret", SECRET, "--issuer", "I", "--audience", "A")) {
            assertEquals(404, server.get("/dev/token?user=1").statusCode());
            TokenIssuer issuer = TokenIssuer.withSecret(SECRET);
            long exp = Instant.now().getEpochSecond() + 60;
            Map<String, ?> good = Map.of("sub", "1", "iss", "I", "aud", "A", "exp", exp);
            assertEquals(200, server.getAs(issuer.sign(good), "/api/v1/events").statusCode());
            for (String bad : List.of(
                    issuer.sign(Map.of("sub", "1", "iss", "X", "aud", "A", "exp", exp)),
                    issuer.sign(Map.of("sub", "1", "iss", "I", "aud", "X", "exp", exp)),
                    issuer.sign(Map.of("user", "1", "iss", "I", "aud", "A", "exp", exp)),
                    TokenIssuer.withRandomSecret().sign(good))) {
                assertEquals(401, server.getAs(bad, "/api/v1/events").statusCode());
            }
        }
    }

    @Test
    @Tag("R6")
    void withASecret_pagesOfOtherServersAreRefused() {
        try (TestServer server = TestServer.start(Container.TYRUS, "--jwt-secret", SECRET)) {
            String token = TokenIssuer.withSecret(SECRET)
                    .sign(Map.of("sub", "1", "exp", Instant.now().getEpochSecond() + 60));
            RawWebSocketClient.Builder own =
                    server.socket("/api/v1/ws?token=" + token).origin(server.server.url());
            try (LiveClient client = LiveClient.event(own.connect())) {
                assertEquals(1, client.connected.path("userId").asInt());
            }
            RawWebSocketClient.Builder other =
                    server.socket("/api/v1/ws?token=" + token).origin("https://elsewhere.example");
            assertEquals(
                    403, assertThrows(HandshakeRefused.class, other::connect).status());
        }
    }

    @Test
    @Tag("R2")
    void whileKeysCannotBeFetched_aTokenIsNeitherGoodNorBad() throws IOException {
        int nobodyListens;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            nobodyListens = free.getLocalPort();
        }
        String url = "http://127.0.0.1:" + nobodyListens + "/keys";
        try (TestServer server = TestServer.start(Container.TYRUS, "--jwks-url", url)) {
            String unknown = "eyJhbGciOiJFZERTQSJ9.e30.AAAA";
            RestTest.assertError(503, "INTERNAL_ERROR", null, server.getAs(unknown, "/api/v1/events"));
        }
    }
}
