package io.tidings.examples.standalone;

import io.tidings.http.HttpResponse;
import io.tidings.http.HttpRoute;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** The pages to try it all, from the jar: one user, or two side by side. Each file is a route of its own: no path leads anywhere else. */
final class PageRoutes {

    private static final List<String> FILES =
            List.of("pair.html", "pair.js", "index.html", "style.css", "app.js", "wire.js", "views.js", "hood.js");

    private static final String POLICY = "default-src 'self'; connect-src 'self'; frame-ancestors 'self';"
            + " base-uri 'none'; form-action 'self'; object-src 'none'";

    private PageRoutes() {}

    static List<HttpRoute> all() {
        List<HttpRoute> routes = new ArrayList<>();
        for (String file : FILES) {
            HttpResponse response = response(file);
            routes.add(HttpRoute.get('/' + file, request -> CompletableFuture.completedFuture(response)));
        }
        HttpResponse one = response("index.html");
        HttpResponse two = response("pair.html");
        routes.add(HttpRoute.get(
                "/",
                request -> CompletableFuture.completedFuture(
                        request.parameter("user").isPresent() ? one : two)));
        // Browsers ask for it, and would show a failure.
        routes.add(HttpRoute.get("/favicon.ico", request -> CompletableFuture.completedFuture(HttpResponse.of(204))));
        return routes;
    }

    private static HttpResponse response(String file) {
        return HttpResponse.of(200, type(file), bytes(file))
                .with("Content-Security-Policy", POLICY)
                .with("X-Content-Type-Options", "nosniff")
                .with("Referrer-Policy", "no-referrer")
                .with("Cache-Control", "no-cache");
    }

    private static byte[] bytes(String file) {
        try (InputStream in = PageRoutes.class.getResourceAsStream("page/" + file)) {
            if (in == null) {
                throw new IllegalStateException("the jar lacks page/" + file);
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String type(String file) {
        return switch (file.substring(file.lastIndexOf('.'))) {
            case ".html" -> "text/html; charset=utf-8";
            case ".css" -> "text/css; charset=utf-8";
            default -> "text/javascript; charset=utf-8";
        };
    }
}
