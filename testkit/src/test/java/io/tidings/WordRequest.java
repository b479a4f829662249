package io.tidings;

import io.tidings.spi.HandshakeRequest;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** A handshake request of given parts; header names in lower case. */
record WordRequest(String path, String query, Map<String, String> headers, List<String> subprotocols)
        implements HandshakeRequest {

    @Override
    public Optional<String> header(String name) {
        return Optional.ofNullable(headers.get(name.toLowerCase(Locale.ROOT)));
    }

    @Override
    public String remoteAddress() {
        return "192.168.1.1";
    }
}
