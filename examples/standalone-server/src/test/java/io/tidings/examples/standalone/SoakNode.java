package io.tidings.examples.standalone;

import io.tidings.Endpoint;
import io.tidings.Hub;
import io.tidings.auth.Authentication;
import io.tidings.auth.Identity;
import io.tidings.dialect.EventDialect;
import io.tidings.mailbox.Mailbox;
import io.tidings.message.Kinds;
import io.tidings.message.Message;
import io.tidings.message.UserKey;
import io.tidings.policy.ConnectionLimits;
import io.tidings.policy.DrainPolicy;
import io.tidings.policy.HandshakeLimits;
import io.tidings.policy.Heartbeat;
import io.tidings.policy.HeartbeatPolicy;
import io.tidings.policy.QueueLimits;
import io.tidings.policy.RateLimits;
import io.tidings.spi.Transport;
import io.tidings.transport.jakarta.TransportOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** One life of a server whose limits are raised. A token is a user's name. */
final class SoakNode {

    static final String PATH = "/ws";

    private static final Instant SOME_TIME = Instant.parse("2024-01-15T10:30:00Z");

    final Hub hub;
    final int port;
    private final Transport transport;

    private SoakNode(Hub hub, Transport transport) throws IOException {
        this.hub = hub;
        this.transport = transport;
        this.port = transport.start(hub.acceptor()).getPort();
    }

    /** Finds silent connections within 2.5 s. */
    static final Heartbeat FAST = new Heartbeat(
            HeartbeatPolicy.Probe.FRAME, Duration.ofMillis(500), Duration.ofSeconds(2), Heartbeat.Since.PROBE);

    static SoakNode start(Container container, Mailbox mailbox, Heartbeat heartbeat) {
        EventDialect dialect = EventDialect.standard();
        Hub hub = Hub.builder()
                .endpoint(Endpoint.of(PATH, dialect).withPolicy(dialect.policy().withHeartbeat(heartbeat)))
                .authenticator(token ->
                        CompletableFuture.completedFuture(new Authentication.Accepted(Identity.of(UserKey.of(token)))))
                .mailbox(mailbox)
                .connectionLimits(new ConnectionLimits(100, ConnectionLimits.TooMany.CLOSE_OLDEST))
                .handshakeLimits(HandshakeLimits.STANDARD.unlimited())
                .queueLimits(QueueLimits.STANDARD.withWriteTimeout(Duration.ofMinutes(1)))
                .rateLimits(RateLimits.NONE)
                .drainPolicy(DrainPolicy.STANDARD.withDeadline(Duration.ofSeconds(5)))
                .build();
        try {
            return new SoakNode(
                    hub, container.transport(TransportOptions.builder().build()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Sends its clients away and stops. */
    void stop() throws Exception {
        transport.pause();
        closeHub();
        transport.close();
    }

    /** Goes without a word: every socket ends first. */
    void crash() throws Exception {
        transport.close();
        closeHub();
    }

    private void closeHub() throws Exception {
        hub.close();
        hub.closed().toCompletableFuture().get(60, TimeUnit.SECONDS);
    }

    static Message message(int number) {
        return message(number, "message " + number);
    }

    static Message message(int number, String content) {
        return Message.of(Kinds.MESSAGE_NEW)
                .set("id", number)
                .set("senderId", 7)
                .set("receiverId", 123)
                .set("content", content)
                .set("createdAt", SOME_TIME)
                .set("seen", false)
                .build();
    }
}
