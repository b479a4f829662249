package io.tidings.auth;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.Payload;
import com.nimbusds.jose.crypto.MACSigner;
import io.tidings.message.Ids;
import io.tidings.message.UserKey;
import io.tidings.spi.Ticker;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Signs tokens with HS256, for development and tests. <b>Not for production:</b> it asks nobody for a password, cannot
 * withdraw a token, and whoever checks its tokens can also make them.
 *
 * <p><b>Threads.</b> May be used by several.
 */
public final class TokenIssuer {

    private static final int SECRET_BYTES = 32;
    private static final Duration MAX_TTL = Duration.ofDays(3650);

    private final byte[] secret;
    private final Ticker ticker;
    private final MACSigner signer;

    private TokenIssuer(byte[] secret, Ticker ticker) {
        if (secret.length < SECRET_BYTES) {
            throw new IllegalArgumentException("secret must have at least 32 bytes, has " + secret.length);
        }
        this.secret = secret;
        this.ticker = ticker;
        try {
            this.signer = new MACSigner(secret);
        } catch (JOSEException e) {
            throw new IllegalArgumentException("secret is not usable", e);
        }
    }

    /**
     * Signs with a secret.
     *
     * @param secret its UTF-8 has at least 32 bytes
     * @throws IllegalArgumentException when it is shorter
     */
    public static TokenIssuer withSecret(String secret) {
        return new TokenIssuer(secret.getBytes(StandardCharsets.UTF_8), Ticker.SYSTEM);
    }

    /** Signs with a new random secret, so that tokens end with the process. */
    public static TokenIssuer withRandomSecret() {
        byte[] secret = new byte[SECRET_BYTES];
        new SecureRandom().nextBytes(secret);
        return new TokenIssuer(secret, Ticker.SYSTEM);
    }

    /** The same secret at another time. */
    public TokenIssuer at(Ticker time) {
        return new TokenIssuer(secret, time);
    }

    /** What accepts these tokens, at the same time. */
    public JwtAuthenticatorBuilder authenticator() {
        return JwtAuthenticator.withSecret(secret).ticker(ticker);
    }

    /** A token of a user without scopes or device. */
    public String issue(UserKey user, Duration ttl) {
        return issue(user.user(), user.tenant(), ttl, List.of(), null);
    }

    /**
     * A token with the claims that {@link JwtAuthenticator} reads unless told otherwise.
     *
     * @param user   the user's id
     * @param tenant the tenant's id, or null or {@link UserKey#DEFAULT_TENANT}
     * @param ttl    how long it holds, at most 3,650 days; negative for one that has ended
     * @param scopes without spaces
     * @param device the device, or null
     * @throws IllegalArgumentException when an id is none, or the time is too long
     */
    public String issue(
            String user, @Nullable String tenant, Duration ttl, Collection<String> scopes, @Nullable String device) {
        UserKey key = new UserKey(tenant == null ? UserKey.DEFAULT_TENANT : tenant, user);
        if (device != null) {
            Ids.check("device", device);
        }
        if (ttl.compareTo(MAX_TTL) > 0 || ttl.compareTo(MAX_TTL.negated()) < 0) {
            throw new IllegalArgumentException("ttl must be at most " + MAX_TTL + ", was " + ttl);
        }
        long now = ticker.epochMillis();
        Map<String, Object> claims = new LinkedHashMap<>();
        claims.put("sub", key.user());
        if (!key.tenant().equals(UserKey.DEFAULT_TENANT)) {
            claims.put("tenantId", key.tenant());
        }
        if (device != null) {
            claims.put("device", device);
        }
        if (!scopes.isEmpty()) {
            claims.put("scope", String.join(" ", scopes));
        }
        claims.put("iat", Math.floorDiv(now, 1000L));
        claims.put("exp", Math.floorDiv(now + ttl.toMillis(), 1000L));
        return sign(claims);
    }

    /** A token with these claims and no others; values as in JSON: texts, numbers, booleans, lists and maps. */
    public String sign(Map<String, ?> claims) {
        JWSObject token = new JWSObject(
                new JWSHeader(JWSAlgorithm.HS256), new Payload(new LinkedHashMap<String, Object>(claims)));
        try {
            token.sign(signer);
        } catch (JOSEException e) {
            throw new IllegalStateException("HS256 is not available", e);
        }
        return token.serialize();
    }
}
