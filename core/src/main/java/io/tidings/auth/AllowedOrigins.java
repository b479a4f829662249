package io.tidings.auth;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which web pages may open connections (RFC 6455 section 10.2). A request without an {@code Origin} header comes from no page
 * and is let in.
 */
public final class AllowedOrigins {

    private static final String WILDCARD = "*.";
    private static final AllowedOrigins SAME_HOST = new AllowedOrigins(List.of(), false, true);
    private static final AllowedOrigins ANY = new AllowedOrigins(List.of(), true, false);

    private final List<Pattern> patterns;
    private final boolean any;
    private final boolean sameHost;

    /** An origin, or all sub-domains of one. */
    private record Pattern(Origin origin, boolean subdomains) {

        boolean matches(Origin page) {
            if (!subdomains) {
                return origin.equals(page);
            }
            return origin.scheme().equals(page.scheme())
                    && origin.port() == page.port()
                    && page.host().endsWith('.' + origin.host());
        }
    }

    private AllowedOrigins(List<Pattern> patterns, boolean any, boolean sameHost) {
        this.patterns = patterns;
        this.any = any;
        this.sameHost = sameHost;
    }

    /**
     * Pages whose host and port are those of the request's {@code Host} header: the default. Where a port is not written, it
     * is the one that the page's {@code http} or {@code https} means; pages of other schemes have no host of ours.
     */
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
     *                itself), or {@code *} for any; a path, even a slash, is a mistake
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
        Origin page = Origin.parse(origin);
        if (page == null) {
            return false;
        }
        if (sameHost) {
            return host != null && page.isWeb() && page.equals(Origin.parse(page.scheme() + "://" + host));
        }
        for (Pattern pattern : patterns) {
            if (pattern.matches(page)) {
                return true;
            }
        }
        return false;
    }

    private static Pattern pattern(String text) {
        boolean subdomains = text.contains("://" + WILDCARD);
        Origin origin = Origin.parse(subdomains ? text.replace("://" + WILDCARD, "://") : text);
        if (origin == null || (subdomains && origin.isAddress())) {
            throw new IllegalArgumentException("not an origin: " + text);
        }
        return new Pattern(origin, subdomains);
    }
}
