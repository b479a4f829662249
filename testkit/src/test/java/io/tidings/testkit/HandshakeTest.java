package io.tidings.testkit;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.EOFException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolException;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("R101")
class HandshakeTest {
    private static final Duration SOON = Duration.ofSeconds(30);

    @Test
    void request_carriesTargetAndHeadersToTheServer() throws Exception {
        try (EchoServer server = EchoServer.echoing();
                RawWebSocketClient client = RawWebSocketClient.to(server.uri("/api/v1/ws?token=a%20b&device=d"))
                        .bearer("abc.def")
                        .origin("https://app.example")
                        .subprotocols("tidings.v1", "bearer.xyz")
                        .header("X-Extra", "1")
                        .connect()) {
            String head = server.nextPeer(SOON).head();

            assertTrue(head.startsWith("GET /api/v1/ws?token=a%20b&device=d HTTP/1.1\r\n"), head);
            assertEquals("127.0.0.1:" + server.port(), EchoServer.header(head, "Host"));
            assertEquals("websocket", EchoServer.header(head, "Upgrade"));
            assertEquals("Upgrade", EchoServer.header(head, "Connection"));
            assertEquals("13", EchoServer.header(head, "Sec-WebSocket-Version"));
            assertEquals(16, Base64.getDecoder().decode(EchoServer.header(head, "Sec-WebSocket-Key")).length);
            assertEquals("Bearer abc.def", EchoServer.header(head, "Authorization"));
            assertEquals("https://app.example", EchoServer.header(head, "Origin"));
            assertEquals("tidings.v1, bearer.xyz", EchoServer.header(head, "Sec-WebSocket-Protocol"));
            assertEquals("1", EchoServer.header(head, "X-Extra"));
            assertEquals(Optional.of("tidings.v1"), client.subprotocol());
            assertEquals(101, client.response().status());
        }
    }

    @Test
    void request_withoutSubprotocolsOrPath_asksForTheRootAndGetsNoSubprotocol() throws Exception {
        try (EchoServer server = EchoServer.echoing();
                RawWebSocketClient client =
                        RawWebSocketClient.to(server.uri("")).connect()) {
            assertTrue(server.nextPeer(SOON).head().startsWith("GET / HTTP/1.1\r\n"));
            assertEquals(Optional.empty(), client.subprotocol());
        }
    }

    @Test
    void request_takesAwayAndReplacesHeadersOfTheHandshake() throws Exception {
        UpgradeRequest broken = UpgradeRequest.to("127.0.0.1", 1, "/")
                .withoutHeader("sec-websocket-key")
                .header("upgrade", "h2c")
                .addHeader("X", "1")
                .addHeader("x", "2");
        String head = new String(broken.bytes(), US_ASCII);

        assertFalse(head.contains("Sec-WebSocket-Key"), head);
        assertFalse(head.contains("websocket\r\n"), head);
        assertTrue(head.contains("upgrade: h2c\r\nX: 1\r\nx: 2\r\n\r\n"), head);
    }

    @Test
    void request_withBadInput_namesTheField() {
        UpgradeRequest request = UpgradeRequest.to("h", 1, "/");
        assertProblem("scheme", () -> UpgradeRequest.to(URI.create("wss://h/")));
        assertProblem("host", () -> UpgradeRequest.to(URI.create("ws:///x")));
        assertProblem("port", () -> UpgradeRequest.to("h", 0, "/"));
        assertProblem("port", () -> UpgradeRequest.to("h", 65_536, "/"));
        assertProblem("target", () -> UpgradeRequest.to("h", 1, "x"));
        assertProblem("header A", () -> request.header("A", "b\r\nC: d"));
        assertProblem("header name", () -> request.header("A B", ""));
        assertProblem("connectTimeout", () -> RawWebSocketClient.to(request).connectTimeout(Duration.ZERO));
        assertProblem("receiveBufferBytes", () -> RawWebSocketClient.to(request).receiveBufferBytes(-1));
        assertEquals(65_535, UpgradeRequest.to("h", 65_535, "/").port());
    }

    @Test
    void request_asText_showsNoCredential() {
        String text = UpgradeRequest.to(URI.create("ws://h:9/ws?token=secret"))
                .bearer("secret")
                .subprotocols("bearer.secret")
                .toString();

        assertEquals(
                "h:9/ws [Host, Upgrade, Connection, Sec-WebSocket-Version, Sec-WebSocket-Key, Authorization,"
                        + " Sec-WebSocket-Protocol]",
                text);
    }

    @Test
    void refusal_withLength_givesStatusHeadersAndBody() throws Exception {
        HandshakeRefused refused = refusedBy(String.join(
                "\r\n",
                "HTTP/1.1 403 Forbidden",
                "Content-Type: application/json",
                "X: 1",
                "x: 2",
                "Content-Length: 14",
                "",
                "{\"error\":\"no\"}and what follows"));

        assertEquals(403, refused.status());
        assertEquals(List.of("application/json"), refused.headers().get("content-type"));
        assertEquals(List.of("1", "2"), refused.headers().get("X"));
        assertEquals("{\"error\":\"no\"}", refused.body());
    }

