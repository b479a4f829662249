package io.tidings.transport.jakarta;

import io.tidings.http.HttpResponse;
import io.tidings.spi.Acceptor;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.glassfish.grizzly.Connection;
import org.glassfish.grizzly.filterchain.BaseFilter;
import org.glassfish.grizzly.filterchain.FilterChain;
import org.glassfish.grizzly.filterchain.FilterChainBuilder;
import org.glassfish.grizzly.filterchain.FilterChainContext;
import org.glassfish.grizzly.filterchain.FilterChainEvent;
import org.glassfish.grizzly.filterchain.NextAction;
import org.glassfish.grizzly.http.HttpContent;
import org.glassfish.grizzly.http.HttpEvents;
import org.glassfish.grizzly.http.HttpRequestPacket;
import org.glassfish.grizzly.http.HttpResponsePacket;
import org.glassfish.grizzly.http.Protocol;
import org.glassfish.grizzly.http.server.HttpServerFilter;
import org.glassfish.grizzly.http.util.HttpStatus;
import org.glassfish.tyrus.core.RequestContext;
import org.glassfish.tyrus.core.TyrusUpgradeResponse;
import org.glassfish.tyrus.spi.UpgradeResponse;
import org.glassfish.tyrus.spi.WebSocketEngine.UpgradeInfo;
import org.glassfish.tyrus.spi.WebSocketEngine.UpgradeStatus;
import org.jspecify.annotations.Nullable;

/** All that Grizzly's HTTP codec reads: upgrades go to Tyrus, the rest to the routes. */
final class TyrusFilter extends BaseFilter implements AutoCloseable {

    private final Set<String> paths;
    private final UpgradeGate gate;
    private final TyrusRoutes routes;
    private final TyrusContainer container;
    private final Duration closeWait;
    private final TyrusIntake intake;
    private final Set<TyrusLink> open = ConcurrentHashMap.newKeySet();

    /** What connections get when they are upgraded; set before there are any. */
    private volatile @Nullable FilterChain upgraded;

    /** Any thread; never set back. */
    private volatile boolean closed;

    TyrusFilter(Acceptor acceptor, TyrusContainer container, TransportOptions options) {
        this.paths = acceptor.paths();
        this.gate = new UpgradeGate(acceptor);
        this.routes = new TyrusRoutes(
                acceptor.routes(), paths, container.getScheduledExecutorService(), options.requestIdle());
        this.container = container;
        this.closeWait = options.closeWait();
        this.intake = new TyrusIntake(container.getScheduledExecutorService(), options.requestIdle(), closeWait);
    }

    /** Takes its place before Grizzly's own handlers, and its intake's before the codec. */
    void insertInto(FilterChainBuilder chain) {
        upgraded = TyrusFrames.chain(chain);
        chain.add(chain.indexOfType(HttpServerFilter.class), this);
        chain.add(chain.indexOfType(org.glassfish.grizzly.http.HttpServerFilter.class), intake);
    }

    void pause() {
        gate.pause();
    }

    @Override
    public void close() {
        gate.pause();
        closed = true;
        for (TyrusLink link : open) {
            link.abort();
        }
    }

    @Override
    public NextAction handleRead(FilterChainContext context) {
        HttpContent content = context.getMessage();
        HttpRequestPacket request = (HttpRequestPacket) content.getHttpHeader();
        String path = Percent.path(request.getRequestURI());
        if (isForUs(request)) {
            return begin(context, request, path, !content.getContent().hasRemaining());
        }
        return routes.handle(context, content, request, path);
    }

    /**
     * Grizzly takes a request with any {@code Upgrade} for the end of HTTP on its connection, and its body for another
     * protocol's. What is not for an endpoint is a request like any other (RFC 9110 section 7.8): {@code java.net.http} offers
     * {@code h2c} with every first one.
     */
    @Override
    public NextAction handleEvent(FilterChainContext context, FilterChainEvent event) {
        if (event instanceof HttpEvents.IncomingHttpUpgradeEvent upgrade
                && upgrade.getHttpHeader() instanceof HttpRequestPacket request
                && !isForUs(request)) {
            request.setIgnoreContentModifiers(false);
            request.getUpgradeDC().recycle();
        }
        return context.getInvokeAction();
    }

