package io.tidings.transport.jakarta;

import io.tidings.http.HttpErrors;
import io.tidings.http.HttpRequest;
import io.tidings.http.HttpResponse;
import io.tidings.http.HttpRoute;
import io.tidings.http.HttpRouter;
import io.tidings.spi.Acceptor;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpStream;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;

/** All requests of a Jetty: upgrades are decided on, the rest goes to the routes. */
final class JettyFront extends Handler.Abstract.NonBlocking {

    private static final byte[] NOTHING = {};

    private final Set<String> paths;
    private final UpgradeGate gate;
    private final HttpRouter router;
    private final ScheduledThreadPoolExecutor timer = ServerTimer.create("tidings-jetty-timer");
    private final Duration closeWait;
    private final Duration longestBody;
    private final Set<JettyLink> links = ConcurrentHashMap.newKeySet();

    /** Any thread; never set back. */
    private volatile boolean closed;

    JettyFront(Acceptor acceptor, TransportOptions options) {
        this.paths = acceptor.paths();
        this.gate = new UpgradeGate(acceptor);
        this.router = acceptor.routes();
        this.closeWait = options.closeWait();
        this.longestBody = options.requestIdle();
    }

    void pause() {
        gate.pause();
    }

    /** What to tell of connections. */
    JettyHeads heads() {
        return new JettyHeads(timer, longestBody);
    }

    /** Aborts what is open. */
    void shutDown() {
        gate.pause();
        closed = true;
        for (JettyLink link : links) {
            link.abort();
        }
        timer.shutdownNow();
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        Optional<HttpResponse> doubt = doubt(request);
        if (doubt.isPresent()) {
            respond(request, response, callback, doubt.get(), false);
            return true;
        }
        String path = path(request);
        if (!paths.contains(path)) {
            route(request, response, callback, path);
        } else if (isHttp11(request)
                && UpgradeGate.isUpgrade(
                        request.getMethod(), values(request, "Upgrade"), values(request, "Connection"))) {
            begin(request, response, callback, path);
        } else if (router.route(request.getMethod(), path).isPresent()) {
            route(request, response, callback, path);
        } else {
            respond(request, response, callback, UpgradeGate.webSocketOnly(), !hasBody(request));
        }
        return true;
    }

    // Upgrades.

    private void begin(Request request, Response response, Callback callback, String path) {
        if (hasBody(request)) {
            respond(request, response, callback, UpgradeGate.notAlone(), false);
            return;
        }
        CapturedRequest captured = new CapturedRequest(
                path, query(request), name -> values(request, name), Request.getRemoteAddr(request));
        CompletableFuture<UpgradeGate.Verdict> verdict = gate.decide(captured);
        if (verdict.isDone()) {
            carryOut(request, response, callback, verdict.join());
        } else {
            verdict.thenAccept(late -> carryOut(request, response, callback, late));
        }
    }

    private void carryOut(Request request, Response response, Callback callback, UpgradeGate.Verdict verdict) {
        if (verdict.passed().isEmpty()) {
            respond(request, response, callback, verdict.refusal(), false);
            return;
        }
        EndPoint endPoint = request.getConnectionMetaData().getConnection().getEndPoint();
        JettyLink link = new JettyLink(
                endPoint,
                request.getComponents().getExecutor(),
                verdict.passed().get(),
                links,
                timer,
                closeWait);
        response.setStatus(101);
        response.getHeaders().put(HttpHeader.UPGRADE, "websocket");
        response.getHeaders().put(HttpHeader.CONNECTION, "Upgrade");
        response.getHeaders()
                .put(
                        HttpHeader.SEC_WEBSOCKET_ACCEPT,
                        WebSocketKey.accept(values(request, "Sec-WebSocket-Key").get(0)));
        verdict.subprotocol().ifPresent(chosen -> response.getHeaders().put(CapturedRequest.SUBPROTOCOLS, chosen));
        request.setAttribute(HttpStream.UPGRADE_CONNECTION_ATTRIBUTE, link);
        response.write(true, BufferUtil.EMPTY_BUFFER, Callback.from(callback::succeeded, failure -> {
            link.abort();
            callback.failed(failure);
        }));
        if (closed) {
            link.abort();
        }
    }

