package io.tidings.transport.jakarta;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tidings.spi.Transport;
import io.tidings.testkit.RawWebSocketClient;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Who connects and then says nothing, or half of something, holds a connection for a while only; a WebSocket may be quiet. */
class RequestIdleTest {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    /** A machine that stands still for a second between a connection and its request is cut off as one that says nothing. */
    private static final int ATTEMPTS = 10;

    enum Container {
        TYRUS(TyrusTransport::new),
        TOMCAT(TomcatTransport::new),
        JETTY(JettyTransport::new),
        UNDERTOW(UndertowTransport::new);

        private final Function<TransportOptions, Transport> transport;

        Container(Function<TransportOptions, Transport> transport) {
            this.transport = transport;
        }

        Transport create() {
            return transport.apply(TransportOptions.builder()
                    .requestIdle(Duration.ofSeconds(1))
                    .closeWait(Duration.ofSeconds(1))
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
        String said = "";
        for (int attempt = 0; attempt < ATTEMPTS && said.isEmpty(); attempt++) {
            said = assertEnded(
                    container, "POST " + EchoAcceptor.ROUTE + " HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}");
        }
        assertTrue(said.endsWith("taken"), said);
    }

    @ParameterizedTest
    @EnumSource
    void headerByteByByte_isEnded(Container container) throws IOException {
        assertTricklingEnded(container, "GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ");
    }

    @ParameterizedTest
    @EnumSource
    void bodyByteByByte_isEnded(Container container) throws IOException {
        assertTricklingEnded(
                container, "POST " + EchoAcceptor.ROUTE + " HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n");
    }

    @ParameterizedTest
    @EnumSource
    void refusedBodyByteByByte_isEnded(Container container) throws IOException {
        assertTricklingEnded(container, "POST /nothing HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n");
    }

    @ParameterizedTest
    @EnumSource
    void quietWebSocket_staysOpen(Container container) throws IOException {
        try (Transport transport = container.create()) {
            InetSocketAddress address = transport.start(new EchoAcceptor());
            try (RawWebSocketClient client = connect(address)) {
                assertEquals(Optional.empty(), client.poll(Duration.ofMillis(3_500)));
                client.sendText("still here");
                assertEquals("still here", client.nextText(PATIENCE));
            }
        }
    }

    private static RawWebSocketClient connect(InetSocketAddress address) {
        for (int attempt = 1; ; attempt++) {
            try {
                return RawWebSocketClient.to("127.0.0.1", address.getPort(), EchoAcceptor.PATH)
                        .connect();
            } catch (UncheckedIOException cutOff) {
                if (attempt == ATTEMPTS) {
                    throw cutOff;
                }
            }
        }
    }

    /** A client that is never silent for as long as the time-out, and never done. */
    private static void assertTricklingEnded(Container container, String start) throws IOException {
        try (Transport transport = container.create()) {
            InetSocketAddress address = transport.start(new EchoAcceptor());
            try (Socket socket = new Socket(address.getAddress(), address.getPort())) {
                socket.setSoTimeout(200);
                socket.getOutputStream().write(start.getBytes(StandardCharsets.US_ASCII));
                long deadline = System.nanoTime() + PATIENCE.toNanos();
                while (!isEnded(socket)) {
                    assertTrue(System.nanoTime() < deadline, "still open");
                    socket.getOutputStream().write('x');
                }
            } catch (SocketException reset) {
                // an end too
            }
        }
    }

    /** Whether it ends while nothing is said for a while. */
    private static boolean isEnded(Socket socket) throws IOException {
        try {
            while (socket.getInputStream().read() >= 0) {
                // an answer, before the end
            }
            return true;
        } catch (SocketTimeoutException silent) {
            return false;
        }
    }

    /** All that was said until the end. */
    private static String assertEnded(Container container, String request) throws IOException {
        try (Transport transport = container.create()) {
            InetSocketAddress address = transport.start(new EchoAcceptor());
            try (Socket socket = new Socket(address.getAddress(), address.getPort())) {
                socket.setSoTimeout((int) PATIENCE.toMillis());
                socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
                InputStream input = socket.getInputStream();
                return new String(input.readAllBytes(), StandardCharsets.UTF_8);
            }
        }
    }
}
