package io.tidings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tidings.dialect.Frame;
import io.tidings.http.TrustedProxies;
import io.tidings.policy.HandshakeLimits;
import io.tidings.spi.Handshake;
import io.tidings.spi.HubObserver;
import io.tidings.spi.TransportConnection;
import io.tidings.spi.TransportListener;
import io.tidings.testkit.RecordingConnection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** How fast connections may come, how many may wait, and from where they are said to come. */
class HubHandshakesTest {

    private final List<String> limited = new ArrayList<>();
    private HubFixture fixture = new HubFixture(this::observed);

    private HubBuilder observed(HubBuilder builder) {
        return builder.handshakeLimits(HandshakeLimits.STANDARD).observer(new HubObserver() {
            @Override
            public void limited(String what) {
                limited.add(what);
            }
        });
    }

    private void rebuild(UnaryOperator<HubBuilder> options) {
        fixture.close();
        fixture = new HubFixture(builder -> options.apply(observed(builder)));
    }

    @AfterEach
    void nothingIsLeft() {
        fixture.close();
    }

    private Handshake from(String address, Map<String, String> headers, String query) {
        return fixture.hub.acceptor().begin(new WordRequest(HubFixture.EVENT, query, headers, List.of(), address));
    }

    private int admitted(String address, int tries) {
        int admitted = 0;
        for (int i = 0; i < tries; i++) {
            admitted += from(address, Map.of(), "").immediate() == Handshake.UPGRADE ? 1 : 0;
        }
        return admitted;
    }

    @Test
    @Tag("R54")
    void beyondABurst_handshakesAreRefusedWith429_beforeAnythingIsChecked_andSoonGoOn() {
        assertEquals(40, admitted("203.0.113.7", 40));
        Handshake refused = from("203.0.113.7", Map.of("origin", "https://evil.example"), "token=bad");
        assertEquals(429, refused.immediate());
        assertEquals(429, refused.decision().toCompletableFuture().join());
        refused.abandon();
        assertEquals(List.of("handshakes"), limited);
        assertEquals(40, admitted("203.0.113.8", 40));
        fixture.time.advance(Duration.ofMillis(50));
        assertEquals(1, admitted("203.0.113.7", 2));
        assertEquals(0, fixture.hub.stats().unauthenticated());
    }

    @Test
    @Tag("R54")
    void refusedOrigins_countToo() {
        for (int i = 0; i < 40; i++) {
            assertEquals(
                    403,
                    from("203.0.113.7", Map.of("origin", "https://evil.example", "host", "a"), "")
                            .immediate());
        }
        assertEquals(0, admitted("203.0.113.7", 1));
    }

