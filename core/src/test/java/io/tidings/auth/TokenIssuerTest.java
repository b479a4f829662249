package io.tidings.auth;

import static io.tidings.auth.TestToken.assertAccepted;
import static io.tidings.auth.TestToken.assertRefused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.tidings.auth.Authentication.Reason;
import io.tidings.message.UserKey;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("R2")
@Tag("R3")
class TokenIssuerTest {

    private static final Duration MINUTE = Duration.ofMinutes(1);

    private final MovingTicker ticker = new MovingTicker();
    private final TokenIssuer issuer = TokenIssuer.withRandomSecret().at(ticker);
    private final Authenticator authenticator = issuer.authenticator().build();

    @Test
    void issuedToken_carriesWhatWasAsked() throws Exception {
        String token = issuer.issue("123", "acme", MINUTE, List.of("notify", "operate"), "phone");
        assertEquals(
                new Identity(
                        new UserKey("acme", "123"),
                        "phone",
                        Set.of("notify", "operate"),
                        Map.of(),
                        Instant.ofEpochSecond(MovingTicker.START_SECONDS + 60)),
                assertAccepted(authenticator, token));
    }

    @Test
    void plainToken_isAUserOfTheDefaultTenant() throws Exception {
        Identity identity = assertAccepted(authenticator, issuer.issue("\u00fc\"</a>", null, MINUTE, List.of(), null));
        assertEquals(UserKey.of("\u00fc\"</a>"), identity.user());
        assertEquals(Set.of(), identity.scopes());
        assertEquals(
                UserKey.of(7),
                assertAccepted(authenticator, issuer.issue(UserKey.of(7), MINUTE))
                        .user());
    }

    @Test
    void issuedToken_ends() throws Exception {
        String token = issuer.issue(UserKey.of("a"), MINUTE);
        ticker.advance(Duration.ofSeconds(90));
        assertRefused(Reason.EXPIRED, authenticator, token);
        assertRefused(Reason.EXPIRED, authenticator, issuer.issue(UserKey.of("a"), Duration.ofHours(-1)));
    }

    @Test
    void anotherIssuersToken_isRefused() throws Exception {
        TokenIssuer other = TokenIssuer.withRandomSecret().at(ticker);
        assertRefused(Reason.SIGNATURE, authenticator, other.issue(UserKey.of("a"), MINUTE));
    }

    @Test
    void sharedSecret_worksOnBothSides() throws Exception {
        String secret = "0123456789abcdef0123456789abcdef";
        Authenticator elsewhere =
                JwtAuthenticator.withSecret(secret).ticker(ticker).build();
        assertAccepted(elsewhere, TokenIssuer.withSecret(secret).at(ticker).issue(UserKey.of("a"), MINUTE));
    }

    @Test
    void signedClaims_areTheWholeToken() throws Exception {
        String token = issuer.sign(Map.of("uid", 5, "exp", MovingTicker.START_SECONDS + 1, "scope", List.of("a")));
        Identity identity =
                assertAccepted(issuer.authenticator().userClaim("uid").build(), token);
        assertEquals(UserKey.of(5), identity.user());
        assertEquals(Set.of("a"), identity.scopes());
        assertRefused(Reason.MALFORMED, authenticator, token);
    }

    @Test
    void badArguments_areNamed() {
        assertThrows(IllegalArgumentException.class, () -> TokenIssuer.withSecret("x".repeat(31)));
        TokenIssuer.withSecret("x".repeat(32));
        assertThrows(IllegalArgumentException.class, () -> issuer.issue("", null, MINUTE, List.of(), null));
        assertThrows(IllegalArgumentException.class, () -> issuer.issue("a", "\n", MINUTE, List.of(), null));
        assertThrows(IllegalArgumentException.class, () -> issuer.issue("a", null, MINUTE, List.of(), ""));
        issuer.issue("a", null, Duration.ofDays(3650), List.of(), null);
        assertThrows(
                IllegalArgumentException.class,
                () -> issuer.issue("a", null, Duration.ofDays(3650).plusNanos(1), List.of(), null));
        assertThrows(
                IllegalArgumentException.class,
                () -> issuer.issue("a", null, Duration.ofSeconds(Long.MIN_VALUE), List.of(), null));
    }
}
