package io.tidings.http;

import java.util.concurrent.CompletionStage;

/**
 * One method on one path.
 *
 * @param method       upper case
 * @param path         exact, such as {@code /api/v1/messages/}
 * @param maxBodyBytes the largest body; a larger request is answered with 413 without being read whole
 * @param handler      what answers
 */
public record HttpRoute(String method, String path, int maxBodyBytes, Handler handler) {

    /** A route that reads no body. */
    public static HttpRoute get(String path, Handler handler) {
        return new HttpRoute("GET", path, 0, handler);
    }

    /** A route that takes a body of at most 64 KiB. */
    public static HttpRoute post(String path, Handler handler) {
        return new HttpRoute("POST", path, 64 * 1024, handler);
    }

    /**
     * Answers requests.
     *
     * <p><b>Threads.</b> MAY be called concurrently, on I/O threads, and MUST NOT block. A stage that fails, or an exception,
     * is answered with 500 and a body that says nothing of it.
     */
    @FunctionalInterface
    public interface Handler {
        /** The response to a request. */
        CompletionStage<HttpResponse> handle(HttpRequest request);
    }
}
