package io.tidings.auth;

import com.fasterxml.jackson.databind.JsonNode;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.KeyOperation;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.OctetKeyPair;
import com.nimbusds.jose.jwk.OctetSequenceKey;
import com.nimbusds.jose.jwk.RSAKey;
import java.security.GeneralSecurityException;
import java.text.ParseException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * JWK sets (RFC 7517 section 5). Keys that cannot check signatures, are revoked, or are of a kind that we do not know are
 * skipped, as the RFC asks.
 */
final class JwkSetReader {

    /** The most keys of a set; a token without {@code kid} is tried against each that fits. */
    static final int MAX_KEYS = 256;

    private JwkSetReader() {}

    /**
     * The keys of a set.
     *
     * @param secrets whether shared secrets count; those of a set that anybody can fetch do not
     * @throws IllegalArgumentException when it is no set, or none of its keys can be used; quotes nothing of it
     */
    static KeySet read(byte[] json, boolean secrets) {
        JsonNode set = StrictJson.object(json);
        if (set == null) {
            throw new IllegalArgumentException("JWK set must be a JSON object");
        }
        JsonNode list = set.path("keys");
        if (!list.isArray()) {
            throw new IllegalArgumentException("JWK set must have an array \"keys\"");
        }
        if (list.size() > MAX_KEYS) {
            throw new IllegalArgumentException("JWK set must have at most " + MAX_KEYS + " keys, has " + list.size());
        }
        List<VerificationKey> keys = new ArrayList<>();
        for (JsonNode node : list) {
            VerificationKey key = key(node, secrets);
            if (key != null) {
                keys.add(key);
            }
        }
        if (keys.isEmpty()) {
            throw new IllegalArgumentException(
                    "JWK set must have a key that can check signatures, has none among " + list.size());
        }
        return new KeySet(keys);
    }

    private static @Nullable VerificationKey key(JsonNode node, boolean secrets) {
        try {
            JWK jwk = JWK.parse(node.toString());
            boolean unfit = (jwk.getKeyUse() != null && !jwk.getKeyUse().equals(KeyUse.SIGNATURE))
                    || (jwk.getKeyOperations() != null
                            && !jwk.getKeyOperations().contains(KeyOperation.VERIFY))
                    || jwk.getKeyRevocation() != null;
            if (unfit || (jwk instanceof OctetSequenceKey && !secrets)) {
                return null;
            }
            VerificationKey key = key(jwk);
            return jwk.getAlgorithm() == null
                    ? key
                    : key.only(jwk.getAlgorithm().getName());
        } catch (ParseException | JOSEException | GeneralSecurityException | RuntimeException unusable) {
            return null;
        }
    }

    private static VerificationKey key(JWK jwk) throws JOSEException, GeneralSecurityException {
        String id = jwk.getKeyID();
        if (jwk instanceof OctetSequenceKey secret) {
            return VerificationKey.ofSecret(id, secret.toByteArray());
        }
        if (jwk instanceof RSAKey rsa) {
            return VerificationKey.ofPublicKey(id, rsa.toRSAPublicKey());
        }
        if (jwk instanceof ECKey ec) {
            return VerificationKey.ofPublicKey(id, ec.toECPublicKey());
        }
        if (jwk instanceof OctetKeyPair pair && pair.getCurve().equals(Curve.Ed25519)) {
            return VerificationKey.ofPublicKey(id, Ed25519Keys.of(pair.getDecodedX()));
        }
        throw new GeneralSecurityException("unknown kind of key");
    }
}
