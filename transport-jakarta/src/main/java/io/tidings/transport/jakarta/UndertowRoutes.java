package io.tidings.transport.jakarta;

import io.tidings.http.HttpErrors;
import io.tidings.http.HttpRequest;
import io.tidings.http.HttpResponse;
import io.tidings.http.HttpRoute;
import io.tidings.http.HttpRouter;
import io.undertow.io.IoCallback;
import io.undertow.io.Receiver;
import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.HeaderValues;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import io.undertow.util.Methods;
import io.undertow.util.SameThreadExecutor;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.xnio.IoUtils;
import org.xnio.XnioExecutor;

/** HTTP requests to routes, on I/O threads. */
final class UndertowRoutes {

    private static final byte[] NOTHING = {};

    private final HttpRouter router;
    private final Duration longestBody;
    private final UndertowFarewell farewell;

    /**
     * Routes.
     *
     * @param longestBody how long a body may take to arrive; the connection ends then
     */
    UndertowRoutes(HttpRouter router, Duration longestBody, UndertowFarewell farewell) {
        this.router = router;
        this.longestBody = longestBody;
        this.farewell = farewell;
    }

    /** Answers a request on a path that is also an endpoint's, and that does not ask for WebSocket. */
    void handleOnEndpoint(HttpServerExchange exchange) {
        if (router.route(exchange.getRequestMethod().toString(), exchange.getRequestPath())
                .isPresent()) {
            handle(exchange, exchange.getRequestPath());
        } else {
            farewell.respond(exchange, UpgradeGate.webSocketOnly());
        }
    }

    /** Answers a request for a path. */
    void handle(HttpServerExchange exchange, String path) {
        if (exchange.isRequestComplete()) {
            answer(exchange, path, NOTHING);
            return;
        }
        Optional<HttpRoute> route = router.route(exchange.getRequestMethod().toString(), path);
        int limit = route.map(HttpRoute::maxBodyBytes).orElse(0);
        if (route.isEmpty()) {
            exchange.setPersistent(false);
            answer(exchange, path, NOTHING);
        } else if (limit == 0 || exchange.getRequestContentLength() > limit) {
            farewell.respond(exchange, HttpErrors.tooLarge(limit));
        } else if (exchange.getRequestHeaders().contains(Headers.TRANSFER_ENCODING)
                && !UndertowChunks.watch(exchange)) {
            farewell.respond(exchange, HttpErrors.refused(400, "The body does not end as it should"));
        } else {
            receive(exchange, path, limit);
        }
    }

    private void receive(HttpServerExchange exchange, String path, int limit) {
        XnioExecutor.Key deadline = exchange.getIoThread()
                .executeAfter(
                        () -> IoUtils.safeClose(exchange.getConnection()),
                        longestBody.toMillis(),
                        TimeUnit.MILLISECONDS);
        Receiver receiver = exchange.getRequestReceiver();
        receiver.setMaxBufferSize(limit);
        receiver.receiveFullBytes(
                (read, body) -> {
                    deadline.remove();
                    answer(read, path, body);
                },
                (read, failure) -> {
                    deadline.remove();
                    boolean tooLarge = failure instanceof Receiver.RequestToLargeException;
                    farewell.respond(
                            read,
                            tooLarge
                                    ? HttpErrors.tooLarge(limit)
                                    : HttpErrors.refused(400, "The body does not end as it should"));
                });
    }

    private void answer(HttpServerExchange exchange, String path, byte[] body) {
        CompletableFuture<HttpResponse> response =
                router.handle(request(exchange, path, body)).toCompletableFuture();
        if (response.isDone()) {
            finish(exchange, response.join());
        } else {
            exchange.dispatch(
                    SameThreadExecutor.INSTANCE,
                    () -> response.thenAccept(late ->
                            exchange.dispatch(exchange.getIoThread(), (HttpHandler) waiting -> finish(waiting, late))));
        }
    }

    private void finish(HttpServerExchange exchange, HttpResponse response) {
        if (exchange.isRequestComplete()) {
            respond(exchange, response);
        } else {
            farewell.respond(exchange, response);
        }
    }

    private static HttpRequest request(HttpServerExchange exchange, String path, byte[] body) {
        Map<String, List<String>> headers = new LinkedHashMap<>();
        for (HeaderValues values : exchange.getRequestHeaders()) {
            headers.put(values.getHeaderName().toString(), new ArrayList<>(values));
        }
        return new HttpRequest(
                exchange.getRequestMethod().toString(),
                path,
                Percent.query(exchange.getQueryString()),
                headers,
                body,
                UndertowRequests.remoteAddress(exchange));
    }

    /** Sends a response, whose body a HEAD request leaves out. */
    static void respond(HttpServerExchange exchange, HttpResponse response) {
        describe(exchange, response);
        if (exchange.getRequestMethod().equals(Methods.HEAD)) {
            exchange.setResponseContentLength(response.body().length);
            exchange.endExchange();
        } else {
            exchange.getResponseSender().send(ByteBuffer.wrap(response.body()), IoCallback.END_EXCHANGE);
        }
    }

    /** Says all of a response but its body. */
    static void describe(HttpServerExchange exchange, HttpResponse response) {
        exchange.setStatusCode(response.status());
        response.headers()
                .forEach((name, value) -> exchange.getResponseHeaders().put(new HttpString(name), value));
        if (!exchange.isPersistent()) {
            exchange.getResponseHeaders().put(Headers.CONNECTION, "close");
        }
    }
}
