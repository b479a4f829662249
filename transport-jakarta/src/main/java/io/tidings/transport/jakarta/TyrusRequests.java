package io.tidings.transport.jakarta;

import jakarta.websocket.HandshakeResponse;
import jakarta.websocket.server.HandshakeRequest;
import java.util.List;
import org.glassfish.tyrus.core.HandshakeException;
import org.glassfish.tyrus.core.RequestContext;
import org.glassfish.tyrus.core.TyrusUpgradeResponse;

/** What Tyrus shows of a handshake, and how it is refused there. */
final class TyrusRequests {

    private TyrusRequests() {}

    static String remoteAddress(HandshakeRequest request) {
        String address = ((RequestContext) request).getRemoteAddr();
        return address == null ? CapturedRequest.UNKNOWN : address;
    }

    /**
     * Refuses. The checked exception is one that {@code modifyHandshake} does not declare; any other way the session opens, or
     * the connection ends without an answer. The headers are those of the 101 and would be sent too.
     */
    static void refuse(HandshakeResponse response, int status) {
        response.getHeaders().clear();
        response.getHeaders().put("Content-Length", List.of("0"));
        response.getHeaders().put("Connection", List.of("close"));
        if (status == 401) {
            response.getHeaders().put("WWW-Authenticate", List.of("Bearer"));
        }
        if (status == 429) {
            response.getHeaders().put("Retry-After", List.of("1"));
        }
        ((TyrusUpgradeResponse) response).setReasonPhrase("Refused");
        TyrusRequests.<RuntimeException>throwUnchecked(new HandshakeException(status, "refused"));
    }

    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    private static <E extends Throwable> void throwUnchecked(Throwable failure) throws E {
        throw (E) failure;
    }
}
