package io.tidings.auth;

import com.fasterxml.jackson.databind.JsonNode;
import io.tidings.auth.Authentication.Accepted;
import io.tidings.auth.Authentication.Reason;
import io.tidings.auth.Authentication.Refused;
import io.tidings.message.Ids;
import io.tidings.message.UserKey;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the claims of a token with a good signature must say, and what they mean.
 *
 * @param issuer         what {@code iss} must be, or null for any
 * @param audiences      one of which {@code aud} must name; empty for any
 * @param user           the claim of the user's id
 * @param tenant         the claim of the tenant's id
 * @param device         the claim of the device
 * @param scope          the claim of the scopes
 * @param kept           claims to keep
 * @param skewMillis     how far clocks may differ
 * @param expiryRequired whether a token must end
 */
record ClaimRules(
        @Nullable String issuer,
        Set<String> audiences,
        String user,
        String tenant,
        String device,
        String scope,
        Set<String> kept,
        long skewMillis,
        boolean expiryRequired) {

    private static final Refused MALFORMED = new Refused(Reason.MALFORMED);

    /** 9999-12-31T23:59:59Z. Later ends are milliseconds by mistake, and would never come. */
    private static final double MAX_SECONDS = 253_402_300_799d;

    /** Judges the claims at a moment, in milliseconds since 1970. */
    Authentication judge(JsonNode claims, long nowMillis) {
        JsonNode expiry = claim(claims, "exp");
        JsonNode begin = claim(claims, "nbf");
        if (!isTime(expiry) || !isTime(begin) || (expiry == null && expiryRequired)) {
            return MALFORMED;
        }
        if (!isForUs(claims)) {
            return new Refused(Reason.NOT_FOR_US);
        }
        if (expiry != null && nowMillis >= millis(expiry) + skewMillis) {
            return new Refused(Reason.EXPIRED);
        }
        if (begin != null && nowMillis < millis(begin) - skewMillis) {
            return new Refused(Reason.NOT_YET_VALID);
        }
        return identity(claims, expiry == null ? null : Instant.ofEpochMilli(millis(expiry)));
    }

    private Authentication identity(JsonNode claims, @Nullable Instant expiresAt) {
        JsonNode userId = claim(claims, user);
        JsonNode tenantId = claim(claims, tenant);
        JsonNode deviceId = claim(claims, device);
        String userText = userId == null ? null : Ids.fromJson(userId);
        String tenantText = tenantId == null || isEmptyText(tenantId) ? UserKey.DEFAULT_TENANT : Ids.fromJson(tenantId);
        String deviceText = deviceId == null ? null : Ids.fromJson(deviceId);
        Set<String> scopes = scopes(claim(claims, scope));
        if (userText == null || tenantText == null || (deviceId != null && deviceText == null) || scopes == null) {
            return MALFORMED;
        }
        return new Accepted(
                new Identity(new UserKey(tenantText, userText), deviceText, scopes, keptFrom(claims), expiresAt));
    }

    private boolean isForUs(JsonNode claims) {
        if (issuer != null && !issuer.equals(claims.path("iss").textValue())) {
            return false;
        }
        if (audiences.isEmpty()) {
            return true;
        }
        JsonNode audience = claims.path("aud");
        if (!audience.isArray()) {
            return audience.isTextual() && audiences.contains(audience.textValue());
        }
        for (JsonNode each : audience) {
            if (each.isTextual() && audiences.contains(each.textValue())) {
                return true;
            }
        }
        return false;
    }

    /** Words of a text, by space (RFC 8693 section 4.2), or the texts of an array; null where it is neither. */
    private static @Nullable Set<String> scopes(@Nullable JsonNode claim) {
        if (claim == null) {
            return Set.of();
        }
        Set<String> scopes = new HashSet<>();
        if (claim.isTextual()) {
            scopes.addAll(List.of(claim.textValue().split(" ", -1)));
        } else if (claim.isArray()) {
            for (JsonNode each : claim) {
                if (!each.isTextual()) {
                    return null;
                }
                scopes.add(each.textValue());
            }
        } else {
            return null;
        }
        scopes.remove("");
        return scopes;
    }

    private Map<String, String> keptFrom(JsonNode claims) {
        if (kept.isEmpty()) {
            return Map.of();
        }
        Map<String, String> texts = new HashMap<>();
        for (String name : kept) {
            JsonNode claim = claim(claims, name);
            if (claim != null) {
                texts.put(name, claim.isTextual() ? claim.textValue() : claim.toString());
            }
        }
        return texts;
    }

    /** A claim, or null where it is not there or JSON's null. */
    private static @Nullable JsonNode claim(JsonNode claims, String name) {
        JsonNode claim = claims.get(name);
        return claim == null || claim.isNull() ? null : claim;
    }

    private static boolean isEmptyText(JsonNode claim) {
        return claim.isTextual() && claim.textValue().isEmpty();
    }

    /** Whether a claim is absent or a number of seconds since 1970, fractions included (RFC 7519 section 2). */
    private static boolean isTime(@Nullable JsonNode claim) {
        return claim == null || (claim.isNumber() && claim.doubleValue() >= 0 && claim.doubleValue() <= MAX_SECONDS);
    }

    private static long millis(JsonNode seconds) {
        return seconds.canConvertToExactIntegral() ? seconds.longValue() * 1000 : (long) (seconds.doubleValue() * 1000);
    }
}
