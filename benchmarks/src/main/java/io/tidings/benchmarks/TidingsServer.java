package io.tidings.benchmarks;

import io.tidings.Endpoint;
import io.tidings.Hub;
import io.tidings.auth.Authentication;
import io.tidings.auth.Identity;
import io.tidings.dialect.EventDialect;
import io.tidings.message.Address;
import io.tidings.message.Field;
import io.tidings.message.FieldType;
import io.tidings.message.Kind;
import io.tidings.message.Message;
import io.tidings.message.UserKey;
import io.tidings.policy.HandshakeLimits;
import io.tidings.policy.Heartbeat;
import io.tidings.spi.Transport;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A hub on one of the library's transports. Every connection is a user of its own; a broadcast is a transient message to
 * everyone, whose whole frame has as many characters as a bare loop's text.
 */
final class TidingsServer implements BenchServer {

    private static final Kind TEXT = Kind.of("bench.text", Field.of("t", FieldType.TEXT));
    /** What the dialect puts around the text. */
    private static final int AROUND = "{\"type\":\"b\",\"data\":{\"t\":\"\"},\"id\":\"\"}".length() + 21;

    private final Transport transport;
    private final Hub hub;

    TidingsServer(Transport transport) {
        this.transport = transport;
        EventDialect dialect = EventDialect.builder().outbound(TEXT, "b").build();
        AtomicInteger users = new AtomicInteger();
        this.hub = Hub.builder()
                .endpoint(Endpoint.of("/bench", dialect)
                        .withPolicy(dialect.policy().withHeartbeat(Heartbeat.protocol())))
                .authenticator(token -> CompletableFuture.completedFuture(new Authentication.Accepted(
                        Identity.of(UserKey.of(Integer.toString(users.incrementAndGet()))))))
                .handshakeLimits(HandshakeLimits.STANDARD.unlimited())
                .build();
    }

    @Override
    public int start() throws Exception {
        return transport.start(hub.acceptor()).getPort();
    }

    @Override
    public void broadcast(String text) {
        hub.publish(
                Address.everyone(),
                Message.of(TEXT)
                        .set("t", text.substring(0, text.length() - AROUND))
                        .build());
    }

    @Override
    public void stop() {
        hub.close();
        transport.close();
    }

    @Override
    public String path() {
        return "/bench?token=any";
    }
}
