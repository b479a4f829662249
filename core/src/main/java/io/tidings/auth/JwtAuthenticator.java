package io.tidings.auth;

import com.fasterxml.jackson.databind.JsonNode;
import io.tidings.auth.Authentication.Reason;
import io.tidings.auth.Authentication.Refused;
import io.tidings.auth.KeySet.Verdict;
import io.tidings.spi.Ticker;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Function;

/**
 * Accepts signed JSON Web Tokens (RFC 7519) in compact form.
 * <pre>{@code
 * Authenticator authenticator = JwtAuthenticator.withJwks(URI.create("https://id.example/keys"))
 *         .issuer("https://id.example")
 *         .audience("tidings")
 *         .build();
 * }</pre>
 *
 * <p>The key decides which algorithms are allowed: a secret HS256, HS384 and HS512, as far as it is long enough; RSA RS256 to
 * RS512 and PS256 to PS512; EC the one ES algorithm of its curve; Ed25519 EdDSA. {@code none} never is.
 *
 * <p>Checked are length (16,384 characters), form, signature, {@code iss} and {@code aud} where configured, {@code exp},
 * {@code nbf} and the ids, in this order; the first that fails is the {@linkplain Authentication.Reason reason}. Encrypted
 * tokens and those with a {@code crit} header are malformed. A token ends at {@code exp} plus the clock skew and begins at
 * {@code nbf} minus it; {@link Identity#expiresAt} is {@code exp} itself.
 *
 * <p><b>Threads.</b> {@link #authenticate} never blocks. Tokens signed with a secret, which cost a few microseconds, are
 * checked on the calling thread; all others, which may cost a millisecond, on the
 * {@linkplain JwtAuthenticatorBuilder#executor executor}.
 * <p><b>Failure.</b> The stage fails when it cannot be told whether the token holds: with {@link IllegalStateException} when
 * no signing keys have been fetched yet and none can be, when 10,000 callers or 32 MiB of tokens wait for the first keys
 * already, or when the executor takes no more. Whatever happens, nothing of a token is in a log or an exception.
 */
public final class JwtAuthenticator implements Authenticator {

    private final KeySource keys;
    private final Set<String> algorithms;
    private final ClaimRules rules;
    private final Ticker ticker;
    private final Executor executor;

    JwtAuthenticator(KeySource keys, Set<String> algorithms, ClaimRules rules, Ticker ticker, Executor executor) {
        this.keys = keys;
        this.algorithms = Set.copyOf(algorithms);
        this.rules = rules;
        this.ticker = ticker;
        this.executor = executor;
    }

    /**
     * Tokens signed with a shared secret: HS256 from 32 bytes, HS384 from 48, HS512 from 64 (RFC 7518 section 3.2). Fewer
     * than 32 are a problem that {@code build()} reports.
     */
    public static JwtAuthenticatorBuilder withSecret(byte[] secret) {
        byte[] copy = secret.clone();
        return JwtAuthenticatorBuilder.ofKey(() -> VerificationKey.ofSecret(null, copy));
    }

    /** Tokens signed with a shared secret, its bytes being the text's UTF-8. */
    public static JwtAuthenticatorBuilder withSecret(String secret) {
        return withSecret(secret.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Tokens signed with the private key to a public one.
     *
     * @param pem one {@code PUBLIC KEY} or {@code CERTIFICATE} block: RSA of at least 2,048 bits, EC on P-256, P-384 or P-521,
     *            or Ed25519. A certificate is only a wrapper: its dates and its issuer are not checked
     */
    public static JwtAuthenticatorBuilder withPem(String pem) {
        return JwtAuthenticatorBuilder.ofKey(() -> VerificationKey.ofPublicKey(null, PemReader.read(pem)));
    }

    /**
     * Tokens signed with a key of a set that does not change.
     *
     * @param json a JWK set (RFC 7517 section 5) of at most 256 keys, shared secrets included. Keys that cannot be used are
     *             skipped; one at least must be left
     */
    public static JwtAuthenticatorBuilder withJwkSet(String json) {
        return JwtAuthenticatorBuilder.ofKeys(() -> JwkSetReader.read(json.getBytes(StandardCharsets.UTF_8), true));
    }

    /**
     * Tokens signed with a key of a set that another server publishes. It is fetched when the first token comes, again when
     * it grows old or a token names a key that is not in it, and stays in use while the server is away. Shared secrets in it
     * are skipped; a set that leaves no key counts as unavailable.
     *
     * @param uri of a JWK set of at most 1 MiB and 256 keys; {@code http} or {@code https}
     */
    public static JwtAuthenticatorBuilder withJwks(URI uri) {
        return JwtAuthenticatorBuilder.ofJwks(uri);
    }

    @Override
    public CompletionStage<Authentication> authenticate(String token) {
        if (token.isEmpty()) {
            return refused(Reason.MISSING);
        }
        CompactToken parsed = CompactToken.parse(token);
        if (parsed == null) {
            return refused(Reason.MALFORMED);
        }
        if (!algorithms.contains(parsed.algorithm())) {
            return refused(Reason.SIGNATURE);
        }
        if (Algorithms.SECRET.containsKey(parsed.algorithm())) {
            return check(parsed, token.length());
        }
        try {
            return CompletableFuture.supplyAsync(() -> check(parsed, token.length()), executor)
                    .thenCompose(Function.identity());
        } catch (RejectedExecutionException full) {
            return CompletableFuture.failedFuture(new IllegalStateException("too many tokens wait to be checked"));
        }
    }

    private CompletionStage<Authentication> check(CompactToken token, int length) {
        KeySet held = keys.held();
        Verdict verdict = held == null ? Verdict.UNKNOWN_KEY : held.check(token);
        CompletionStage<KeySet> newer = verdict == Verdict.UNKNOWN_KEY ? keys.newer(length) : null;
        if (newer == null) {
            return CompletableFuture.completedFuture(conclude(verdict, token));
        }
        return newer.thenApplyAsync(
                keySet -> conclude(keySet == held ? verdict : keySet.check(token), token), executor);
    }

    private Authentication conclude(Verdict verdict, CompactToken token) {
        if (verdict != Verdict.HOLDS) {
            return new Refused(Reason.SIGNATURE);
        }
        JsonNode claims = token.claims();
        return claims == null ? new Refused(Reason.MALFORMED) : rules.judge(claims, ticker.epochMillis());
    }

    private static CompletionStage<Authentication> refused(Reason reason) {
        return CompletableFuture.completedFuture(new Refused(reason));
    }
}
