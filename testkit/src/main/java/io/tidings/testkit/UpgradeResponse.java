package io.tidings.testkit;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.net.ProtocolException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The HTTP response to an {@link UpgradeRequest}.
 *
 * @param status  the HTTP status; 101 when the upgrade was granted
 * @param headers by name; look-ups ignore case
 * @param body    as UTF-8, at most its first 64 KiB; empty when there is none
 */
public record UpgradeResponse(int status, Map<String, List<String>> headers, String body) {
    private static final String ACCEPT_SALT = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

    /** The first header of that name. */
    public Optional<String> header(String name) {
        List<String> values = headers.get(name);
        return values == null ? Optional.empty() : Optional.of(values.get(0));
    }

    boolean granted() {
        return status == 101;
    }

    UpgradeResponse withBody(String read) {
        return new UpgradeResponse(status, headers, read);
    }

    /** Parses the status line and the headers, whose bytes end with the empty line. */
    static UpgradeResponse parseHead(byte[] bytes) throws ProtocolException {
        String[] lines = new String(bytes, ISO_8859_1).split("\r\n", -1);
        String[] start = lines[0].split(" ", 3);
        if (start.length < 2 || !start[0].startsWith("HTTP/1.") || !start[1].matches("[1-5]\\d\\d")) {
            throw new ProtocolException("status line: expected 'HTTP/1.1 <status>', got '" + lines[0] + "'");
        }
        Map<String, List<String>> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        for (int i = 1; !lines[i].isEmpty(); i++) {
            int colon = lines[i].indexOf(':');
            if (colon < 1) {
                throw new ProtocolException("header line " + i + ": expected 'name: value'");
            }
            headers.computeIfAbsent(lines[i].substring(0, colon), name -> new ArrayList<>())
                    .add(lines[i].substring(colon + 1).strip());
        }
        return new UpgradeResponse(Integer.parseInt(start[1]), Collections.unmodifiableMap(headers), "");
    }

    /** Checks a granted upgrade as RFC 6455, section 4.1 asks a client to. */
    void verify(UpgradeRequest request) throws ProtocolException {
        expect("Upgrade", "websocket", header("Upgrade").orElse(""));
        if (!tokens("Connection").contains("upgrade")) {
            throw new ProtocolException("Connection: expected the token upgrade, got " + headers.get("Connection"));
        }
        Optional<String> key = request.first(UpgradeRequest.KEY);
        if (key.isPresent()) {
            String accept = header("Sec-WebSocket-Accept").orElse("");
            if (!accept.equals(acceptOf(key.get()))) {
                throw new ProtocolException(
                        "Sec-WebSocket-Accept: expected " + acceptOf(key.get()) + ", got '" + accept + "'");
            }
        }
        Optional<String> chosen = header(UpgradeRequest.PROTOCOL);
        if (chosen.isPresent() && !offered(request).contains(chosen.get())) {
            throw new ProtocolException("Sec-WebSocket-Protocol: the server chose one that was not offered");
        }
        if (header("Sec-WebSocket-Extensions").isPresent()) {
            throw new ProtocolException("Sec-WebSocket-Extensions: the server chose one that was not offered");
        }
    }

    /** The {@code Sec-WebSocket-Accept} that answers a key. */
    static String acceptOf(String key) {
        try {
            MessageDigest sha1 = MessageDigest.getInstance("SHA-1");
            return Base64.getEncoder().encodeToString(sha1.digest((key + ACCEPT_SALT).getBytes(ISO_8859_1)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-1", e);
        }
    }

    private static void expect(String name, String expected, String actual) throws ProtocolException {
        if (!actual.equalsIgnoreCase(expected)) {
            throw new ProtocolException(name + ": expected " + expected + ", got '" + actual + "'");
        }
    }

    private static List<String> offered(UpgradeRequest request) {
        return request.headers().stream()
                .filter(h -> h.name().equalsIgnoreCase(UpgradeRequest.PROTOCOL))
                .flatMap(h -> List.of(h.value().split("\\s*,\\s*")).stream())
                .toList();
    }

    private List<String> tokens(String name) {
        return headers.getOrDefault(name, List.of()).stream()
                .flatMap(v -> List.of(v.toLowerCase(Locale.ROOT).split("\\s*,\\s*")).stream())
                .toList();
    }
}
