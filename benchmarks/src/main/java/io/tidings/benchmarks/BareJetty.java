package io.tidings.benchmarks;

import java.util.Set;
import org.eclipse.jetty.ee11.servlet.ServletContextHandler;
import org.eclipse.jetty.ee11.websocket.jakarta.server.config.JakartaWebSocketServletContainerInitializer;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

/** A loop over the sessions of Jetty's own WebSocket. Jetty writes on the calling thread. */
final class BareJetty implements BenchServer {
    private final Set<BareSession> sessions = BareEndpoint.noSessions();
    private final Server server = new Server();

    @Override
    public int start() throws Exception {
        ServerConnector connector = new ServerConnector(server);
        connector.setHost("127.0.0.1");
        server.addConnector(connector);
        ServletContextHandler context = new ServletContextHandler("/");
        JakartaWebSocketServletContainerInitializer.configure(context, (servlets, container) -> {
            container.setDefaultMaxSessionIdleTimeout(0);
            container.addEndpoint(BareEndpoint.config(path(), sessions));
        });
        server.setHandler(context);
        server.start();
        return connector.getLocalPort();
    }

    @Override
    public void broadcast(String text) {
        for (BareSession session : sessions) {
            session.send(text);
        }
    }

    @Override
    public void stop() {
        try {
            server.stop();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
