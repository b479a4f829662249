package io.tidings.transport.jakarta;

import io.tidings.http.HttpResponse;
import io.tidings.spi.Acceptor;
import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.Headers;
import io.undertow.util.SameThreadExecutor;
import io.undertow.websockets.core.WebSocketChannel;
import io.undertow.websockets.jsr.ConfiguredServerEndpoint;
import io.undertow.websockets.jsr.EndpointSessionHandler;
import io.undertow.websockets.jsr.handshake.JsrHybi13Handshake;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/** All requests of an Undertow: upgrades to Undertow's Jakarta container, the rest to the routes. Runs on I/O threads. */
final class UndertowFront implements HttpHandler, AutoCloseable {

    private static final long LONGEST_FAREWELL_MILLIS = 2_000;

    private final UpgradeGate gate;
    private final UndertowRoutes routes;
    private final Duration closeWait;
    private final UndertowFarewell farewell;
    private final EndpointSessionHandler opener;
    private final List<ConfiguredServerEndpoint> endpoints = new ArrayList<>();
    private final Map<String, JsrHybi13Handshake> handshakes = new HashMap<>();
    private final Set<WebSocketChannel> open = ConcurrentHashMap.newKeySet();

    /** Any thread; never set back. */
    private volatile boolean closed;

    UndertowFront(Acceptor acceptor, TransportOptions options) {
        gate = new UpgradeGate(acceptor);
        closeWait = options.closeWait();
        farewell = new UndertowFarewell(acceptor.routes(), closeWait);
        routes = new UndertowRoutes(acceptor.routes(), options.requestIdle(), farewell);
        opener = new EndpointSessionHandler(UndertowContainer.create());
        for (String path : acceptor.paths()) {
            ConfiguredServerEndpoint endpoint = UndertowContainer.endpoint(JakartaEndpoints.config(acceptor, path));
            endpoints.add(endpoint);
            handshakes.put(path, new JsrHybi13Handshake(endpoint));
        }
    }

    void pause() {
        gate.pause();
    }

    /** Aborts what is open, and waits until it has been told: later there are no threads for it. */
    @Override
    public void close() {
        gate.pause();
        closed = true;
        for (WebSocketChannel channel : open) {
            new UndertowSender(channel, closeWait).abort();
        }
        for (ConfiguredServerEndpoint endpoint : endpoints) {
            endpoint.awaitClose(LONGEST_FAREWELL_MILLIS);
        }
    }

    @Override
    public void handleRequest(HttpServerExchange exchange) {
        Optional<HttpResponse> doubt = UndertowRequests.doubt(exchange);
        if (doubt.isPresent()) {
            farewell.respond(exchange, doubt.get());
            return;
        }
        String path = UndertowRequests.path(exchange);
        JsrHybi13Handshake handshake = handshakes.get(path);
        if (handshake == null) {
            routes.handle(exchange, path);
        } else if (exchange.isHttp11()
                && UpgradeGate.isUpgrade(
                        exchange.getRequestMethod().toString(),
                        UndertowRequests.values(exchange, Headers.UPGRADE_STRING),
                        UndertowRequests.values(exchange, Headers.CONNECTION_STRING))) {
            begin(exchange, handshake);
        } else {
            routes.handleOnEndpoint(exchange);
        }
    }

    private void begin(HttpServerExchange exchange, JsrHybi13Handshake handshake) {
        if (!exchange.isRequestComplete()) {
            farewell.respond(exchange, UpgradeGate.notAlone());
            return;
        }
        CapturedRequest request = new CapturedRequest(
                exchange.getRequestPath(),
                exchange.getQueryString(),
                name -> UndertowRequests.values(exchange, name),
                UndertowRequests.remoteAddress(exchange));
        CompletableFuture<UpgradeGate.Verdict> verdict =
                gate.decide(request, session -> UndertowSender.of(session, closeWait));
        if (verdict.isDone()) {
            carryOut(exchange, handshake, verdict.join());
        } else {
            exchange.dispatch(
                    SameThreadExecutor.INSTANCE,
                    () -> verdict.thenAccept(late -> exchange.dispatch(
                            exchange.getIoThread(), (HttpHandler) waiting -> carryOut(waiting, handshake, late))));
        }
    }

    private void carryOut(HttpServerExchange exchange, JsrHybi13Handshake handshake, UpgradeGate.Verdict verdict) {
        if (verdict.passed().isEmpty()) {
            farewell.respond(exchange, verdict.refusal());
            return;
        }
        PreparedHandshake prepared = verdict.passed().get();
        exchange.getConnection().addCloseListener(gone -> prepared.claim().abandon());
        // What the container shall see of the offer is what it shall answer.
        exchange.getRequestHeaders().remove(Headers.SEC_WEB_SOCKET_EXTENSIONS);
        exchange.getRequestHeaders().remove(Headers.SEC_WEB_SOCKET_PROTOCOL);
        verdict.subprotocol()
                .ifPresent(chosen -> exchange.getRequestHeaders().put(Headers.SEC_WEB_SOCKET_PROTOCOL, chosen));
        UndertowHeads.end(exchange);
        UndertowUpgrade upgrade = new UndertowUpgrade(exchange, open, prepared);
        exchange.upgradeChannel((connection, ended) -> {
            WebSocketChannel channel = handshake.createChannel(upgrade, connection, upgrade.getBufferPool());
            open.add(channel);
            opener.onConnect(upgrade, channel);
            forget(ended);
            if (closed) {
                new UndertowSender(channel, closeWait).abort();
            }
        });
        handshake.handshake(upgrade);
    }

    /** Undertow keeps the request as long as the connection lives; its token has no business there. */
    private static void forget(HttpServerExchange request) {
        request.getRequestHeaders().clear();
        request.getQueryParameters().clear();
        request.setQueryString("");
    }
}
