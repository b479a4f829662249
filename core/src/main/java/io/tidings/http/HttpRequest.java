package io.tidings.http;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A request whose body has been read.
 *
 * @param method        upper case
 * @param path          decoded, without query
 * @param query         decoded parameters; several values in order
 * @param headers       names without regard to case; several values in order
 * @param body          at most as many bytes as the route takes
 * @param remoteAddress the peer's IP address as text; the client's behind proxies that the hub trusts
 */
public record HttpRequest(
        String method,
        String path,
        Map<String, List<String>> query,
        Map<String, List<String>> headers,
        byte[] body,
        String remoteAddress) {

    /** Makes header names indifferent to case. */
    public HttpRequest {
        Map<String, List<String>> folded = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        folded.putAll(headers);
        headers = folded;
    }

    /** The same request from another address. */
    HttpRequest from(String address) {
        return new HttpRequest(method, path, query, headers, body, address);
    }

    /** The first value of a header. */
    public Optional<String> header(String name) {
        return first(headers, name);
    }

    /** The first value of a query parameter. */
    public Optional<String> parameter(String name) {
        return first(query, name);
    }

    private static Optional<String> first(Map<String, List<String>> values, String name) {
        List<String> found = values.get(name);
        return found == null || found.isEmpty() ? Optional.empty() : Optional.of(found.get(0));
    }
}
