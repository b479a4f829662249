package io.tidings.http;

import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which web pages of other origins may use routes (Fetch Standard, section 3.2). Immutable.
 *
 * <p>A page that may is told so on every answer, also on refusals, and may read {@code Retry-After}. Its preflights are answered with 204
 * whatever the path, so that it can read a 404 too, and count for {@value #MAX_AGE_SECONDS} s. A page that may not is told nothing, and
 * its preflights are answered with 403. Cookies and other credentials of the browser are never asked for: a page brings its
 * token in {@code Authorization}.
 */
public final class Cors {

    /** No page: answers say nothing of other origins, and {@code OPTIONS} is a method like any other. */
    public static final Cors NONE = new Cors(null);

    static final long MAX_AGE_SECONDS = 7_200;

    private static final String ORIGIN = "Origin";
    private static final String VARY = "Vary";
    private static final String ALLOW_ORIGIN = "Access-Control-Allow-Origin";
    private static final String METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE";
    private static final String HEADERS = "Authorization, Content-Type, Idempotency-Key";

    private final @Nullable Pages pages;

    /** Says which pages may. */
    @FunctionalInterface
    public interface Pages {
        /**
         * Whether a page may use routes. MAY be called concurrently, and MUST NOT block.
         *
         * @param origin the {@code Origin} header
         * @param host   the {@code Host} header, or null
         */
        boolean allow(String origin, @Nullable String host);
    }

    private Cors(@Nullable Pages pages) {
        this.pages = pages;
    }

    /** Some pages. */
    public static Cors of(Pages pages) {
        return new Cors(pages);
    }

    /** The answer to a preflight; null where a request is none. */
    @Nullable
    HttpResponse preflight(HttpRequest request) {
        boolean preflight = pages != null
                && request.method().equals("OPTIONS")
                && request.header(ORIGIN).isPresent()
                && request.header("Access-Control-Request-Method").isPresent();
        if (!preflight) {
            return null;
        }
        HttpResponse answer = readable(HttpResponse.of(204), request);
        return answer.headers().containsKey(ALLOW_ORIGIN)
                ? answer.with("Access-Control-Allow-Methods", METHODS)
                        .with("Access-Control-Allow-Headers", HEADERS)
                        .with("Access-Control-Max-Age", Long.toString(MAX_AGE_SECONDS))
                : readable(HttpErrors.forbidden("Pages of this origin may not"), request);
    }

    HttpResponse readable(HttpResponse response, HttpRequest request) {
        return readable(
                response,
                request.header(ORIGIN).orElse(null),
                request.header("Host").orElse(null));
    }

    /** A response as the page that asked may read it. What it says of other origins itself stays. */
    HttpResponse readable(HttpResponse response, @Nullable String origin, @Nullable String host) {
        Pages asked = pages;
        if (asked == null || response.headers().containsKey(ALLOW_ORIGIN)) {
            return response;
        }
        HttpResponse varied = varied(response);
        return origin != null && asked.allow(origin, host)
                ? varied.with(ALLOW_ORIGIN, origin).with("Access-Control-Expose-Headers", "Retry-After")
                : varied;
    }

    /** Caches keep what pages of different origins get apart. */
    private static HttpResponse varied(HttpResponse response) {
        for (Map.Entry<String, String> header : response.headers().entrySet()) {
            if (header.getKey().equalsIgnoreCase(VARY)) {
                boolean whole = header.getValue().equals("*")
                        || header.getValue().toLowerCase(Locale.ROOT).contains("origin");
                return whole ? response : response.with(header.getKey(), header.getValue() + ", " + ORIGIN);
            }
        }
        return response.with(VARY, ORIGIN);
    }
}
