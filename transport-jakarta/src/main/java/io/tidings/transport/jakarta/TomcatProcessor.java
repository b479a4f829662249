package io.tidings.transport.jakarta;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.coyote.Adapter;
import org.apache.coyote.ErrorState;
import org.apache.coyote.Request;
import org.apache.coyote.UpgradeToken;
import org.apache.coyote.http11.AbstractHttp11Protocol;
import org.apache.coyote.http11.Http11Processor;
import org.apache.tomcat.util.net.AbstractEndpoint.Handler.SocketState;
import org.apache.tomcat.util.net.SocketEvent;
import org.apache.tomcat.util.net.SocketWrapperBase;

/** Tomcat's reader of requests, with an upgrade that may be decided later and no doubt about where a body ends. */
final class TomcatProcessor extends Http11Processor {

    private static final int NOTE = 2;

    /** Tomcat looks at hosts by itself. */
    private static final List<String> ANY_HOST = List.of("");

    private final long longestHeadNanos;
    private boolean refused;

    /** When the head under way began, if it came in pieces; else zero. */
    private long headSince;

    TomcatProcessor(AbstractHttp11Protocol<?> protocol, Adapter adapter) {
        super(protocol, adapter);
        request.setNote(NOTE, this);
        longestHeadNanos = TimeUnit.MILLISECONDS.toNanos(protocol.getConnectionTimeout());
    }

    /** What Tomcat writes of this response by waiting, the last of a few bytes, fails if the peer lets it wait. */
    static void hurry(Request request) {
        if (request.getNote(NOTE) instanceof TomcatProcessor processor && processor.socketWrapper != null) {
            processor.socketWrapper.setWriteTimeout(1);
        }
    }

    /**
     * Asked at every step, among them the one between a request's header and what Tomcat makes of it: with
     * {@code Transfer-Encoding} it forgets a {@code Content-Length} that somebody before it may have believed (RFC 9112
     * section 6.3).
     */
    @Override
    protected ErrorState getErrorState() {
        if (!refused && isAmbiguous()) {
            refused = true;
            response.setStatus(400);
            setErrorState(ErrorState.CLOSE_CLEAN, null);
        }
        return super.getErrorState();
    }

    private boolean isAmbiguous() {
        List<String> encodings = TomcatExchange.values(request, "Transfer-Encoding");
        return !encodings.isEmpty()
                && RequestFraming.refusal(
                                request.protocol().equals("HTTP/1.1"),
                                ANY_HOST,
                                TomcatExchange.values(request, "Content-Length"),
                                encodings)
                        .isPresent();
    }

    @Override
    public SocketState process(SocketWrapperBase<?> socket, SocketEvent event) throws IOException {
        SocketState state = SocketState.CLOSED;
        try {
            state = super.process(socket, event);
            if (isSlow(state)) {
                state = SocketState.CLOSED;
            }
            return state;
        } finally {
            UpgradeToken token = getUpgradeToken();
            if (state == SocketState.CLOSED) {
                refused = false;
                headSince = 0;
                if (token != null) {
                    token.httpUpgradeHandler().destroy();
                }
            }
        }
    }

    /** Whether a head takes too long: Tomcat's time-out starts anew with every byte. */
    private boolean isSlow(SocketState state) {
        if (state != SocketState.LONG || isAsync()) {
            headSince = 0;
            return false;
        }
        long now = System.nanoTime() | 1;
        if (headSince == 0) {
            headSince = now;
        }
        return now - headSince > longestHeadNanos;
    }

    /** Tomcat looks for an upgrade only where a request was answered at once. */
    @Override
    protected SocketState dispatchEndRequest() {
        SocketState state = super.dispatchEndRequest();
        return isUpgrade() ? SocketState.UPGRADING : state;
    }
}
