package io.tidings.auth;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A web origin (RFC 6454), in lower case, IPv6 addresses in one spelling. Not a {@link java.net.URI}, which knows no host
 * with an underscore.
 *
 * @param port the one written, else the scheme's, else −1
 */
record Origin(String scheme, String host, int port) {

    /** A name as long as DNS knows, or as an address in brackets. */
    private static final int MAX_LENGTH = 300;

    private static final Pattern SYNTAX = Pattern.compile(
            "([a-z][a-z0-9+.-]*)://([a-z0-9_-]+(?:\\.[a-z0-9_-]+)*\\.?|\\[[0-9a-f:.]+])(?::([0-9]{1,5})?)?",
            Pattern.CASE_INSENSITIVE);

    private static final Pattern IPV4 = Pattern.compile("[0-9.]+");
    private static final int MAX_PORT = 65_535;

    /** The origin that a text is, or null where it is none, such as {@code null}. */
    static @Nullable Origin parse(String text) {
        if (text.length() > MAX_LENGTH) {
            return null;
        }
        Matcher parts = SYNTAX.matcher(text);
        if (!parts.matches()) {
            return null;
        }
        String scheme = parts.group(1).toLowerCase(Locale.ROOT);
        String name = parts.group(2).toLowerCase(Locale.ROOT);
        String host = name.startsWith("[") ? ipv6(name) : name;
        int port = parts.group(3) == null ? defaultPort(scheme) : Integer.parseInt(parts.group(3));
        return host == null || port == 0 || port > MAX_PORT ? null : new Origin(scheme, host, port);
    }

    /** Whether it is a page that a web server sent. */
    boolean isWeb() {
        return scheme.equals("http") || scheme.equals("https");
    }

    /** Whether the host is an address, not a name. */
    boolean isAddress() {
        return host.startsWith("[") || IPV4.matcher(host).matches();
    }

    private static int defaultPort(String scheme) {
        return switch (scheme) {
            case "http" -> 80;
            case "https" -> 443;
            default -> -1;
        };
    }

    /** The address without abbreviation. What stands in brackets is never looked up. */
    private static @Nullable String ipv6(String brackets) {
        try {
            return '[' + InetAddress.getByName(brackets).getHostAddress() + ']';
        } catch (UnknownHostException noAddress) {
            return null;
        }
    }
}
