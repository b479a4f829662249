package io.tidings.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Tag("R22")
class HttpRouterTest {

    private static HttpRequest request(String method, String path, int bodyBytes) {
        return new HttpRequest(method, path, Map.of(), Map.of(), new byte[bodyBytes], "127.0.0.1");
    }

    private static HttpResponse answer(HttpRoute route, HttpRequest request) {
        CompletionStage<HttpResponse> answer = new HttpRouter(List.of(route)).handle(request);
        assertTrue(answer.toCompletableFuture().isDone());
        return answer.toCompletableFuture().join();
    }

    private static Stream<HttpRoute.Handler> brokenHandlers() {
        return Stream.of(
                request -> {
                    throw new IllegalStateException("secret");
                },
                request -> {
                    throw new StackOverflowError("secret");
                },
                request -> CompletableFuture.failedFuture(new IllegalStateException("secret")),
                request -> CompletableFuture.completedFuture(null),
                request -> null);
    }

    @ParameterizedTest
    @MethodSource("brokenHandlers")
    void handler_thatIsBroken_isAnsweredWith500_thatSaysNothingOfIt(HttpRoute.Handler handler) {
        HttpResponse response = answer(HttpRoute.get("/a", handler), request("GET", "/a", 0));
        assertEquals(500, response.status());
        String body = new String(response.body(), StandardCharsets.UTF_8);
        assertTrue(body.contains("INTERNAL_ERROR"), body);
        assertFalse(body.contains("secret"), body);
    }

    @Test
    void body_atTheLimit_isTaken_andOneByteMoreIs413() {
        HttpRoute route =
                new HttpRoute("POST", "/a", 8, request -> CompletableFuture.completedFuture(HttpResponse.of(204)));
        assertEquals(204, answer(route, request("POST", "/a", 8)).status());
        assertEquals(413, answer(route, request("POST", "/a", 9)).status());
    }

    @Test
    void request_finds_itsRouteOrSaysWhyNot() {
        HttpRoute route = HttpRoute.get("/a", request -> CompletableFuture.completedFuture(HttpResponse.of(204)));
        assertEquals(204, answer(route, request("GET", "/a", 0)).status());
        assertEquals(204, answer(route, request("HEAD", "/a", 0)).status());
        HttpResponse wrongMethod = answer(route, request("POST", "/a", 0));
        assertEquals(405, wrongMethod.status());
        assertEquals("GET", wrongMethod.headers().get("Allow"));
        assertEquals(404, answer(route, request("GET", "/a/", 0)).status());
    }

    @Test
    void twoRoutes_ofOneMethodAndPath_areRefused() {
        HttpRoute route = HttpRoute.get("/a", request -> CompletableFuture.completedFuture(HttpResponse.of(204)));
        assertThrows(IllegalArgumentException.class, () -> new HttpRouter(List.of(route, route)));
    }
}
