package io.tidings.transport.jakarta;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tidings.Connection;
import io.tidings.Endpoint;
import io.tidings.Hub;
import io.tidings.HubBuilder;
import io.tidings.HubListener;
import io.tidings.auth.Authentication;
import io.tidings.auth.Identity;
import io.tidings.dialect.EnvelopeDialect;
import io.tidings.dialect.EventDialect;
import io.tidings.message.Address;
import io.tidings.message.CloseReason;
import io.tidings.message.Kinds;
import io.tidings.message.Message;
import io.tidings.message.UserKey;
import io.tidings.policy.HandshakeLimits;
import io.tidings.policy.QueueLimits;
import io.tidings.spi.Transport;
import io.tidings.testkit.ManualTime;
import io.tidings.testkit.SwarmClient;
import io.tidings.testkit.SwarmOptions;
import io.tidings.testkit.UpgradeRequest;
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
import java.util.function.Function;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Whole hubs on real containers and sockets: one bad client costs only itself, and nothing is left of any. */
class HubOnContainersTest {

    enum Container {
        TYRUS(TyrusTransport::new),
        TOMCAT(TomcatTransport::new),
        JETTY(JettyTransport::new),
        UNDERTOW(UndertowTransport::new);

        private final Function<TransportOptions, Transport> transport;

        Container(Function<TransportOptions, Transport> transport) {
            this.transport = transport;
        }

        Transport transport(TransportOptions options) {
            return transport.apply(options);
        }
    }

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int CONNECTIONS = 1_000;
    private static final int MESSAGES = 1_000;
    private static final int AT_ONCE = 50;

    /**
     * Of 10,000 users the mailboxes in memory keep about 1 KiB each, on purpose. Their connections, were they kept, would be
     * several times as much.
     */
    private static final long MOST_LEFT_BYTES = 24L * 1024 * 1024;

    private final Map<String, CloseReason> ended = new ConcurrentHashMap<>();

    private HubBuilder hub(QueueLimits limits) {
        return Hub.builder()
                .endpoint(Endpoint.of("/api/v1/ws", EventDialect.standard()))
                .endpoint(Endpoint.of("/notification/ws", EnvelopeDialect.standard()))
                .authenticator(token ->
                        CompletableFuture.completedFuture(new Authentication.Accepted(Identity.of(UserKey.of(token)))))
                .queueLimits(limits)
                // All of them come from one address.
                .handshakeLimits(HandshakeLimits.STANDARD.unlimited())
                .listener(new HubListener() {
                    @Override
                    public void disconnected(Connection connection, CloseReason reason, Duration lasted) {
                        ended.put(connection.user().user(), reason);
                    }
                });
    }

