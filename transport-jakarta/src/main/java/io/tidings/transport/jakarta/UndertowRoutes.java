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

    /**
     * Routes.
     *
     * @param longestBody how long a body may take to arrive; the connection ends then
     */
    UndertowRoutes(HttpRouter router, Duration longestBody) {
        this.router = router;
        this.longestBody = longestBody;
    }

    /** Answers a request on a path that is also an endpoint's, and that does not ask for WebSocket. */
    void handleOnEndpoint(HttpServerExchange exchange) {
        if (router.route(exchange.getRequestMethod().toString(), exchange.getRequestPath())
                .isPresent()) {
            handle(exchange);
        } else {
            exchange.setPersistent(exchange.isRequestComplete());
            respond(exchange, UpgradeGate.webSocketOnly());
        }
    }

    /** Answers a request. */
    void handle(HttpServerExchange exchange) {
        if (exchange.isRequestComplete()) {
            answer(exchange, NOTHING);
            return;
        }
        Optional<HttpRoute> route = router.route(exchange.getRequestMethod().toString(), exchange.getRequestPath());
        int limit = route.map(HttpRoute::maxBodyBytes).orElse(0);
        if (route.isEmpty()) {
            exchange.setPersistent(false);
            answer(exchange, NOTHING);
        } else if (limit == 0 || exchange.getRequestContentLength() > limit) {
            refuse(exchange, limit);
        } else {
            receive(exchange, limit);
        }
    }

    private void receive(HttpServerExchange exchange, int limit) {
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
                    answer(read, body);
                },
                (read, failure) -> {
                    deadline.remove();
                    if (failure instanceof Receiver.RequestToLargeException) {
                        refuse(read, limit);
                    } else {
                        IoUtils.safeClose(read.getConnection());
                    }
                });
    }

    private static void refuse(HttpServerExchange exchange, int limit) {
        exchange.setPersistent(false);
        respond(exchange, HttpErrors.tooLarge(limit));
    }

    private void answer(HttpServerExchange exchange, byte[] body) {
        CompletableFuture<HttpResponse> response =
                router.handle(request(exchange, body)).toCompletableFuture();
        if (response.isDone()) {
            respond(exchange, response.join());
        } else {
            exchange.dispatch(
                    SameThreadExecutor.INSTANCE,
                    () -> response.thenAccept(late -> exchange.dispatch(
                            exchange.getIoThread(), (HttpHandler) waiting -> respond(waiting, late))));
        }
    }

    private static HttpRequest request(HttpServerExchange exchange, byte[] body) {
        Map<String, List<String>> headers = new LinkedHashMap<>();
        for (HeaderValues values : exchange.getRequestHeaders()) {
            headers.put(values.getHeaderName().toString(), new ArrayList<>(values));
        }
        return new HttpRequest(
                exchange.getRequestMethod().toString(),
                exchange.getRequestPath(),
                Percent.query(exchange.getQueryString()),
                headers,
                body,
                UndertowRequests.remoteAddress(exchange));
    }

    /** Sends a response, whose body a HEAD request leaves out. */
    static void respond(HttpServerExchange exchange, HttpResponse response) {
        exchange.setStatusCode(response.status());
        response.headers()
                .forEach((name, value) -> exchange.getResponseHeaders().put(new HttpString(name), value));
        if (!exchange.isPersistent()) {
            exchange.getResponseHeaders().put(Headers.CONNECTION, "close");
        }
        if (exchange.getRequestMethod().equals(Methods.HEAD)) {
            exchange.setResponseContentLength(response.body().length);
            exchange.endExchange();
        } else {
            exchange.getResponseSender().send(ByteBuffer.wrap(response.body()), IoCallback.END_EXCHANGE);
        }
    }
}
