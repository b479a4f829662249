package io.tidings;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** A handshake's query, decoded; the first value of each name counts. Immutable. */
final class QueryParameters {

    private static final int MAX_LENGTH = 32 * 1024;

    private final Map<String, String> values = new HashMap<>();

    QueryParameters(String query) {
        if (query.length() > MAX_LENGTH) {
            return;
        }
        for (String pair : query.split("&")) {
            int equals = pair.indexOf('=');
            if (equals > 0) {
                values.putIfAbsent(decode(pair.substring(0, equals)), decode(pair.substring(equals + 1)));
            }
        }
    }

    /** The value of a name; empty where it is not there or is empty itself. */
    Optional<String> get(String name) {
        return Optional.ofNullable(values.get(name)).filter(value -> !value.isEmpty());
    }

    private static String decode(String text) {
        try {
            return URLDecoder.decode(text, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException notEncoded) {
            return text;
        }
    }
}
