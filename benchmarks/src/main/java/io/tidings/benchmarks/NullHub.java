package io.tidings.benchmarks;

import io.tidings.Endpoint;
import io.tidings.Hub;
import io.tidings.auth.Authentication;
import io.tidings.auth.Identity;
import io.tidings.dialect.EventDialect;
import io.tidings.dialect.Frame;
import io.tidings.message.Address;
import io.tidings.message.Kinds;
import io.tidings.message.Message;
import io.tidings.message.UserKey;
import io.tidings.policy.HandshakeLimits;
import io.tidings.spi.HandshakeRequest;
import io.tidings.spi.TransportConnection;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;

/** A hub whose connections write to nowhere and whose only lane is the calling thread. */
final class NullHub implements AutoCloseable {

    private final OneThread lane = new OneThread();
    private final Message message = Message.of(Kinds.MESSAGE_SEEN)
            .set("messageIds", List.of(1, 2, 3))
            .set("seenBy", 7)
            .set("seenAt", Instant.EPOCH)
            .build();
    private final Hub hub;
    private long written;

    NullHub(int connections) {
        AtomicInteger users = new AtomicInteger();
        hub = Hub.builder()
                .endpoint(Endpoint.of("/ws", EventDialect.standard()))
                .authenticator(token -> CompletableFuture.completedFuture(new Authentication.Accepted(
                        Identity.of(UserKey.of(Integer.toString(users.incrementAndGet()))))))
                .scheduler((delay, task) -> () -> {})
                .executor(lane)
                .lanes(List.of(lane))
                .handshakeLimits(HandshakeLimits.STANDARD.unlimited())
                .build();
        for (int i = 0; i < connections; i++) {
            hub.acceptor().begin(new Asked()).open(new Nowhere());
        }
        lane.run();
    }

    /** One fan-out to every connection, written before it returns. */
    void publish() {
        hub.publish(Address.everyone(), message);
        lane.run();
    }

    /** How many frames have been written so far. */
    long written() {
        return written;
    }

    @Override
    public void close() {
        hub.close();
        lane.run();
    }

    private final class Nowhere implements TransportConnection {
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
            return lane;
        }
    }

    private static final class OneThread implements Executor {
        private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();

        @Override
        public void execute(Runnable task) {
            tasks.add(task);
        }

        void run() {
            for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
                task.run();
            }
        }
    }

    private static final class Asked implements HandshakeRequest {
        @Override
        public String path() {
            return "/ws";
        }

        @Override
        public String query() {
            return "token=any";
        }

        @Override
        public Optional<String> header(String name) {
            return Optional.empty();
        }

        @Override
        public List<String> subprotocols() {
            return List.of();
        }

        @Override
        public String remoteAddress() {
            return "127.0.0.1";
        }
    }
}
