package io.tidings.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tidings.spi.Handshake;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The part of {@link TransportContract} before a connection is open. */
abstract class TransportHandshakeContract extends TransportFixture {

    TransportHandshakeContract() {}

    @Test
    void handshake_accepted_opensOnce() {
        RawWebSocketClient client = connect();
        session();
        assertEquals(1, handshake().opened().get());
        assertEquals(0, handshake().abandoned().get());
        assertEquals(Optional.of(SUBPROTOCOL), client.subprotocol());
        assertEquals(Optional.empty(), client.poll(Duration.ofMillis(1)), "nothing is sent unasked");
    }

    @Test
    void handshake_showsTheRequestAsItCame() {
        connect(client(ScriptedAcceptor.PATH + "?token=a%2Bb&x=1+2")
                .bearer("t.o.k, en")
                .origin("https://app.example")
                .subprotocols("bearer.abc", SUBPROTOCOL));
        ScriptedAcceptor.SeenHandshake seen = handshake();
        assertEquals(ScriptedAcceptor.PATH, seen.path());
        assertEquals("token=a%2Bb&x=1+2", seen.query());
        assertEquals(Optional.of("Bearer t.o.k, en"), seen.authorization());
        assertEquals(Optional.of("https://app.example"), seen.origin());
        assertEquals(Optional.empty(), seen.absent());
        assertEquals(List.of("bearer.abc", SUBPROTOCOL), seen.subprotocols());
        assertEquals("127.0.0.1", seen.remoteAddress());
    }

    @Test
    @Tag("R8")
    void handshake_showsEveryLineOfAHeader_inOrder() {
        connect(RawWebSocketClient.to(request(ScriptedAcceptor.PATH)
                .addHeader("X-Forwarded-For", "203.0.113.7, 10.0.0.1")
                .addHeader("x-forwarded-for", "10.0.0.2")));
        // A transport may join lines, which is the same list (RFC 9110 section 5.3).
        assertEquals(
                "203.0.113.7, 10.0.0.1, 10.0.0.2", String.join(", ", handshake().forwardedFor()));
    }

    @Test
    @Tag("R8")
    void handshake_withoutAHeader_showsNoLineOfIt() {
        connect();
        assertEquals(List.of(), handshake().forwardedFor());
    }

    @Test
    void handshake_withoutQuery_showsAnEmptyOne() {
        connect(RawWebSocketClient.to(request(ScriptedAcceptor.PATH)));
        assertEquals("", handshake().query());
        assertEquals(List.of(), handshake().subprotocols());
    }

    @Test
    void subprotocol_tokenEntry_isNeverEchoed() {
        assertEquals(
                Optional.of(SUBPROTOCOL),
                connect(client().subprotocols("bearer.secret", SUBPROTOCOL)).subprotocol());
        RawWebSocketClient only = connect(client().subprotocols("bearer.secret"));
        assertEquals(Optional.empty(), only.subprotocol());
        assertFalse(only.response().headers().toString().contains("secret"));
        assertEquals(
                Optional.empty(),
                connect(RawWebSocketClient.to(request(ScriptedAcceptor.PATH))).subprotocol());
    }

    @Test
    void extension_offered_isNotNegotiated() {
        RawWebSocketClient client =
                connect(client().header("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits"));
        assertEquals(Optional.empty(), client.response().header("Sec-WebSocket-Extensions"));
    }

    @Test
    void handshake_longToken_isTaken() {
        String token = "t".repeat(12_000);
        connect(client(ScriptedAcceptor.PATH + "?token=" + token).bearer(token));
        assertEquals("token=" + token, handshake().query());
        assertEquals(Optional.of("Bearer " + token), handshake().authorization());
    }

    @Test
    void handshake_endlessHeader_isRefused() {
        try (RawHttp http = http()) {
            http.lines("GET " + ScriptedAcceptor.PATH + " HTTP/1.1", "Host: x").raw("X-Endless: ");
            String answer = "";
            try {
                for (int i = 0; i < 2000; i++) {
                    http.raw("x".repeat(1000));
                }
                answer = http.rest();
            } catch (UncheckedIOException cutOff) {
                // before the end, which is as good
            }
            assertTrue(answer.isEmpty() || answer.startsWith("HTTP/1.1 4"), answer);
        }
        connect();
    }

    @Test
    void handshake_query_isNotEchoed() {
        RawWebSocketClient client = connect(client(ScriptedAcceptor.PATH + "?token=secret"));
        assertFalse(client.response().headers().toString().contains("secret"));
    }

    @Test
    void handshake_refusedAtOnce_getsTheStatus_andOpensNothing() {
        for (int status : new int[] {401, 403, 429, 503}) {
            acceptor.refuseAtOnce(status);
            assertRefused(status);
        }
        assertEquals(4, acceptor.handshakes.size());
        assertTrue(acceptor.sessions.isEmpty());
    }

    @Test
    @Tag("R54")
    void handshake_tooOften_isToldWhenToTryAgain() {
        acceptor.refuseAtOnce(429);
        HandshakeRefused refused = assertThrows(HandshakeRefused.class, () -> client().connect());
        assertEquals(Optional.of("1"), refused.response().header("Retry-After"));
    }

