package io.tidings.transport.jakarta;

import io.undertow.server.HttpServerExchange;
import io.undertow.websockets.core.WebSocketChannel;
import io.undertow.websockets.jsr.handshake.HandshakeUtil;
import io.undertow.websockets.spi.AsyncWebSocketHttpServerExchange;
import java.security.Principal;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * An upgrade as Undertow's Jakarta container sees it: all that it needs, and nothing that it would keep for as long as the
 * session lives, such as the query with its token.
 */
final class UndertowUpgrade extends AsyncWebSocketHttpServerExchange {

    /** The container wants somebody; without, it asks the servlet that there is not. */
    private static final Principal NOBODY = () -> "";

    private final HttpServerExchange exchange;
    private final PreparedHandshake prepared;

    UndertowUpgrade(HttpServerExchange exchange, Set<WebSocketChannel> open, PreparedHandshake prepared) {
        super(exchange, open);
        this.exchange = exchange;
        this.prepared = prepared;
        putAttachment(HandshakeUtil.PRINCIPAL, NOBODY);
        putAttachment(HandshakeUtil.PATH_PARAMS, Map.of());
    }

    /** How {@link HandshakeConfigurator} learns that all has been decided. */
    @Override
    public Object getSession() {
        return prepared;
    }

    @Override
    public String getRequestURI() {
        return exchange.getRequestPath();
    }

    @Override
    public String getQueryString() {
        return "";
    }

    @Override
    public Map<String, List<String>> getRequestParameters() {
        return Map.of();
    }
}
