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

    /**
     * All values of a header, in the order of their lines, none for an absent one; names without regard to case. A line that is
     * a list is one value, as it came. Transports SHOULD show every line: a proxy may add a second {@code X-Forwarded-For}, and the
     * first alone would be the client's word. The default has the first alone.
     */
    default List<String> headers(String name) {
        return header(name).stream().toList();
    }

    /** The entries of {@code Sec-WebSocket-Protocol}, in order. */
    List<String> subprotocols();

    /** The peer's IP address as text, or {@code unknown} where the container hides it. */
    String remoteAddress();
}
