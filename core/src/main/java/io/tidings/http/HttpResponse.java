package io.tidings.http;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A response with its whole body.
 *
 * @param status  the HTTP status
 * @param headers one value a name; servers add {@code Content-Length} and {@code Date}
 * @param body    the bytes, empty for none
 */
public record HttpResponse(int status, Map<String, String> headers, byte[] body) {

    /** Copies the headers. */
    public HttpResponse {
        headers = Map.copyOf(headers);
    }

    /** A response without a body. */
    public static HttpResponse of(int status) {
        return new HttpResponse(status, Map.of(), new byte[0]);
    }

    /** A response with a body of a content type. */
    public static HttpResponse of(int status, String contentType, byte[] body) {
        return new HttpResponse(status, Map.of("Content-Type", contentType), body);
    }

    /** A response with text. */
    public static HttpResponse text(int status, String text) {
        return of(status, "text/plain; charset=utf-8", text.getBytes(StandardCharsets.UTF_8));
    }

    /** A response with JSON that is already encoded. */
    public static HttpResponse json(int status, String json) {
        return of(status, "application/json", json.getBytes(StandardCharsets.UTF_8));
    }

    /** The same response with one more header. */
    public HttpResponse with(String name, String value) {
        Map<String, String> more = new LinkedHashMap<>(headers);
        more.put(name, value);
        return new HttpResponse(status, more, body);
    }
}
