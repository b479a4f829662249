package io.tidings.auth;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.crypto.impl.BaseJWSProvider;
import com.nimbusds.jose.util.Base64URL;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.util.Set;

/** Checks Ed25519 signatures with the JDK; Nimbus's own verifier asks for one more library. */
final class Ed25519JwsVerifier extends BaseJWSProvider implements JWSVerifier {

    private final PublicKey key;

    /**
     * Takes a key.
     *
     * @throws InvalidKeyException when it is no point of the curve
     */
    Ed25519JwsVerifier(PublicKey key) throws InvalidKeyException {
        super(Set.of(JWSAlgorithm.EdDSA, JWSAlgorithm.Ed25519));
        this.key = key;
        signature().initVerify(key);
    }

    @Override
    public boolean verify(JWSHeader header, byte[] signed, Base64URL signature) throws JOSEException {
        try {
            Signature check = signature();
            check.initVerify(key);
            check.update(signed);
            return check.verify(signature.decode());
        } catch (SignatureException misshapen) {
            return false;
        } catch (InvalidKeyException e) {
            throw new JOSEException("the key became unusable", e);
        }
    }

    private static Signature signature() {
        try {
            return Signature.getInstance("Ed25519");
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JDK lacks Ed25519", e);
        }
    }
}
