package io.tidings.auth;

import static io.tidings.auth.TestToken.assertAccepted;
import static io.tidings.auth.TestToken.assertRefused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tidings.auth.Authentication.Reason;
import io.tidings.message.UserKey;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("R2")
@Tag("R4")
class JwtAlgorithmsTest {

    private static final TestKey RSA = TestKey.rsa(2048);
    private static final TestKey P256 = TestKey.ec("secp256r1");
    private static final TestKey P384 = TestKey.ec("secp384r1");
    private static final TestKey P521 = TestKey.ec("secp521r1");
    private static final TestKey ED = TestKey.ed25519();

    private static final Map<String, TestKey> SIGNERS = Map.ofEntries(
            Map.entry("HS256", TestKey.secret(64)),
            Map.entry("HS384", TestKey.secret(64)),
            Map.entry("HS512", TestKey.secret(64)),
            Map.entry("RS256", RSA),
            Map.entry("RS384", RSA),
            Map.entry("RS512", RSA),
            Map.entry("PS256", RSA),
            Map.entry("PS384", RSA),
            Map.entry("PS512", RSA),
            Map.entry("ES256", P256),
            Map.entry("ES384", P384),
            Map.entry("ES512", P521),
            Map.entry("EdDSA", ED),
            Map.entry("Ed25519", ED));

    private final MovingTicker ticker = new MovingTicker();

    static Set<String> algorithms() {
        return new TreeSet<>(SIGNERS.keySet());
    }

    private static JwtAuthenticatorBuilder byRaw(TestKey key) {
        return key.pair() == null ? JwtAuthenticator.withSecret(key.secret()) : JwtAuthenticator.withPem(key.pem());
    }

    @ParameterizedTest
    @MethodSource("algorithms")
    void everyAlgorithm_withItsKey_isAccepted(String algorithm) throws Exception {
        TestKey key = SIGNERS.get(algorithm);
        String token = TestToken.of(key, algorithm);
        for (JwtAuthenticatorBuilder builder :
                List.of(byRaw(key), JwtAuthenticator.withJwkSet(TestKey.set(key.jwk())))) {
            Identity identity = assertAccepted(builder.ticker(ticker).build(), token);
            assertEquals(UserKey.of("alice"), identity.user());
        }
    }

    @ParameterizedTest
    @MethodSource("algorithms")
    void everyAlgorithm_withAnotherKeyOfItsKind_isRefused(String algorithm) throws Exception {
        TestKey other = switch (algorithm) {
            case "HS256", "HS384", "HS512" -> TestKey.secret(65);
            case "ES256" -> TestKey.ec("secp256r1");
            case "ES384" -> TestKey.ec("secp384r1");
            case "ES512" -> TestKey.ec("secp521r1");
            case "EdDSA", "Ed25519" -> TestKey.ed25519();
            default -> TestKey.rsa(2048);
        };
        Authenticator authenticator = byRaw(other).ticker(ticker).build();
        assertRefused(Reason.SIGNATURE, authenticator, TestToken.of(SIGNERS.get(algorithm), algorithm));
    }

