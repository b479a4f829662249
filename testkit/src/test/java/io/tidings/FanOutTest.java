package io.tidings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.tidings.auth.Authentication;
import io.tidings.auth.Identity;
import io.tidings.dialect.Dialect;
import io.tidings.dialect.EnvelopeDialect;
import io.tidings.dialect.EventDialect;
import io.tidings.dialect.Frame;
import io.tidings.dialect.FrameTemplate;
import io.tidings.dialect.Inbound;
import io.tidings.dialect.Outbound;
import io.tidings.message.Address;
import io.tidings.message.Message;
import io.tidings.message.UserKey;
import io.tidings.policy.ConnectionPolicy;
import io.tidings.policy.HandshakeLimits;
import io.tidings.spi.TransportConnection;
import io.tidings.testkit.ManualTime;
import java.lang.management.ManagementFactory;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What a fan-out costs: one encoding a dialect, nothing allocated a recipient. */
class FanOutTest {

    /** Counts the encodings of messages that hosts send. */
    private record Counting(Dialect dialect, AtomicInteger encodings) implements Dialect {

        @Override
        public String name() {
            return dialect.name();
        }

        @Override
        public ConnectionPolicy policy() {
            return dialect.policy();
        }

        @Override
        public Optional<FrameTemplate> encode(Message message) {
            if (message.kind().startsWith("message.")) {
                encodings.incrementAndGet();
            }
            return dialect.encode(message);
        }

        @Override
        public Inbound decode(String text) {
            return dialect.decode(text);
        }

        @Override
        public Outbound read(String text) {
            return dialect.read(text);
        }
    }

    @Test
    @Tag("R33")
    void frame_isEncodedOncePerDialect_forAnyNumberOfConnections() {
        Counting event = new Counting(EventDialect.standard(), new AtomicInteger());
        Counting envelope = new Counting(EnvelopeDialect.standard(), new AtomicInteger());
        try (HubFixture fixture = new HubFixture(
                Endpoint.of(HubFixture.EVENT, event), Endpoint.of(HubFixture.ENVELOPE, envelope), builder -> builder)) {
            for (int i = 0; i < 20; i++) {
                fixture.event(Integer.toString(i % 5));
                fixture.envelope(Integer.toString(i % 5));
            }
            fixture.hub.publish(Address.everyone(), HubFixture.seen(1));
            fixture.time.runUntilQuiet();
            assertEquals(List.of(1, 1), List.of(event.encodings.get(), envelope.encodings.get()));
            fixture.hub.publish(Address.user(UserKey.of(1)), HubFixture.seen(2));
            fixture.time.runUntilQuiet();
            assertEquals(List.of(2, 2), List.of(event.encodings.get(), envelope.encodings.get()));
            fixture.send("1", 3);
            assertEquals(List.of(3, 3), List.of(event.encodings.get(), envelope.encodings.get()));
            fixture.send("nobody", 4);
            assertEquals(List.of(3, 3), List.of(event.encodings.get(), envelope.encodings.get()));
        }
    }

    @Test
    @Tag("R33")
    void fanOut_allocatesNothingARecipient() {
        long few = bytesAFanOut(1_000);
        long many = bytesAFanOut(3_000);
        assertTrue(many - few < 500, few + " bytes for 1,000 recipients, " + many + " for 3,000");
    }

    /** The least of several rounds, because a compiler that works beside the test can only add. */
    private static long bytesAFanOut(int connections) {
        Nowhere lane = new Nowhere();
        ManualTime time = new ManualTime();
        AtomicInteger users = new AtomicInteger();
        Hub hub = Hub.builder()
                .endpoint(Endpoint.of("/ws", EventDialect.standard()))
                .authenticator(token -> CompletableFuture.completedFuture(
                        new Authentication.Accepted(Identity.of(UserKey.of(users.incrementAndGet())))))
                .scheduler(time)
                .ticker(time)
                .executor(lane)
                .lanes(List.of(lane))
                .handshakeLimits(HandshakeLimits.STANDARD.unlimited())
                .build();
        for (int i = 0; i < connections; i++) {
            hub.acceptor()
                    .begin(new WordRequest("/ws", "token=any", Map.of(), List.of(), WordRequest.REMOTE))
                    .open(lane.connection());
        }
        lane.run();
        Message message = HubFixture.seen(1);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long least = Long.MAX_VALUE;
        for (int round = 0; round < 50; round++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < 10; i++) {
                hub.publish(Address.everyone(), message);
                lane.run();
            }
            least = Math.min(least, (threads.getCurrentThreadAllocatedBytes() - before) / 10);
        }
        assertEquals(connections * 500L, lane.written - 2L * connections);
        return least;
    }

    /** A lane that the test runs, and connections on it that write to nowhere. */
    private static final class Nowhere implements Executor {
        private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
        private long written;

        @Override
        public void execute(Runnable task) {
            tasks.add(task);
        }

        void run() {
            for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
                task.run();
            }
        }

        TransportConnection connection() {
            return new TransportConnection() {
                @Override
                public void write(Frame[] frames, int count, WriteCallback callback) {
                    written += count;
                    callback.written(null);
                }

                @Override
                public void ping() {}

                @Override
                public void close(int code, String reason) {}

                @Override
                public void abort() {}

                @Override
                public Executor lane() {
                    return Nowhere.this;
                }
            };
        }
    }
}
