package io.tidings.auth;

import static io.tidings.auth.TestToken.assertAccepted;
import static io.tidings.auth.TestToken.assertRefused;
import static io.tidings.auth.TestToken.claims;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.tidings.auth.Authentication.Reason;
import io.tidings.message.UserKey;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("R2")
@Tag("R3")
class JwtClaimsTest {

    private static final TestKey KEY = TestKey.secret(32);
    private static final long EXP = MovingTicker.START_SECONDS + 60;

    private final MovingTicker ticker = new MovingTicker();
    private final JwtAuthenticatorBuilder builder =
            JwtAuthenticator.withSecret(KEY.secret()).ticker(ticker);

    private static String token(String claims) {
        return TestToken.of(KEY, "HS256", claims);
    }

    @Test
    void expiry_holdsToTheLastMillisecondOfTheSkew() throws Exception {
        Authenticator authenticator = builder.build();
        ticker.setMillis(EXP * 1000 + 30_000 - 1);
        assertAccepted(authenticator, token(claims()));
        ticker.setMillis(EXP * 1000 + 30_000);
        assertRefused(Reason.EXPIRED, authenticator, token(claims()));
    }

    @Test
    void begin_holdsFromTheFirstMillisecondOfTheSkew() throws Exception {
        Authenticator authenticator = builder.build();
        long nbf = MovingTicker.START_SECONDS + 10;
        ticker.setMillis(nbf * 1000 - 30_000);
        assertAccepted(authenticator, token(claims("\"nbf\":" + nbf)));
        ticker.setMillis(nbf * 1000 - 30_001);
        assertRefused(Reason.NOT_YET_VALID, authenticator, token(claims("\"nbf\":" + nbf)));
    }

    @Test
    void zeroSkew_isExactOnBothSides() throws Exception {
        Authenticator authenticator = builder.clockSkew(Duration.ZERO).build();
        String token = token(claims("\"nbf\":" + (EXP - 1)));
        ticker.setMillis((EXP - 1) * 1000 - 1);
        assertRefused(Reason.NOT_YET_VALID, authenticator, token);
        ticker.setMillis((EXP - 1) * 1000);
        assertAccepted(authenticator, token);
        ticker.setMillis(EXP * 1000 - 1);
        assertAccepted(authenticator, token);
        ticker.setMillis(EXP * 1000);
        assertRefused(Reason.EXPIRED, authenticator, token);
    }

    @Test
    @Tag("R5")
    void expiresAt_isTheClaimWithoutSkew() throws Exception {
        assertEquals(
                Instant.ofEpochSecond(EXP),
                assertAccepted(builder.build(), token(claims())).expiresAt());
    }

    @Test
    void fractionsOfSeconds_count() throws Exception {
        Authenticator authenticator = builder.clockSkew(Duration.ZERO).build();
        String token = token("{\"sub\":\"alice\",\"exp\":" + EXP + ".5}");
        ticker.setMillis(EXP * 1000 + 499);
        assertEquals(
                Instant.ofEpochMilli(EXP * 1000 + 500),
                assertAccepted(authenticator, token).expiresAt());
        ticker.setMillis(EXP * 1000 + 500);
        assertRefused(Reason.EXPIRED, authenticator, token);
    }

    @Test
    void missingExpiry_isMalformedUnlessAllowed() throws Exception {
        for (String claims : new String[] {"{\"sub\":\"alice\"}", "{\"sub\":\"alice\",\"exp\":null}"}) {
            assertRefused(
                    Reason.MALFORMED, JwtAuthenticator.withSecret(KEY.secret()).build(), token(claims));
            Authenticator lenient = JwtAuthenticator.withSecret(KEY.secret())
                    .allowWithoutExpiry()
                    .build();
            assertNull(assertAccepted(lenient, token(claims)).expiresAt());
        }
    }

