package io.tidings.spi;

import java.util.List;
import java.util.Optional;

/** A WebSocket handshake as a transport saw it. Methods are called while {@link Acceptor#begin} runs, and not later. */
public interface HandshakeRequest {

    /** The endpoint's path, without query. */
    String path();

    /** The raw query, without the question mark, percent-encoded as it came; empty for none. */
    String query();

    /** The first value of a header; names without regard to case. */
    Optional<String> header(String name);

    /** The entries of {@code Sec-WebSocket-Protocol}, in order. */
    List<String> subprotocols();

    /** The peer's IP address as text, or {@code unknown} where the container hides it. */
    String remoteAddress();
}
