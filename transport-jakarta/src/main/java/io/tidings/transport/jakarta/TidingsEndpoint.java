package io.tidings.transport.jakarta;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.tidings.spi.TransportListener;
import jakarta.websocket.CloseReason;
import jakarta.websocket.Endpoint;
import jakarta.websocket.EndpointConfig;
import jakarta.websocket.MessageHandler;
import jakarta.websocket.PongMessage;
import jakarta.websocket.Session;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One session of a container. Public because containers make sure that an endpoint is; {@link JakartaEndpoints} is how to use it.
 *
 * <p>Messages are taken in parts, so that their size is the core's to judge. The container's own limits lie above and catch
 * only what would fill its memory.
 */
public final class TidingsEndpoint extends Endpoint {

    /** Room for what a container counts beside the message, and for messages that the core refuses with a word. */
    private static final int MARGIN_BYTES = 16 * 1024;

    private final Object lock = new Object();

    /** Written under {@link #lock}. */
    private volatile @Nullable TransportListener listener;

    /** What happened before there was a listener. */
    @GuardedBy("lock")
    private final Queue<Consumer<TransportListener>> early = new ArrayDeque<>();

    /** Whether a binary message has begun; touched by the container's reader only. */
    private boolean inBinary;

    private final AtomicBoolean ended = new AtomicBoolean();

    /** For containers; without effect unless they found it through {@link JakartaEndpoints}. */
    public TidingsEndpoint() {}

    /** The container's limit for an endpoint's limit. */
    static int containerLimit(int maxInboundBytes) {
        return (int) Math.min(Integer.MAX_VALUE, 2L * maxInboundBytes + MARGIN_BYTES);
    }

    @Override
    public void onOpen(Session session, EndpointConfig config) {
        Object found = session.getUserProperties().remove(PreparedHandshake.PROPERTY);
        if (!(found instanceof PreparedHandshake prepared)) {
            close(session);
            return;
        }
        // Zero means none too, but makes Tyrus schedule a task for every message.
        session.setMaxIdleTimeout(-1);
        int limit = containerLimit(prepared.maxInboundBytes());
        session.setMaxTextMessageBufferSize(limit);
        session.setMaxBinaryMessageBufferSize(limit);
        session.addMessageHandler(String.class, (MessageHandler.Partial<String>) this::text);
        session.addMessageHandler(ByteBuffer.class, (MessageHandler.Partial<ByteBuffer>) this::binary);
        session.addMessageHandler(PongMessage.class, (MessageHandler.Whole<PongMessage>) pong -> pong());
        Optional<TransportListener> opened =
                prepared.open(this, new JakartaConnection(session, prepared.sender(session)));
        if (opened.isEmpty()) {
            close(session);
        } else {
            listen(opened.get());
        }
    }

    @Override
    public void onClose(Session session, CloseReason reason) {
        ended(reason.getCloseCode().getCode(), reason.getReasonPhrase());
    }

    @Override
    public void onError(Session session, Throwable failure) {
        tell(to -> to.failed(failure));
    }

    /** The connection has ended; told once, whoever noticed. */
    void ended(int code, @Nullable String reason) {
        if (ended.compareAndSet(false, true)) {
            tell(to -> to.closed(code, reason));
        }
    }

    /** A message over the container's limit. */
    void tooLarge() {
        tell(TransportListener::tooLarge);
    }

    private void text(String part, boolean last) {
        TransportListener known = listener;
        if (known != null) {
            known.text(part, last);
        } else {
            tell(to -> to.text(part, last));
        }
    }

    private void binary(ByteBuffer part, boolean last) {
        if (!inBinary) {
            tell(TransportListener::binary);
        }
        inBinary = !last;
    }

    private void pong() {
        tell(TransportListener::pong);
    }

    private void tell(Consumer<TransportListener> what) {
        TransportListener known = listener;
        if (known == null) {
            synchronized (lock) {
                known = listener;
                if (known == null) {
                    early.add(what);
                    return;
                }
            }
        }
        what.accept(known);
    }

    /** Tells what happened while the handshake opened, and from now on at once. */
    private void listen(TransportListener opened) {
        while (true) {
            Consumer<TransportListener> missed;
            synchronized (lock) {
                missed = early.poll();
                if (missed == null) {
                    listener = opened;
                    return;
                }
            }
            missed.accept(opened);
        }
    }

    private static void close(Session session) {
        try {
            session.close(CloseReasons.sendable(1011, "not opened"));
        } catch (IOException | RuntimeException e) {
            // closed is what was wanted
        }
    }
}
