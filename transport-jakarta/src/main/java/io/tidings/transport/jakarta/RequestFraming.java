package io.tidings.transport.jakarta;

import io.tidings.http.HttpErrors;
import io.tidings.http.HttpResponse;
import java.util.List;
import java.util.Optional;

/**
 * What a request must say about its end and its host, so that everybody on its way sees the same request (RFC 9112 sections 3.2 and
 * 6). Where a proxy and a server differ, one request carries another past the proxy.
 */
final class RequestFraming {

    /** Longer ones have no meaning for anybody, and would not fit a {@code long}. */
    private static final int MAX_LENGTH_DIGITS = 18;

    private static final String TOKEN_MARKS = "!#$%&'*+-.^_`|~";

    private RequestFraming() {}

    /**
     * The answer to a request that is in doubt; the connection must end with it.
     *
     * @param http11  whether the request is HTTP/1.1 rather than 1.0
     * @param hosts   the values of {@code Host}
     * @param lengths the values of {@code Content-Length}
     * @param codings the values of {@code Transfer-Encoding}
     */
    static Optional<HttpResponse> refusal(
            boolean http11, List<String> hosts, List<String> lengths, List<String> codings) {
        if (!codings.isEmpty()) {
            if (!http11 || !lengths.isEmpty() || codings.size() > 1 || !isChunked(codings.get(0))) {
                return refusal("The end of the body is in doubt");
            }
        } else if (lengths.size() > 1 || (lengths.size() == 1 && length(lengths.get(0)) < 0)) {
            return refusal("The end of the body is in doubt");
        }
        boolean named = http11 ? hosts.size() == 1 : hosts.size() <= 1;
        return named ? Optional.empty() : refusal("Expected one Host header");
    }

    /** Whether a request, of which nothing is in doubt, has a body. */
    static boolean hasBody(List<String> lengths, List<String> codings) {
        return !codings.isEmpty() || (!lengths.isEmpty() && length(lengths.get(0)) > 0);
    }

    /** A length in bytes; -1 for what is none. */
    static long length(String text) {
        if (text.isEmpty() || text.length() > MAX_LENGTH_DIGITS) {
            return -1;
        }
        long length = 0;
        for (int i = 0; i < text.length(); i++) {
            char digit = text.charAt(i);
            if (digit < '0' || digit > '9') {
                return -1;
            }
            length = 10 * length + (digit - '0');
        }
        return length;
    }

    static boolean isChunked(String coding) {
        return coding.equalsIgnoreCase("chunked");
    }

    /** Whether a header's name is a token, and its values have no control characters but tabs. */
    static boolean isWellFormed(String name, List<String> values) {
        return !name.isEmpty()
                && name.chars().allMatch(RequestFraming::isToken)
                && values.stream().allMatch(value -> value.chars().allMatch(RequestFraming::isText));
    }

    static boolean isText(int character) {
        return character == '\t' || (character >= ' ' && character != 127);
    }

    static boolean isToken(int character) {
        return (character >= 'a' && character <= 'z')
                || (character >= 'A' && character <= 'Z')
                || (character >= '0' && character <= '9')
                || TOKEN_MARKS.indexOf(character) >= 0;
    }

    private static Optional<HttpResponse> refusal(String message) {
        return Optional.of(HttpErrors.invalid(null, message));
    }
}
