package io.tidings.examples.standalone;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tidings.testkit.HandshakeRefused;
import io.tidings.testkit.RawWebSocketClient;
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
