package io.tidings;

import io.tidings.spi.HandshakeRequest;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** A handshake request of given parts; header names in lower case, several lines of one by line end. */
record WordRequest(
        String path, String query, Map<String, String> headers, List<String> subprotocols, String remoteAddress)
        implements HandshakeRequest {

    static final String REMOTE = "192.168.1.1";

    @Override
    public Optional<String> header(String name) {
        return headers(name).stream().findFirst();
    }

    @Override
    public List<String> headers(String name) {
        String lines = headers.get(name.toLowerCase(Locale.ROOT));
        return lines == null ? List.of() : List.of(lines.split("\n", -1));
    }
}
