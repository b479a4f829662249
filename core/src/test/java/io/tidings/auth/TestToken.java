package io.tidings.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.tidings.auth.Authentication.Accepted;
import io.tidings.auth.Authentication.Reason;
import io.tidings.auth.Authentication.Refused;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.concurrent.TimeUnit;

/** Tokens put together by hand, and what comes of them. */
final class TestToken {

    private TestToken() {}

    /** Claims that hold, with more members, such as {@code "aud":"a"}. */
    static String claims(String... members) {
        StringBuilder json = new StringBuilder("{\"sub\":\"alice\",\"exp\":" + (MovingTicker.START_SECONDS + 60));
        for (String member : members) {
            json.append(',').append(member);
        }
        return json.append('}').toString();
    }

    static String of(TestKey key, String algorithm) {
        return of(key, algorithm, claims());
    }

    static String of(TestKey key, String algorithm, String claims) {
        return signed(key, algorithm, "{\"alg\":\"" + algorithm + "\"}", claims);
    }

    static String named(TestKey key, String algorithm, String keyId) {
        return signed(key, algorithm, "{\"alg\":\"" + algorithm + "\",\"kid\":\"" + keyId + "\"}", claims());
    }

    static String signed(TestKey key, String algorithm, String header, String claims) {
        return signedParts(key, algorithm, base64(header), base64(claims));
    }

    static String signedParts(TestKey key, String algorithm, String header, String payload) {
        String text = header + '.' + payload;
        return text
                + '.'
                + Base64.getUrlEncoder()
                        .withoutPadding()
                        .encodeToString(key.sign(algorithm, text.getBytes(StandardCharsets.US_ASCII)));
    }

    static String base64(String text) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    static Authentication authenticate(Authenticator authenticator, String token) throws Exception {
        return authenticator.authenticate(token).toCompletableFuture().get(60, TimeUnit.SECONDS);
    }

    static Identity assertAccepted(Authenticator authenticator, String token) throws Exception {
        return assertInstanceOf(Accepted.class, authenticate(authenticator, token))
                .identity();
    }

    static void assertRefused(Reason reason, Authenticator authenticator, String token) throws Exception {
        assertEquals(new Refused(reason), authenticate(authenticator, token));
    }
}
