package io.tidings.transport.jakarta;

import io.tidings.http.HttpErrors;
import io.tidings.http.HttpResponse;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads along with an HTTP codec that forgives too much, and finds the first byte that RFC 9112 does not have: lines end with CRLF,
 * names are tokens up to their colon, nothing is folded, and a body ends where its header says. It knows every request's beginning and
 * end, in whatever pieces it comes. Not thread-safe.
 *
 * <p>Of a head it takes {@link TransportOptions#MAX_HEADER_BYTES} bytes and {@link TransportOptions#MAX_HEADERS} headers, the last of
 * each included. It keeps only what the end of the body depends on.
 */
final class RequestScan {

    /** Longer methods are nobody's. */
    private static final int MAX_METHOD = 32;

    /** Enough for the names that matter; what is longer is another. */
    private static final int MAX_KNOWN_NAME = 32;

    /** A chunk's size in hexadecimal digits, and what may follow it on its line. */
    private static final int MAX_CHUNK_DIGITS = 8;

    private static final int MAX_CHUNK_LINE = 256;

    private enum Place {
        START,
        METHOD,
        TARGET,
        VERSION,
        LINE_LF,
        NAME_START,
        NAME,
        VALUE,
        VALUE_LF,
        HEAD_LF,
        BODY,
        CHUNK_SIZE,
        CHUNK_EXTENSION,
        CHUNK_SIZE_LF,
        CHUNK,
        CHUNK_CR,
        CHUNK_LF,
        TRAILER_START,
        TRAILER_NAME,
        TRAILER,
        TRAILER_LF,
        END_LF
    }

    private Place place = Place.START;

    /** Bytes of this head, or of this body's trailer. */
    private int taken;

    private int headers;
    private int begun;
    private long left;
    private int digits;
    private final StringBuilder word = new StringBuilder();
    private String method = "";
    private String name = "";
    private boolean http11;
    private final List<String> hosts = new ArrayList<>(1);
    private final List<String> lengths = new ArrayList<>(1);
    private final List<String> codings = new ArrayList<>(1);
    private @Nullable HttpResponse problem;

    /** Whether what comes behind the first body is somebody else's to look at. */
    private boolean bodyOnly;

    /** A scan that begins with a chunked body and ends with it. */
    static RequestScan ofChunks() {
        RequestScan scan = new RequestScan();
        scan.place = Place.CHUNK_SIZE;
        scan.bodyOnly = true;
        return scan;
    }

    /**
     * Looks at what has come, and leaves it as it is.
     *
     * @return how many of these bytes belong to requests that nothing is wrong with; all unless there is a {@link #problem()}
     */
    int see(ByteBuffer bytes) {
        int from = bytes.position();
        int to = bytes.limit();
        int whole = from;
        for (int i = from; i < to && problem == null && !(bodyOnly && place == Place.START); ) {
            if (place == Place.BODY || place == Place.CHUNK) {
                int skipped = (int) Math.min(left, to - i);
                left -= skipped;
                i += skipped;
                if (left == 0) {
                    place = place == Place.BODY ? Place.START : Place.CHUNK_CR;
                }
            } else {
                problem = step(bytes.get(i) & 0xff);
                i++;
            }
            if (place == Place.START && problem == null) {
                whole = i;
            }
        }
        return (problem == null ? to : whole) - from;
    }

    /** The answer to a request that must be refused and the last of its connection; null while there is none. */
    @Nullable
    HttpResponse problem() {
        return problem;
    }

    /** Whether a request has begun whose header is not complete. */
    boolean inHead() {
        return place.compareTo(Place.BODY) < 0 && taken > 0;
    }

    /** How many requests had a header without a problem, whatever comes of their bodies. */
    int begun() {
        return begun;
    }

    /** Whether the problem is in the body of the last that {@link #begun()}. */
    boolean inBody() {
        return place.compareTo(Place.BODY) >= 0;
    }

    private @Nullable HttpResponse step(int b) {
        if (place.compareTo(Place.BODY) < 0 && ++taken > TransportOptions.MAX_HEADER_BYTES) {
            return place.compareTo(Place.LINE_LF) < 0 ? longLine() : longHead();
        }
        switch (place) {
            case START -> {
                word.setLength(0);
                place = Place.METHOD;
                return method(b);
            }
            case METHOD -> {
                return method(b);
            }
            case TARGET -> {
                return target(b);
            }
            case VERSION -> {
                return version(b);
            }
            case LINE_LF, VALUE_LF -> {
                return expect('\n', b, Place.NAME_START);
            }
            case NAME_START -> {
                if (b == '\r') {
                    return go(Place.HEAD_LF);
                }
                word.setLength(0);
                place = Place.NAME;
                return b == ':' ? malformed() : name(b);
            }
            case NAME -> {
                return name(b);
            }
            case VALUE -> {
                return value(b);
            }
            case HEAD_LF -> {
                return b == '\n' ? head() : malformed();
            }
            default -> {
                return body(b);
            }
        }
    }

    private @Nullable HttpResponse method(int b) {
        if (b == ' ' && word.length() > 0) {
            method = word.toString();
            word.setLength(0);
            return go(Place.TARGET);
        }
        if (!RequestFraming.isToken(b) || word.length() == MAX_METHOD) {
            return malformed();
        }
        word.append((char) b);
        return null;
    }

    private @Nullable HttpResponse target(int b) {
        if (b == ' ' && word.length() > 0) {
            word.setLength(0);
            return go(Place.VERSION);
        }
        if (b <= ' ' || b >= 127 || b == '#') {
            return malformed();
        }
        if (word.length() == 0) {
            word.append((char) b);
        }
        return null;
    }

    private @Nullable HttpResponse version(int b) {
        if (b == '\r') {
            String version = word.toString();
            http11 = version.equals("HTTP/1.1");
            if (http11 || version.equals("HTTP/1.0")) {
                return go(Place.LINE_LF);
            }
            return version.matches("HTTP/[0-9]\\.[0-9]") ? otherVersion() : malformed();
        }
        if (word.length() == "HTTP/1.1".length()) {
            return malformed();
        }
        word.append((char) b);
        return null;
    }

    private @Nullable HttpResponse name(int b) {
        if (b == ':') {
            name = word.toString().toLowerCase(Locale.ROOT);
            word.setLength(0);
            place = Place.VALUE;
            return ++headers > TransportOptions.MAX_HEADERS ? manyHeaders() : null;
        }
        if (!RequestFraming.isToken(b)) {
            return malformed();
        }
        if (word.length() <= MAX_KNOWN_NAME) {
            word.append((char) b);
        }
        return null;
    }

    private @Nullable HttpResponse value(int b) {
        if (b == '\r') {
            List<String> known = known(name);
            if (known != null) {
                known.add(word.toString().strip());
            }
            return go(Place.VALUE_LF);
        }
        if (!RequestFraming.isText(b)) {
            return malformed();
        }
        if (known(name) != null) {
            word.append((char) b);
        }
        return null;
    }

    private @Nullable List<String> known(String header) {
        return switch (header) {
            case "host" -> hosts;
            case "content-length" -> lengths;
            case "transfer-encoding" -> codings;
            default -> null;
        };
    }

    private @Nullable HttpResponse head() {
        Optional<HttpResponse> doubt = RequestFraming.refusal(http11, hosts, lengths, codings);
        if (doubt.isPresent()) {
            return doubt.get();
        }
        boolean body = RequestFraming.hasBody(lengths, codings);
        if (body && !mayHaveBody(method)) {
            return noBody();
        }
        place = !body ? Place.START : codings.isEmpty() ? Place.BODY : Place.CHUNK_SIZE;
        left = body && codings.isEmpty() ? RequestFraming.length(lengths.get(0)) : 0;
        begun++;
        taken = 0;
        headers = 0;
        digits = 0;
        hosts.clear();
        lengths.clear();
        codings.clear();
        return null;
    }

    /** Those of which a body has a meaning; of others servers and proxies do not agree whether it is one. */
    private static boolean mayHaveBody(String method) {
        return switch (method) {
            case "GET", "HEAD", "DELETE", "TRACE", "CONNECT", "PRI" -> false;
            default -> true;
        };
    }

    private @Nullable HttpResponse body(int b) {
        switch (place) {
            case CHUNK_SIZE -> {
                int digit = Character.digit(b, 16);
                if (digit >= 0 && b < 127 && digits < MAX_CHUNK_DIGITS) {
                    left = left << 4 | digit;
                    digits++;
                    return null;
                }
                taken = 0;
                place = Place.CHUNK_EXTENSION;
                return digits == 0 || (b != '\r' && b != ';') ? malformed() : extension(b);
            }
            case CHUNK_EXTENSION -> {
                return extension(b);
            }
            case CHUNK_SIZE_LF -> {
                digits = 0;
                return expect('\n', b, left == 0 ? Place.TRAILER_START : Place.CHUNK);
            }
            case CHUNK_CR -> {
                return expect('\r', b, Place.CHUNK_LF);
            }
            case CHUNK_LF -> {
                return expect('\n', b, Place.CHUNK_SIZE);
            }
            case TRAILER_START -> {
                if (b == '\r') {
                    return go(Place.END_LF);
                }
                place = Place.TRAILER_NAME;
                return b == ':' ? malformed() : trailerName(b);
            }
            case TRAILER_NAME -> {
                return trailerName(b);
            }
            case TRAILER -> {
                return trailer(b);
            }
            case TRAILER_LF -> {
                return expect('\n', b, Place.TRAILER_START);
            }
            case END_LF -> {
                taken = 0;
                return expect('\n', b, Place.START);
            }
            default -> throw new IllegalStateException(place.name());
        }
    }

    private @Nullable HttpResponse extension(int b) {
        if (b == '\r') {
            taken = 0;
            return go(Place.CHUNK_SIZE_LF);
        }
        return RequestFraming.isText(b) && ++taken <= MAX_CHUNK_LINE ? null : malformed();
    }

    private @Nullable HttpResponse trailer(int b) {
        if (b == '\r') {
            return go(Place.TRAILER_LF);
        }
        return RequestFraming.isText(b) ? trailerByte() : malformed();
    }

    private @Nullable HttpResponse trailerName(int b) {
        if (b == ':') {
            place = Place.TRAILER;
        } else if (!RequestFraming.isToken(b)) {
            return malformed();
        }
        return trailerByte();
    }

    private @Nullable HttpResponse trailerByte() {
        return ++taken <= TransportOptions.MAX_HEADER_BYTES ? null : longHead();
    }

    private @Nullable HttpResponse expect(char expected, int b, Place next) {
        if (b != expected) {
            return malformed();
        }
        place = next;
        return null;
    }

    private @Nullable HttpResponse go(Place next) {
        place = next;
        return null;
    }

    private static HttpResponse malformed() {
        return HttpErrors.refused(400, "Not an HTTP/1.1 request");
    }

    private static HttpResponse noBody() {
        return HttpErrors.refused(400, "A request of this method has no body");
    }

    private static HttpResponse longLine() {
        return HttpErrors.refused(414, "The request line is over " + TransportOptions.MAX_HEADER_BYTES + " bytes");
    }

    private static HttpResponse longHead() {
        return HttpErrors.refused(431, "The header is over " + TransportOptions.MAX_HEADER_BYTES + " bytes");
    }

    private static HttpResponse manyHeaders() {
        return HttpErrors.refused(431, "More than " + TransportOptions.MAX_HEADERS + " headers");
    }

    private static HttpResponse otherVersion() {
        return HttpErrors.refused(505, "HTTP/1.1 only");
    }
}
