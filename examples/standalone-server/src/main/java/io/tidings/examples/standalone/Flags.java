package io.tidings.examples.standalone;

import java.net.URI;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How the server is started, checked.
 *
 * @param host           the address to listen on
 * @param port           0 to 65535; 0 is any free one
 * @param container      what serves the port
 * @param tokens         what tokens are accepted
 * @param allowOrigins   pages that may connect; empty for those of this server, in dev mode for any
 * @param trustedProxies whose word on where a request comes from counts
 * @param stores         what is kept where
 * @param node           this node's name, or null for a random one
 */
record Flags(
        String host,
        int port,
        Container container,
        Tokens tokens,
        List<String> allowOrigins,
        List<String> trustedProxies,
        Stores stores,
        @Nullable String node) {

    /** Copies the lists. */
    Flags {
        trustedProxies = List.copyOf(trustedProxies);
        allowOrigins = List.copyOf(allowOrigins);
    }

    /**
     * What is kept where.
     *
     * @param database the address of the database, which may hold a password, or null where there is none
     * @param mailbox  whether the mailbox is in the database, and not in memory
     */
    record Stores(@Nullable String database, boolean mailbox) {

        /** Nothing outlives the process. */
        static final Stores MEMORY = new Stores(null, false);

        /** A file in a folder of its own below the one that the server was started in. */
        static final Stores DEFAULT = new Stores("jdbc:sqlite:tidings-data/tidings.db", true);

        /** Says nothing of the address. */
        @Override
        public String toString() {
            return "Stores[database=" + (database != null) + ", mailbox=" + mailbox + ']';
        }
    }

    /**
     * What tokens are accepted. Secret and address are not both there.
     *
     * @param secret      signs the tokens, or null
     * @param jwks        where the keys of the tokens are, or null
     * @param issuer      what {@code iss} must be, or null
     * @param audience    what {@code aud} must hold, or null
     * @param userClaim   the claim of the user's id
     * @param tenantClaim the claim of the tenant's id
     */
    record Tokens(
            @Nullable String secret,
            @Nullable URI jwks,
            @Nullable String issuer,
            @Nullable String audience,
            String userClaim,
            String tenantClaim) {

        /** Whether nobody's key is configured: the server then makes tokens itself, for anybody. */
        boolean isDevMode() {
            return secret == null && jwks == null;
        }

        /** Says nothing of the secret. */
        @Override
        public String toString() {
            return "Tokens[devMode=" + isDevMode() + ", jwks=" + jwks + ", issuer=" + issuer + ", audience=" + audience
                    + ", userClaim=" + userClaim + ", tenantClaim=" + tenantClaim + ']';
        }
    }
}
