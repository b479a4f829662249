package io.tidings.transport.jakarta;

import io.tidings.http.HttpErrors;
import io.tidings.http.HttpResponse;
import io.tidings.http.HttpRoute;
import io.tidings.http.HttpRouter;
import io.tidings.spi.Acceptor;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import org.apache.coyote.Adapter;
import org.apache.coyote.Request;
import org.apache.coyote.Response;
import org.apache.tomcat.util.net.SocketEvent;

/** All requests of a Tomcat connector: upgrades are decided on, the rest goes to the routes. */
final class TomcatFront implements Adapter, AutoCloseable {

    private static final byte[] NOTHING = {};

    private final Set<String> paths;
    private final UpgradeGate gate;
    private final HttpRouter router;
    private final ScheduledExecutorService timer;
    private final Duration closeWait;
    private final Duration longestBody;
    private final Set<TomcatLink> links = ConcurrentHashMap.newKeySet();

    /** Any thread; never set back. */
    private volatile boolean closed;

    TomcatFront(Acceptor acceptor, TransportOptions options, ScheduledExecutorService timer) {
        this.paths = acceptor.paths();
        this.gate = new UpgradeGate(acceptor);
        this.router = acceptor.routes();
        this.timer = timer;
        this.closeWait = options.closeWait();
        this.longestBody = options.requestIdle();
    }

    void pause() {
        gate.pause();
    }

    @Override
    public void close() {
        gate.pause();
        closed = true;
        for (TomcatLink link : links) {
            link.abort();
        }
    }

    // What Tomcat calls.

    @Override
    public void service(Request request, Response response) {
        TomcatExchange.leave(request);
        TomcatExchange exchange = new TomcatExchange(request, response);
        if (response.getStatus() < 400 && String.valueOf(request.protocol()).isEmpty()) {
            // HTTP/0.9 has no status, and takes what stands in a body for all there is.
            response.setStatus(505);
        }
        if (response.getStatus() >= 400) {
            exchange.refuse();
            return;
        }
        request.setRequestThread();
        try {
            handle(exchange);
        } finally {
            request.clearRequestThread();
        }
    }

    @Override
    public boolean asyncDispatch(Request request, Response response, SocketEvent event) {
        TomcatExchange exchange = TomcatExchange.of(request);
        if (exchange == null || event == SocketEvent.ERROR || event == SocketEvent.TIMEOUT) {
            return false;
        }
        request.setRequestThread();
        try {
            return exchange.go(event);
        } finally {
            request.clearRequestThread();
        }
    }

    @Override
    public boolean prepare(Request request, Response response) {
        return true;
    }

    @Override
    public void log(Request request, Response response, long time) {
        // Requests are not logged: a query may have a token in it.
    }

    @Override
    public void checkRecycled(Request request, Response response) {
        TomcatExchange.leave(request);
    }

    /** None: nothing is registered with JMX. */
    @SuppressWarnings("NullAway")
    @Override
    public String getDomain() {
        return null;
    }

    private void handle(TomcatExchange exchange) {
        if (!paths.contains(exchange.path())) {
            route(exchange);
        } else if (exchange.isHttp11()
                && UpgradeGate.isUpgrade(
                        exchange.method(), exchange.values("Upgrade"), exchange.values("Connection"))) {
            begin(exchange);
        } else if (router.route(exchange.method(), exchange.path()).isPresent()) {
            route(exchange);
        } else {
            respond(exchange, UpgradeGate.webSocketOnly(), !exchange.hasBody());
        }
    }

    // Upgrades.

    private void begin(TomcatExchange exchange) {
        if (exchange.hasBody()) {
            respond(exchange, UpgradeGate.notAlone(), false);
            return;
        }
        CapturedRequest captured =
                new CapturedRequest(exchange.path(), exchange.query(), exchange::values, exchange.remoteAddress());
        CompletableFuture<UpgradeGate.Verdict> verdict = gate.decide(captured);
        if (verdict.isDone()) {
            carryOut(exchange, verdict.join());
            return;
        }
        exchange.suspend();
        verdict.thenAccept(late -> {
            if (!exchange.resume(() -> carryOut(exchange, late))) {
                late.passed().ifPresent(lost -> lost.claim().abandon());
            }
        });
    }

    private void carryOut(TomcatExchange exchange, UpgradeGate.Verdict verdict) {
        if (verdict.passed().isEmpty()) {
            respond(exchange, verdict.refusal(), false);
            return;
        }
        TomcatLink link = new TomcatLink(verdict.passed().get(), links, timer, closeWait);
        HttpResponse switching = HttpResponse.of(101)
                .with("Upgrade", "websocket")
                .with("Connection", "Upgrade")
                .with(
                        "Sec-WebSocket-Accept",
                        WebSocketKey.accept(exchange.values("Sec-WebSocket-Key").get(0)));
        exchange.upgrade(
                verdict.subprotocol()
                        .map(chosen -> switching.with(CapturedRequest.SUBPROTOCOLS, chosen))
                        .orElse(switching),
                link);
        if (closed) {
            link.abort();
        }
    }

    // Routes.

    private void route(TomcatExchange exchange) {
        if (!exchange.hasBody()) {
            answer(exchange, NOTHING, true);
            return;
        }
        Optional<HttpRoute> route = router.route(exchange.method(), exchange.path());
        int limit = route.map(HttpRoute::maxBodyBytes).orElse(0);
        if (route.isEmpty()) {
            answer(exchange, NOTHING, false);
        } else if (limit == 0 || exchange.contentLength() > limit) {
            respond(exchange, HttpErrors.tooLarge(limit), false);
        } else {
            exchange.receive(limit, longestBody, body -> {
                if (body == null) {
                    respond(exchange, HttpErrors.tooLarge(limit), false);
                } else {
                    answer(exchange, body, true);
                }
            });
        }
    }

    private void answer(TomcatExchange exchange, byte[] body, boolean keep) {
        CompletableFuture<HttpResponse> response =
                router.handle(exchange.request(body)).toCompletableFuture();
        if (response.isDone()) {
            respond(exchange, response.join(), keep);
        } else {
            exchange.suspend();
            response.thenAccept(late -> exchange.resume(() -> respond(exchange, late, keep)));
        }
    }

    /**
     * Sends a response.
     *
     * @param keep whether the connection may carry another request; it does not when the body of this one was left unread
     */
    private void respond(TomcatExchange exchange, HttpResponse given, boolean keep) {
        HttpResponse response = router.readable(given, exchange.first("Origin"), exchange.first("Host"));
        if (keep) {
            exchange.respond(response);
        } else {
            exchange.respondAndEnd(response, exchange.hasBody() ? new TomcatFarewell(timer, closeWait) : null);
        }
    }
}
