package io.tidings.auth;

import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.spec.EdECPoint;
import java.security.spec.EdECPublicKeySpec;
import java.security.spec.NamedParameterSpec;

/** Ed25519 public keys as a JWK writes them. */
final class Ed25519Keys {

    private static final int LENGTH = 32;

    private Ed25519Keys() {}

    /**
     * The key of its 32 bytes: the y coordinate, lowest byte first, the highest bit telling whether x is odd (RFC 8032
     * section 5.1.2).
     *
     * @throws GeneralSecurityException when it is no key
     */
    static PublicKey of(byte[] encoded) throws GeneralSecurityException {
        if (encoded.length != LENGTH) {
            throw new GeneralSecurityException("an Ed25519 key has 32 bytes, not " + encoded.length);
        }
        byte[] y = new byte[LENGTH];
        for (int i = 0; i < LENGTH; i++) {
            y[i] = encoded[LENGTH - 1 - i];
        }
        boolean xOdd = y[0] < 0;
        y[0] &= 0x7f;
        EdECPoint point = new EdECPoint(xOdd, new BigInteger(1, y));
        return KeyFactory.getInstance("Ed25519")
                .generatePublic(new EdECPublicKeySpec(NamedParameterSpec.ED25519, point));
    }
}
