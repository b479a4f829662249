package io.tidings.spi;

import io.tidings.http.HttpRouter;
import java.util.Set;

/**
 * What a transport asks about handshakes and requests; the hub is one.
 *
 * <p><b>Threads.</b> Methods MAY be called concurrently and do not block.
 */
public interface Acceptor {

    /** The paths of the WebSocket endpoints, such as {@code /api/v1/ws}; they do not change. */
    Set<String> paths();

    /** The largest inbound message of an endpoint, in bytes; a transport's own limit SHOULD lie above it. */
    int maxInboundBytes(String path);

    /** The routes to serve beside the endpoints. */
    HttpRouter routes();

    /** Begins a handshake on one of {@link #paths()}. */
    Handshake begin(HandshakeRequest request);
}
