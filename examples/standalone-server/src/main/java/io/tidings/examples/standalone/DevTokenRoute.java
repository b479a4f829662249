package io.tidings.examples.standalone;

import io.tidings.auth.TokenIssuer;
import io.tidings.http.HttpErrors;
import io.tidings.http.HttpRequest;
import io.tidings.http.HttpResponse;
import io.tidings.http.HttpRoute;
import io.tidings.message.Ids;
import io.tidings.spi.Ticker;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** {@code GET /dev/token}: a token for anybody, in dev mode. */
final class DevTokenRoute {

    private static final long DEFAULT_TTL_SECONDS = 3_600;

    /** A year; as much may have passed since the token ended. */
    private static final long MAX_TTL_SECONDS = 31_536_000;

    private static final int MAX_SCOPE = 1_024;

    /** How this machine names itself. A page whose own name was made to point here (DNS rebinding) says that name. */
    private static final Pattern LOOPBACK =
            Pattern.compile("(?i)(localhost|127(\\.[0-9]{1,3}){3}|\\[::1]|\\[0:0:0:0:0:0:0:1])(:[0-9]{1,5})?");

    private static final Pattern ORIGIN =
            Pattern.compile("(?i)https?://" + LOOPBACK.pattern().substring(4));

    private final TokenIssuer issuer;
    private final Flags.Tokens names;
    private final Ticker ticker;

    private DevTokenRoute(TokenIssuer issuer, Flags.Tokens names, Ticker ticker) {
        this.issuer = issuer;
        this.names = names;
        this.ticker = ticker;
    }

    static HttpRoute of(TokenIssuer issuer, Flags.Tokens names, Ticker ticker) {
        DevTokenRoute route = new DevTokenRoute(issuer, names, ticker);
        return HttpRoute.get("/dev/token", request -> CompletableFuture.completedFuture(route.token(request)));
    }

    private HttpResponse token(HttpRequest request) {
        if (!LOOPBACK.matcher(request.header("Host").orElse("")).matches()) {
            return HttpErrors.forbidden("Ask at 127.0.0.1, [::1] or localhost");
        }
        // In dev mode pages of any origin may use the routes; this one would give them what the others ask for.
        if (!ORIGIN.matcher(request.header("Origin").orElse("http://localhost")).matches()) {
            return HttpErrors.forbidden("Ask from a page of this machine");
        }
        Map<String, Object> claims = new LinkedHashMap<>();
        put(claims, "iss", names.issuer());
        put(claims, "aud", names.audience());
        for (String parameter : new String[] {"user", "tenant", "device"}) {
            String id = request.parameter(parameter).orElse("");
            String problem = id.isEmpty() && !parameter.equals("user") ? null : Ids.problem(id);
            if (problem != null) {
                return HttpErrors.invalid(parameter, parameter + ' ' + problem);
            }
            if (!id.isEmpty()) {
                claims.put(claim(parameter), id);
            }
        }
        String scope = request.parameter("scope").orElse("");
        if (scope.length() > MAX_SCOPE) {
            return HttpErrors.invalid("scope", "scope must have at most " + MAX_SCOPE + " characters");
        }
        if (!scope.isBlank()) {
            claims.put("scope", scope);
        }
        String ttl = request.parameter("ttl").orElse(Long.toString(DEFAULT_TTL_SECONDS));
        if (!ttl.matches("-?[0-9]{1,8}") || Math.abs(Long.parseLong(ttl)) > MAX_TTL_SECONDS) {
            return HttpErrors.invalid(
                    "ttl",
                    "ttl must be an integer from -" + MAX_TTL_SECONDS + " to " + MAX_TTL_SECONDS + ", in seconds");
        }
        long now = ticker.epochMillis() / 1_000;
        claims.put("iat", now);
        claims.put("exp", now + Long.parseLong(ttl));
        return HttpResponse.text(200, issuer.sign(claims)).with("Cache-Control", "no-store");
    }

    private String claim(String parameter) {
        return switch (parameter) {
            case "user" -> names.userClaim();
            case "tenant" -> names.tenantClaim();
            default -> parameter;
        };
    }

    private static void put(Map<String, Object> claims, String name, @Nullable String value) {
        if (value != null) {
            claims.put(name, value);
        }
    }
}