    @Test
    void handshake_refusedByDecision_getsTheStatus_andOpensNothing() {
        for (int status : new int[] {401, 403, 429, 503}) {
            acceptor.decide(CompletableFuture.completedFuture(status));
            assertRefused(status);
        }
        assertEquals(4, acceptor.handshakes.size());
        assertTrue(acceptor.sessions.isEmpty());
    }

    @Test
    void handshake_lateDecision_isWaitedFor() throws Exception {
        CompletableFuture<Integer> decision = new CompletableFuture<>();
        acceptor.decide(decision);
        CompletableFuture<RawWebSocketClient> connecting = CompletableFuture.supplyAsync(this::connect);
        awaitHandshakes(1);
        assertEquals(0, handshake().opened().get());
        assertFalse(connecting.isDone());
        decision.complete(Handshake.UPGRADE);
        RecordedSession session = session();
        RawWebSocketClient client = connecting.get();
        client.sendText("after");
        assertEquals("after", session.nextText());
        assertTrue(session.write("before").succeeded());
        assertEquals("before", client.nextText(patience()));
    }

    @Test
    void handshake_lateRefusal_getsTheStatus() throws Exception {
        CompletableFuture<Integer> decision = new CompletableFuture<>();
        acceptor.decide(decision);
        CompletableFuture<Void> refused = CompletableFuture.runAsync(() -> assertRefused(401));
        awaitHandshakes(1);
        decision.complete(401);
        refused.get();
        assertTrue(acceptor.sessions.isEmpty());
    }

    @Test
    void handshake_waiting_holdsUpNobody() {
        CompletableFuture<Integer> never = new CompletableFuture<>();
        acceptor.decide(never);
        List<RawHttp> waiting = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            waiting.add(http().upgrade(request(ScriptedAcceptor.PATH)));
        }
        awaitHandshakes(50);
        acceptor.decide(CompletableFuture.completedFuture(Handshake.UPGRADE));
        connect();
        session();
        never.complete(403);
        for (RawHttp each : waiting) {
            assertEquals(403, each.response().status());
            each.close();
        }
    }

    @Test
    void handshake_clientGoneBeforeTheDecision_isOpenedOrAbandonedOnce() {
        CompletableFuture<Integer> decision = new CompletableFuture<>();
        acceptor.decide(decision);
        try (RawHttp gone = http()) {
            gone.upgrade(request(ScriptedAcceptor.PATH));
            awaitHandshakes(1);
        }
        decision.complete(Handshake.UPGRADE);
        acceptor.decide(CompletableFuture.completedFuture(Handshake.UPGRADE));
        ScriptedAcceptor.SeenHandshake seen = handshake();
        awaitTrue(
                "opened or abandoned",
                () -> seen.opened().get() + seen.abandoned().get() > 0);
        if (seen.opened().get() > 0) {
            session().nextEnd();
        }
    }

    @Test
    void handshake_malformed_isRefused() {
        UpgradeRequest good = request(ScriptedAcceptor.PATH);
        assertClientError(good.withoutHeader("Sec-WebSocket-Key"));
        assertClientError(good.header("Sec-WebSocket-Key", "short"));
        assertClientError(good.header("Sec-WebSocket-Version", "7"));
        assertClientError(good.withoutHeader("Sec-WebSocket-Version"));
        assertClientError(good.withoutHeader("Upgrade"));
        assertClientError(good.header("Connection", "keep-alive"));
        assertTrue(acceptor.sessions.isEmpty());
    }

    @Test
    void handshake_connectionHeaderAsAList_isTaken() {
        connect(RawWebSocketClient.to(request(ScriptedAcceptor.PATH)
                .header("Connection", "keep-alive, Upgrade")
                .header("Upgrade", "WebSocket")));
        session();
    }

    @Test
    void handshake_unknownPath_isNotFound() {
        assertEquals(404, refused(request("/contract/elsewhere")).status());
        assertTrue(acceptor.handshakes.isEmpty());
    }

    private void assertRefused(int status) {
        HandshakeRefused refused = refused(request(ScriptedAcceptor.PATH));
        assertEquals(status, refused.status());
        assertEquals(Optional.empty(), refused.response().header("Sec-WebSocket-Accept"));
        assertEquals(
                status == 401 ? Optional.of("Bearer") : Optional.empty(),
                refused.response().header("WWW-Authenticate"));
        ScriptedAcceptor.SeenHandshake last = new ArrayList<>(acceptor.handshakes).get(acceptor.handshakes.size() - 1);
        assertEquals(1, last.abandoned().get());
    }

    private void assertClientError(UpgradeRequest request) {
        int status = refused(request).status();
        assertTrue(status >= 400 && status < 500, "expected 4xx, got " + status + " for " + request.headers());
    }

    private HandshakeRefused refused(UpgradeRequest request) {
        return assertThrows(HandshakeRefused.class, () -> connect(RawWebSocketClient.to(request)));
    }

    private void awaitHandshakes(int count) {
        awaitTrue(count + " handshakes", () -> acceptor.handshakes.size() >= count);
    }
}
