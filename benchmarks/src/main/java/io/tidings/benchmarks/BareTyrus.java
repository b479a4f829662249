package io.tidings.benchmarks;

import jakarta.websocket.DeploymentException;
import jakarta.websocket.server.ServerEndpointConfig;
import java.io.IOException;
import java.util.Map;
import java.util.Set;
import org.glassfish.grizzly.http.server.HttpServer;
import org.glassfish.grizzly.http.server.NetworkListener;
import org.glassfish.grizzly.strategies.WorkerThreadIOStrategy;
import org.glassfish.tyrus.container.grizzly.server.WebSocketAddOn;
import org.glassfish.tyrus.core.TyrusWebSocketEngine;
import org.glassfish.tyrus.server.TyrusServerContainer;
import org.glassfish.tyrus.spi.WebSocketEngine;

/** A loop over the sessions of Tyrus standalone. Tyrus writes on the calling thread. */
final class BareTyrus implements BenchServer {
    private final Set<BareSession> sessions = BareEndpoint.noSessions();
    private final HttpServer http = new HttpServer();
    private final Container container = new Container();

    @Override
    public int start() throws IOException, DeploymentException {
        container.addEndpoint(BareEndpoint.config(path(), sessions));
        container.start("", 0);
        NetworkListener listener = new NetworkListener("bench", "127.0.0.1", 0);
        listener.getTransport().setIOStrategy(WorkerThreadIOStrategy.getInstance());
        listener.getKeepAlive()
                .setIdleTimeoutInSeconds(-1); // or Grizzly ends what it takes for an idle HTTP connection
        listener.registerAddOn(new WebSocketAddOn(container, ""));
        http.addListener(listener);
        http.start();
        container.doneDeployment();
        return listener.getPort();
    }

    @Override
    public void broadcast(String text) {
        for (BareSession session : sessions) {
            session.send(text);
        }
    }

    @Override
    public void stop() {
        container.stop();
        http.shutdownNow();
    }

    /** Tyrus' own Grizzly container listens on every address; this one leaves the listening to the HTTP server. */
    private static final class Container extends TyrusServerContainer {
        private final TyrusWebSocketEngine engine =
                TyrusWebSocketEngine.builder(this).build();

        Container() {
            super((Set<Class<?>>) null);
        }

        @Override
        public void register(Class<?> endpoint) throws DeploymentException {
            engine.register(endpoint, "");
        }

        @Override
        public void register(ServerEndpointConfig endpoint) throws DeploymentException {
            engine.register(endpoint, "");
        }

        @Override
        public Map<String, Object> getProperties() {
            return Map.of();
        }

        @Override
        public WebSocketEngine getWebSocketEngine() {
            return engine;
        }
    }
}