    @Test
    void expiry_isCheckedAlsoWhereItMayBeMissing() throws Exception {
        Authenticator authenticator = builder.allowWithoutExpiry().build();
        ticker.advance(Duration.ofSeconds(90));
        assertRefused(Reason.EXPIRED, authenticator, token(claims()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"1705314660\"",
                "true",
                "[1705314660]",
                "{}",
                "-1",
                "1e400",
                "253402300800",
                "1705314660000",
                "99999999999999999999999999"
            })
    void timeThatIsNoTime_isMalformed(String value) throws Exception {
        Authenticator authenticator = builder.build();
        assertRefused(Reason.MALFORMED, authenticator, token("{\"sub\":\"alice\",\"exp\":" + value + '}'));
        assertRefused(Reason.MALFORMED, authenticator, token(claims("\"nbf\":" + value)));
    }

    @Test
    void lastTimeThatIsATime_isAccepted() throws Exception {
        Identity identity = assertAccepted(builder.build(), token("{\"sub\":\"alice\",\"exp\":253402300799}"));
        assertEquals(Instant.parse("9999-12-31T23:59:59Z"), identity.expiresAt());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"iss\":\"https://id.example\"   | true",
                "\"iss\":\"https://id.example/\"  | false",
                "\"iss\":\"HTTPS://id.example\"   | false",
                "\"iss\":[\"https://id.example\"] | false",
                "\"iss\":null                     | false",
                "\"other\":1                      | false",
            })
    void issuer_isExact(String member, boolean accepted) throws Exception {
        Authenticator authenticator = builder.issuer("https://id.example").build();
        if (accepted) {
            assertAccepted(authenticator, token(claims(member)));
        } else {
            assertRefused(Reason.NOT_FOR_US, authenticator, token(claims(member)));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"aud\":\"a\"             | true",
                "\"aud\":\"b\"             | true",
                "\"aud\":[\"x\",\"b\"]     | true",
                "\"aud\":\"x\"             | false",
                "\"aud\":\"a b\"           | false",
                "\"aud\":[]                | false",
                "\"aud\":[\"x\",1,null]    | false",
                "\"aud\":{\"a\":1}         | false",
                "\"aud\":1                 | false",
                "\"other\":1               | false",
            })
    void audience_isOneOfOurs(String member, boolean accepted) throws Exception {
        Authenticator authenticator = builder.audience("a").audience("b").build();
        if (accepted) {
            assertAccepted(authenticator, token(claims(member)));
        } else {
            assertRefused(Reason.NOT_FOR_US, authenticator, token(claims(member)));
        }
    }

    @Test
    void issuerAndAudience_areAnythingUnlessConfigured() throws Exception {
        assertAccepted(builder.build(), token(claims("\"iss\":7,\"aud\":[\"whoever\"]")));
    }

