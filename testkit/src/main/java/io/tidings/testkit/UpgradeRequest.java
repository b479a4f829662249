package io.tidings.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URI;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Collectors;

/**
 * The HTTP request that asks for a WebSocket: where to and with which headers. Immutable; every method that changes
 * something returns a new request.
 *
 * <p>It starts correct (Host, Upgrade, Connection, version 13 and a random key). {@link #header} replaces any of these
 * and {@link #withoutHeader} takes one away, for handshakes that must be refused.
 *
 * @param host    name or address; IPv6 in brackets
 * @param port    1 to 65535
 * @param target  path and query as they go over the wire
 * @param headers in the order they are sent
 */
public record UpgradeRequest(String host, int port, String target, List<Header> headers) {
    static final String KEY = "Sec-WebSocket-Key";
    static final String PROTOCOL = "Sec-WebSocket-Protocol";

    /** One header line. */
    public record Header(String name, String value) {
        public Header {
            if (name.isEmpty() || name.chars().anyMatch(c -> c <= ' ' || c == ':' || c >= 127)) {
                throw new IllegalArgumentException("header name: expected a token, got '" + name + "'");
            }
            if (value.indexOf('\r') >= 0 || value.indexOf('\n') >= 0) {
                throw new IllegalArgumentException("header " + name + ": line breaks are not allowed");
            }
        }
    }

    public UpgradeRequest {
        Objects.requireNonNull(host, "host");
        if (port < 1 || port > 65_535) {
            throw new IllegalArgumentException("port: expected 1 to 65535, got " + port);
        }
        if (!target.startsWith("/")) {
            throw new IllegalArgumentException("target: expected a path that starts with /");
        }
        headers = List.copyOf(headers);
    }

    /** A request for a {@code ws:} or {@code http:} address; there is no TLS here. */
    public static UpgradeRequest to(URI uri) {
        if (!"ws".equalsIgnoreCase(uri.getScheme()) && !"http".equalsIgnoreCase(uri.getScheme())) {
            throw new IllegalArgumentException("uri: expected the scheme ws or http, got " + uri.getScheme());
        }
        if (uri.getHost() == null) {
            throw new IllegalArgumentException("uri: expected a host");
        }
        String path = uri.getRawPath() == null || uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
        String target = uri.getRawQuery() == null ? path : path + '?' + uri.getRawQuery();
        return to(uri.getHost(), uri.getPort() < 0 ? 80 : uri.getPort(), target);
    }

    /** A request for a host, a port, and a path with its query. */
    public static UpgradeRequest to(String host, int port, String target) {
        byte[] nonce = new byte[16];
        ThreadLocalRandom.current().nextBytes(nonce);
        return new UpgradeRequest(
                host,
                port,
                target,
                List.of(
                        new Header("Host", host + ':' + port),
                        new Header("Upgrade", "websocket"),
                        new Header("Connection", "Upgrade"),
                        new Header("Sec-WebSocket-Version", "13"),
                        new Header(KEY, Base64.getEncoder().encodeToString(nonce))));
    }

    /** Sets a header in place of any of that name. */
    public UpgradeRequest header(String name, String value) {
        return withoutHeader(name).addHeader(name, value);
    }

    /** Adds a header beside any of that name. */
    public UpgradeRequest addHeader(String name, String value) {
        List<Header> more = new ArrayList<>(headers);
        more.add(new Header(name, value));
        return new UpgradeRequest(host, port, target, more);
    }

    /** Takes every header of that name away. */
    public UpgradeRequest withoutHeader(String name) {
        return new UpgradeRequest(
                host,
                port,
                target,
                headers.stream().filter(h -> !h.name().equalsIgnoreCase(name)).toList());
    }

    /** Sets {@code Authorization: Bearer <token>}. */
    public UpgradeRequest bearer(String token) {
        return header("Authorization", "Bearer " + token);
    }

    /** Sets {@code Origin}. */
    public UpgradeRequest origin(String origin) {
        return header("Origin", origin);
    }

    /** Offers subprotocols in this order, in one header. */
    public UpgradeRequest subprotocols(String... offered) {
        return header(PROTOCOL, String.join(", ", offered));
    }

    /** The first header of that name. */
    Optional<String> first(String name) {
        return headers.stream()
                .filter(h -> h.name().equalsIgnoreCase(name))
                .map(Header::value)
                .findFirst();
    }

    /** The request as it goes over the wire. */
    byte[] bytes() {
        StringBuilder head = new StringBuilder("GET ").append(target).append(" HTTP/1.1\r\n");
        headers.forEach(
                h -> head.append(h.name()).append(": ").append(h.value()).append("\r\n"));
        return head.append("\r\n").toString().getBytes(UTF_8);
    }

    /** Without the query and without header values: both carry credentials. */
    @Override
    public String toString() {
        String path = target.substring(0, target.indexOf('?') < 0 ? target.length() : target.indexOf('?'));
        String names = headers.stream().map(Header::name).collect(Collectors.joining(", "));
        return host + ':' + port + path + " [" + names + ']';
    }
}
