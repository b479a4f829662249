package io.tidings.transport.jakarta;

import io.tidings.spi.Acceptor;
import io.tidings.spi.Transport;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.eclipse.jetty.ee11.servlet.ServletContextHandler;
import org.eclipse.jetty.ee11.websocket.jakarta.server.config.JakartaWebSocketServletContainerInitializer;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

/** A host's own Jetty, which the hub is added to. */
final class EmbeddedJetty implements Transport {

    private final String host;
    private final Server server = new Server();

    private final Consumer<ServletContextHandler> before;
    private final Consumer<ServletContextHandler> after;

    EmbeddedJetty(String host) {
        this(host, context -> {}, context -> {});
    }

    /** With what the host adds to its context before and after WebSocket. */
    EmbeddedJetty(String host, Consumer<ServletContextHandler> before, Consumer<ServletContextHandler> after) {
        this.host = host;
        this.before = before;
        this.after = after;
    }

    @Override
    public InetSocketAddress start(Acceptor acceptor) throws IOException {
        ServerConnector connector = new ServerConnector(server);
        connector.setHost(host);
        server.addConnector(connector);
        ServletContextHandler context = new ServletContextHandler("/");
        before.accept(context);
        JakartaWebSocketServletContainerInitializer.configure(
                context, (servlets, container) -> JakartaEndpoints.register(container, acceptor));
        after.accept(context);
        server.setHandler(context);
        try {
            server.start();
        } catch (Exception e) {
            throw new IOException(e);
        }
        return new InetSocketAddress(host, connector.getLocalPort());
    }

    @Override
    public CompletionStage<Void> pause() {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {
        try {
            server.stop();
            server.destroy();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
