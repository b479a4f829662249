package io.tidings;

import io.tidings.auth.AllowedOrigins;
import io.tidings.auth.TokenSource;
import io.tidings.dialect.Dialect;
import io.tidings.policy.ConnectionPolicy;
import java.util.EnumSet;
import java.util.Set;

/**
 * A WebSocket path and how it is served.
 *
 * @param path                such as {@code /api/v1/ws}; starts with a slash
 * @param dialect             what is spoken there
 * @param policy              heartbeat, idle time and inbound limit; default: the dialect's
 * @param origins             which pages may connect; default: those of the same host and port
 * @param tokenSources        where a token may be brought; default: all
 * @param refuseBeforeUpgrade whether a bad or missing token is refused with HTTP 401 where the transport can; default: no, the
 *                            connection is accepted, told {@code UNAUTHORIZED} and closed with 4500, which browsers can see. A
 *                            missing token is not refused before the upgrade when {@link TokenSource#FRAME} is on
 */
public record Endpoint(
        String path,
        Dialect dialect,
        ConnectionPolicy policy,
        AllowedOrigins origins,
        Set<TokenSource> tokenSources,
        boolean refuseBeforeUpgrade) {

    /**
     * Checks the path and copies the set.
     *
     * @throws IllegalArgumentException when the path does not start with a slash, or no token source is left
     */
    public Endpoint {
        if (!path.startsWith("/")) {
            throw new IllegalArgumentException("path must start with a slash, was " + path);
        }
        if (tokenSources.isEmpty()) {
            throw new IllegalArgumentException("tokenSources must not be empty");
        }
        tokenSources = Set.copyOf(tokenSources);
    }

    /** An endpoint with all defaults. */
    public static Endpoint of(String path, Dialect dialect) {
        return new Endpoint(
                path, dialect, dialect.policy(), AllowedOrigins.sameHost(), EnumSet.allOf(TokenSource.class), false);
    }

    /** The same endpoint with another policy. */
    public Endpoint withPolicy(ConnectionPolicy other) {
        return new Endpoint(path, dialect, other, origins, tokenSources, refuseBeforeUpgrade);
    }

    /** The same endpoint for other pages. */
    public Endpoint withOrigins(AllowedOrigins other) {
        return new Endpoint(path, dialect, policy, other, tokenSources, refuseBeforeUpgrade);
    }

    /** The same endpoint with other token sources. */
    public Endpoint withTokenSources(Set<TokenSource> other) {
        return new Endpoint(path, dialect, policy, origins, other, refuseBeforeUpgrade);
    }

    /** The same endpoint, refusing bad tokens with HTTP 401 where the transport can. */
    public Endpoint refusingBeforeUpgrade() {
        return new Endpoint(path, dialect, policy, origins, tokenSources, true);
    }
}
