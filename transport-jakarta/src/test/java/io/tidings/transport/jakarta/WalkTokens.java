package io.tidings.transport.jakarta;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.interfaces.RSAPublicKey;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Tokens for {@link TokenWalkProbe}, put together by hand; the bad ones say {@link #MARK} in their claims and names. */
final class WalkTokens {

    static final String MARK = "l3ak";
    static final String ISSUER = "https://id.example";
    static final String AUDIENCE = "shop";
    static final String HUGE = "huge";

    private static final int HUGE_BYTES = 100 * 1024;

    private final KeyPair ours = pair();
    private final KeyPair theirs = pair();
    private final long now;
    private final String key;

    /**
     * Tokens.
     *
     * @param now when they begin
     * @param key what the server's key is called
     */
    WalkTokens(Instant now, String key) {
        this.now = now.getEpochSecond();
        this.key = key;
    }

    /** The keys of the server. */
    String jwks() {
        return "{\"keys\":[" + jwk(ours, key) + "]}";
    }

    /** One that holds, of a user. */
    String good(String user) {
        return good(user, 3600);
    }

    /** One that holds for some seconds more, of a user. */
    String good(String user, long seconds) {
        return signed(ours, head("RS256", key), claims(user, "\"exp\":" + (now + seconds)));
    }

    /** One of each kind that does not hold, by what is wrong with it. */
    Map<String, String> bad() {
        Map<String, String> bad = new LinkedHashMap<>();
        String head = head("RS256", key);
        String until = "\"exp\":" + (now + 3600);
        String good = signed(ours, head, claims(MARK + "-user", until));
        String payload = good.substring(good.indexOf('.') + 1, good.lastIndexOf('.'));
        bad.put("a word", MARK + "-is-no-token");
        bad.put("only dots", "..");
        bad.put("two parts", good.substring(0, good.lastIndexOf('.')));
        bad.put("four parts", good + "." + base64(MARK));
        bad.put("no signature", good.substring(0, good.lastIndexOf('.') + 1));
        bad.put("another signature", good.substring(0, good.length() - 20) + "AAAAAAAAAAAAAAAAAAAA");
        bad.put("another payload", good.replace(payload, base64(claims(MARK + "-admin", until))));
        bad.put("expired", signed(ours, head, claims(MARK + "-user", "\"exp\":" + (now - 60))));
        bad.put("not yet valid", signed(ours, head, claims(MARK + "-user", until + ",\"nbf\":" + (now + 600))));
        for (String none : new String[] {"none", "None", "NONE", "nOnE"}) {
            bad.put("alg " + none, base64(head(none, key)) + '.' + payload + '.');
        }
        byte[] der = ours.getPublic().getEncoded();
        bad.put("HS256 with the public key", signed(der, head("HS256", key), claims(MARK + "-user", until)));
        String pem = "-----BEGIN PUBLIC KEY-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der) + "\n-----END PUBLIC KEY-----\n";
        bad.put(
                "HS256 with the public key's text",
                signed(pem.getBytes(US_ASCII), head("HS256", key), claims(MARK + "-user", until)));
        bad.put("an unknown alg", signed(ours, head("XS256", key), claims(MARK + "-user", until)));
        bad.put("another key's name", signed(ours, head("RS256", MARK + "-key"), claims(MARK + "-user", until)));
        bad.put("another tenant's key", signed(theirs, head, claims(MARK + "-user", until)));
        bad.put(
                "another issuer",
                signed(ours, head, claims(MARK + "-user", until).replace(ISSUER, "https://" + MARK)));
        bad.put(
                "another audience",
                signed(ours, head, claims(MARK + "-user", until).replace(AUDIENCE, MARK)));
        bad.put("no end", signed(ours, head, claims(MARK + "-user", "\"x\":1")));
        bad.put("an end that is text", signed(ours, head, claims(MARK + "-user", "\"exp\":\"" + (now + 3600) + '"')));
        bad.put("an end before 1970", signed(ours, head, claims(MARK + "-user", "\"exp\":-1")));
        bad.put("an end that never comes", signed(ours, head, claims(MARK + "-user", "\"exp\":1e400")));
        bad.put("no user", signed(ours, head, claims(MARK, until).replace("\"sub\"", "\"bus\"")));
        bad.put("a user that is no id", signed(ours, head, claims(MARK + " \\u0000\\n", until)));
        bad.put("a user too long", signed(ours, head, claims(MARK.repeat(500), until)));
        bad.put(
                "a user that is an object",
                signed(ours, head, claims("@", until).replace("\"@\"", "{\"a\":\"l3ak\"}")));
        bad.put(
                "nested deep",
                signed(ours, head, claims(MARK, until + ",\"x\":" + "[".repeat(1100) + "]".repeat(1100))));
        bad.put("a claim twice", signed(ours, head, claims(MARK, until + ",\"sub\":\"" + MARK + "-other\"")));
        bad.put("a payload that is no JSON", signed(ours, head, MARK + " is no JSON"));
        bad.put("a payload that is a list", signed(ours, head, "[\"" + MARK + "\"]"));
        bad.put("letters that are none of base64url", good.replace('.', '~') + "~" + MARK);
        bad.put("a critical header", signed(ours, more(head, "\"crit\":[\"x\"],\"x\":1"), claims(MARK, until)));
        bad.put(
                "an unencoded payload",
                signed(ours, more(head, "\"b64\":false,\"crit\":[\"b64\"]"), claims(MARK, until)));
        bad.put(
                "an encrypted token",
                base64(more(head, "\"enc\":\"A128GCM\"")) + ".AAAA." + base64(MARK) + ".AAAA.AAAA");
        bad.put(
                "its own key",
                signed(theirs, more("{\"alg\":\"RS256\"}", "\"jwk\":" + jwk(theirs, MARK)), claims(MARK, until)));
        for (String pointer : new String[] {"jku", "x5u"}) {
            bad.put(
                    "the address of its key in " + pointer,
                    signed(
                            theirs,
                            more(head("RS256", MARK), '"' + pointer + "\":\"http://127.0.0.1:1/" + MARK + '"'),
                            claims(MARK, until)));
        }
        bad.put(HUGE, signed(ours, head, claims(MARK, until + ",\"x\":\"" + "x".repeat(HUGE_BYTES) + '"')));
        return bad;
    }

    private static String head(String algorithm, String key) {
        return "{\"alg\":\"" + algorithm + "\",\"typ\":\"JWT\",\"kid\":\"" + key + "\"}";
    }

    private static String more(String head, String members) {
        return head.substring(0, head.length() - 1) + ',' + members + '}';
    }

    private static String claims(String user, String members) {
        return "{\"iss\":\"" + ISSUER + "\",\"aud\":\"" + AUDIENCE + "\",\"sub\":\"" + user + "\"," + members + '}';
    }

    private static String base64(String text) {
        return base64(text.getBytes(UTF_8));
    }

    private static String base64(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    private static String jwk(KeyPair pair, String name) {
        RSAPublicKey key = (RSAPublicKey) pair.getPublic();
        return "{\"kty\":\"RSA\",\"kid\":\"" + name + "\",\"n\":\"" + base64(unsigned(key.getModulus())) + "\",\"e\":\""
                + base64(unsigned(key.getPublicExponent())) + "\"}";
    }

    private static byte[] unsigned(BigInteger number) {
        byte[] bytes = number.toByteArray();
        return bytes[0] == 0 ? Arrays.copyOfRange(bytes, 1, bytes.length) : bytes;
    }

    private static KeyPair pair() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
            generator.initialize(2048);
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    private static String signed(KeyPair pair, String head, String claims) {
        String text = base64(head) + '.' + base64(claims);
        try {
            Signature signature = Signature.getInstance("SHA256withRSA");
            signature.initSign(pair.getPrivate());
            signature.update(text.getBytes(US_ASCII));
            return text + '.' + base64(signature.sign());
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    private static String signed(byte[] secret, String head, String claims) {
        String text = base64(head) + '.' + base64(claims);
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret, "HmacSHA256"));
            return text + '.' + base64(mac.doFinal(text.getBytes(US_ASCII)));
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }
}
