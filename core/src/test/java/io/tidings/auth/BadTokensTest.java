package io.tidings.auth;

import static io.tidings.auth.TestToken.assertAccepted;
import static io.tidings.auth.TestToken.assertRefused;
import static io.tidings.auth.TestToken.base64;
import static io.tidings.auth.TestToken.claims;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.tidings.auth.Authentication.Accepted;
import io.tidings.auth.Authentication.Reason;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

@Tag("R4")
class BadTokensTest {

    private static final TestKey KEY = TestKey.secret(32);
    private static final TestKey OTHER = TestKey.secret(33);
    private static final String HS256 = "{\"alg\":\"HS256\"}";
    private static final long EXP = MovingTicker.START_SECONDS + 60;

    private final MovingTicker ticker = new MovingTicker();
    private final Authenticator authenticator = JwtAuthenticator.withSecret(KEY.secret())
            .ticker(ticker)
            .issuer("id")
            .audience("us")
            .build();

    private static String good() {
        return TestToken.of(KEY, "HS256", ours());
    }

    private static String ours(String... members) {
        String more = members.length == 0 ? "" : ',' + String.join(",", members);
        return claims("\"iss\":\"id\",\"aud\":\"us\"" + more);
    }

    private static String header(String json) {
        return TestToken.signed(KEY, "HS256", json, ours());
    }

    private static String payload(String json) {
        return TestToken.signed(KEY, "HS256", HS256, json);
    }

    private static String payload(byte[] bytes) {
        return TestToken.signedParts(
                KEY,
                "HS256",
                base64(HS256),
                Base64.getUrlEncoder().withoutPadding().encodeToString(bytes));
    }

