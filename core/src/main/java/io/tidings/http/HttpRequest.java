package io.tidings.http;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

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

    private static final Pattern BEARER = Pattern.compile("(?i:Bearer) +([^ ]+) *");

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

    /**
     * The token of {@code Authorization: Bearer …} (RFC 6750, section 2.1), the scheme without regard to case; empty where there is
     * none, or more than one word. Whether it holds is an authenticator's to say.
     */
    public Optional<String> bearerToken() {
        return header("Authorization")
                .map(BEARER::matcher)
                .filter(Matcher::matches)
                .map(bearer -> bearer.group(1));
    }

    private static Optional<String> first(Map<String, List<String>> values, String name) {
        List<String> found = values.get(name);
        return found == null || found.isEmpty() ? Optional.empty() : Optional.of(found.get(0));
    }
}
