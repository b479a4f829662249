package io.tidings.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tidings.auth.AllowedOrigins;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("R67")
class CorsTest {

    private static final String APP = "https://app.example";
    private static final String FOREIGN = "https://evil.example";
    private static final String ALLOWED = "Access-Control-Allow-Origin";

    private static final List<HttpRoute> ROUTES = List.of(
            HttpRoute.get("/ok", request -> done(HttpResponse.text(200, "fine"))),
            HttpRoute.get("/401", request -> done(HttpErrors.unauthorized())),
            HttpRoute.get("/403", request -> done(HttpErrors.forbidden("No"))),
            HttpRoute.get("/429", request -> done(HttpErrors.tooManyRequests(Duration.ofSeconds(7)))),
            HttpRoute.get("/500", request -> {
                throw new IllegalStateException("broken");
            }),
            HttpRoute.get("/503", request -> done(HttpErrors.unavailable("Later", Duration.ofSeconds(2)))),
            HttpRoute.get("/vary", request -> done(HttpResponse.of(204).with("vary", "Accept"))),
            HttpRoute.get("/own", request -> done(HttpResponse.of(204).with(ALLOWED, "*"))),
            HttpRoute.post("/ok", request -> done(HttpResponse.of(201))));

    private final HttpRouter router = router(AllowedOrigins.of(List.of(APP)));

    private static HttpRouter router(AllowedOrigins pages) {
        return new HttpRouter(ROUTES, TrustedProxies.NONE, Cors.of(pages::allow));
    }

    private static CompletableFuture<HttpResponse> done(HttpResponse response) {
        return CompletableFuture.completedFuture(response);
    }

    private static HttpResponse ask(
            HttpRouter router, String method, String path, @Nullable String origin, String... headers) {
        Map<String, List<String>> all = new HashMap<>(Map.of("host", List.of("api.example")));
        if (origin != null) {
            all.put("origin", List.of(origin));
        }
        for (int i = 0; i < headers.length; i += 2) {
            all.put(headers[i], List.of(headers[i + 1]));
        }
        byte[] body = new byte[path.equals("/413") ? 70_000 : 0];
        String known = path.equals("/413") ? "/ok" : path;
        return router.handle(new HttpRequest(method, known, Map.of(), all, body, "127.0.0.1"))
                .toCompletableFuture()
                .join();
    }

    private static HttpResponse preflight(HttpRouter router, String path, @Nullable String origin) {
        return ask(router, "OPTIONS", path, origin, "access-control-request-method", "POST");
    }

    @Test
    void preflight_ofAnAllowedPage_saysWhatItMay() {
        HttpResponse answer = preflight(router, "/ok", APP);
        assertEquals(204, answer.status());
        assertEquals(APP, answer.headers().get(ALLOWED));
        assertTrue(List.of(answer.headers().get("Access-Control-Allow-Methods").split(", "))
                .containsAll(List.of("GET", "HEAD", "POST")));
        assertEquals(
                "Authorization, Content-Type, Idempotency-Key", answer.headers().get("Access-Control-Allow-Headers"));
        assertEquals("7200", answer.headers().get("Access-Control-Max-Age"));
        assertEquals("Origin", answer.headers().get("Vary"));
        assertFalse(answer.headers().containsKey("Access-Control-Allow-Credentials"));
        assertEquals(0, answer.body().length);
    }

    @Test
    void preflight_ofAForeignPage_isRefused_andToldNothing() {
        HttpResponse answer = preflight(router, "/ok", FOREIGN);
        assertEquals(403, answer.status());
        assertTrue(answer.headers().keySet().stream().noneMatch(name -> name.startsWith("Access-Control")));
        assertEquals("Origin", answer.headers().get("Vary"));
    }

    @Test
    void preflight_ofAPathThatIsNotThere_letsThePageReadThe404() {
        assertEquals(204, preflight(router, "/nothing", APP).status());
        HttpResponse answer = ask(router, "GET", "/nothing", APP);
        assertEquals(404, answer.status());
        assertEquals(APP, answer.headers().get(ALLOWED));
    }

    @Test
    void optionsThatIsNoPreflight_isAMethodLikeAnyOther() {
        assertEquals(405, ask(router, "OPTIONS", "/ok", APP).status());
        assertEquals(405, preflight(router, "/ok", null).status());
    }

    @Test
    void everyAnswer_canBeReadByAnAllowedPage_andByNoOther() {
        for (String path : List.of("/ok", "/401", "/403", "/404", "/405", "/413", "/429", "/500", "/503")) {
            String method = path.equals("/405") ? "DELETE" : path.equals("/413") ? "POST" : "GET";
            String asked = path.equals("/405") ? "/ok" : path;
            HttpResponse answer = ask(router, method, asked, APP);
            assertEquals(path.equals("/ok") ? 200 : Integer.parseInt(path.substring(1)), answer.status());
            assertEquals(APP, answer.headers().get(ALLOWED), path);
            assertEquals("Retry-After", answer.headers().get("Access-Control-Expose-Headers"), path);
            assertEquals("Origin", answer.headers().get("Vary"), path);
            HttpResponse foreign = ask(router, method, asked, FOREIGN);
            assertEquals(answer.status(), foreign.status());
            assertFalse(foreign.headers().containsKey(ALLOWED), path);
            assertEquals("Origin", foreign.headers().get("Vary"), path);
        }
    }

    @Test
    void aRequestOfNoPage_isToldToVaryAlone() {
        HttpResponse answer = ask(router, "GET", "/ok", null);
        assertFalse(answer.headers().containsKey(ALLOWED));
        assertEquals("Origin", answer.headers().get("Vary"));
    }

    @Test
    void whatARouteSaysItself_stays() {
        assertEquals(
                "Accept, Origin", ask(router, "GET", "/vary", APP).headers().get("vary"));
        assertEquals("*", ask(router, "GET", "/own", APP).headers().get(ALLOWED));
    }

    @Test
    void readable_changesNoAnswerTwice() {
        HttpResponse answer = ask(router, "GET", "/ok", APP);
        assertEquals(
                answer.headers(), router.readable(answer, APP, "api.example").headers());
        HttpResponse foreign = ask(router, "GET", "/ok", FOREIGN);
        assertEquals(
                foreign.headers(),
                router.readable(foreign, FOREIGN, "api.example").headers());
    }

    @Test
    void withoutPages_nothingIsSaid() {
        HttpRouter plain = new HttpRouter(ROUTES);
        HttpResponse answer = ask(plain, "GET", "/ok", APP);
        assertEquals(Map.of("Content-Type", "text/plain; charset=utf-8"), answer.headers());
        assertEquals(405, preflight(plain, "/ok", APP).status());
        assertSame(answer, plain.readable(answer, APP, null));
    }

    @Test
    void pagesOfTheSameHost_areThoseOfTheHostHeader() {
        HttpRouter same = router(AllowedOrigins.sameHost());
        assertEquals(204, preflight(same, "/ok", "https://api.example").status());
        assertEquals(403, preflight(same, "/ok", APP).status());
    }
}
