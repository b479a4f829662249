package io.tidings.transport.jakarta;

import io.tidings.http.HttpErrors;
import io.tidings.http.HttpResponse;
import io.tidings.spi.Acceptor;
import io.tidings.spi.Handshake;
import io.tidings.spi.HandshakeRequest;
import jakarta.websocket.Session;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides on upgrades for the servers of this module, which can wait and have every HTTP status.
 *
 * <p><b>Threads.</b> Any.
 */
final class UpgradeGate {

    private static final Logger LOG = LoggerFactory.getLogger(UpgradeGate.class);

    private final Acceptor acceptor;

    /** Any thread; never set back. */
    private volatile boolean paused;

    UpgradeGate(Acceptor acceptor) {
        this.acceptor = acceptor;
    }

    /** Refuses all from now on. */
    void pause() {
        paused = true;
    }

    /** What comes of an upgrade: the way on, or the response that refuses it. Exactly one is there. */
    record Verdict(Optional<PreparedHandshake> passed, Optional<String> subprotocol, HttpResponse refusal) {
        private static Verdict refused(HttpResponse refusal) {
            return new Verdict(Optional.empty(), Optional.empty(), refusal);
        }
    }

    /**
     * Begins a handshake.
     *
     * @param senders how a session that comes of it sends
     * @return never fails; complete already unless the host chose to be waited for
     */
    CompletableFuture<Verdict> decide(HandshakeRequest request, Function<Session, FrameSender> senders) {
        Optional<HttpResponse> malformed = malformed(request);
        if (malformed.isPresent()) {
            return CompletableFuture.completedFuture(Verdict.refused(malformed.get()));
        }
        if (paused) {
            return CompletableFuture.completedFuture(Verdict.refused(refusal(503)));
        }
        Handshake handshake;
        try {
            handshake = acceptor.begin(request);
        } catch (RuntimeException failure) {
            LOG.error("Handshake failed path={}", request.path(), failure);
            return CompletableFuture.completedFuture(Verdict.refused(HttpErrors.internal()));
        }
        if (handshake.immediate() != Handshake.UPGRADE) {
            return CompletableFuture.completedFuture(
                    verdict(handshake, handshake.immediate(), request.path(), senders));
        }
        return handshake
                .decision()
                .handle((status, failure) ->
                        verdict(handshake, failure == null ? status : 500, request.path(), senders))
                .toCompletableFuture();
    }

    /** Begins a handshake of a connection that has no session, see {@link WireConnection}. */
    CompletableFuture<Verdict> decide(HandshakeRequest request) {
        return decide(request, PortableSender::new);
    }

    private Verdict verdict(Handshake handshake, int status, String path, Function<Session, FrameSender> senders) {
        if (status != Handshake.UPGRADE) {
            handshake.abandon();
            return Verdict.refused(refusal(status));
        }
        PreparedHandshake prepared = new PreparedHandshake(handshake, acceptor.maxInboundBytes(path), senders);
        return new Verdict(Optional.of(prepared), handshake.subprotocol(), HttpResponse.of(101));
    }

    /** RFC 6455 section 4.2.1: what every handshake has. The method and {@code Upgrade} were looked at before. */
    private static Optional<HttpResponse> malformed(HandshakeRequest request) {
        List<String> versions = request.headers("Sec-WebSocket-Version");
        if (versions.size() != 1 || !versions.get(0).strip().equals("13")) {
            return Optional.of(webSocketOnly());
        }
        List<String> keys = request.headers("Sec-WebSocket-Key");
        if (keys.size() != 1 || !isKey(keys.get(0)) || request.header("Host").isEmpty()) {
            return Optional.of(HttpErrors.invalid(null, "Not a WebSocket handshake"));
        }
        return Optional.empty();
    }

    private static boolean isKey(String text) {
        try {
            return Base64.getDecoder().decode(text.strip()).length == 16;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /** 426: the path speaks WebSocket of version 13, and the request does not ask for that. */
    static HttpResponse webSocketOnly() {
        return HttpResponse.text(426, "WebSocket version 13 only\n")
                .with("Upgrade", "websocket")
                .with("Sec-WebSocket-Version", "13");
    }

    /** 400: a request for WebSocket came with a body, or with what must wait for the answer. */
    static HttpResponse notAlone() {
        return HttpErrors.invalid(null, "Nothing may follow a WebSocket handshake before its answer");
    }

    private static HttpResponse refusal(int status) {
        return switch (status) {
            case 401 -> HttpErrors.unauthorized();
            case 403 -> HttpErrors.forbidden("Forbidden");
            // A second is long enough for a token of any rate to come back.
            case 429 -> HttpErrors.tooManyRequests(Duration.ofSeconds(1));
            case 500 -> HttpErrors.internal();
            case 503 -> HttpErrors.unavailable("Not now");
            default -> HttpResponse.of(status);
        };
    }

    /** Whether a request asks for WebSocket: both headers are lists of tokens, without regard to case. */
    static boolean isUpgrade(String method, List<String> upgrade, List<String> connection) {
        return method.equals("GET") && hasToken(upgrade, "websocket") && hasToken(connection, "upgrade");
    }

    private static boolean hasToken(List<String> values, String token) {
        for (String value : values) {
            for (String entry : value.split(",", -1)) {
                if (entry.strip().equalsIgnoreCase(token)) {
                    return true;
                }
            }
        }
        return false;
    }
}
