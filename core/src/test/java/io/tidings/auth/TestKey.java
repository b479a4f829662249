package io.tidings.auth;

import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.EdECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.util.Arrays;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** A key that signs with the JDK alone, so that tokens of tests owe nothing to the library that checks them. */
final class TestKey {

    private final KeyPair pair;
    private final byte[] secret;

    TestKey(KeyPair pair, byte[] secret) {
        this.pair = pair;
        this.secret = secret;
    }

    static TestKey secret(int bytes) {
        byte[] secret = new byte[bytes];
        for (int i = 0; i < bytes; i++) {
            secret[i] = (byte) (i * 7 + bytes);
        }
        return new TestKey(null, secret);
    }

    static TestKey secret(byte[] secret) {
        return new TestKey(null, secret);
    }

    static TestKey rsa(int bits) {
        return generate("RSA", generator -> generator.initialize(bits));
    }

    /** On {@code secp256r1}, {@code secp384r1} or {@code secp521r1}. */
    static TestKey ec(String curve) {
        return generate("EC", generator -> generator.initialize(new ECGenParameterSpec(curve)));
    }

    static TestKey ed25519() {
        return generate("Ed25519", generator -> {});
    }

    /** Null for a secret. */
    KeyPair pair() {
        return pair;
    }

    /** Null for a pair. */
    byte[] secret() {
        return secret;
    }

    private interface Init {
        void accept(KeyPairGenerator generator) throws GeneralSecurityException;
    }

    private static TestKey generate(String algorithm, Init init) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
            init.accept(generator);
            return new TestKey(generator.generateKeyPair(), null);
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    /** The public half as {@code PUBLIC KEY}. */
    String pem() {
        return pem("PUBLIC KEY", pair.getPublic().getEncoded());
    }

    static String pem(String label, byte[] der) {
        String base64 = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
        return "-----BEGIN " + label + "-----\n" + base64 + "\n-----END " + label + "-----\n";
    }

    /** The public half, or the secret, as a JWK with more members, such as {@code "kid":"a"}. */
    String jwk(String... members) {
        StringBuilder json = new StringBuilder("{").append(material());
        for (String member : members) {
            json.append(',').append(member);
        }
        return json.append('}').toString();
    }

    static String set(String... jwks) {
        return "{\"keys\":[" + String.join(",", jwks) + "]}";
    }

    private String material() {
        if (pair == null) {
            return "\"kty\":\"oct\",\"k\":\"" + base64(secret) + '"';
        }
        if (pair.getPublic() instanceof RSAPublicKey rsa) {
            return "\"kty\":\"RSA\",\"n\":\"" + base64(unsigned(rsa.getModulus(), 0)) + "\",\"e\":\""
                    + base64(unsigned(rsa.getPublicExponent(), 0)) + '"';
        }
        if (pair.getPublic() instanceof ECPublicKey ec) {
            int bits = ec.getParams().getCurve().getField().getFieldSize();
            int bytes = (bits + 7) / 8;
            return "\"kty\":\"EC\",\"crv\":\"P-" + bits + "\",\"x\":\""
                    + base64(unsigned(ec.getW().getAffineX(), bytes)) + "\",\"y\":\""
                    + base64(unsigned(ec.getW().getAffineY(), bytes)) + '"';
        }
        if (pair.getPublic() instanceof EdECPublicKey ed) {
            byte[] der = ed.getEncoded();
            return "\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\""
                    + base64(Arrays.copyOfRange(der, der.length - 32, der.length)) + '"';
        }
        throw new AssertionError();
    }

    private static byte[] unsigned(BigInteger number, int bytes) {
        byte[] raw = number.toByteArray();
        int length = bytes == 0 ? (number.bitLength() + 7) / 8 : bytes;
        byte[] out = new byte[length];
        int copy = Math.min(raw.length, length);
        System.arraycopy(raw, raw.length - copy, out, length - copy, copy);
        return out;
    }

    private static String base64(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    /** Signs as a JWS algorithm says, whether or not a sane issuer would. */
    byte[] sign(String algorithm, byte[] text) {
        try {
            String hash = algorithm.replaceAll("\\D", "");
            return switch (algorithm.substring(0, 2)) {
                case "HS" -> {
                    Mac mac = Mac.getInstance("HmacSHA" + hash);
                    mac.init(new SecretKeySpec(secret, "HMAC"));
                    yield mac.doFinal(text);
                }
                case "RS" -> sign(Signature.getInstance("SHA" + hash + "withRSA"), text);
                case "PS" -> {
                    Signature signature = Signature.getInstance("RSASSA-PSS");
                    signature.setParameter(new PSSParameterSpec(
                            "SHA-" + hash,
                            "MGF1",
                            new MGF1ParameterSpec("SHA-" + hash),
                            Integer.parseInt(hash) / 8,
                            1));
                    yield sign(signature, text);
                }
                case "ES" -> sign(Signature.getInstance("SHA" + hash + "withECDSAinP1363Format"), text);
                default -> sign(Signature.getInstance("Ed25519"), text);
            };
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    private byte[] sign(Signature signature, byte[] text) throws GeneralSecurityException {
        PrivateKey key = pair.getPrivate();
        signature.initSign(key);
        signature.update(text);
        return signature.sign();
    }
}
