package io.tidings.transport.jakarta;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tidings.spi.Transport;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.function.Function;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The last header that fits, and the first that does not, to the byte and to the line. */
class RequestLimitsTest {

    enum Container {
        TYRUS(TyrusTransport::new),
        UNDERTOW(UndertowTransport::new),
        TOMCAT(TomcatTransport::new),
        JETTY(JettyTransport::new);

        private final Function<TransportOptions, Transport> transport;

        Container(Function<TransportOptions, Transport> transport) {
            this.transport = transport;
        }
    }

    private static final String START = "GET /nothing HTTP/1.1\r\nHost: x\r\nConnection: close\r\n";

    @ParameterizedTest
    @EnumSource
    void headOf32KiB_isTaken_andOneByteMoreIsNot(Container container) throws IOException {
        int room = TransportOptions.MAX_HEADER_BYTES - START.length() - "X: \r\n\r\n".length();
        assertAnswers(container, "404", START + "X: " + "y".repeat(room) + "\r\n\r\n");
        assertAnswers(container, "4(00|31)", START + "X: " + "y".repeat(room + 1) + "\r\n\r\n");
    }

    @ParameterizedTest
    @EnumSource
    void hundredHeaders_areTaken_andOneMoreIsNot(Container container) throws IOException {
        int room = TransportOptions.MAX_HEADERS - 2;
        assertAnswers(container, "404", START + "X: y\r\n".repeat(room) + "\r\n");
        assertAnswers(container, "4(00|31)", START + "X: y\r\n".repeat(room + 1) + "\r\n");
    }

    private static void assertAnswers(Container container, String status, String request) throws IOException {
        try (Transport transport = container.transport.apply(TransportOptions.defaults())) {
            InetSocketAddress address = transport.start(new EchoAcceptor());
            try (Socket socket = new Socket(address.getAddress(), address.getPort())) {
                socket.setSoTimeout(20_000);
                socket.getOutputStream().write(request.getBytes(US_ASCII));
                String answer = new String(socket.getInputStream().readAllBytes(), US_ASCII);
                assertTrue(answer.matches("(?s)HTTP/1.1 " + status + " .*"), answer);
            }
        }
    }
}
