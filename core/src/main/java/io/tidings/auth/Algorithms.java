package io.tidings.auth;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** The signature algorithms that we know (RFC 7518 section 3.1, RFC 8037 section 3.1, RFC 9864 section 2.2). */
final class Algorithms {

    /** Algorithms of a shared secret, with the fewest bytes that the secret must have (RFC 7518 section 3.2). */
    static final Map<String, Integer> SECRET = Map.of("HS256", 32, "HS384", 48, "HS512", 64);

    /** Two names of the same: EdDSA as such is also Ed448, which we do not know. */
    static final Set<String> ED25519 = Set.of("EdDSA", "Ed25519");

    /** Algorithms of a public key. */
    static final Set<String> PUBLIC =
            Set.of("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519");

    private Algorithms() {}

    /** All names, sorted. */
    static Set<String> all() {
        Set<String> all = new TreeSet<>(PUBLIC);
        all.addAll(SECRET.keySet());
        return all;
    }

    /** Those that a secret of so many bytes is long enough for; empty below 32. */
    static Set<String> ofSecret(int bytes) {
        Map<String, Integer> fitting = new TreeMap<>(SECRET);
        fitting.values().removeIf(least -> least > bytes);
        return Set.copyOf(fitting.keySet());
    }
}
