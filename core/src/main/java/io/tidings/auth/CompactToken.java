package io.tidings.auth;

import com.fasterxml.jackson.databind.JsonNode;
import com.nimbusds.jose.util.Base64URL;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/** A signed token in compact form (RFC 7515 section 7.1), its header read, its signature not checked yet. */
final class CompactToken {

    /** The longest token, in characters. */
    static final int MAX_LENGTH = 16_384;

    private final String algorithm;
    private final @Nullable String keyId;
    private final byte[] signed;
    private final int payloadAt;
    private final Base64URL signature;

    private CompactToken(String algorithm, @Nullable String keyId, byte[] signed, int payloadAt, Base64URL signature) {
        this.algorithm = algorithm;
        this.keyId = keyId;
        this.signed = signed;
        this.payloadAt = payloadAt;
        this.signature = signature;
    }

    /**
     * Reads a token, or returns null where it is none that we know: too long, not three parts of base64url (an encrypted one
     * has five), a header that is no JSON object with an {@code alg}, or one with {@code crit}, of which no extension is known.
     */
    static @Nullable CompactToken parse(String text) {
        if (text.length() > MAX_LENGTH) {
            return null;
        }
        int first = -1;
        int second = -1;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c != '.') {
                if (!isBase64Url(c)) {
                    return null;
                }
            } else if (first < 0) {
                first = i;
            } else if (second < 0) {
                second = i;
            } else {
                return null;
            }
        }
        if (second < 0) {
            return null;
        }
        byte[] signed = text.substring(0, second).getBytes(StandardCharsets.US_ASCII);
        JsonNode header = object(signed, 0, first);
        if (header == null || header.has("crit") || header.has("enc")) {
            return null;
        }
        JsonNode algorithm = header.path("alg");
        JsonNode keyId = header.path("kid");
        if (!algorithm.isTextual() || !(keyId.isMissingNode() || keyId.isTextual())) {
            return null;
        }
        return new CompactToken(
                algorithm.textValue(), keyId.textValue(), signed, first + 1, new Base64URL(text.substring(second + 1)));
    }

    /** What the header calls its algorithm. */
    String algorithm() {
        return algorithm;
    }

    /** What the header calls its key, or null. */
    @Nullable
    String keyId() {
        return keyId;
    }

    /** The bytes that the signature covers. */
    byte[] signed() {
        return signed;
    }

    Base64URL signature() {
        return signature;
    }

    /** The claims, or null where the payload is no JSON object; not to be believed before the signature is checked. */
    @Nullable
    JsonNode claims() {
        return object(signed, payloadAt, signed.length);
    }

    private static @Nullable JsonNode object(byte[] text, int from, int to) {
        try {
            return StrictJson.object(Base64.getUrlDecoder().decode(Arrays.copyOfRange(text, from, to)));
        } catch (IllegalArgumentException notBase64) {
            return null;
        }
    }

    private static boolean isBase64Url(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    }
}
