package io.tidings.examples.standalone;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tidings.testkit.HandshakeRefused;
import io.tidings.testkit.RawWebSocketClient;
import io.tidings.testkit.Received;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Too much and too fast, over real sockets. */
class LimitsTest {

    private static final int BURST = 40;

    /** Opens as many as it takes to be refused. */
    private static HandshakeRefused refused(TestServer server, List<RawWebSocketClient> open, String... forwarded) {
        // A few may come back while they open; a machine that opens fewer than 20 a second is never refused.
        for (int i = 0; i < 50 * BURST; i++) {
            RawWebSocketClient.Builder socket = server.socket("/api/v1/ws");
            for (String client : forwarded) {
                socket.header("X-Forwarded-For", client);
            }
            try {
                open.add(socket.connect());
            } catch (HandshakeRefused refusal) {
                return refusal;
            }
        }
        throw new AssertionError("never refused");
    }

    @ParameterizedTest
    @EnumSource
    @Tag("R54")
    void handshakes_beyondABurstOfForty_areRefusedWith429_beforeTheUpgrade(Container container) {
        List<RawWebSocketClient> open = new ArrayList<>();
        try (TestServer server = TestServer.start(container)) {
            HandshakeRefused refusal = refused(server, open);
            assertTrue(open.size() >= BURST, () -> "refused after " + open.size());
            assertEquals(429, refusal.status());
            assertEquals(Optional.of("1"), refusal.response().header("Retry-After"));
            assertEquals(
                    "RATE_LIMIT",
                    TestServer.json(refusal.body()).at("/error/code").asText());
        } finally {
            open.forEach(RawWebSocketClient::close);
        }
    }

    @ParameterizedTest
    @EnumSource
    @Tag("R50")
    void posts_andFrames_shareTheUsersBudget_readsHaveTheirOwn(Container container) {
        try (TestServer server = TestServer.start(container)) {
            String token = server.token("user=1");
            try (LiveClient client = server.event(token)) {
                for (int i = 0; i < 60; i++) {
                    client.say("{'type':'message:mark_seen','data':{'conversationWith':2,'messageIds':[]}}");
                }
                client.say("{'type':'message:mark_seen','id':'last','data':{'conversationWith':2,'messageIds':[]}}");
                assertEquals("last", client.next("result").path("id").asText());
                for (int i = 0; i < 39; i++) {
                    assertEquals(400, post(server, token, "{}").statusCode(), "refused bodies count too");
                }
                HttpResponse<String> refused = post(server, token, "{'receiverId':2,'content':'x'}");
                assertEquals(429, refused.statusCode());
                int seconds = Integer.parseInt(
                        refused.headers().firstValue("Retry-After").orElseThrow());
                assertTrue(seconds >= 1 && seconds <= 60, () -> "Retry-After " + seconds);
                assertEquals(
                        "RATE_LIMIT",
                        TestServer.json(refused.body()).at("/error/code").asText());
                assertEquals(
                        seconds,
                        TestServer.json(refused.body()).at("/error/retryAfter").asInt());
                client.say("{'type':'message:send','id':'r1','data':{'receiverId':2,'content':'x'}}");
                assertEquals(
                        "RATE_LIMIT", client.next("error").at("/error/code").asText());
                assertEquals(200, server.getAs(token, "/api/v1/events").statusCode());
                assertEquals(
                        201,
                        post(server, server.token("user=2"), "{'receiverId':1,'content':'x'}")
                                .statusCode());
                String metrics = server.get("/metrics").body();
                assertTrue(metrics.contains("tidings_rate_limited_total{what=\"messages\"} 2\n"), metrics);
            }
        }
    }

    private static HttpResponse<String> post(TestServer server, String token, String body) {
        return server.post(token, "/api/v1/messages/", body);
    }

    @ParameterizedTest
    @EnumSource
    @Tag("R50")
    void reads_beyondTheirBudget_areRefusedWith429(Container container) {
        try (TestServer server = TestServer.start(container)) {
            String token = server.token("user=1");
            for (int i = 0; i < 600; i++) {
                assertEquals(200, server.getAs(token, "/api/v1/events?limit=1").statusCode());
            }
            HttpResponse<String> refused = server.getAs(token, "/api/v1/events?limit=1");
            assertEquals(429, refused.statusCode());
            assertTrue(refused.headers().firstValue("Retry-After").isPresent());
            assertEquals(200, server.get("/health").statusCode());
        }
    }

    @ParameterizedTest
    @EnumSource
    @Tag("R37")
    @Tag("R50")
    void aHundredRefusals_closeWith4029(Container container) {
        try (TestServer server = TestServer.start(container);
                LiveClient client = server.event(server.token("user=1"))) {
            for (int i = 0; i < 200; i++) {
                client.say("{'type':'category:subscribe','data':{'categories':['A']}}");
            }
            Received next = client.socket.next(LiveClient.PATIENCE);
            int errors = 0;
            while (next instanceof Received.Text text) {
                assertEquals(
                        "RATE_LIMIT",
                        TestServer.json(text.text()).at("/error/code").asText());
                errors++;
                next = client.socket.next(LiveClient.PATIENCE);
            }
            assertTrue(errors > 0 && errors <= 100, "errors " + errors);
            Received.Close close = assertInstanceOf(Received.Close.class, next);
            assertEquals(4029, close.code());
            assertTrue(close.reason().matches("rate limit;delayMs=[0-9]{4,5}"), close.reason());
        }
    }

    @ParameterizedTest
    @EnumSource
    @Tag("R8")
    @Tag("R54")
    void clientsOfATrustedProxy_areCountedApart(Container container) {
        List<RawWebSocketClient> open = new ArrayList<>();
        try (TestServer server = TestServer.start(container, "--trusted-proxy", "127.0.0.0/8")) {
            assertEquals(429, refused(server, open, "203.0.113.7").status());
            open.add(server.socket("/api/v1/ws")
                    .header("X-Forwarded-For", "203.0.113.8")
                    .connect());
            open.add(server.open("/api/v1/ws"));
        } finally {
            open.forEach(RawWebSocketClient::close);
        }
    }
}