    private boolean isForUs(HttpRequestPacket request) {
        return request.getProtocol() == Protocol.HTTP_1_1
                && paths.contains(Percent.path(request.getRequestURI()))
                && UpgradeGate.isUpgrade(
                        request.getMethod().getMethodString(),
                        GrizzlyResponses.values(request, "Upgrade"),
                        GrizzlyResponses.values(request, "Connection"));
    }

    /**
     * Begins an upgrade.
     *
     * @param alone whether nothing came behind it, neither a body nor frames that had to wait for the answer
     */
    private NextAction begin(FilterChainContext context, HttpRequestPacket request, String path, boolean alone) {
        boolean body = request.isChunked() || request.getContentLength() > 0;
        if (!alone || body || TyrusIntake.isBroken(context.getConnection())) {
            GrizzlyResponses.send(context, request, UpgradeGate.notAlone(), false);
            return context.getStopAction();
        }
        String query = request.getQueryString();
        TyrusLink link = new TyrusLink(context.getConnection(), container.getScheduledExecutorService(), closeWait);
        CapturedRequest captured = new CapturedRequest(
                path,
                query == null ? "" : query,
                name -> GrizzlyResponses.values(request, name),
                GrizzlyResponses.remoteAddress(request));
        CompletableFuture<UpgradeGate.Verdict> verdict = gate.decide(captured, session -> link);
        if (verdict.isDone()) {
            carryOut(context, request, path, link, verdict.join());
            return context.getStopAction();
        }
        context.suspend();
        NextAction suspended = context.getSuspendAction();
        verdict.thenAccept(late -> {
            carryOut(context, request, path, link, late);
            context.resume(context.getStopAction());
        });
        return suspended;
    }

    private void carryOut(
            FilterChainContext context,
            HttpRequestPacket request,
            String path,
            TyrusLink link,
            UpgradeGate.Verdict verdict) {
        FilterChain frames = upgraded;
        if (verdict.passed().isEmpty() || frames == null) {
            GrizzlyResponses.send(context, request, verdict.refusal(), false);
            return;
        }
        PreparedHandshake prepared = verdict.passed().get();
        Connection<?> connection = context.getConnection();
        connection.addCloseListener((closeable, type) -> prepared.claim().abandon());
        RequestContext offer = offer(request, path, verdict, prepared);
        UpgradeResponse answer = new TyrusUpgradeResponse();
        UpgradeInfo info = container.getWebSocketEngine().upgrade(offer, answer);
        if (info.getStatus() != UpgradeStatus.SUCCESS) {
            prepared.claim().abandon();
            GrizzlyResponses.send(context, request, HttpResponse.of(answer.getStatus()), false);
            return;
        }
        HttpResponsePacket packet = request.getResponse();
        packet.setProtocol(Protocol.HTTP_1_1);
        HttpStatus.SWITCHING_PROTOCOLS_101.setValues(packet);
        answer.getHeaders().forEach((name, values) -> packet.setHeader(name, String.join(", ", values)));
        context.write(HttpContent.builder(packet).build());
        TyrusIntake.forget(connection);
        TyrusFrames.follow(connection, frames, link);
        open.add(link);
        link.open(info, prepared, () -> open.remove(link));
        if (closed) {
            link.abort();
        }
    }

    /** All that Tyrus needs of the request, and nothing that it would keep, such as the query with its token. */
    private static RequestContext offer(
            HttpRequestPacket request, String path, UpgradeGate.Verdict verdict, PreparedHandshake prepared) {
        RequestContext offer = RequestContext.Builder.create()
                .requestURI(URI.create(path))
                .queryString("")
                .parameterMap(Map.of())
                .httpSession(prepared)
                .secure(request.isSecure())
                .remoteAddr(GrizzlyResponses.remoteAddress(request))
                .tyrusProperties(Map.of())
                .build();
        for (String name : List.of("Host", "Sec-WebSocket-Key", "Sec-WebSocket-Version")) {
            offer.getHeaders().put(name, new ArrayList<>(GrizzlyResponses.values(request, name)));
        }
        offer.getHeaders().put("Upgrade", List.of("websocket"));
        offer.getHeaders().put("Connection", List.of("Upgrade"));
        verdict.subprotocol()
                .ifPresent(chosen -> offer.getHeaders().put(CapturedRequest.SUBPROTOCOLS, List.of(chosen)));
        return offer;
    }
}
