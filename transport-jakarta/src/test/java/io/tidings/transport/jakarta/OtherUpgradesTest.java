package io.tidings.transport.jakarta;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tidings.Endpoint;
import io.tidings.Hub;
import io.tidings.auth.Authentication;
import io.tidings.auth.Identity;
import io.tidings.dialect.EventDialect;
import io.tidings.http.HttpResponse;
import io.tidings.http.HttpRoute;
import io.tidings.message.UserKey;
import io.tidings.spi.Transport;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Requests that offer another protocol than WebSocket, as {@code java.net.http} does with every first one, are requests like any. */
class OtherUpgradesTest {

    private static final HttpRoute ECHO = HttpRoute.post(
            "/echo", request -> CompletableFuture.completedFuture(HttpResponse.of(200, "text/html", request.body())));

    @Test
    void offerOfHttp2_onTyrus_leavesBodyAndConnectionAlone() throws IOException {
        assertAnsweredTwice(new TyrusTransport(TransportOptions.defaults()));
    }

    @Test
    void offerOfHttp2_onUndertow_leavesBodyAndConnectionAlone() throws IOException {
        assertAnsweredTwice(new UndertowTransport(TransportOptions.defaults()));
    }

    @Test
    void offerOfHttp2_onTomcat_leavesBodyAndConnectionAlone() throws IOException {
        assertAnsweredTwice(new TomcatTransport(TransportOptions.defaults()));
    }

    @Test
    void offerOfHttp2_onJetty_leavesBodyAndConnectionAlone() throws IOException {
        assertAnsweredTwice(new JettyTransport(TransportOptions.defaults()));
    }

    private static void assertAnsweredTwice(Transport transport) throws IOException {
        Identity somebody = Identity.of(UserKey.of(1));
        Hub hub = Hub.builder()
                .endpoint(Endpoint.of("/ws", EventDialect.standard()))
                .authenticator(token -> CompletableFuture.completedFuture(new Authentication.Accepted(somebody)))
                .route(ECHO)
                .build();
        InetSocketAddress address = transport.start(hub.acceptor());
        try (Socket socket = new Socket(address.getAddress(), address.getPort())) {
            socket.setSoTimeout(20_000);
            send(socket, "Upgrade, HTTP2-Settings", "hello");
            send(socket, "close", "again");
            String answers = new String(socket.getInputStream().readAllBytes(), ISO_8859_1).toLowerCase(Locale.ROOT);
            for (String expected :
                    List.of("http/1.1 200 ", "content-type: text/html", "\r\n\r\nhello", "\r\n\r\nagain")) {
                assertTrue(answers.contains(expected), answers);
            }
        } finally {
            transport.close();
            hub.close();
        }
    }

    private static void send(Socket socket, String connection, String body) throws IOException {
        String request = String.join(
                "\r\n",
                "POST /echo HTTP/1.1",
                "Host: x",
                "Connection: " + connection,
                connection.equals("close") ? "X-Upgrade: none" : "Upgrade: h2c",
                "HTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA",
                "Content-Length: " + body.length(),
                "",
                body);
        socket.getOutputStream().write(request.getBytes(ISO_8859_1));
    }
}