    @ParameterizedTest
    @EnumSource
    @Tag("R33")
    @Tag("R35")
    void aClientThatNeverReads_costsAtMostItsLimit_isClosed_andTheOthersGetEverything(Container container)
            throws Exception {
        QueueLimits limits = QueueLimits.STANDARD.withWriteTimeout(Duration.ofSeconds(2));
        // Everybody's writes have that time; a machine that stands still must not use it up.
        ManualTime time = new ManualTime();
        try (Hub hub = hub(limits).ticker(time).scheduler(time).build();
                Transport transport = container.transport.apply(TransportOptions.defaults());
                SwarmClient swarm = SwarmClient.open(
                        SwarmOptions.builder().receiveBufferBytes(8_192).build())) {
            InetSocketAddress at = transport.start(hub.acceptor());
            swarm.connect(CONNECTIONS, i -> UpgradeRequest.to(uri(at, "u" + i)));
            swarm.awaitOpen(CONNECTIONS, PATIENCE);
            // connected and delivery:live
            swarm.awaitFrames(2L * CONNECTIONS, PATIENCE);
            swarm.pauseReading(0);
            Connection stalled = hub.connections(UserKey.of("u0")).get(0);
            Message large = seen(500);
            long most = 0;
            for (int sent = 0; sent < MESSAGES; sent += AT_ONCE) {
                for (int i = 0; i < AT_ONCE; i++) {
                    hub.publish(Address.everyone(), seen(40));
                    for (int j = 0; j < 10; j++) {
                        hub.publish(Address.connection(stalled.id()), large);
                    }
                }
                long expected = (2L + sent + AT_ONCE) * (CONNECTIONS - 1);
                until("the others have " + expected, () -> othersFrames(swarm) >= expected);
                // What the others have read is told to the hub a moment later.
                until("only the stalled one's is left", () -> hub.stats().queuedBytes() <= limits.maxBytes());
                most = Math.max(most, hub.stats().queuedBytes());
            }
            assertTrue(most > limits.maxBytes() / 2, "was not stalled: queued " + most);
            until("closed", () -> passesAMoment(time) && ended.containsKey("u0"));
            assertEquals(CloseReason.WRITE_TIMEOUT, ended.get("u0"));
            assertEquals(CONNECTIONS - 1, hub.stats().connections());
            for (int i = 1; i < CONNECTIONS; i++) {
                assertEquals(MESSAGES + 2, swarm.frames(i), "connection " + i);
            }
            swarm.resetAll();
            until("nothing left", () -> passesAMoment(time) && hub.stats().isEmpty());
            assertEquals(CONNECTIONS, ended.size());
        }
    }

    @ParameterizedTest
    @EnumSource
    @Tag("R35")
    @Timeout(240)
    void tenThousandConnections_openedAndCut_leaveNothing(Container container) throws Exception {
        assertNothingLeft(container, 1, 10_000);
    }

    @ParameterizedTest
    @EnumSource
    @Tag("R35")
    @Timeout(1800)
    @EnabledIfSystemProperty(named = "tidings.long", matches = "true")
    void hundredThousandConnections_openedAndCut_leaveNothing(Container container) throws Exception {
        assertNothingLeft(container, 10, 10_000);
    }

    /** A first few connections load what stays; what the others leave in the heap must be next to nothing. */
    private void assertNothingLeft(Container container, int times, int count) throws Exception {
        try (Hub hub = hub(QueueLimits.STANDARD).build();
                Transport transport = container.transport.apply(TransportOptions.defaults())) {
            InetSocketAddress at = transport.start(hub.acceptor());
            openAndCut(hub, at, 200);
            long before = heap();
            for (int i = 0; i < times; i++) {
                ended.clear();
                openAndCut(hub, at, count);
            }
            ended.clear();
            until("the heap as before, was " + before, () -> heap() < before + MOST_LEFT_BYTES);
        }
    }

    private void openAndCut(Hub hub, InetSocketAddress at, int count) throws Exception {
        Process clients = SwarmChild.start(at.getPort(), count);
        try {
            until("all open", () -> hub.stats().connections() == count || !clients.isAlive(), 120);
            assertEquals(count, hub.stats().connections());
            hub.publish(Address.everyone(), seen(10));
        } finally {
            clients.destroyForcibly();
        }
        until("nothing left", () -> hub.stats().isEmpty(), 60);
        until("all told", () -> ended.size() == count, 60);
    }

    /** A tenth of a second of the hub's, in which every thread has as long to run as on a machine that does not stand still. */
    private static boolean passesAMoment(ManualTime time) {
        Duration moment = Duration.ofMillis(100);
        LockSupport.parkNanos(moment.toNanos());
        time.advance(moment);
        return true;
    }

    private static long heap() {
        System.gc();
        Runtime runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }

    private static long othersFrames(SwarmClient swarm) {
        return swarm.frames() - swarm.frames(0);
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
        until(what, condition, PATIENCE.toSeconds());
    }

    private static void until(String what, BooleanSupplier condition, long seconds) {
        long end = System.nanoTime() + Duration.ofSeconds(seconds).toNanos();
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < end, () -> "not in time: " + what);
            LockSupport.parkNanos(1_000_000);
        }
    }
}
