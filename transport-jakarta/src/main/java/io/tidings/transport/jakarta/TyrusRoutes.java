package io.tidings.transport.jakarta;

import io.tidings.http.HttpErrors;
import io.tidings.http.HttpRequest;
import io.tidings.http.HttpResponse;
import io.tidings.http.HttpRoute;
import io.tidings.http.HttpRouter;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.glassfish.grizzly.Connection;
import org.glassfish.grizzly.Grizzly;
import org.glassfish.grizzly.attributes.Attribute;
import org.glassfish.grizzly.filterchain.FilterChainContext;
import org.glassfish.grizzly.filterchain.NextAction;
import org.glassfish.grizzly.http.HttpBrokenContent;
import org.glassfish.grizzly.http.HttpContent;
import org.glassfish.grizzly.http.HttpRequestPacket;
import org.glassfish.grizzly.http.HttpResponsePacket;
import org.glassfish.grizzly.http.util.HttpStatus;

/**
 * HTTP requests to routes, on Grizzly's selector threads. It works on what Grizzly's codec gives, a request in pieces: Grizzly's
 * own handlers lose a connection when a body comes later than its header and the handler answers at once.
 */
final class TyrusRoutes {

    private static final Attribute<Body> BODY = Grizzly.DEFAULT_ATTRIBUTE_BUILDER.createAttribute(Body.class.getName());

    private final HttpRouter router;
    private final Set<String> endpoints;
    private final ScheduledExecutorService timer;
    private final Duration longestBody;

    /**
     * Routes.
     *
     * @param endpoints   paths that are also endpoints'
     * @param longestBody how long a body may take to arrive; the connection ends then
     */
    TyrusRoutes(HttpRouter router, Set<String> endpoints, ScheduledExecutorService timer, Duration longestBody) {
        this.router = router;
        this.endpoints = endpoints;
        this.timer = timer;
        this.longestBody = longestBody;
    }

    /** A piece of a request; the first has its header. */
    NextAction handle(FilterChainContext context, HttpContent piece, HttpRequestPacket request, String path) {
        Connection<?> connection = context.getConnection();
        if (piece instanceof HttpBrokenContent) {
            connection.closeSilently();
            return context.getStopAction();
        }
        boolean last = piece.isLast();
        byte[] bytes = take(piece);
        Body body = BODY.get(connection);
        if (body != null && body.ended) {
            return context.getStopAction();
        }
        if (body == null) {
            Optional<HttpResponse> refusal = refusal(request, path, last);
            if (refusal.isPresent()) {
                BODY.set(connection, Body.UNREAD);
                refuse(context, request, refusal.get());
                return context.getStopAction();
            }
            if (last || route(request, path).isEmpty()) {
                if (!last) {
                    BODY.set(connection, Body.UNREAD);
                }
                return answer(context, request, path, bytes, last);
            }
            body = expect(context, request, path);
        }
        if (!body.takes(bytes)) {
            body.end();
            refuse(context, request, HttpErrors.tooLarge(body.limit));
            return context.getStopAction();
        }
        if (!last) {
            return context.getStopAction();
        }
        BODY.remove(connection);
        body.end();
        return answer(context, request, path, body.read.toByteArray(), true);
    }

    private void refuse(FilterChainContext context, HttpRequestPacket request, HttpResponse refusal) {
        HttpResponse readable = router.readable(refusal, request.getHeader("Origin"), request.getHeader("Host"));
        GrizzlyResponses.send(context, request, readable, false);
    }

    private Optional<HttpRoute> route(HttpRequestPacket request, String path) {
        return router.route(request.getMethod().getMethodString(), path);
    }

    /** What can be refused by the header alone. */
    private Optional<HttpResponse> refusal(HttpRequestPacket request, String path, boolean whole) {
        Optional<HttpRoute> route = route(request, path);
        if (route.isEmpty()) {
            return endpoints.contains(path) ? Optional.of(UpgradeGate.webSocketOnly()) : Optional.empty();
        }
        int limit = route.get().maxBodyBytes();
        boolean tooLarge = request.getContentLength() > limit || (limit == 0 && !whole);
        return tooLarge ? Optional.of(HttpErrors.tooLarge(limit)) : Optional.empty();
    }

    private Body expect(FilterChainContext context, HttpRequestPacket request, String path) {
        Connection<?> connection = context.getConnection();
        if (request.requiresAcknowledgement()) {
            HttpResponsePacket answer = request.getResponse();
            HttpStatus.CONINTUE_100.setValues(answer);
            answer.setAcknowledgement(true);
            context.write(answer);
        }
        Body body = new Body(
                route(request, path).map(HttpRoute::maxBodyBytes).orElse(0),
                timer.schedule(connection::terminateSilently, longestBody.toMillis(), TimeUnit.MILLISECONDS));
        BODY.set(connection, body);
        return body;
    }

    private NextAction answer(
            FilterChainContext context, HttpRequestPacket request, String path, byte[] body, boolean keep) {
        CompletableFuture<HttpResponse> answer =
                router.handle(request(request, path, body)).toCompletableFuture();
        if (answer.isDone()) {
            GrizzlyResponses.send(context, request, answer.join(), keep);
            return context.getStopAction();
        }
        context.suspend();
        NextAction suspended = context.getSuspendAction();
        answer.thenAccept(late -> {
            GrizzlyResponses.send(context, request, late, keep);
            context.resume(context.getStopAction());
        });
        return suspended;
    }

    private static HttpRequest request(HttpRequestPacket request, String path, byte[] body) {
        Map<String, List<String>> headers = new LinkedHashMap<>();
        for (String name : request.getHeaders().names()) {
            headers.put(name, GrizzlyResponses.values(request, name));
        }
        String query = request.getQueryString();
        return new HttpRequest(
                request.getMethod().getMethodString(),
                path,
                Percent.query(query == null ? "" : query),
                headers,
                body,
                GrizzlyResponses.remoteAddress(request));
    }

    /** The bytes of a piece, which is of no use afterwards. */
    private static byte[] take(HttpContent piece) {
        ByteBuffer content = piece.getContent().toByteBuffer();
        byte[] bytes = new byte[content.remaining()];
        content.duplicate().get(bytes);
        piece.recycle();
        return bytes;
    }

    /** A body on its way; touched by the connection's thread only. */
    private static final class Body {
        /** Nobody reads what still comes; the connection ends. */
        static final Body UNREAD = new Body(0, CompletableFuture.completedFuture(null));

        static {
            UNREAD.ended = true;
        }

        private final int limit;
        private final Future<?> deadline;
        private final ByteArrayOutputStream read = new ByteArrayOutputStream();
        private boolean ended;

        Body(int limit, Future<?> deadline) {
            this.limit = limit;
            this.deadline = deadline;
        }

        /** Whether the limit still holds. */
        boolean takes(byte[] more) {
            read.writeBytes(more);
            return read.size() <= limit;
        }

        void end() {
            ended = true;
            deadline.cancel(false);
        }
    }
}
