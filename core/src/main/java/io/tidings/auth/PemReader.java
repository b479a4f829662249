package io.tidings.auth;

import java.io.ByteArrayInputStream;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Public keys in PEM (RFC 7468). */
final class PemReader {

    private static final Pattern BLOCK =
            Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----([A-Za-z0-9+/=\\s]+)-----END \\1-----");

    private PemReader() {}

    /**
     * The key of a text with one {@code PUBLIC KEY} or {@code CERTIFICATE}. One, because of a chain's certificates only the
     * first may sign tokens.
     *
     * @throws IllegalArgumentException when it is not that; quotes nothing of the text
     */
    static PublicKey read(String pem) {
        Matcher matcher = BLOCK.matcher(pem);
        List<MatchResult> blocks = matcher.results().toList();
        if (blocks.size() != 1) {
            throw new IllegalArgumentException("PEM must have one block, has " + blocks.size());
        }
        String label = blocks.get(0).group(1);
        byte[] der = decode(blocks.get(0).group(2));
        return switch (label) {
            case "PUBLIC KEY" -> publicKey(der);
            case "CERTIFICATE" -> certificate(der);
            default -> throw new IllegalArgumentException("PEM must be a PUBLIC KEY or a CERTIFICATE, is a " + label);
        };
    }

    private static byte[] decode(String base64) {
        try {
            return Base64.getDecoder().decode(base64.replaceAll("\\s", ""));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("PEM must be base64", e);
        }
    }

    private static PublicKey publicKey(byte[] der) {
        for (String algorithm : List.of("RSA", "EC", "Ed25519")) {
            try {
                return KeyFactory.getInstance(algorithm).generatePublic(new X509EncodedKeySpec(der));
            } catch (InvalidKeySpecException another) {
                // The next one may read it.
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException("this JDK lacks " + algorithm, e);
            }
        }
        throw new IllegalArgumentException("PEM must be an RSA, EC or Ed25519 key");
    }

    private static PublicKey certificate(byte[] der) {
        try {
            return CertificateFactory.getInstance("X.509")
                    .generateCertificate(new ByteArrayInputStream(der))
                    .getPublicKey();
        } catch (CertificateException e) {
            throw new IllegalArgumentException("PEM must be an X.509 certificate", e);
        }
    }
}
