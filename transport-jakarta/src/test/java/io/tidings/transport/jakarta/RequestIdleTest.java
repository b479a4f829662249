package io.tidings.transport.jakarta;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tidings.spi.Transport;
import io.tidings.testkit.RawWebSocketClient;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Who connects and then says nothing, or half of something, holds a connection for a while only; a WebSocket may be quiet. */
class RequestIdleTest {

    enum Container {
        TYRUS(TyrusTransport::new),
        UNDERTOW(UndertowTransport::new);

        private final Function<TransportOptions, Transport> transport;

        Container(Function<TransportOptions, Transport> transport) {
            this.transport = transport;
        }

        Transport create() {
            return transport.apply(TransportOptions.builder()
                    .requestIdle(Duration.ofSeconds(1))
                    .build());
        }
    }

    @ParameterizedTest
    @EnumSource
    void silence_isEnded(Container container) throws IOException {
        assertEnded(container, "");
    }

    @ParameterizedTest
    @EnumSource
    void halfAHeader_isEnded(Container container) throws IOException {
        assertEnded(container, "GET / HTTP/1.1\r\nHost: x\r\nX-");
    }

    @ParameterizedTest
    @EnumSource
    void halfABody_isEnded(Container container) throws IOException {
        assertEnded(container, "POST " + EchoAcceptor.ROUTE + " HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf");
    }

    @ParameterizedTest
    @EnumSource
    void silenceAfterAResponse_isEnded(Container container) throws IOException {
        String said = assertEnded(
                container, "POST " + EchoAcceptor.ROUTE + " HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}");
        assertTrue(said.endsWith("taken"), said);
    }

    @ParameterizedTest
    @EnumSource
    void quietWebSocket_staysOpen(Container container) throws IOException {
        try (Transport transport = container.create()) {
            InetSocketAddress address = transport.start(new EchoAcceptor());
            try (RawWebSocketClient client = RawWebSocketClient.to("127.0.0.1", address.getPort(), EchoAcceptor.PATH)
                    .connect()) {
                assertEquals(Optional.empty(), client.poll(Duration.ofMillis(3_500)));
                client.sendText("still here");
                assertEquals("still here", client.nextText(Duration.ofSeconds(10)));
            }
        }
    }

    /** All that was said until the end. */
    private static String assertEnded(Container container, String request) throws IOException {
        try (Transport transport = container.create()) {
            InetSocketAddress address = transport.start(new EchoAcceptor());
            try (Socket socket = new Socket(address.getAddress(), address.getPort())) {
                socket.setSoTimeout(10_000);
                socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
                InputStream input = socket.getInputStream();
                return new String(input.readAllBytes(), StandardCharsets.UTF_8);
            }
        }
    }
}
