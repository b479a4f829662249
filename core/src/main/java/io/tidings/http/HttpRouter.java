package io.tidings.http;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the route of a request and sees to it that every request is answered. Immutable.
 *
 * <p>{@code HEAD} is answered by the {@code GET} route, whose body the server leaves out. An unknown path is answered with 404,
 * an unknown method of a known path with 405, a failure with 500; all with the body of {@link HttpErrors}.
 */
public final class HttpRouter {

    private static final Logger LOG = LoggerFactory.getLogger(HttpRouter.class);

    private final Map<String, Map<String, HttpRoute>> routes = new HashMap<>();
    private final TrustedProxies proxies;
    private final Cors cors;

    /**
     * A router of some routes, which trusts no proxy and serves no pages of other origins.
     *
     * @throws IllegalArgumentException when two have the same method and path
     */
    public HttpRouter(List<HttpRoute> routes) {
        this(routes, TrustedProxies.NONE, Cors.NONE);
    }

    /**
     * A router of some routes.
     *
     * @param proxies whose word on {@link HttpRequest#remoteAddress} counts
     * @param cors    which pages of other origins may use them
     * @throws IllegalArgumentException when two have the same method and path
     */
    public HttpRouter(List<HttpRoute> routes, TrustedProxies proxies, Cors cors) {
        this.proxies = proxies;
        this.cors = cors;
        for (HttpRoute route : routes) {
            HttpRoute other = this.routes
                    .computeIfAbsent(route.path(), path -> new TreeMap<>())
                    .put(route.method(), route);
            if (other != null) {
                throw new IllegalArgumentException("two routes for " + route.method() + ' ' + route.path());
            }
        }
    }

    /** The route of a method and path, for servers that limit the body before they read it. */
    public Optional<HttpRoute> route(String method, String path) {
        return Optional.ofNullable(find(method, path));
    }

    /** All routes, in the order of their paths and methods. */
    public List<HttpRoute> routes() {
        return new TreeMap<>(routes)
                .values().stream().flatMap(methods -> methods.values().stream()).toList();
    }

    /**
     * What a server answers by itself, such as 413 before it has read a body, as the router would have answered it: a page of
     * another origin may read it where it may use routes. An answer of {@link #handle} stays as it is.
     *
     * @param origin the {@code Origin} header, or null
     * @param host   the {@code Host} header, or null
     */
    public HttpResponse readable(HttpResponse response, @Nullable String origin, @Nullable String host) {
        return cors.readable(response, origin, host);
    }

    /** Answers a request. Never fails, never throws. */
    public CompletionStage<HttpResponse> handle(HttpRequest request) {
        HttpResponse preflight = cors.preflight(request);
        return preflight == null
                ? answer(request).thenApply(response -> cors.readable(response, request))
                : CompletableFuture.completedFuture(preflight);
    }

    private CompletionStage<HttpResponse> answer(HttpRequest request) {
        HttpRoute route = find(request.method(), request.path());
        if (route == null) {
            return CompletableFuture.completedFuture(
                    routes.containsKey(request.path())
                            ? HttpErrors.methodNotAllowed(
                                    routes.get(request.path()).keySet())
                            : HttpErrors.notFound());
        }
        if (request.body().length > route.maxBodyBytes()) {
            return CompletableFuture.completedFuture(HttpErrors.tooLarge(route.maxBodyBytes()));
        }
        try {
            return route.handler()
                    .handle(fromClient(request))
                    .handle((response, failure) -> answer(route, response, failure));
        } catch (RuntimeException | Error failure) {
            return CompletableFuture.completedFuture(failed(route, failure));
        }
    }

    private HttpRequest fromClient(HttpRequest request) {
        String client = proxies.client(
                request.remoteAddress(), name -> request.headers().getOrDefault(name, List.of()));
        return client.equals(request.remoteAddress()) ? request : request.from(client);
    }

    private @Nullable HttpRoute find(String method, String path) {
        Map<String, HttpRoute> methods = routes.get(path);
        return methods == null ? null : methods.get(method.equals("HEAD") ? "GET" : method);
    }

    private static HttpResponse answer(HttpRoute route, @Nullable HttpResponse response, @Nullable Throwable failure) {
        if (failure == null && response != null) {
            return response;
        }
        return failed(route, failure == null ? new NullPointerException("the route answered nothing") : failure);
    }

    private static HttpResponse failed(HttpRoute route, Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        LOG.error("Route failed method={} path={}", route.method(), route.path(), cause);
        return HttpErrors.internal();
    }
}
