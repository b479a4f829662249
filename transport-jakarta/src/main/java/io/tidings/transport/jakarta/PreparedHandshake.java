package io.tidings.transport.jakarta;

import io.tidings.spi.Handshake;
import io.tidings.spi.TransportConnection;
import io.tidings.spi.TransportListener;
import jakarta.websocket.Session;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A handshake that was let through, on its way to the endpoint that opens. */
final class PreparedHandshake {

    /** Where it waits in the user properties of a session. */
    static final String PROPERTY = PreparedHandshake.class.getName();

    private final Claim claim;
    private final int maxInboundBytes;
    private final Function<Session, FrameSender> senders;

    /** Written by the thread that opens. */
    private volatile @Nullable TidingsEndpoint endpoint;

    PreparedHandshake(Handshake handshake, int maxInboundBytes, Function<Session, FrameSender> senders) {
        this.claim = new Claim(handshake);
        this.maxInboundBytes = maxInboundBytes;
        this.senders = senders;
    }

    /** How the session that comes of it sends. */
    FrameSender sender(Session session) {
        return senders.apply(session);
    }

    int maxInboundBytes() {
        return maxInboundBytes;
    }

    Claim claim() {
        return claim;
    }

    /** Opens, unless it was abandoned. */
    Optional<TransportListener> open(TidingsEndpoint opener, TransportConnection connection) {
        return open(connection, () -> endpoint = opener);
    }

    /** Opens without an endpoint of the container's, unless it was abandoned. */
    Optional<TransportListener> open(TransportConnection connection) {
        return open(connection, () -> {});
    }

    private Optional<TransportListener> open(TransportConnection connection, Runnable before) {
        Handshake taken = claim.take();
        if (taken == null) {
            return Optional.empty();
        }
        before.run();
        return Optional.of(taken.open(connection));
    }

    /** What has been opened; null until then. */
    @Nullable
    TidingsEndpoint endpoint() {
        return endpoint;
    }

    /** Opened or abandoned, whichever comes first; holds nothing of the handshake after that. Any thread. */
    static final class Claim {
        private final AtomicReference<@Nullable Handshake> handshake;

        private Claim(Handshake handshake) {
            this.handshake = new AtomicReference<>(handshake);
        }

        private @Nullable Handshake take() {
            return handshake.getAndSet(null);
        }

        /** Gives up, unless it was opened. Idempotent. */
        void abandon() {
            Handshake taken = take();
            if (taken != null) {
                taken.abandon();
            }
        }
    }
}
