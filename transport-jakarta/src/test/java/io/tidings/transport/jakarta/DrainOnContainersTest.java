package io.tidings.transport.jakarta;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tidings.Connection;
import io.tidings.DrainResult;
import io.tidings.Endpoint;
import io.tidings.Hub;
import io.tidings.HubListener;
import io.tidings.auth.Authentication;
import io.tidings.auth.Identity;
import io.tidings.dialect.EventDialect;
import io.tidings.message.Address;
import io.tidings.message.CloseReason;
import io.tidings.message.Kinds;
import io.tidings.message.Message;
import io.tidings.message.UserKey;
import io.tidings.policy.HandshakeLimits;
import io.tidings.spi.Transport;
import io.tidings.testkit.ManualTime;
import io.tidings.testkit.SwarmClient;
import io.tidings.testkit.SwarmOptions;
import io.tidings.testkit.UpgradeRequest;
import io.tidings.transport.jakarta.HubOnContainersTest.Container;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A hub that sends its clients away, on real containers and sockets. */
class DrainOnContainersTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Map<String, Long> endedAt = new ConcurrentHashMap<>();

    /** Hub and clients have a while for every end, which a machine that stands still must not use up. */
    private final ManualTime time = new ManualTime();

    private Hub hub() {
        return Hub.builder()
                .endpoint(Endpoint.of("/api/v1/ws", EventDialect.standard()))
                .authenticator(token ->
                        CompletableFuture.completedFuture(new Authentication.Accepted(Identity.of(UserKey.of(token)))))
                // All of them come from one address.
                .handshakeLimits(HandshakeLimits.STANDARD.unlimited())
                .listener(new HubListener() {
                    @Override
                    public void disconnected(Connection connection, CloseReason reason, Duration lasted) {
                        endedAt.put(connection.user().user(), time.nanos());
                    }
                })
                .ticker(time)
                .scheduler(time)
                .build();
    }

    @ParameterizedTest
    @EnumSource
    @Tag("R36")
    void aDrainOfTwoThousandConnections_isPaced_andEveryClientGetsWhatWasQueued_andWhenToComeBack(Container container)
            throws Exception {
        int count = 2_000;
        int messages = 20;
        try (Hub hub = hub();
                Transport transport = container.transport(TransportOptions.builder()
                        .closeWait(Duration.ofSeconds(60))
                        .build());
                SwarmClient swarm = SwarmClient.open(SwarmOptions.DEFAULTS)) {
            InetSocketAddress at = transport.start(hub.acceptor());
            swarm.connect(count, i -> UpgradeRequest.to(uri(at, "u" + i)));
            swarm.awaitOpen(count, PATIENCE);
            swarm.awaitFrames(2L * count, PATIENCE);
            for (int i = 0; i < messages; i++) {
                hub.publish(Address.everyone(), seen(100));
            }
            long started = time.nanos();
            CompletableFuture<DrainResult> drained = hub.drain().toCompletableFuture();
            for (int step = 0; step < 20; step++) {
                passesAMoment();
            }
            until("told to leave", () -> endedAt.size() == count);
            long[] ends = endedAt.values().stream()
                    .mapToLong(nanos -> nanos - started)
                    .sorted()
                    .toArray();
            for (int i = 0; i < count; i++) {
                // 200 at once, 2,000 a second afterwards.
                long earliest = (i - 200L) * 500_000;
                assertTrue(ends[i] >= earliest, i + " connections were told to leave after " + ends[i] + " ns");
            }
            swarm.awaitClosed(count, PATIENCE);
            until("drained", () -> passesAMoment() && drained.isDone());
            DrainResult result = drained.join();
            assertEquals(count, result.closed(), result::toString);
            long[] tenths = new long[10];
            for (int i = 0; i < count; i++) {
                assertEquals(2 + messages, swarm.frames(i), "connection " + i);
                assertEquals(1012, swarm.closeCode(i), "connection " + i);
                String reason = swarm.closeReason(i);
                assertTrue(reason.matches("drain;delayMs=([0-9]{1,3}|1000)"), reason);
                tenths[Math.min(9, Integer.parseInt(reason.substring("drain;delayMs=".length())) / 100)]++;
            }
            for (long tenth : tenths) {
                assertEquals(count / 10, tenth, 80, "delays in a tenth of the second");
            }
            until("nothing left", () -> passesAMoment() && hub.stats().isEmpty());
        }
    }

    /** A tenth of a second of the hub's, in which every thread has as long to run as on a machine that does not stand still. */
    private boolean passesAMoment() {
        Duration moment = Duration.ofMillis(100);
        LockSupport.parkNanos(moment.toNanos());
        time.advance(moment);
        return true;
    }

    private static URI uri(InetSocketAddress at, String user) {
        return URI.create("ws://127.0.0.1:" + at.getPort() + "/api/v1/ws?token=" + user);
    }

    /** A message of about 15 bytes an id. */
    private static Message seen(int ids) {
        List<Long> many = new ArrayList<>();
        for (long id = 0; id < ids; id++) {
            many.add(100_000_000_000_000L + id);
        }
        return Message.of(Kinds.MESSAGE_SEEN)
                .set("messageIds", many)
                .set("seenBy", 1)
                .set("seenAt", Instant.EPOCH)
                .build();
    }

    private static void until(String what, BooleanSupplier condition) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < end, () -> "not in time: " + what);
            LockSupport.parkNanos(1_000_000);
        }
    }
}
