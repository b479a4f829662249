package io.tidings.transport.jakarta;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Percent-encoding (RFC 3986 section 2.1). What is not encoded properly stays as it came. */
final class Percent {

    private Percent() {}

    /** A decoded path; an encoded slash is none, and stays as it came. */
    static String path(String raw) {
        return decode(raw, false);
    }

    /** Decoded parameters of a raw query; several values in order. */
    static Map<String, List<String>> query(String raw) {
        Map<String, List<String>> parameters = new LinkedHashMap<>();
        for (String pair : raw.split("&", -1)) {
            if (!pair.isEmpty()) {
                int equals = pair.indexOf('=');
                String name = equals < 0 ? pair : pair.substring(0, equals);
                String value = equals < 0 ? "" : pair.substring(equals + 1);
                parameters
                        .computeIfAbsent(decode(name, true), first -> new ArrayList<>())
                        .add(decode(value, true));
            }
        }
        return parameters;
    }

    private static String decode(String raw, boolean form) {
        if (raw.indexOf('%') < 0 && (!form || raw.indexOf('+') < 0)) {
            return raw;
        }
        byte[] from = raw.getBytes(StandardCharsets.UTF_8);
        byte[] to = new byte[from.length];
        int length = 0;
        for (int i = 0; i < from.length; i++) {
            byte b = from[i];
            int decoded = b == '%' && i + 2 < from.length ? pair(from[i + 1], from[i + 2]) : -1;
            if (decoded >= 0 && (form || decoded != '/')) {
                to[length++] = (byte) decoded;
                i += 2;
            } else {
                to[length++] = form && b == '+' ? (byte) ' ' : b;
            }
        }
        return new String(to, 0, length, StandardCharsets.UTF_8);
    }

    private static int pair(byte high, byte low) {
        return digit(high) < 0 || digit(low) < 0 ? -1 : digit(high) << 4 | digit(low);
    }

    private static int digit(byte character) {
        return Character.digit(character, 16);
    }
}
