package io.tidings.transport.jakarta;

import io.tidings.spi.Acceptor;
import io.tidings.spi.Transport;
import jakarta.websocket.DeploymentException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletionStage;
import org.glassfish.grizzly.http.server.HttpServer;
import org.glassfish.grizzly.http.server.NetworkListener;
import org.glassfish.grizzly.strategies.SameThreadIOStrategy;
import org.glassfish.tyrus.container.grizzly.server.WebSocketAddOn;

/** A host's own Tyrus, with nothing of ours but the endpoints: all that is left is the Jakarta API. */
final class EmbeddedTyrus implements Transport {

    private final String host;
    private final HttpServer server = new HttpServer();
    private TyrusContainer container;

    EmbeddedTyrus(String host) {
        this.host = host;
    }

    @Override
    public InetSocketAddress start(Acceptor acceptor) throws IOException {
        container = new TyrusContainer(acceptor);
        try {
            JakartaEndpoints.register(container, acceptor);
            container.start("", 0);
        } catch (DeploymentException e) {
            throw new IOException(e);
        }
        NetworkListener listener = new NetworkListener("host", host, 0);
        // With worker threads, Tyrus takes what a client sends before its filter has noted the session for a second
        // handshake.
        listener.getTransport().setIOStrategy(SameThreadIOStrategy.getInstance());
        listener.registerAddOn(new WebSocketAddOn(container, ""));
        server.addListener(listener);
        server.start();
        container.doneDeployment();
        return new InetSocketAddress(host, listener.getPort());
    }

    @Override
    public CompletionStage<Void> pause() {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {
        server.shutdownNow();
        container.stop();
    }
}
