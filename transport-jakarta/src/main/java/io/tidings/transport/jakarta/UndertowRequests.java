package io.tidings.transport.jakarta;

import io.undertow.server.HttpServerExchange;
import io.undertow.servlet.handlers.ServletRequestContext;
import java.net.InetSocketAddress;

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
}