    static Stream<Arguments> badTokens() {
        String good = good();
        String head = base64(HS256);
        String body = base64(ours());
        String signature = good.substring(good.lastIndexOf('.') + 1);
        return Stream.of(
                arguments("nothing", "", Reason.MISSING),
                arguments("a blank", " ", Reason.MALFORMED),
                arguments("a word", "token", Reason.MALFORMED),
                arguments("two parts", head + '.' + body, Reason.MALFORMED),
                arguments("four parts", good + ".AAAA", Reason.MALFORMED),
                arguments("an encrypted token", head + ".AAAA.AAAA.AAAA.AAAA", Reason.MALFORMED),
                arguments("only dots", "..", Reason.MALFORMED),
                arguments("no header", '.' + body + '.' + signature, Reason.MALFORMED),
                arguments("no payload", TestToken.signedParts(KEY, "HS256", head, ""), Reason.MALFORMED),
                arguments("no signature", head + '.' + body + '.', Reason.SIGNATURE),
                arguments("a leading blank", ' ' + good, Reason.MALFORMED),
                arguments("a trailing line break", good + '\n', Reason.MALFORMED),
                arguments("the word Bearer", "Bearer " + good, Reason.MALFORMED),
                arguments("padding", good + '=', Reason.MALFORMED),
                arguments("ordinary base64", good.replace('-', '+').replace('_', '/') + '+', Reason.MALFORMED),
                arguments("a letter that is not ASCII", good + '\u00e9', Reason.MALFORMED),
                arguments("a digit that is not ASCII", good + '\u0661', Reason.MALFORMED),
                arguments("a NUL", good + '\0', Reason.MALFORMED),
                arguments(
                        "a header that is no base64", TestToken.signedParts(KEY, "HS256", "A", body), Reason.MALFORMED),
                arguments(
                        "a payload that is no base64",
                        TestToken.signedParts(KEY, "HS256", head, "A"),
                        Reason.MALFORMED),
                arguments("a header that is no JSON", header("alg"), Reason.MALFORMED),
                arguments("a header that is an array", header("[\"HS256\"]"), Reason.MALFORMED),
                arguments(
                        "a header with a name twice", header("{\"alg\":\"none\",\"alg\":\"HS256\"}"), Reason.MALFORMED),
                arguments("a header with something after it", header(HS256 + "{}"), Reason.MALFORMED),
                arguments("a header without alg", header("{\"typ\":\"JWT\"}"), Reason.MALFORMED),
                arguments("alg null", header("{\"alg\":null}"), Reason.MALFORMED),
                arguments("alg a number", header("{\"alg\":256}"), Reason.MALFORMED),
                arguments("alg an array", header("{\"alg\":[\"HS256\"]}"), Reason.MALFORMED),
                arguments("alg none", base64("{\"alg\":\"none\"}") + '.' + body + '.', Reason.SIGNATURE),
                arguments("alg in lower case", header("{\"alg\":\"hs256\"}"), Reason.SIGNATURE),
                arguments("an alg of another key", header("{\"alg\":\"RS256\"}"), Reason.SIGNATURE),
                arguments("an alg that wants a longer secret", TestToken.of(KEY, "HS512", ours()), Reason.SIGNATURE),
                arguments("kid a number", header("{\"alg\":\"HS256\",\"kid\":7}"), Reason.MALFORMED),
                arguments("kid null", header("{\"alg\":\"HS256\",\"kid\":null}"), Reason.MALFORMED),
                arguments(
                        "an unknown critical header",
                        header("{\"alg\":\"HS256\",\"crit\":[\"x\"],\"x\":1}"),
                        Reason.MALFORMED),
                arguments(
                        "a critical header that libraries know",
                        header("{\"alg\":\"HS256\",\"crit\":[\"b64\"],\"b64\":false}"),
                        Reason.MALFORMED),
                arguments(
                        "an empty list of critical headers",
                        header("{\"alg\":\"HS256\",\"crit\":[]}"),
                        Reason.MALFORMED),
                arguments(
                        "an encrypted header on a signed token",
                        header("{\"alg\":\"HS256\",\"enc\":\"A256GCM\"}"),
                        Reason.MALFORMED),
                arguments(
                        "a header nested too deep",
                        header("{\"alg\":\"HS256\",\"x\":" + "[".repeat(2000) + "]".repeat(2000) + '}'),
                        Reason.MALFORMED),
                arguments("a payload that is no JSON", payload("hello"), Reason.MALFORMED),
                arguments("a payload that is a token", payload(good), Reason.MALFORMED),
                arguments("a payload that is null", payload("null"), Reason.MALFORMED),
                arguments(
                        "a payload with a name twice",
                        payload("{\"sub\":\"a\",\"sub\":\"b\",\"exp\":" + EXP + '}'),
                        Reason.MALFORMED),
                arguments("a payload that is cut off", payload("{\"sub\":\"alice\""), Reason.MALFORMED),
                arguments(
                        "a payload that is no UTF-8",
                        payload("{\"sub\":\"\u00ff\"}".getBytes(StandardCharsets.ISO_8859_1)),
                        Reason.MALFORMED),
                arguments(
                        "a payload nested too deep",
                        payload("{\"x\":" + "[".repeat(5000) + "]".repeat(5000) + '}'),
                        Reason.MALFORMED),
                arguments(
                        "a number without end",
                        payload("{\"sub\":" + "9".repeat(5000) + ",\"exp\":" + EXP + '}'),
                        Reason.MALFORMED),
                arguments("another secret", TestToken.of(OTHER, "HS256", ours()), Reason.SIGNATURE),
                arguments(
                        "another's payload",
                        head + '.' + base64(ours().replace("alice", "mallo")) + '.' + signature,
                        Reason.SIGNATURE),
                arguments(
                        "another header",
                        base64("{\"alg\":\"HS256\" }") + '.' + body + '.' + signature,
                        Reason.SIGNATURE),
                arguments("half a signature", good.substring(0, good.length() - 20), Reason.SIGNATURE),
                arguments(
                        "a key in the header",
                        TestToken.signed(OTHER, "HS256", "{\"alg\":\"HS256\",\"jwk\":" + OTHER.jwk() + '}', ours()),
                        Reason.SIGNATURE),
                arguments(
                        "bad signature and expired",
                        TestToken.of(OTHER, "HS256", "{\"sub\":\"a\",\"exp\":1}"),
                        Reason.SIGNATURE),
                arguments(
                        "long ended",
                        payload("{\"sub\":\"alice\",\"iss\":\"id\",\"aud\":\"us\",\"exp\":0}"),
                        Reason.EXPIRED),
                arguments("not begun", payload(ours("\"nbf\":" + (EXP - 10))), Reason.NOT_YET_VALID),
                arguments("another issuer", payload(claims("\"iss\":\"other\",\"aud\":\"us\"")), Reason.NOT_FOR_US),
                arguments("no issuer", payload(claims("\"aud\":\"us\"")), Reason.NOT_FOR_US),
                arguments("another audience", payload(claims("\"iss\":\"id\",\"aud\":\"them\"")), Reason.NOT_FOR_US),
                arguments("no audience", payload(claims("\"iss\":\"id\"")), Reason.NOT_FOR_US),
                arguments("another's and ended", payload("{\"sub\":\"a\",\"exp\":1}"), Reason.NOT_FOR_US),
                arguments("no user", payload("{\"iss\":\"id\",\"aud\":\"us\",\"exp\":" + EXP + '}'), Reason.MALFORMED),
                arguments("no end", payload("{\"sub\":\"alice\",\"iss\":\"id\",\"aud\":\"us\"}"), Reason.MALFORMED));
    }

