package io.tidings.auth;

import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Which web pages may open connections (RFC 6455 section 10.2). A request without an {@code Origin} header comes from no page
 * and is let in.
 */
public final class AllowedOrigins {

    private static final AllowedOrigins SAME_HOST = new AllowedOrigins(List.of(), false, true);
    private static final AllowedOrigins ANY = new AllowedOrigins(List.of(), true, false);

    private final List<URI> patterns;
    private final boolean any;
    private final boolean sameHost;

    private AllowedOrigins(List<URI> patterns, boolean any, boolean sameHost) {
        this.patterns = patterns;
        this.any = any;
        this.sameHost = sameHost;
    }

    /** Pages whose host and port are those of the request's {@code Host} header: the default. */
    public static AllowedOrigins sameHost() {
        return SAME_HOST;
    }

    /** Every page; for development. */
    public static AllowedOrigins any() {
        return ANY;
    }

    /**
     * Pages of some origins.
     *
     * @param origins such as {@code https://app.example}, {@code https://*.app.example} for every sub-domain (not the domain
     *                itself), or {@code *} for any
     * @throws IllegalArgumentException when one is not an origin
     */
    public static AllowedOrigins of(List<String> origins) {
        if (origins.contains("*")) {
            return ANY;
        }
        return new AllowedOrigins(origins.stream().map(AllowedOrigins::pattern).toList(), false, false);
    }

    /**
     * Whether a page may connect.
     *
     * @param origin the {@code Origin} header, or null
     * @param host   the {@code Host} header, or null
     */
    public boolean allow(@Nullable String origin, @Nullable String host) {
        if (origin == null || any) {
            return true;
        }
        Optional<URI> page = parse(origin);
        if (page.isEmpty()) {
            return false;
        }
        if (sameHost) {
            return host != null && sameHost(page.get(), host);
        }
        return patterns.stream().anyMatch(pattern -> matches(pattern, page.get()));
    }

    private static boolean sameHost(URI page, String host) {
        return parse(page.getScheme() + "://" + host)
                .filter(server -> server.getHost().equals(page.getHost()) && port(server) == port(page))
                .isPresent();
    }

    private static boolean matches(URI pattern, URI page) {
        if (!pattern.getScheme().equals(page.getScheme()) || port(pattern) != port(page)) {
            return false;
        }
        String host = pattern.getHost();
        return host.startsWith(WILDCARD)
                ? page.getHost().endsWith(host.substring(WILDCARD.length() - 1))
                        && page.getHost().length() > host.length() - WILDCARD.length() + 1
                : host.equals(page.getHost());
    }

    /** Stands in for {@code *.} in a parsed pattern, because a URI's host cannot hold an asterisk. */
    private static final String WILDCARD = "tidings-any-subdomain.";

    private static URI pattern(String origin) {
        return parse(origin.replaceFirst("://\\*\\.", "://" + WILDCARD))
                .orElseThrow(() -> new IllegalArgumentException("not an origin: " + origin));
    }

    private static int port(URI uri) {
        if (uri.getPort() >= 0) {
            return uri.getPort();
        }
        return uri.getScheme().equals("https") ? 443 : 80;
    }

    private static Optional<URI> parse(String text) {
        try {
            URI uri = URI.create(text.toLowerCase(Locale.ROOT));
            boolean origin = uri.getScheme() != null
                    && uri.getHost() != null
                    && uri.getUserInfo() == null
                    && (uri.getPath() == null || uri.getPath().isEmpty())
                    && uri.getQuery() == null
                    && uri.getFragment() == null;
            return origin ? Optional.of(uri) : Optional.empty();
        } catch (IllegalArgumentException notAUri) {
            return Optional.empty();
        }
    }
}
