package io.tidings.auth;

import static io.tidings.auth.TestToken.assertAccepted;
import static io.tidings.auth.TestToken.assertRefused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tidings.auth.Authentication.Reason;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.interfaces.EdECPublicKey;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("R2")
class JwtKeysTest {

    private static final TestKey RSA = TestKey.rsa(2048);
    private static final TestKey EC = TestKey.ec("secp256r1");
    private static final TestKey ED = TestKey.ed25519();
    private static final TestKey SECRET = TestKey.secret(32);

    private final MovingTicker ticker = new MovingTicker();

    private JwtAuthenticator byPem(String pem) {
        return JwtAuthenticator.withPem(pem).ticker(ticker).build();
    }

    private JwtAuthenticator bySet(String json) {
        return JwtAuthenticator.withJwkSet(json).ticker(ticker).build();
    }

    private static String problem(JwtAuthenticatorBuilder builder) {
        return assertThrows(IllegalArgumentException.class, builder::build).getMessage();
    }

    @Test
    void pem_readsEveryKindOfKey() throws Exception {
        assertAccepted(byPem(RSA.pem()), TestToken.of(RSA, "RS256"));
        assertAccepted(byPem(EC.pem()), TestToken.of(EC, "ES256"));
        assertAccepted(byPem(ED.pem()), TestToken.of(ED, "EdDSA"));
    }

    @Test
    void pem_readsWindowsLinesAndTextAround() throws Exception {
        String pem = "the key of our issuer\r\n" + ED.pem().replace("\n", "\r\n") + "\r\nend";
        assertAccepted(byPem(pem), TestToken.of(ED, "EdDSA"));
    }

