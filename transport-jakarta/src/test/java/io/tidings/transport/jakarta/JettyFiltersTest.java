package io.tidings.transport.jakarta;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.tidings.testkit.HandshakeRefused;
import io.tidings.testkit.RawWebSocketClient;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.EnumSet;
import java.util.function.Consumer;
import org.eclipse.jetty.ee11.servlet.FilterHolder;
import org.eclipse.jetty.ee11.servlet.ServletContextHandler;
import org.junit.jupiter.api.Test;

/** A host's servlet filter refuses no handshakes in a Jetty of its own; decision 0010 quotes it. */
class JettyFiltersTest {

    private static final Filter REFUSING =
            (request, response, chain) -> ((HttpServletResponse) response).sendError(401);

    private static final Consumer<ServletContextHandler> NOTHING = context -> {};

    private static final Consumer<ServletContextHandler> FILTER =
            context -> context.addFilter(new FilterHolder(REFUSING), "/*", EnumSet.of(DispatcherType.REQUEST));

    @Test
    void filter_wheneverAdded_isPassedByHandshakes() throws IOException {
        assertEquals(101, handshake(new EmbeddedJetty("127.0.0.1", FILTER, NOTHING)));
        assertEquals(101, handshake(new EmbeddedJetty("127.0.0.1", NOTHING, FILTER)));
    }

    private static int handshake(EmbeddedJetty server) throws IOException {
        try (server) {
            int port = server.start(new EchoAcceptor()).getPort();
            try (RawWebSocketClient client =
                    RawWebSocketClient.to("127.0.0.1", port, EchoAcceptor.PATH).connect()) {
                return client.response().status();
            } catch (HandshakeRefused refused) {
                return refused.status();
            }
        }
    }
}
