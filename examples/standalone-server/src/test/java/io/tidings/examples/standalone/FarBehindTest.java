package io.tidings.examples.standalone;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.tidings.HubStats;
import io.tidings.SendResult;
import io.tidings.inmemory.InMemoryMailbox;
import io.tidings.message.UserKey;
import io.tidings.policy.Heartbeat;
import io.tidings.policy.HeartbeatPolicy;
import io.tidings.policy.QueueLimits;
import io.tidings.testkit.client.ClientListener;
import io.tidings.testkit.client.ClientMessage;
import io.tidings.testkit.client.TidingsClient;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Somebody who comes back after very many messages, over real sockets: it costs its own queue's bound, and nobody else anything. */
class FarBehindTest {

    private static final int BEHIND = 50_000;
    private static final int OTHERS = 20;
    private static final int ROUNDS = 50;
    private static final int AT_ONCE = 1_000;
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String FAR = "far";
    /** Who reads nothing does not see a ping either, and is not to be found out. */
    private static final Heartbeat DAILY = new Heartbeat(
            HeartbeatPolicy.Probe.FRAME, Duration.ofDays(1), Duration.ofSeconds(10), Heartbeat.Since.PROBE);

    /** Pages are read while the queue is less than half full. */
    private static final int FULL = QueueLimits.STANDARD.maxBytes() / 4;

    /** So long that 50,000 of them do not fit into what the kernel and the client hold. */
    private static final String CONTENT = "x".repeat(800);

    private final InMemoryMailbox memory = InMemoryMailbox.builder()
            .maxPerUser(BEHIND + ROUNDS)
            .maxMessages(10L * BEHIND)
            .maxBytes(1L << 30)
            .build();

    /** One client, and what it got. */
    private static final class Receiver implements ClientListener {
        final TidingsClient client;
        final ConcurrentLinkedQueue<String> problems = new ConcurrentLinkedQueue<>();
        /** The client's thread only. */
        private int next;

        volatile int count;
        volatile int pauseAt;
        volatile boolean live;
        volatile int connections;

        Receiver(SoakNode node, String user, int pauseAt) {
            this.pauseAt = pauseAt;
            client = TidingsClient.to(
                            URI.create("ws://127.0.0.1:" + node.port + SoakNode.PATH),
                            () -> CompletableFuture.completedFuture(user))
                    .listener(this)
                    .start();
        }

        @Override
        public void connected(JsonNode body) {
            connections++;
        }

        @Override
        public void message(ClientMessage message) {
            int number = message.body().path("id").asInt();
            if (number != next) {
                problems.add("expected " + next + ", got " + number);
            }
            next = number + 1;
            count = next;
            if (next == pauseAt) {
                client.pause();
            }
        }

        @Override
        public void live(String lastMessageId) {
            live = true;
        }

        @Override
        public void gap(String from, String to, String reason) {
            problems.add("gap: " + reason);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"TYRUS", "JETTY"})
    @Tag("R33")
    @Tag("R42")
    @Tag("R43")
    @Timeout(180)
    void aClient50_000Behind_getsAllInOrder_boundsItsQueue_andDelaysNobody(Container container) throws Exception {
        SoakNode node = SoakNode.start(container, memory, DAILY);
        List<Receiver> others = new ArrayList<>();
        Receiver far = null;
        try {
            for (int from = 0; from < BEHIND; from += AT_ONCE) {
                send(node, FAR, from, AT_ONCE);
            }
            for (int i = 0; i < OTHERS; i++) {
                others.add(new Receiver(node, "o" + i, -1));
            }
            until("the others are live", () -> others.stream().allMatch(other -> other.live));
            far = new Receiver(node, FAR, BEHIND / 10);
            Receiver behind = far;

            // It reads nothing: its queue fills up to the bound and no further, and the others get what is theirs.
            until("it stopped reading", () -> behind.count >= BEHIND / 10);
            until("its queue is full", () -> node.hub.stats().queuedBytes() >= FULL);
            long most = rounds(node, others, 0, ROUNDS / 2, behind, false);
            assertTrue(most >= FULL, "was not stalled: queued " + most);
            assertTrue(behind.count <= BEHIND / 10 + 1, "it reads on: " + behind.count);

            // It reads as fast as it can, and the others still get what is theirs long before it is through.
            behind.client.resume();
            rounds(node, others, ROUNDS / 2, ROUNDS, behind, true);
            send(node, FAR, BEHIND, ROUNDS);
            until("it has everything", () -> behind.count == BEHIND + ROUNDS && behind.live);
            assertEquals(List.of(), List.copyOf(behind.problems));
            for (Receiver other : others) {
                assertEquals(List.of(), List.copyOf(other.problems));
                assertEquals(ROUNDS, other.count);
                assertEquals(1, other.connections);
            }
            assertEquals(1, behind.connections);
        } finally {
            others.forEach(other -> other.client.close());
            if (far != null) {
                far.client.close();
            }
            node.stop();
        }
    }

    /**
     * Sends one message to each of the others, waits until all have it, and so on.
     *
     * @return the most bytes that the hub queued, over all connections
     */
    private static long rounds(
            SoakNode node, List<Receiver> others, int from, int to, Receiver behind, boolean overtaken)
            throws Exception {
        QueueLimits limits = QueueLimits.STANDARD;
        long most = 0;
        for (int round = from; round < to; round++) {
            int number = round;
            int before = behind.count;
            for (int i = 0; i < others.size(); i++) {
                send(node, "o" + i, number, 1);
            }
            until("the others have round " + round, () -> others.stream().allMatch(other -> other.count == number + 1));
            // What all others have is not queued any more, or being written still.
            HubStats stats = node.hub.stats();
            most = Math.max(most, stats.queuedBytes());
            assertTrue(stats.queuedFrames() <= limits.maxFrames() + others.size(), () -> "queued " + stats);
            assertTrue(stats.queuedBytes() <= limits.maxBytes(), () -> "queued " + stats);
            int meanwhile = behind.count - before;
            assertTrue(
                    !overtaken || meanwhile <= BEHIND / 4,
                    () -> "the others waited while it got " + meanwhile + " messages");
        }
        return most;
    }

    private static void send(SoakNode node, String user, int from, int count) throws Exception {
        List<CompletableFuture<SendResult>> sent = new ArrayList<>();
        for (int i = from; i < from + count; i++) {
            sent.add(node.hub
                    .send(UserKey.of(user), SoakNode.message(i, CONTENT))
                    .toCompletableFuture());
        }
        for (CompletableFuture<SendResult> one : sent) {
            SendResult result = one.get(60, TimeUnit.SECONDS);
            assertTrue(result instanceof SendResult.Accepted, result::toString);
        }
    }

    private static void until(String what, BooleanSupplier condition) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < end, () -> "not in time: " + what);
            LockSupport.parkNanos(1_000_000);
        }
    }
}