    @Test
    void refusal_inChunks_givesTheBody() throws Exception {
        HandshakeRefused refused = refusedBy(String.join(
                "\r\n",
                "HTTP/1.1 401 Unauthorized",
                "Transfer-Encoding: chunked",
                "",
                "5;x=y",
                "no to",
                "3",
                "ken",
                "0",
                "",
                ""));

        assertEquals(401, refused.status());
        assertEquals("no token", refused.body());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 65_535, 65_536, 65_537})
    void refusal_untilTheEnd_givesAtMost64KiB(int bytes) throws Exception {
        HandshakeRefused refused = refusedBy("HTTP/1.1 503 Busy\r\nRetry-After: 7\r\n\r\n" + "x".repeat(bytes));

        assertEquals("x".repeat(Math.min(bytes, 65_536)), refused.body());
        assertEquals(Optional.of("7"), refused.response().header("retry-after"));
    }

    @Test
    void refusal_cutShort_givesWhatCame() throws Exception {
        assertEquals(
                "par",
                refusedBy("HTTP/1.1 500 Oops\r\nContent-Length: 99\r\n\r\npar").body());
    }

    @Test
    void answer_thatBreaksTheProtocol_isAnError() throws Exception {
        assertBroken("Sec-WebSocket-Accept", a -> a.replaceFirst("Accept: ..", "Accept: AA"));
        assertBroken("Sec-WebSocket-Accept", a -> a.replaceFirst("Sec-WebSocket-Accept: .*\r\n", ""));
        assertBroken("Upgrade", a -> a.replace("Upgrade: websocket", "Upgrade: h2c"));
        assertBroken("Connection", a -> a.replace("Connection: Upgrade", "Connection: close"));
        assertBroken("Sec-WebSocket-Protocol", a -> a.replace("\r\n\r\n", "\r\nSec-WebSocket-Protocol: x\r\n\r\n"));
        assertBroken("Sec-WebSocket-Extensions", a -> a.replace("\r\n\r\n", "\r\nSec-WebSocket-Extensions: y\r\n\r\n"));
        assertBroken("response head", a -> a.replace("\r\n\r\n", "\r\nX: " + "x".repeat(20_000) + "\r\n\r\n"));
        assertBroken("header line", a -> a.replace("\r\n\r\n", "\r\nnonsense\r\n\r\n"));
    }

    @Test
    void answer_withConnectionTokensInAnyCase_isFine() throws Exception {
        try (EchoServer server = EchoServer.answering(
                head -> EchoServer.grant(head).replace("Connection: Upgrade", "CONNECTION: keep-alive,  upgrade"))) {
            RawWebSocketClient.to(server.uri("/")).connect().reset();
        }
    }

    @Test
    void answer_thatIsNotHttp_isAnError() throws Exception {
        try (EchoServer server = EchoServer.answering(head -> "+PONG\r\n\r\n")) {
            assertInstanceOf(ProtocolException.class, failureOf(RawWebSocketClient.to(server.uri("/"))));
        }
    }

    @Test
    void answer_thatNeverComes_isAnErrorAfterTheTimeout() throws Exception {
        try (ServerSocket mute = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            RawWebSocketClient.Builder builder =
                    RawWebSocketClient.to("127.0.0.1", mute.getLocalPort(), "/").connectTimeout(Duration.ofMillis(50));
            assertInstanceOf(SocketTimeoutException.class, failureOf(builder));
        }
    }

    @Test
    void answer_thatEndsTooSoon_isAnError() throws Exception {
        try (EchoServer server = EchoServer.answering(head -> "HTTP/1.1 200 OK\r\n")) {
            assertInstanceOf(EOFException.class, failureOf(RawWebSocketClient.to(server.uri("/"))));
        }
    }

    @Test
    void nobodyListening_isAnError() throws Exception {
        ServerSocket gone = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        gone.close();
        assertInstanceOf(
                ConnectException.class, failureOf(RawWebSocketClient.to("127.0.0.1", gone.getLocalPort(), "/")));
    }

    @Test
    void frames_rightBehindTheAnswer_areNotLost() throws Exception {
        try (EchoServer server = EchoServer.answering(head -> EchoServer.grant(head) + "\u0081\u0002hi");
                RawWebSocketClient client =
                        RawWebSocketClient.to(server.uri("/")).connect()) {
            assertEquals("hi", client.nextText(SOON));
            client.reset();
        }
    }

    @Test
    void localAddress_isWhereTheServerSeesTheClient() throws Exception {
        InetAddress other = InetAddress.getByAddress(new byte[] {127, 0, 0, 9});
        try (EchoServer server = EchoServer.echoing();
                RawWebSocketClient client = RawWebSocketClient.to(server.uri("/"))
                        .localAddress(other)
                        .connect()) {
            InetSocketAddress seen =
                    (InetSocketAddress) server.nextPeer(SOON).socket().getRemoteSocketAddress();
            assertEquals(other, seen.getAddress());
            assertEquals(seen, client.localAddress());
        }
    }

    private static HandshakeRefused refusedBy(String answer) throws Exception {
        try (EchoServer server = EchoServer.answering(head -> answer)) {
            return assertThrows(
                    HandshakeRefused.class,
                    () -> RawWebSocketClient.to(server.uri("/")).connect());
        }
    }

    private static void assertBroken(String field, UnaryOperator<String> spoil) throws Exception {
        try (EchoServer server = EchoServer.answering(head -> spoil.apply(EchoServer.grant(head)))) {
            Throwable failure = failureOf(RawWebSocketClient.to(server.uri("/")));
            assertInstanceOf(ProtocolException.class, failure);
            assertTrue(failure.getMessage().startsWith(field), failure.getMessage());
        }
    }

    private static Throwable failureOf(RawWebSocketClient.Builder builder) {
        return assertThrows(UncheckedIOException.class, builder::connect).getCause();
    }

    private static void assertProblem(String field, Runnable action) {
        String message =
                assertThrows(IllegalArgumentException.class, action::run).getMessage();
        assertTrue(message.contains(field), message);
    }
}