    @Test
    @Tag("R54")
    void unauthenticated_oneBeyondTheLimit_isRefusedWith503_untilOneHasGone() {
        rebuild(builder -> builder.handshakeLimits(HandshakeLimits.STANDARD.withUnauthenticated(3)));
        List<TestConnection> waiting = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            waiting.add(fixture.open(HubFixture.EVENT, ""));
        }
        assertEquals(503, from("203.0.113.7", Map.of(), "token=123").immediate());
        assertEquals(List.of("handshakes"), limited);
        waiting.get(0).say("auth", "{\"token\":\"123\"}").live();
        assertEquals(Handshake.UPGRADE, from("203.0.113.7", Map.of(), "").immediate());
        waiting.add(fixture.open(HubFixture.EVENT, ""));
        assertEquals(503, from("203.0.113.7", Map.of(), "").immediate());
        waiting.get(1).cut();
        fixture.event("124");
        assertEquals(3, fixture.hub.stats().unauthenticated() + 1);
    }

    @Test
    @Tag("R54")
    void unauthenticated_handshakesThatWereUnderWay_areClosedWith1013() {
        rebuild(builder -> builder.handshakeLimits(HandshakeLimits.STANDARD.withUnauthenticated(1)));
        Handshake first = from("203.0.113.7", Map.of(), "");
        Handshake second = from("203.0.113.7", Map.of(), "token=123");
        TestConnection one = new TestConnection(fixture.time, false);
        one.opened(first);
        TestConnection other = new TestConnection(fixture.time, false);
        other.opened(second);
        var close = other.wire.takeClose(1013);
        assertTrue(close.reason().matches("unavailable;delayMs=[0-9]{3,4}"), close.reason());
        other.say("auth", "{\"token\":\"123\"}").cut();
        other.wire.assertExhausted();
        assertEquals(1, fixture.hub.stats().unauthenticated());
        one.say("auth", "{\"token\":\"123\"}").live();
        assertEquals(0, fixture.hub.stats().unauthenticated());
    }

    @Test
    @Tag("R54")
    void unauthenticated_forAsLongAsTheHostSays() {
        rebuild(builder ->
                builder.handshakeLimits(HandshakeLimits.STANDARD.withAuthenticationTime(Duration.ofSeconds(2))));
        TestConnection client = fixture.open(HubFixture.EVENT, "");
        fixture.time.advance(Duration.ofSeconds(2).minusMillis(1));
        client.wire.assertExhausted();
        fixture.time.advance(Duration.ofMillis(101));
        client.take("error");
        client.wire.takeClose(4500);
    }

    @Test
    @Tag("R8")
    void addressOfAConnection_isTheClients_behindATrustedProxyAlone() {
        rebuild(builder -> builder.trustedProxies(TrustedProxies.of(List.of("10.0.0.0/8"))));
        Map<String, String> forwarded = Map.of("x-forwarded-for", "198.51.100.1\n203.0.113.7, 10.0.0.2");
        assertEquals("203.0.113.7", address("10.0.0.1", forwarded));
        assertEquals("203.0.113.99", address("203.0.113.99", forwarded));
        assertEquals("10.0.0.1", address("10.0.0.1", Map.of()));
        assertEquals("unknown", address("unknown", forwarded));
    }

    private String address(String peer, Map<String, String> headers) {
        Handshake handshake = from(peer, headers, "token=123");
        TestConnection client = new TestConnection(fixture.time, false);
        client.opened(handshake);
        fixture.time.runUntilQuiet();
        String address = fixture.hub
                .connections(io.tidings.message.UserKey.of(123))
                .get(0)
                .remoteAddress();
        client.live().cut();
        return address;
    }

    @Test
    @Tag("R8")
    @Tag("R54")
    void handshakes_areCountedByTheClientsAddress_behindATrustedProxy() {
        rebuild(builder -> builder.trustedProxies(TrustedProxies.of(List.of("10.0.0.1"))));
        for (int client = 1; client <= 3; client++) {
            int admitted = 0;
            for (int i = 0; i < 50; i++) {
                Map<String, String> forwarded = Map.of("forwarded", "for=1.1.1." + i + ", for=203.0.113." + client);
                admitted += from("10.0.0.1", forwarded, "").immediate() == Handshake.UPGRADE ? 1 : 0;
            }
            assertEquals(40, admitted);
        }
        assertEquals(40, admitted("203.0.113.9", 50), "nobody's proxy");
    }

    @Test
    @Tag("R36")
    void aDrainThatBegins_whileAConnectionOpens_sendsItAway_andKeepsNothingOfIt() {
        RecordingConnection wire = new RecordingConnection();
        Handshake begun = from("203.0.113.7", Map.of(), "token=123");
        TransportListener listener = begun.open(new TransportConnection() {
            @Override
            public void write(Frame[] frames, int count, WriteCallback callback) {
                wire.write(frames, count, callback);
            }

            @Override
            public void ping() {
                wire.ping();
            }

            @Override
            public void close(int code, String reason) {
                wire.close(code, reason);
            }

            @Override
            public void abort() {
                wire.abort();
            }

            /** Asked for once the hub has looked whether it drains, and before it knows the connection. */
            @Override
            public @Nullable Executor lane() {
                assertEquals(0, fixture.hub.drain().toCompletableFuture().join().closed());
                return null;
            }
        });
        fixture.time.runUntilQuiet();
        assertTrue(wire.takeClose(1012).reason().startsWith("drain;delayMs="));
        listener.text("{\"type\":\"auth\",\"data\":{\"token\":\"123\"}}", true);
        listener.closed(1006, null);
        fixture.assertEmpty();
        wire.assertExhausted();
    }

    @Test
    @Tag("R8")
    void whatAContainerSaysOfThePeer_isCut() {
        assertEquals("x".repeat(64), address("x".repeat(64), Map.of()));
        assertEquals("x".repeat(64), address("x".repeat(5_000), Map.of()));
    }

    @Test
    @Tag("R54")
    void handshakesThatWereUnderWay_areToldToTheObserver_whenThereIsNoRoom() {
        rebuild(builder -> builder.handshakeLimits(HandshakeLimits.STANDARD.withUnauthenticated(1)));
        Handshake second = from("203.0.113.7", Map.of(), "");
        fixture.open(HubFixture.EVENT, "");
        assertEquals(List.of(), limited);
        new TestConnection(fixture.time, false).opened(second);
        assertEquals(List.of("handshakes"), limited);
    }
}
