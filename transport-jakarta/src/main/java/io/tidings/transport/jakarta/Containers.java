package io.tidings.transport.jakarta;

import jakarta.websocket.Session;
import jakarta.websocket.server.HandshakeRequest;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;

/** What can be had of the containers we know beyond the Jakarta API, when a host runs them. */
final class Containers {

    private static final String JETTY_REMOTE_ADDRESS = "jakarta.websocket.endpoint.remoteAddress";

    private Containers() {}

    /** The best way to send on a session. */
    static FrameSender sender(Session session) {
        // By name: the classes of a container are there only when it is.
        return switch (session.getClass().getName()) {
            case "io.undertow.websockets.jsr.UndertowSession" ->
                UndertowSender.of(session, TransportOptions.DEFAULT_CLOSE_WAIT);
            default -> new PortableSender(session);
        };
    }

    /** The peer's address, or {@link CapturedRequest#UNKNOWN}. */
    static String remoteAddress(HandshakeRequest request, Map<String, Object> userProperties) {
        if (isTyrus(request)) {
            return TyrusRequests.remoteAddress(request);
        }
        if (request.getClass().getName().startsWith("io.undertow.")) {
            return UndertowRequests.remoteAddress();
        }
        Object address = userProperties.get(JETTY_REMOTE_ADDRESS);
        return address instanceof InetSocketAddress socket && socket.getAddress() != null
                ? socket.getAddress().getHostAddress()
                : CapturedRequest.UNKNOWN;
    }

    /** The values of a header. Tyrus cuts a value at its commas; what belongs together is put together again. */
    static List<String> header(HandshakeRequest request, String name) {
        List<String> values = request.getHeaders().getOrDefault(name, List.of());
        return isTyrus(request) && values.size() > 1 ? List.of(String.join(", ", values)) : values;
    }

    private static boolean isTyrus(HandshakeRequest request) {
        return request.getClass().getName().equals("org.glassfish.tyrus.core.RequestContext");
    }
}