    @Test
    void numberAndText_areOneUser() throws Exception {
        Authenticator authenticator = builder.build();
        UserKey byNumber = assertAccepted(authenticator, token("{\"sub\":123,\"exp\":" + EXP + '}'))
                .user();
        UserKey byText = assertAccepted(authenticator, token("{\"sub\":\"123\",\"exp\":" + EXP + '}'))
                .user();
        assertEquals(UserKey.of(123), byNumber);
        assertEquals(byNumber, byText);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "9007199254740991", "\"a b\"", "\"\u00fc\ud83d\ude00\"", "\"0123\""})
    void idsOnTheEdge_areAccepted(String id) throws Exception {
        assertAccepted(builder.build(), token("{\"sub\":" + id + ",\"exp\":" + EXP + '}'));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "null",
                "\"\"",
                "-1",
                "9007199254740992",
                "1.0",
                "1e2",
                "true",
                "[\"a\"]",
                "{\"id\":1}",
                "\"a\\u0000b\"",
                "\"a\\nb\"",
                "\"\\ud800\""
            })
    void userThatIsNoId_isMalformed(String id) throws Exception {
        assertRefused(Reason.MALFORMED, builder.build(), token("{\"sub\":" + id + ",\"exp\":" + EXP + '}'));
    }

    @Test
    void userOf128Characters_isTheLongest() throws Exception {
        Authenticator authenticator = builder.build();
        assertAccepted(authenticator, token("{\"sub\":\"" + "u".repeat(128) + "\",\"exp\":" + EXP + '}'));
        assertRefused(
                Reason.MALFORMED, authenticator, token("{\"sub\":\"" + "u".repeat(129) + "\",\"exp\":" + EXP + '}'));
    }

    @Test
    void missingUser_isMalformed() throws Exception {
        assertRefused(Reason.MALFORMED, builder.build(), token("{\"exp\":" + EXP + '}'));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"other\":1             | ''",
                "\"tenantId\":null       | ''",
                "\"tenantId\":\"\"       | ''",
                "\"tenantId\":\"acme\"   | acme",
                "\"tenantId\":7          | 7",
                "\"tenantId\":\"7\"      | 7",
            })
    void tenant_isTheClaimOrTheDefault(String member, String tenant) throws Exception {
        assertEquals(
                new UserKey(tenant, "alice"),
                assertAccepted(builder.build(), token(claims(member))).user());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"tenantId\":-1",
                "\"tenantId\":true",
                "\"tenantId\":[\"acme\"]",
                "\"tenantId\":\"a\\u0007\"",
                "\"device\":\"\"",
                "\"device\":1.5",
                "\"device\":{}",
                "\"scope\":7",
                "\"scope\":{\"a\":1}",
                "\"scope\":[\"a\",7]"
            })
    void claimOfTheWrongType_isMalformed(String member) throws Exception {
        assertRefused(Reason.MALFORMED, builder.build(), token(claims(member)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"device\":\"phone\" | phone",
                "\"device\":42        | 42",
                "\"device\":null      |",
                "\"other\":1          |",
            })
    void device_isTheClaimOrNone(String member, String device) throws Exception {
        assertEquals(
                device, assertAccepted(builder.build(), token(claims(member))).device());
    }

    @Test
    void scopes_areWordsOrAnArray() throws Exception {
        Authenticator authenticator = builder.build();
        assertEquals(
                Set.of("notify", "operate"),
                assertAccepted(authenticator, token(claims("\"scope\":\" notify  operate notify\"")))
                        .scopes());
        assertEquals(
                Set.of("notify", "operate"),
                assertAccepted(authenticator, token(claims("\"scope\":[\"notify\",\"operate\"]")))
                        .scopes());
        assertEquals(
                Set.of(),
                assertAccepted(authenticator, token(claims("\"scope\":\"\""))).scopes());
        assertEquals(Set.of(), assertAccepted(authenticator, token(claims())).scopes());
    }

    @Test
    void claimNames_areConfigurable() throws Exception {
        Authenticator authenticator = builder.userClaim("https://app.example/uid")
                .tenantClaim("org")
                .deviceClaim("dev")
                .scopeClaim("scp")
                .build();
        Identity identity = assertAccepted(
                authenticator,
                token(claims("\"https://app.example/uid\":5,\"org\":\"acme\",\"dev\":\"d\",\"scp\":[\"s\"],"
                        + "\"tenantId\":\"other\",\"device\":\"other\",\"scope\":\"other\"")));
        assertEquals(
                new Identity(new UserKey("acme", "5"), "d", Set.of("s"), Map.of(), Instant.ofEpochSecond(EXP)),
                identity);
    }

    @Test
    void onlyNamedClaims_areKept() throws Exception {
        Authenticator authenticator = builder.keepClaim("name")
                .keepClaim("level")
                .keepClaim("groups")
                .keepClaim("nothing")
                .keepClaim("missing")
                .build();
        String token = token(claims(
                "\"name\":\"Alice\",\"level\":7,\"groups\":[\"a\",{\"b\":true}],\"nothing\":null,\"email\":\"a@b\""));
        assertEquals(
                Map.of("name", "Alice", "level", "7", "groups", "[\"a\",{\"b\":true}]"),
                assertAccepted(authenticator, token).claims());
        assertEquals(
                Map.of(),
                assertAccepted(
                                JwtAuthenticator.withSecret(KEY.secret())
                                        .ticker(ticker)
                                        .build(),
                                token)
                        .claims());
    }

    @Test
    @Tag("R4")
    void identity_doesNotShowItsClaimsInText() throws Exception {
        Identity identity = assertAccepted(
                builder.keepClaim("email").build(),
                token(claims("\"email\":\"alice@secret.example\",\"device\":\"phone\"")));
        assertFalse(identity.toString().contains("secret"), identity.toString());
        assertEquals("Identity[alice]", identity.toString());
    }

    @Test
    void build_namesEveryProblemAtOnce() {
        String message = assertThrows(
                        IllegalArgumentException.class,
                        () -> JwtAuthenticator.withSecret("short")
                                .issuer(" ")
                                .audience("")
                                .userClaim("")
                                .tenantClaim("")
                                .deviceClaim("")
                                .scopeClaim("")
                                .keepClaim("")
                                .clockSkew(Duration.ofMillis(-1))
                                .jwksTimeout(Duration.ZERO)
                                .jwksCoolDown(Duration.ofMillis(999))
                                .jwksRefreshAfter(Duration.ofDays(2))
                                .build())
                .getMessage();
        assertEquals(
                "userClaim must not be blank; tenantClaim must not be blank; deviceClaim must not be blank; "
                        + "scopeClaim must not be blank; keepClaim must not be blank; audience must not be blank; "
                        + "issuer must not be blank; clockSkew must be from PT0S to PT10M, was PT-0.001S; "
                        + "jwksTimeout must be from PT0.001S to PT1M, was PT0S; "
                        + "jwksCoolDown must be from PT1S to PT1H, was PT0.999S; "
                        + "jwksRefreshAfter must be from PT1S to PT24H, was PT48H; "
                        + "secret must have at least 32 bytes (HS256; RFC 7518 section 3.2), has 5",
                message);
    }

    @Test
    void clockSkew_ofTenMinutesIsTheLongest() {
        builder.clockSkew(Duration.ofMinutes(10)).build();
        assertThrows(
                IllegalArgumentException.class,
                () -> builder.clockSkew(Duration.ofMinutes(10).plusMillis(1)).build());
    }
}
