package io.tidings.transport.jakarta;

import io.tidings.http.HttpErrors;
import io.tidings.http.HttpResponse;
import io.undertow.server.HttpServerExchange;
import io.undertow.servlet.handlers.ServletRequestContext;
import io.undertow.util.HeaderValues;
import io.undertow.util.Headers;
import io.undertow.util.Protocols;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;

/** What Undertow shows of a request. */
final class UndertowRequests {

    private UndertowRequests() {}

    /** The peer of the request that this thread handles in a servlet context. */
    static String remoteAddress() {
        ServletRequestContext context = ServletRequestContext.current();
        return context == null ? CapturedRequest.UNKNOWN : remoteAddress(context.getExchange());
    }

    static String remoteAddress(HttpServerExchange exchange) {
        InetSocketAddress peer = exchange.getSourceAddress();
        return peer == null || peer.getAddress() == null
                ? CapturedRequest.UNKNOWN
                : peer.getAddress().getHostAddress();
    }

    /** The decoded path. One with parameters, which Undertow would leave out, is another than the one without. */
    static String path(HttpServerExchange exchange) {
        return exchange.getRequestURI().indexOf(';') < 0 ? exchange.getRequestPath() : exchange.getRequestURI();
    }

    /** What Undertow's parser lets pass though it must not; the connection ends with the answer. */
    static Optional<HttpResponse> doubt(HttpServerExchange exchange) {
        if (!exchange.isHttp11() && !exchange.isHttp10()) {
            exchange.setProtocol(Protocols.HTTP_1_1);
            return Optional.of(HttpErrors.refused(505, "HTTP/1.1 only"));
        }
        Optional<HttpResponse> seen = UndertowHeads.problem(exchange);
        if (seen.isPresent()) {
            return seen;
        }
        for (HeaderValues values : exchange.getRequestHeaders()) {
            if (!RequestFraming.isWellFormed(values.getHeaderName().toString(), values)) {
                return Optional.of(HttpErrors.refused(400, "Not an HTTP/1.1 request"));
            }
        }
        return RequestFraming.refusal(
                exchange.isHttp11(),
                values(exchange, Headers.HOST_STRING),
                values(exchange, Headers.CONTENT_LENGTH_STRING),
                values(exchange, Headers.TRANSFER_ENCODING_STRING));
    }

    /** The values of a header, in order. */
    static List<String> values(HttpServerExchange exchange, String name) {
        HeaderValues values = exchange.getRequestHeaders().get(name);
        return values == null ? List.of() : values;
    }
}
