package io.tidings.transport.jakarta;

import io.tidings.http.HttpErrors;
import io.tidings.http.HttpRequest;
import io.tidings.http.HttpResponse;
import io.tidings.http.HttpRoute;
import io.tidings.http.HttpRouter;
import io.tidings.spi.Acceptor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.glassfish.grizzly.ReadHandler;
import org.glassfish.grizzly.http.io.NIOInputStream;
import org.glassfish.grizzly.http.server.HttpHandler;
import org.glassfish.grizzly.http.server.Request;
import org.glassfish.grizzly.http.server.RequestExecutorProvider;
import org.glassfish.grizzly.http.server.Response;

/** HTTP requests to routes, on Grizzly's selector threads. */
final class TyrusRoutes extends HttpHandler {

    private static final byte[] NOTHING = {};

    private final HttpRouter router;
    private final Set<String> endpoints;

    TyrusRoutes(Acceptor acceptor) {
        this.router = acceptor.routes();
        this.endpoints = acceptor.paths();
        setAllowEncodedSlash(true);
    }

    @Override
    public RequestExecutorProvider getRequestExecutorProvider() {
        return new RequestExecutorProvider.SameThreadProvider();
    }

    @Override
    public void service(Request request, Response response) throws IOException {
        String method = request.getMethod().getMethodString();
        String path = Percent.path(request.getRequestURI());
        boolean hasBody = request.getContentLengthLong() > 0 || request.getHeader("Transfer-Encoding") != null;
        Optional<HttpRoute> route = router.route(method, path);
        int limit = route.map(HttpRoute::maxBodyBytes).orElse(0);
        if (route.isEmpty() && endpoints.contains(path)) {
            respond(response, method, UpgradeGate.webSocketOnly(), !hasBody);
        } else if (!hasBody) {
            response.suspend();
            answer(request, response, path, NOTHING, true);
        } else if (route.isEmpty()) {
            response.suspend();
            answer(request, response, path, NOTHING, false);
        } else if (request.getContentLengthLong() > limit || limit == 0) {
            respond(response, method, HttpErrors.tooLarge(limit), false);
        } else {
            response.suspend();
            receive(request, response, path, limit);
        }
    }

    private void receive(Request request, Response response, String path, int limit) {
        NIOInputStream input = request.getNIOInputStream();
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        input.notifyAvailable(new ReadHandler() {
            @Override
            public void onDataAvailable() throws IOException {
                if (take(input, body, limit)) {
                    input.notifyAvailable(this);
                } else {
                    respondAndResume(request, response, HttpErrors.tooLarge(limit), false);
                }
            }

            @Override
            public void onAllDataRead() throws IOException {
                if (take(input, body, limit)) {
                    answer(request, response, path, body.toByteArray(), true);
                } else {
                    respondAndResume(request, response, HttpErrors.tooLarge(limit), false);
                }
            }

            @Override
            public void onError(Throwable gone) {
                response.resume();
            }
        });
    }

    /** Takes what is there, and says whether the limit still holds. */
    private static boolean take(NIOInputStream input, ByteArrayOutputStream body, int limit) throws IOException {
        byte[] ready = new byte[input.readyData()];
        int read = input.read(ready);
        if (read > 0) {
            body.write(ready, 0, read);
        }
        return body.size() <= limit;
    }

    private void answer(Request request, Response response, String path, byte[] body, boolean keep) {
        CompletableFuture<HttpResponse> answered =
                router.handle(request(request, path, body)).toCompletableFuture();
        answered.thenAccept(answer -> respondAndResume(request, response, answer, keep));
    }

    private static void respondAndResume(Request request, Response response, HttpResponse answer, boolean keep) {
        try {
            respond(response, request.getMethod().getMethodString(), answer, keep);
        } catch (IOException gone) {
            // nobody is left to be told
        } finally {
            response.resume();
        }
    }

    private static void respond(Response response, String method, HttpResponse answer, boolean keep)
            throws IOException {
        response.setStatus(answer.status());
        answer.headers().forEach(response::setHeader);
        if (!keep) {
            response.setHeader("Connection", "close");
        }
        response.setContentLength(answer.body().length);
        if (!method.equals("HEAD")) {
            response.getNIOOutputStream().write(answer.body());
        }
    }

    private static HttpRequest request(Request request, String path, byte[] body) {
        Map<String, List<String>> headers = new LinkedHashMap<>();
        for (String name : request.getHeaderNames()) {
            List<String> values = new ArrayList<>();
            request.getHeaders(name).forEach(values::add);
            headers.put(name, values);
        }
        String query = request.getQueryString();
        String address = request.getRemoteAddr();
        return new HttpRequest(
                request.getMethod().getMethodString(),
                path,
                Percent.query(query == null ? "" : query),
                headers,
                body,
                address == null ? CapturedRequest.UNKNOWN : address);
    }
}
