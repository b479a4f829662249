package io.tidings.auth;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.crypto.MACVerifier;
import com.nimbusds.jose.crypto.RSASSAVerifier;
import java.security.InvalidKeyException;
import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.EdECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A key that checks signatures, with its verifier, which is made once and used by all threads. The algorithms come from the
 * key, never from the token, so a public key cannot be mistaken for a secret (RFC 8725 section 3.1).
 */
final class VerificationKey {

    private static final int RSA_MIN_BITS = 2048;

    private final @Nullable String id;
    private final Map<String, JWSHeader> headers;
    private final JWSVerifier verifier;

    private VerificationKey(@Nullable String id, Set<String> algorithms, JWSVerifier verifier) {
        this.id = id;
        this.headers =
                algorithms.stream().collect(Collectors.toUnmodifiableMap(Function.identity(), VerificationKey::header));
        this.verifier = verifier;
    }

    private static JWSHeader header(String algorithm) {
        return new JWSHeader(JWSAlgorithm.parse(algorithm));
    }

    /**
     * A shared secret: HS256 from 32 bytes, HS384 from 48, HS512 from 64.
     *
     * @param id the key's name, or null
     * @throws IllegalArgumentException when it has fewer than 32 bytes
     */
    static VerificationKey ofSecret(@Nullable String id, byte[] secret) {
        Set<String> algorithms = Algorithms.ofSecret(secret.length);
        if (algorithms.isEmpty()) {
            throw new IllegalArgumentException(
                    "secret must have at least 32 bytes (HS256; RFC 7518 section 3.2), has " + secret.length);
        }
        try {
            return new VerificationKey(id, algorithms, new MACVerifier(secret));
        } catch (JOSEException e) {
            throw new IllegalArgumentException("secret is not usable", e);
        }
    }

    /**
     * A public key: RSA from 2,048 bits (RS, PS), EC on P-256, P-384 or P-521 (ES), Ed25519 (EdDSA).
     *
     * @param id the key's name, or null
     * @throws IllegalArgumentException when it is another
     */
    static VerificationKey ofPublicKey(@Nullable String id, PublicKey key) {
        JWSVerifier verifier = verifier(key);
        Set<String> algorithms = verifier.supportedJWSAlgorithms().stream()
                .map(JWSAlgorithm::getName)
                .filter(Algorithms.PUBLIC::contains)
                .collect(Collectors.toUnmodifiableSet());
        if (algorithms.isEmpty()) {
            throw new IllegalArgumentException("key must be on the curve P-256, P-384, P-521 or Ed25519");
        }
        return new VerificationKey(id, algorithms, verifier);
    }

    private static JWSVerifier verifier(PublicKey key) {
        try {
            if (key instanceof RSAPublicKey rsa) {
                int bits = rsa.getModulus().bitLength();
                if (bits < RSA_MIN_BITS) {
                    throw new IllegalArgumentException(
                            "RSA key must have at least 2048 bits (RFC 7518 section 3.3), has " + bits);
                }
                return new RSASSAVerifier(rsa);
            }
            if (key instanceof ECPublicKey ec) {
                return new ECDSAVerifier(ec);
            }
            if (key instanceof EdECPublicKey ed && ed.getParams().getName().equalsIgnoreCase("Ed25519")) {
                return new Ed25519JwsVerifier(ed);
            }
        } catch (JOSEException | InvalidKeyException e) {
            throw new IllegalArgumentException("key is not usable: " + e.getMessage(), e);
        }
        throw new IllegalArgumentException("key must be RSA, EC or Ed25519, is " + key.getAlgorithm());
    }

    /**
     * The same key for one algorithm, as a JWK's {@code alg} asks.
     *
     * @throws IllegalArgumentException when the key does not fit it
     */
    VerificationKey only(String algorithm) {
        if (!headers.containsKey(algorithm)) {
            throw new IllegalArgumentException("key does not fit the algorithm that it names");
        }
        Set<String> names = Algorithms.ED25519.contains(algorithm) ? Algorithms.ED25519 : Set.of(algorithm);
        return new VerificationKey(id, names, verifier);
    }

    Set<String> algorithms() {
        return headers.keySet();
    }

    /** Whether the key has this very name. */
    boolean isNamed(String keyId) {
        return keyId.equals(id);
    }

    /** Whether a token that names its key so may mean this one; where either has no name, it may. */
    boolean mayBe(@Nullable String keyId) {
        return id == null || keyId == null || id.equals(keyId);
    }

    /** Whether the algorithm fits the key and the signature holds. */
    boolean verifies(CompactToken token) {
        JWSHeader header = headers.get(token.algorithm());
        if (header == null) {
            return false;
        }
        try {
            return verifier.verify(header, token.signed(), token.signature());
        } catch (JOSEException misshapen) {
            return false;
        }
    }
}