    // Routes.

    private void route(Request request, Response response, Callback callback, String path) {
        if (!hasBody(request)) {
            answer(request, response, callback, path, NOTHING, true);
            return;
        }
        Optional<HttpRoute> route = router.route(request.getMethod(), path);
        int limit = route.map(HttpRoute::maxBodyBytes).orElse(0);
        if (route.isEmpty()) {
            answer(request, response, callback, path, NOTHING, false);
        } else if (limit == 0 || request.getLength() > limit) {
            respond(request, response, callback, HttpErrors.tooLarge(limit), false);
        } else {
            JettyBody.read(
                    request,
                    limit,
                    timer,
                    longestBody,
                    body -> {
                        if (body == null) {
                            respond(request, response, callback, HttpErrors.tooLarge(limit), false);
                        } else {
                            answer(request, response, callback, path, body, true);
                        }
                    },
                    callback::failed);
        }
    }

    private void answer(Request request, Response response, Callback callback, String path, byte[] body, boolean keep) {
        CompletableFuture<HttpResponse> answer =
                router.handle(request(request, path, body)).toCompletableFuture();
        if (answer.isDone()) {
            respond(request, response, callback, answer.join(), keep);
        } else {
            answer.thenAccept(late -> respond(request, response, callback, late, keep));
        }
    }

    /**
     * Sends a response, whose body a HEAD request leaves out.
     *
     * @param keep whether the connection may carry another request; it does not when the body of this one was left unread
     */
    private void respond(Request request, Response response, Callback callback, HttpResponse given, boolean keep) {
        HttpResponse answer = router.readable(
                given,
                request.getHeaders().get(HttpHeader.ORIGIN),
                request.getHeaders().get(HttpHeader.HOST));
        response.setStatus(answer.status());
        answer.headers().forEach((name, value) -> response.getHeaders().put(name, value));
        response.getHeaders().put(HttpHeader.CONTENT_LENGTH, answer.body().length);
        if (!keep) {
            response.getHeaders().put(HttpHeader.CONNECTION, "close");
        }
        boolean head = request.getMethod().equals("HEAD");
        response.write(true, head ? BufferUtil.EMPTY_BUFFER : ByteBuffer.wrap(answer.body()), callback);
    }

    // Requests.

    private static HttpRequest request(Request request, String path, byte[] body) {
        Map<String, List<String>> headers = new LinkedHashMap<>();
        for (HttpField field : request.getHeaders()) {
            headers.computeIfAbsent(field.getName(), name -> new ArrayList<>(1))
                    .add(field.getValue() == null ? "" : field.getValue());
        }
        return new HttpRequest(
                request.getMethod(),
                path,
                Percent.query(query(request)),
                headers,
                body,
                Request.getRemoteAddr(request));
    }

    /** What Jetty's parser lets pass; the connection ends with the answer. */
    private static Optional<HttpResponse> doubt(Request request) {
        if (request.getHeaders().size() > TransportOptions.MAX_HEADERS) {
            return Optional.of(HttpErrors.refused(431, "More than " + TransportOptions.MAX_HEADERS + " headers"));
        }
        return RequestFraming.refusal(
                isHttp11(request),
                values(request, "Host"),
                values(request, "Content-Length"),
                values(request, "Transfer-Encoding"));
    }

    private static boolean isHttp11(Request request) {
        return request.getConnectionMetaData().getHttpVersion() == HttpVersion.HTTP_1_1;
    }

    private static boolean hasBody(Request request) {
        return request.getLength() > 0 || request.getHeaders().contains(HttpHeader.TRANSFER_ENCODING);
    }

    private static String path(Request request) {
        String raw = request.getHttpURI().getPath();
        return raw == null ? "" : Percent.path(raw);
    }

    private static String query(Request request) {
        String query = request.getHttpURI().getQuery();
        return query == null ? "" : query;
    }

    private static List<String> values(Request request, String name) {
        return request.getHeaders().getValuesList(name);
    }
}