    @ParameterizedTest(name = "{0}: {2}")
    @MethodSource("badTokens")
    void badToken_isRefusedWithItsReason(String what, String token, Reason reason) throws Exception {
        assertNotNull(what);
        assertRefused(reason, authenticator, token);
    }

    @Test
    void goodToken_isAccepted() throws Exception {
        assertAccepted(authenticator, good());
    }

    @Test
    void unknownHeaders_areIgnored() throws Exception {
        assertAccepted(
                authenticator, header("{\"typ\":\"at+jwt\",\"x\":{\"y\":[1]},\"alg\":\"HS256\",\"kid\":\"any\"}"));
    }

    @Test
    void token_of16384CharactersIsTheLongest() throws Exception {
        String longest = ofLength(16_384);
        assertAccepted(authenticator, longest);
        String longer = ofLength(16_385);
        assertRefused(Reason.MALFORMED, authenticator, longer);
        assertRefused(Reason.MALFORMED, authenticator, "a".repeat(50_000_000));
    }

    /** A good token of just this length; base64url of the right number of bytes hits every length but one in four. */
    private static String ofLength(int length) {
        for (int headerPad = 0; headerPad < 4; headerPad++) {
            String header = "{\"alg\":\"HS256\",\"x\":\"" + "h".repeat(headerPad) + "\"}";
            int rest = length
                    - TestToken.signed(KEY, "HS256", header, ours("\"pad\":\"\""))
                            .length();
            for (int pad = rest * 3 / 4 - 3; pad <= rest * 3 / 4 + 3; pad++) {
                String token = TestToken.signed(KEY, "HS256", header, ours("\"pad\":\"" + "p".repeat(pad) + '"'));
                if (token.length() == length) {
                    return token;
                }
            }
        }
        throw new AssertionError("no token of " + length);
    }

    /** Whatever is done to a token, it is refused or means what it meant, and nothing is thrown. */
    @Test
    void mutatedTokens_areNeverAnotherIdentity() throws Exception {
        Random random = new Random(42);
        Identity alice = assertAccepted(authenticator, good());
        String[] parts = {good(), header("{\"alg\":\"HS256\",\"crit\":[\"x\"]}"), payload("{}"), "e30.e30.", "."};
        for (int i = 0; i < 20_000; i++) {
            StringBuilder token = new StringBuilder(parts[random.nextInt(parts.length)]);
            for (int change = random.nextInt(3); change >= 0 && !token.isEmpty(); change--) {
                int at = random.nextInt(token.length());
                switch (random.nextInt(5)) {
                    case 0 -> token.setCharAt(at, (char) random.nextInt(256));
                    case 1 -> token.deleteCharAt(at);
                    case 2 -> token.insert(at, '.');
                    case 3 -> token.setLength(at);
                    default -> token.insert(at, parts[random.nextInt(parts.length)], 0, 1);
                }
            }
            if (TestToken.authenticate(authenticator, token.toString()) instanceof Accepted accepted) {
                assertEquals(alice, accepted.identity());
            }
        }
    }
}
