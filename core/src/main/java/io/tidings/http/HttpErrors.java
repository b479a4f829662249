package io.tidings.http;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tidings.message.ErrorCode;
import io.tidings.message.Reading;
import io.tidings.message.TimeFormat;
import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Error responses, with the body {@code {"error":{"code","message","timestamp",["field"],["retryAfter"]}}} that the event dialect also uses. */
public final class HttpErrors {

    private HttpErrors() {}

    /** 400: a field does not hold. */
    public static HttpResponse invalid(@Nullable String field, String message) {
        return error(400, ErrorCode.INVALID_MESSAGE, message, field);
    }

    /** 400: what {@link JsonBody#read} or a kind has found. */
    public static HttpResponse invalid(Reading.Problem problem) {
        return problem.field().isEmpty()
                ? invalid(null, "The body " + problem.text())
                : invalid(problem.field(), problem.sentence());
    }

    /** 401: no token, or one that does not hold. */
    public static HttpResponse unauthorized() {
        return error(401, ErrorCode.UNAUTHORIZED, "Invalid or expired token", null)
                .with("WWW-Authenticate", "Bearer");
    }

    /** 403: the identity may not. */
    public static HttpResponse forbidden(String message) {
        return error(403, ErrorCode.FORBIDDEN, message, null);
    }

    /** 404: nothing here. */
    public static HttpResponse notFound() {
        return error(404, ErrorCode.INVALID_MESSAGE, "Not found", null);
    }

    /** 405: not this way. */
    public static HttpResponse methodNotAllowed(Set<String> allowed) {
        return error(405, ErrorCode.INVALID_MESSAGE, "Method not allowed", null)
                .with("Allow", String.join(", ", allowed));
    }

    /** 413: the body is over the limit. */
    public static HttpResponse tooLarge(int maxBytes) {
        return error(413, ErrorCode.INVALID_MESSAGE, "The body must have at most " + maxBytes + " bytes", null);
    }

    /** 429: too much, too fast; {@code Retry-After} and the error's {@code retryAfter} say in how many seconds, one at least. */
    public static HttpResponse tooManyRequests(Duration retryAfter) {
        long seconds = seconds(retryAfter);
        ObjectNode body = body(ErrorCode.RATE_LIMIT, "Too many requests", null);
        body.withObject("/error").put("retryAfter", seconds);
        return HttpResponse.json(429, body.toString()).with("Retry-After", Long.toString(seconds));
    }

    /** Another status of a request that cannot be served as it is, such as 431. */
    public static HttpResponse refused(int status, String message) {
        return error(status, ErrorCode.INVALID_MESSAGE, message, null);
    }

    /** 500: the server failed. */
    public static HttpResponse internal() {
        return error(500, ErrorCode.INTERNAL_ERROR, "Internal error", null);
    }

    /** 503: not now. */
    public static HttpResponse unavailable(String message) {
        return error(503, ErrorCode.INTERNAL_ERROR, message, null);
    }

    /** 503: not now; {@code Retry-After} says in how many seconds to try again, one at least. */
    public static HttpResponse unavailable(String message, Duration retryAfter) {
        return unavailable(message).with("Retry-After", Long.toString(seconds(retryAfter)));
    }

    private static long seconds(Duration retryAfter) {
        return Math.max(1, retryAfter.plusMillis(999).toSeconds());
    }

    private static HttpResponse error(int status, ErrorCode code, String message, @Nullable String field) {
        return HttpResponse.json(status, body(code, message, field).toString());
    }

    private static ObjectNode body(ErrorCode code, String message, @Nullable String field) {
        ObjectNode error = JsonNodeFactory.instance.objectNode();
        error.put("code", code.name()).put("message", message);
        error.set("timestamp", TimeFormat.ISO_8601.toJson(System.currentTimeMillis()));
        if (field != null) {
            error.put("field", field);
        }
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        body.set("error", error);
        return body;
    }
}
