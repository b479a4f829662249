package io.tidings.transport.jakarta;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.HotSpotDiagnosticMXBean;
import io.tidings.Endpoint;
import io.tidings.Hub;
import io.tidings.auth.Authentication;
import io.tidings.auth.Identity;
import io.tidings.dialect.EventDialect;
import io.tidings.message.UserKey;
import io.tidings.spi.Transport;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Connections that are open hold nothing of the requests that they began with: their tokens are not in the heap any more, wherever
 * they came. A dump of the heap is searched for them; this class knows them backwards only.
 */
@Tag("R3")
class ForgottenRequestTest {

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

    private static final int CONNECTIONS = 40;
    private static final String BACKWARDS = "-nekot-terces-";
    private static final String PATH = "/api/v1/ws";

    @TempDir
    private Path directory;

    @ParameterizedTest
    @EnumSource
    void openConnection_keepsNoTokenInTheHeap(Container container) throws IOException {
        Hub hub = Hub.builder()
                .endpoint(Endpoint.of(PATH, EventDialect.standard()))
                .authenticator(token -> CompletableFuture.completedFuture(
                        new Authentication.Accepted(Identity.of(UserKey.of(Math.abs(token.hashCode()))))))
                .build();
        List<Socket> open = new ArrayList<>();
        try (Transport transport = container.transport.apply(
                TransportOptions.builder().ioThreads(1).build())) {
            InetSocketAddress address = transport.start(hub.acceptor());
            for (int i = 0; i < CONNECTIONS; i++) {
                open.add(open(address, i));
            }
            assertEquals(CONNECTIONS, hub.stats().connections());
            overwriteBuffers(address);
            assertEquals(Set.of(), tokensInTheHeap());
            assertEquals(CONNECTIONS, hub.stats().connections());
        } finally {
            for (Socket socket : open) {
                socket.close();
            }
            hub.close();
        }
    }

    /** A connection whose request has a token in every place, and that has been told that it is connected. */
    private static Socket open(InetSocketAddress address, int number) throws IOException {
        Socket socket = new Socket(address.getAddress(), address.getPort());
        socket.setSoTimeout(20_000);
        StringBuilder request = new StringBuilder();
        request.append("GET ").append(PATH).append("?token=");
        appendToken(request, 'q', number).append(" HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ");
        appendToken(request, 'h', number).append("\r\nSec-WebSocket-Protocol: tidings.v1, bearer.");
        appendToken(request, 's', number).append("\r\nCookie: session=");
        appendToken(request, 'c', number)
                .append("\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n")
                .append("Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n");
        socket.getOutputStream().write(request.toString().getBytes(ISO_8859_1));
        StringBuilder answer = new StringBuilder();
        while (answer.indexOf("connected") < 0) {
            int read = socket.getInputStream().read();
            assertTrue(read >= 0, "ended after " + answer);
            answer.append((char) read);
        }
        return socket;
    }

    private static StringBuilder appendToken(StringBuilder to, char place, int number) {
        return to.append(new StringBuilder(BACKWARDS).reverse())
                .append(place)
                .append(number)
                .append('.');
    }

    /** Buffers are used again, and hold what they held until then. */
    private static void overwriteBuffers(InetSocketAddress address) throws IOException {
        for (int i = 0; i < 20; i++) {
            try (Socket socket = new Socket(address.getAddress(), address.getPort())) {
                socket.setSoTimeout(20_000);
                String request = "GET /nothing?" + "x".repeat(8_000)
                        + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer x\r\nCookie: x\r\nConnection: close\r\n\r\n";
                socket.getOutputStream().write(request.getBytes(ISO_8859_1));
                assertTrue(new String(socket.getInputStream().readAllBytes(), ISO_8859_1).startsWith("HTTP/1.1 404 "));
            }
        }
    }

    private Set<String> tokensInTheHeap() throws IOException {
        Path dump = directory.resolve("heap.hprof");
        ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class).dumpHeap(dump.toString(), true);
        Set<String> found = new TreeSet<>();
        String sought = new StringBuilder(BACKWARDS).reverse().toString();
        try (InputStream bytes = new BufferedInputStream(Files.newInputStream(dump), 1 << 20)) {
            int matched = 0;
            int b;
            while ((b = bytes.read()) >= 0) {
                if (b == 0 && matched > 0) {
                    continue; // text in two bytes a character
                }
                matched = b == sought.charAt(matched) ? matched + 1 : b == sought.charAt(0) ? 1 : 0;
                if (matched == sought.length()) {
                    matched = 0;
                    StringBuilder rest = new StringBuilder();
                    while ((b = bytes.read()) >= 0 && b != '.' && rest.length() < 8) {
                        if (b != 0) {
                            rest.append((char) b);
                        }
                    }
                    if (rest.length() > 0 && rest.length() < 8) {
                        found.add(rest.toString());
                    }
                }
            }
        } finally {
            Files.delete(dump);
        }
        return found;
    }
}
