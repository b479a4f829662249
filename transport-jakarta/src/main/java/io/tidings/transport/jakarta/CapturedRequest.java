package io.tidings.transport.jakarta;

import io.tidings.spi.HandshakeRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * A handshake as some container showed it.
 *
 * @param headers the values of a header in order, none for an absent one; names without regard to case
 */
record CapturedRequest(String path, String query, Function<String, List<String>> headers, String remoteAddress)
        implements HandshakeRequest {

    static final String SUBPROTOCOLS = "Sec-WebSocket-Protocol";
    static final String UNKNOWN = "unknown";

    @Override
    public Optional<String> header(String name) {
        return headers.apply(name).stream().findFirst();
    }

    @Override
    public List<String> headers(String name) {
        return List.copyOf(headers.apply(name));
    }

    @Override
    public List<String> subprotocols() {
        List<String> entries = new ArrayList<>();
        for (String value : headers.apply(SUBPROTOCOLS)) {
            for (String entry : value.split(",", -1)) {
                if (!entry.isBlank()) {
                    entries.add(entry.strip());
                }
            }
        }
        return entries;
    }
}
