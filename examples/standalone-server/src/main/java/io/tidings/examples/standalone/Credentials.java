package io.tidings.examples.standalone;

import io.tidings.auth.Authenticator;
import io.tidings.auth.JwtAuthenticator;
import io.tidings.auth.JwtAuthenticatorBuilder;
import io.tidings.auth.TokenIssuer;
import java.net.URI;
import java.util.Optional;

/**
 * Who checks tokens, and who makes them.
 *
 * @param authenticator checks them
 * @param issuer        makes them, in dev mode
 */
record Credentials(Authenticator authenticator, Optional<TokenIssuer> issuer) {

    /** What the flags say; in dev mode with a secret that ends with the process. */
    static Credentials of(Flags.Tokens tokens) {
        String secret = tokens.secret();
        URI jwks = tokens.jwks();
        if (secret != null) {
            return new Credentials(build(JwtAuthenticator.withSecret(secret), tokens), Optional.empty());
        }
        if (jwks != null) {
            return new Credentials(build(JwtAuthenticator.withJwks(jwks), tokens), Optional.empty());
        }
        TokenIssuer issuer = TokenIssuer.withRandomSecret();
        return new Credentials(build(issuer.authenticator(), tokens), Optional.of(issuer));
    }

    private static Authenticator build(JwtAuthenticatorBuilder builder, Flags.Tokens tokens) {
        builder.userClaim(tokens.userClaim()).tenantClaim(tokens.tenantClaim());
        if (tokens.issuer() != null) {
            builder.issuer(tokens.issuer());
        }
        if (tokens.audience() != null) {
            builder.audience(tokens.audience());
        }
        return builder.build();
    }
}