    @ParameterizedTest
    @MethodSource("algorithms")
    void everyAlgorithm_withKeysOfAnotherKind_isRefused(String algorithm) throws Exception {
        String token = TestToken.of(SIGNERS.get(algorithm), algorithm);
        for (TestKey key : Set.copyOf(SIGNERS.values())) {
            if (!key.equals(SIGNERS.get(algorithm)) && key.pair() != null) {
                assertRefused(Reason.SIGNATURE, byRaw(key).ticker(ticker).build(), token);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("algorithms")
    void everyAlgorithm_withOneBitOfTheSignatureTurned_isRefused(String algorithm) throws Exception {
        TestKey key = SIGNERS.get(algorithm);
        Authenticator authenticator = byRaw(key).ticker(ticker).build();
        String token = TestToken.of(key, algorithm);
        int at = token.lastIndexOf('.') + 10;
        char turned = token.charAt(at) == 'A' ? 'B' : 'A';
        assertRefused(Reason.SIGNATURE, authenticator, token.substring(0, at) + turned + token.substring(at + 1));
    }

    @ParameterizedTest
    @MethodSource("algorithms")
    void everyAlgorithm_withSignaturesOfAnyLength_isRefusedAndNothingThrown(String algorithm) throws Exception {
        TestKey key = SIGNERS.get(algorithm);
        Authenticator authenticator = byRaw(key).ticker(ticker).build();
        String token = TestToken.of(key, algorithm);
        String signed = token.substring(0, token.lastIndexOf('.') + 1);
        for (int length : new int[] {0, 1, 2, 31, 32, 63, 64, 96, 132, 255, 256, 257, 4096}) {
            String zeros = TestToken.base64("\0".repeat(length));
            assertRefused(Reason.SIGNATURE, authenticator, signed + zeros);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"HS256", "HS384", "HS512"})
    void publicKeyAsSecret_isRefused(String algorithm) throws Exception {
        Authenticator byPem = JwtAuthenticator.withPem(RSA.pem()).ticker(ticker).build();
        Authenticator bySet = JwtAuthenticator.withJwkSet(TestKey.set(RSA.jwk()))
                .ticker(ticker)
                .build();
        List<byte[]> guesses = new ArrayList<>();
        guesses.add(RSA.pair().getPublic().getEncoded());
        guesses.add(RSA.pem().getBytes(StandardCharsets.UTF_8));
        guesses.add(RSA.pem().strip().getBytes(StandardCharsets.UTF_8));
        guesses.add(RSA.jwk().getBytes(StandardCharsets.UTF_8));
        for (byte[] guess : guesses) {
            String forged = TestToken.of(TestKey.secret(guess), algorithm);
            assertRefused(Reason.SIGNATURE, byPem, forged);
            assertRefused(Reason.SIGNATURE, bySet, forged);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "None", "NONE", "nOnE", "", "HS1", "ES256K", "RSA1_5", "dir"})
    void unknownAlgorithm_isRefused(String algorithm) throws Exception {
        String unsigned =
                TestToken.base64("{\"alg\":\"" + algorithm + "\"}") + '.' + TestToken.base64(TestToken.claims()) + '.';
        TestKey secret = TestKey.secret(64);
        for (TestKey key : List.of(secret, RSA, ED)) {
            Authenticator authenticator = byRaw(key).ticker(ticker).build();
            assertRefused(Reason.SIGNATURE, authenticator, unsigned);
            assertRefused(Reason.SIGNATURE, authenticator, unsigned + "AAAA");
        }
        String signed = TestToken.signed(secret, "HS256", "{\"alg\":\"" + algorithm + "\"}", TestToken.claims());
        assertRefused(Reason.SIGNATURE, byRaw(secret).ticker(ticker).build(), signed);
    }

    @Test
    void secret_allowsTheHashesThatItIsLongEnoughFor() throws Exception {
        int[] lengths = {32, 47, 48, 63, 64};
        String[][] allowed = {{"HS256"}, {"HS256"}, {"HS256", "HS384"}, {"HS256", "HS384"}, {"HS256", "HS384", "HS512"}
        };
        for (int i = 0; i < lengths.length; i++) {
            TestKey key = TestKey.secret(lengths[i]);
            Authenticator authenticator = byRaw(key).ticker(ticker).build();
            for (String algorithm : List.of("HS256", "HS384", "HS512")) {
                String token = TestToken.of(key, algorithm);
                if (List.of(allowed[i]).contains(algorithm)) {
                    assertAccepted(authenticator, token);
                } else {
                    assertRefused(Reason.SIGNATURE, authenticator, token);
                }
            }
        }
    }

    @Test
    void shortSecret_isNamedAtBuild() {
        IllegalArgumentException problem = assertThrows(
                IllegalArgumentException.class,
                () -> JwtAuthenticator.withSecret("x".repeat(31)).build());
        assertEquals("secret must have at least 32 bytes (HS256; RFC 7518 section 3.2), has 31", problem.getMessage());
    }

    @Test
    void algorithmOption_forbidsTheOthers() throws Exception {
        Authenticator authenticator = JwtAuthenticator.withPem(RSA.pem())
                .algorithm("PS256")
                .ticker(ticker)
                .build();
        assertAccepted(authenticator, TestToken.of(RSA, "PS256"));
        assertRefused(Reason.SIGNATURE, authenticator, TestToken.of(RSA, "RS256"));
        assertRefused(Reason.SIGNATURE, authenticator, TestToken.of(RSA, "PS384"));
    }

    @Test
    void algorithmOption_thatDoesNotFitTheKey_isNamedAtBuild() {
        String fits = assertThrows(
                        IllegalArgumentException.class,
                        () -> JwtAuthenticator.withPem(P256.pem())
                                .algorithm("RS256")
                                .build())
                .getMessage();
        assertEquals("algorithm must be one that fits the key, [ES256], was [RS256]", fits);
        String unknown = assertThrows(
                        IllegalArgumentException.class,
                        () -> JwtAuthenticator.withPem(P256.pem())
                                .algorithm("none")
                                .build())
                .getMessage();
        assertTrue(unknown.contains("was none"), unknown);
    }

    /** RFC 7515 appendices A.1 and A.3: other people's tokens, with blanks and line breaks in their JSON. */
    @Test
    void tokensOfTheRfc_areAccepted() throws Exception {
        ticker.setMillis(1_300_819_379_000L);
        String payload =
                "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
        String hmac =
                "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9." + payload + ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        Authenticator bySecret = JwtAuthenticator.withJwkSet(
                        TestKey.set(
                                "{\"kty\":\"oct\",\"k\":"
                                        + "\"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow\"}"))
                .userClaim("iss")
                .keepClaim("http://example.com/is_root")
                .ticker(ticker)
                .build();
        Identity joe = assertAccepted(bySecret, hmac);
        assertEquals(UserKey.of("joe"), joe.user());
        assertEquals(Map.of("http://example.com/is_root", "true"), joe.claims());

        String ecdsa = "eyJhbGciOiJFUzI1NiJ9." + payload
                + ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
        Authenticator byCurve = JwtAuthenticator.withJwkSet(TestKey.set("{\"kty\":\"EC\",\"crv\":\"P-256\","
                        + "\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
                        + "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}"))
                .userClaim("iss")
                .ticker(ticker)
                .build();
        assertEquals(UserKey.of("joe"), assertAccepted(byCurve, ecdsa).user());
    }

    /** RFC 8037 appendix A.4: the signature holds, the payload is no JSON. */
    @Test
    void signatureOfTheRfcWithEd25519_holds() throws Exception {
        Authenticator authenticator = JwtAuthenticator.withJwkSet(TestKey.set("{\"kty\":\"OKP\",\"crv\":\"Ed25519\","
                        + "\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}"))
                .build();
        String token = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc."
                + "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
        assertRefused(Reason.MALFORMED, authenticator, token);
        assertRefused(Reason.SIGNATURE, authenticator, token.replace(".hgyY", ".hgyZ"));
    }
}
