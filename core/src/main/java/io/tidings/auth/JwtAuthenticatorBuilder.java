package io.tidings.auth;

import io.tidings.spi.Ticker;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Options of a {@link JwtAuthenticator}. Not for several threads; may be used again after {@link #build}. */
public final class JwtAuthenticatorBuilder {

    private static final Duration MAX_SKEW = Duration.ofMinutes(10);

    private final KeySourceFactory keys;
    private @Nullable String issuer;
    private final Set<String> audiences = new LinkedHashSet<>();
    private String userClaim = "sub";
    private String tenantClaim = "tenantId";
    private String deviceClaim = "device";
    private String scopeClaim = "scope";
    private final Set<String> keptClaims = new LinkedHashSet<>();
    private final Set<String> algorithms = new TreeSet<>();
    private Duration clockSkew = Duration.ofSeconds(30);
    private boolean expiryRequired = true;
    private Ticker ticker = Ticker.SYSTEM;
    private Duration jwksTimeout = Duration.ofSeconds(5);
    private Duration jwksCoolDown = Duration.ofSeconds(30);
    private Duration jwksRefreshAfter = Duration.ofMinutes(5);
    private @Nullable HttpClient httpClient;
    private @Nullable Executor executor;

    /** Makes the source from the other options; {@link IllegalArgumentException} tells what is wrong with its own. */
    private interface KeySourceFactory {
        KeySource open(JwtAuthenticatorBuilder options);
    }

    private JwtAuthenticatorBuilder(KeySourceFactory keys) {
        this.keys = keys;
    }

    static JwtAuthenticatorBuilder ofKey(Supplier<VerificationKey> key) {
        return ofKeys(() -> new KeySet(List.of(key.get())));
    }

    static JwtAuthenticatorBuilder ofKeys(Supplier<KeySet> keys) {
        return new JwtAuthenticatorBuilder(options -> KeySource.fixed(keys.get()));
    }

    static JwtAuthenticatorBuilder ofJwks(URI uri) {
        return new JwtAuthenticatorBuilder(options -> options.remote(uri));
    }

    /** What {@code iss} must be; default: anything, also nothing. */
    public JwtAuthenticatorBuilder issuer(String name) {
        issuer = name;
        return this;
    }

    /** Adds a name of which {@code aud} must hold one; default: anything, also nothing. */
    public JwtAuthenticatorBuilder audience(String name) {
        audiences.add(name);
        return this;
    }

    /** The claim of the user's id, a text or a whole number; default {@code sub}. A token without it is malformed. */
    public JwtAuthenticatorBuilder userClaim(String name) {
        userClaim = name;
        return this;
    }

    /** The claim of the tenant's id; default {@code tenantId}. Without it the default tenant is meant. */
    public JwtAuthenticatorBuilder tenantClaim(String name) {
        tenantClaim = name;
        return this;
    }

    /** The claim of the device; default {@code device}. */
    public JwtAuthenticatorBuilder deviceClaim(String name) {
        deviceClaim = name;
        return this;
    }

    /** The claim of the scopes, words by space or an array of texts; default {@code scope}. */
    public JwtAuthenticatorBuilder scopeClaim(String name) {
        scopeClaim = name;
        return this;
    }

    /** Adds a claim to {@link Identity#claims}: a text as it is, anything else as JSON; default: none. */
    public JwtAuthenticatorBuilder keepClaim(String name) {
        keptClaims.add(name);
        return this;
    }

    /** Adds an algorithm, such as {@code RS256}, and so forbids those not added; default: all that fit the key. */
    public JwtAuthenticatorBuilder algorithm(String name) {
        algorithms.add(name);
        return this;
    }

    /** How far the issuer's clock may differ from ours; default 30 s; zero to 10 minutes. */
    public JwtAuthenticatorBuilder clockSkew(Duration skew) {
        clockSkew = skew;
        return this;
    }

    /**
     * Accepts tokens without {@code exp}, whose {@link Identity#expiresAt} is null: they hold until the key is withdrawn.
     * Default: they are malformed.
     */
    public JwtAuthenticatorBuilder allowWithoutExpiry() {
        expiryRequired = false;
        return this;
    }

    /** The time; default {@link Ticker#SYSTEM}. */
    public JwtAuthenticatorBuilder ticker(Ticker time) {
        ticker = time;
        return this;
    }

    /**
     * Where signatures of public keys are checked: ES256 and EdDSA may take a millisecond, too long for an I/O thread when
     * thousands of clients return at once. Default: a daemon thread a processor, shared by all authenticators, with room for
     * 20,000 tokens. What it rejects fails the stage.
     */
    public JwtAuthenticatorBuilder executor(Executor threads) {
        executor = threads;
        return this;
    }

    /** How long a fetch of keys may take from connecting to the last byte; default 5 s; 1 ms to 1 minute. */
    public JwtAuthenticatorBuilder jwksTimeout(Duration timeout) {
        jwksTimeout = timeout;
        return this;
    }

    /**
     * How long no token with an unknown key causes a fetch after one that succeeded; also the longest pause after those that
     * failed, which begins at 1 s and doubles. Default 30 s; 1 s to 1 hour.
     */
    public JwtAuthenticatorBuilder jwksCoolDown(Duration coolDown) {
        jwksCoolDown = coolDown;
        return this;
    }

    /**
     * How old keys may be before a token causes them to be fetched again, behind the scenes; at three times that age, after a
     * time without tokens, it waits for them. So much longer is a withdrawn key still accepted. Default 5 minutes; 1 s to
     * 1 day.
     */
    public JwtAuthenticatorBuilder jwksRefreshAfter(Duration age) {
        jwksRefreshAfter = age;
        return this;
    }

    /** What fetches keys, for hosts with a proxy or their own certificates; default: a new one that follows redirects. */
    public JwtAuthenticatorBuilder httpClient(HttpClient client) {
        httpClient = client;
        return this;
    }

    /**
     * The authenticator.
     *
     * @throws IllegalArgumentException when an option or the key is not usable; names every problem
     */
    public JwtAuthenticator build() {
        List<String> problems = new ArrayList<>();
        checkName(problems, "userClaim", userClaim);
        checkName(problems, "tenantClaim", tenantClaim);
        checkName(problems, "deviceClaim", deviceClaim);
        checkName(problems, "scopeClaim", scopeClaim);
        keptClaims.forEach(name -> checkName(problems, "keepClaim", name));
        audiences.forEach(name -> checkName(problems, "audience", name));
        if (issuer != null) {
            checkName(problems, "issuer", issuer);
        }
        checkRange(problems, "clockSkew", clockSkew, Duration.ZERO, MAX_SKEW);
        checkRange(problems, "jwksTimeout", jwksTimeout, Duration.ofMillis(1), Duration.ofMinutes(1));
        checkRange(problems, "jwksCoolDown", jwksCoolDown, Duration.ofSeconds(1), Duration.ofHours(1));
        checkRange(problems, "jwksRefreshAfter", jwksRefreshAfter, Duration.ofSeconds(1), Duration.ofDays(1));
        for (String name : algorithms) {
            if (!Algorithms.all().contains(name)) {
                problems.add("algorithm must be one of " + Algorithms.all() + ", was " + name);
            }
        }
        KeySource source = open(problems);
        if (source == null || !problems.isEmpty()) {
            throw new IllegalArgumentException(String.join("; ", problems));
        }
        Executor threads = executor == null ? SignatureThreads.shared() : executor;
        return new JwtAuthenticator(source, allowed(source), rules(), ticker, threads);
    }

    private @Nullable KeySource open(List<String> problems) {
        try {
            KeySource source = keys.open(this);
            if (allowed(source).isEmpty()) {
                problems.add("algorithm must be one that fits the key, " + new TreeSet<>(source.algorithms()) + ", was "
                        + algorithms);
            }
            return source;
        } catch (IllegalArgumentException e) {
            problems.add(String.valueOf(e.getMessage()));
            return null;
        }
    }

    private Set<String> allowed(KeySource source) {
        Set<String> allowed = new HashSet<>(source.algorithms());
        if (!algorithms.isEmpty()) {
            allowed.retainAll(algorithms);
        }
        return allowed;
    }

    private ClaimRules rules() {
        return new ClaimRules(
                issuer,
                Set.copyOf(audiences),
                userClaim,
                tenantClaim,
                deviceClaim,
                scopeClaim,
                Set.copyOf(keptClaims),
                clockSkew.toMillis(),
                expiryRequired);
    }

    private KeySource remote(URI uri) {
        boolean http = "https".equalsIgnoreCase(uri.getScheme()) || "http".equalsIgnoreCase(uri.getScheme());
        if (!http || uri.getHost() == null) {
            throw new IllegalArgumentException(
                    "jwks must be an http or https address, was of scheme " + uri.getScheme());
        }
        HttpClient client = httpClient;
        if (client == null) {
            client = HttpClient.newBuilder()
                    .connectTimeout(jwksTimeout)
                    .followRedirects(HttpClient.Redirect.NORMAL)
                    .build();
        }
        JwksFetch fetch = new HttpJwksFetch(client, uri, jwksTimeout);
        // A query may hold a key of its own.
        String name = uri.getScheme() + "://" + uri.getHost() + uri.getRawPath();
        return new RemoteKeys(name, fetch, ticker, jwksCoolDown, jwksRefreshAfter);
    }

    private static void checkName(List<String> problems, String option, String name) {
        if (name.isBlank()) {
            problems.add(option + " must not be blank");
        }
    }

    private static void checkRange(List<String> problems, String option, Duration value, Duration min, Duration max) {
        if (value.compareTo(min) < 0 || value.compareTo(max) > 0) {
            problems.add(option + " must be from " + min + " to " + max + ", was " + value);
        }
    }
}
