package io.tidings.transport.jakarta;

import io.tidings.spi.Acceptor;
import jakarta.websocket.DeploymentException;
import jakarta.websocket.server.ServerContainer;
import jakarta.websocket.server.ServerEndpointConfig;
import java.util.List;

/**
 * Adds the hub to a Jakarta WebSocket container that the host runs.
 *
 * <p>The Jakarta API ends where a host may want more: it has no HTTP status for a refusal (most containers answer 500, Tyrus
 * the right one), no waiting for a decision before the upgrade (the hub closes the connection afterwards), no peer address
 * (Tyrus and Jetty show it), and no end of a TCP connection whose peer does not read (Undertow has one). Routes are not
 * served. The servers of this module have all of it.
 */
public final class JakartaEndpoints {

    private JakartaEndpoints() {}

    /**
     * Adds all endpoints of a hub.
     *
     * @throws DeploymentException when the container takes no more, or has a path already
     */
    public static void register(ServerContainer container, Acceptor acceptor) throws DeploymentException {
        for (String path : acceptor.paths()) {
            container.addEndpoint(config(acceptor, path));
        }
    }

    /**
     * One endpoint, for containers that want to be given it in a way of their own.
     *
     * @param path one of {@link Acceptor#paths()}
     */
    public static ServerEndpointConfig config(Acceptor acceptor, String path) {
        if (!acceptor.paths().contains(path)) {
            throw new IllegalArgumentException("path: expected one of " + acceptor.paths() + ", was " + path);
        }
        return ServerEndpointConfig.Builder.create(TidingsEndpoint.class, path)
                .subprotocols(List.of(HandshakeConfigurator.SUBPROTOCOL))
                .configurator(new HandshakeConfigurator(acceptor, path))
                .build();
    }
}
