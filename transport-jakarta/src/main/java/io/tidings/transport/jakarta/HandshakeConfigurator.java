package io.tidings.transport.jakarta;

import io.tidings.spi.Acceptor;
import io.tidings.spi.Handshake;
import jakarta.websocket.Extension;
import jakarta.websocket.HandshakeResponse;
import jakarta.websocket.server.HandshakeRequest;
import jakarta.websocket.server.ServerEndpointConfig;
import java.lang.ref.Cleaner;
import java.util.List;

/**
 * Asks the acceptor while the container shakes hands. What it says of an origin is part of that, so {@link #checkOrigin},
 * which sees nothing else of the request, lets everything pass.
 */
final class HandshakeConfigurator extends ServerEndpointConfig.Configurator {

    /** The one subprotocol; whatever else a client offers, such as its token, is never echoed. */
    static final String SUBPROTOCOL = "tidings.v1";

    /** Abandons what a container dropped between the handshake and the opening without a word. */
    private static final Cleaner DROPPED = Cleaner.create();

    private final Acceptor acceptor;
    private final String path;

    HandshakeConfigurator(Acceptor acceptor, String path) {
        this.acceptor = acceptor;
        this.path = path;
    }

    @Override
    public String getNegotiatedSubprotocol(List<String> supported, List<String> requested) {
        return requested.stream().map(String::strip).anyMatch(SUBPROTOCOL::equals) ? SUBPROTOCOL : "";
    }

    @Override
    public List<Extension> getNegotiatedExtensions(List<Extension> installed, List<Extension> requested) {
        return List.of();
    }

    @Override
    public boolean checkOrigin(String originHeaderValue) {
        return true;
    }

    @Override
    public void modifyHandshake(ServerEndpointConfig config, HandshakeRequest request, HandshakeResponse response) {
        PreparedHandshake prepared;
        if (request.getHttpSession() instanceof PreparedHandshake ours) {
            prepared = ours;
        } else {
            prepared = begin(config, request, response);
        }
        config.getUserProperties().put(PreparedHandshake.PROPERTY, prepared);
    }

    @Override
    public <T> T getEndpointInstance(Class<T> endpointClass) {
        return endpointClass.cast(new TidingsEndpoint());
    }

    private PreparedHandshake begin(ServerEndpointConfig config, HandshakeRequest request, HandshakeResponse response) {
        String query = request.getQueryString();
        Handshake handshake = acceptor.begin(new CapturedRequest(
                path,
                query == null ? "" : query,
                name -> Containers.header(request, name),
                Containers.remoteAddress(request, config.getUserProperties())));
        int status = handshake.immediate();
        if (status == Handshake.UPGRADE) {
            // There is no waiting here: a decision that comes later is the hub's to carry out.
            status = handshake.decision().toCompletableFuture().getNow(Handshake.UPGRADE);
        }
        if (status != Handshake.UPGRADE) {
            handshake.abandon();
            refuse(response, status);
        }
        PreparedHandshake prepared =
                new PreparedHandshake(handshake, acceptor.maxInboundBytes(path), Containers::sender);
        PreparedHandshake.Claim claim = prepared.claim();
        DROPPED.register(prepared, claim::abandon);
        return prepared;
    }

    private static void refuse(HandshakeResponse response, int status) {
        if (response.getClass().getName().equals("org.glassfish.tyrus.core.TyrusUpgradeResponse")) {
            TyrusRequests.refuse(response, status);
        }
        throw new RefusedHandshake(status);
    }
}