    @Test
    void certificate_isAsGoodAsItsKey(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("keys.p12");
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        "a",
                        "-keyalg",
                        "EC",
                        "-groupname",
                        "secp256r1",
                        "-dname",
                        "CN=test",
                        "-storetype",
                        "PKCS12",
                        "-storepass",
                        "changeit",
                        "-keystore",
                        file.toString())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("log").toFile())
                .start();
        assertTrue(keytool.waitFor(60, TimeUnit.SECONDS));
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file)) {
            store.load(in, "changeit".toCharArray());
        }
        Certificate certificate = store.getCertificate("a");
        PrivateKey key = (PrivateKey) store.getKey("a", "changeit".toCharArray());
        TestKey signer = new TestKey(new KeyPair(certificate.getPublicKey(), key), null);
        String pem = TestKey.pem("CERTIFICATE", certificate.getEncoded());

        assertAccepted(byPem(pem), TestToken.of(signer, "ES256"));
        assertEquals("PEM must have one block, has 2", problem(JwtAuthenticator.withPem(pem + pem)));
    }

    @Test
    void pem_thatIsNoPublicKey_isNamedAtBuildAndNotQuoted() {
        String secret = TestKey.pem("PRIVATE KEY", ED.pair().getPrivate().getEncoded());
        assertEquals(
                "PEM must be a PUBLIC KEY or a CERTIFICATE, is a PRIVATE KEY",
                problem(JwtAuthenticator.withPem(secret)));
        assertEquals("PEM must have one block, has 0", problem(JwtAuthenticator.withPem("")));
        assertEquals("PEM must have one block, has 0", problem(JwtAuthenticator.withPem("s3cret")));
        assertEquals(
                "PEM must be base64",
                problem(JwtAuthenticator.withPem("-----BEGIN PUBLIC KEY-----\nA=A\n-----END PUBLIC KEY-----")));
        assertEquals(
                "PEM must be an RSA, EC or Ed25519 key",
                problem(JwtAuthenticator.withPem(TestKey.pem("PUBLIC KEY", new byte[] {1, 2, 3}))));
        assertEquals(
                "PEM must be an X.509 certificate",
                problem(JwtAuthenticator.withPem(TestKey.pem("CERTIFICATE", new byte[] {1, 2, 3}))));
    }

    @Test
    void rsa_of2048BitsIsTheShortest() throws Exception {
        assertAccepted(byPem(RSA.pem()), TestToken.of(RSA, "RS256"));
        assertEquals(
                "RSA key must have at least 2048 bits (RFC 7518 section 3.3), has 2040",
                problem(JwtAuthenticator.withPem(TestKey.rsa(2040).pem())));
    }

    @Test
    void jwkSet_choosesTheKeyByItsName() throws Exception {
        TestKey second = TestKey.ec("secp256r1");
        JwtAuthenticator authenticator = bySet(TestKey.set(
                RSA.jwk("\"kid\":\"r\""),
                EC.jwk("\"kid\":\"e1\""),
                second.jwk("\"kid\":\"e2\""),
                ED.jwk("\"kid\":\"d\""),
                SECRET.jwk("\"kid\":\"s\"")));
        assertAccepted(authenticator, TestToken.named(RSA, "RS512", "r"));
        assertAccepted(authenticator, TestToken.named(EC, "ES256", "e1"));
        assertAccepted(authenticator, TestToken.named(second, "ES256", "e2"));
        assertAccepted(authenticator, TestToken.named(ED, "EdDSA", "d"));
        assertAccepted(authenticator, TestToken.named(SECRET, "HS256", "s"));

        assertRefused(Reason.SIGNATURE, authenticator, TestToken.named(EC, "ES256", "e2"));
        assertRefused(Reason.SIGNATURE, authenticator, TestToken.named(EC, "ES256", "r"));
        assertRefused(Reason.SIGNATURE, authenticator, TestToken.named(EC, "ES256", "gone"));
    }

    @Test
    void tokenWithoutKid_isTriedAgainstAllThatFit() throws Exception {
        TestKey second = TestKey.ec("secp256r1");
        JwtAuthenticator authenticator =
                bySet(TestKey.set(EC.jwk("\"kid\":\"e1\""), second.jwk("\"kid\":\"e2\""), RSA.jwk("\"kid\":\"r\"")));
        assertAccepted(authenticator, TestToken.of(second, "ES256"));
        assertRefused(Reason.SIGNATURE, authenticator, TestToken.of(TestKey.ec("secp256r1"), "ES256"));
    }

    @Test
    void keyWithoutKid_isTriedForEveryToken() throws Exception {
        assertAccepted(bySet(TestKey.set(EC.jwk())), TestToken.named(EC, "ES256", "any"));
    }

    @Test
    void algOfAKey_forbidsTheOthers() throws Exception {
        JwtAuthenticator authenticator = bySet(TestKey.set(RSA.jwk("\"alg\":\"RS256\"")));
        assertAccepted(authenticator, TestToken.of(RSA, "RS256"));
        assertRefused(Reason.SIGNATURE, authenticator, TestToken.of(RSA, "RS384"));
        assertRefused(Reason.SIGNATURE, authenticator, TestToken.of(RSA, "PS256"));
    }

    @Test
    void algEdDsaOfAKey_isBothOfItsNames() throws Exception {
        JwtAuthenticator authenticator = bySet(TestKey.set(ED.jwk("\"alg\":\"EdDSA\"")));
        assertAccepted(authenticator, TestToken.of(ED, "EdDSA"));
        assertAccepted(authenticator, TestToken.of(ED, "Ed25519"));
    }

    @Test
    void ed25519_isReadWhetherXIsOddOrEven() throws Exception {
        Set<Boolean> seen = new HashSet<>();
        while (seen.size() < 2) {
            TestKey key = TestKey.ed25519();
            if (seen.add(((EdECPublicKey) key.pair().getPublic()).getPoint().isXOdd())) {
                assertAccepted(bySet(TestKey.set(key.jwk())), TestToken.of(key, "EdDSA"));
            }
        }
    }

    @Test
    void keysThatCannotCheckSignatures_areSkipped() throws Exception {
        JwtAuthenticator authenticator = bySet(TestKey.set(
                "7",
                "{}",
                "{\"kty\":\"new\"}",
                "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AAAA\",\"y\":\"AAAA\"}",
                "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"AAAA\"}",
                "{\"kty\":\"OKP\",\"crv\":\"X25519\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}",
                TestKey.rsa(1024).jwk(),
                RSA.jwk("\"alg\":\"RSA-OAEP\""),
                RSA.jwk("\"use\":\"enc\""),
                RSA.jwk("\"key_ops\":[\"encrypt\"]"),
                TestKey.secret(16).jwk(),
                EC.jwk("\"use\":\"sig\"")));
        assertAccepted(authenticator, TestToken.of(EC, "ES256"));
        assertRefused(Reason.SIGNATURE, authenticator, TestToken.of(RSA, "RS256"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "keys", "[]", "null", "{", "{\"keys\":[]}x"})
    void setThatIsNoObject_isNamedAtBuild(String json) {
        assertEquals("JWK set must be a JSON object", problem(JwtAuthenticator.withJwkSet(json)));
    }

    @Test
    void setWithoutUsableKey_isNamedAtBuildAndNotQuoted() {
        assertEquals("JWK set must have an array \"keys\"", problem(JwtAuthenticator.withJwkSet("{\"keys\":7}")));
        assertEquals("JWK set must have an array \"keys\"", problem(JwtAuthenticator.withJwkSet(RSA.jwk())));
        assertEquals(
                "JWK set must have a key that can check signatures, has none among 0",
                problem(JwtAuthenticator.withJwkSet("{\"keys\":[]}")));
        TestKey tooShort = TestKey.secret(31);
        String message = problem(JwtAuthenticator.withJwkSet(TestKey.set(tooShort.jwk())));
        assertEquals("JWK set must have a key that can check signatures, has none among 1", message);
        assertFalse(message.contains("k\":"), message);
    }

    @Test
    void setOf256Keys_isTheLargest() throws Exception {
        String[] keys = IntStream.range(0, 256).mapToObj(i -> "{}").toArray(String[]::new);
        keys[255] = EC.jwk();
        assertAccepted(bySet(TestKey.set(keys)), TestToken.of(EC, "ES256"));
        String[] more = IntStream.range(0, 257).mapToObj(i -> EC.jwk()).toArray(String[]::new);
        assertEquals(
                "JWK set must have at most 256 keys, has 257", problem(JwtAuthenticator.withJwkSet(TestKey.set(more))));
    }
}
