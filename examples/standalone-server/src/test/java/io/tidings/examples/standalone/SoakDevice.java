package io.tidings.examples.standalone;

import com.fasterxml.jackson.databind.JsonNode;
import io.tidings.testkit.FaultProxy;
import io.tidings.testkit.client.ClientListener;
import io.tidings.testkit.client.ClientMessage;
import io.tidings.testkit.client.TidingsClient;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/** One device behind a network of its own that fails. It keeps what it got, and leaves out what it was told again. */
final class SoakDevice implements AutoCloseable {

    final String user;
    private final String name;
    private final FaultProxy proxy;
    /** What must not happen at all. */
    final ConcurrentLinkedQueue<String> problems = new ConcurrentLinkedQueue<>();

    private final List<Integer> got = new ArrayList<>();

    /** What a process that was killed leaves behind: what it got. Guarded by {@link #got}. */
    private String last = "";

    private int repeats;

    private volatile int count;
    private volatile boolean connected;
    private volatile int connections;
    private volatile boolean holed;
    private TidingsClient client;

    SoakDevice(String user, String name, int port) {
        this.user = user;
        this.name = name;
        this.proxy = FaultProxy.to("127.0.0.1", port);
        this.client = begin();
    }

    private TidingsClient begin() {
        return TidingsClient.to(
                        URI.create("ws://127.0.0.1:" + proxy.port() + SoakNode.PATH),
                        () -> CompletableFuture.completedFuture(user))
                .device(name)
                .backoff(Duration.ofMillis(20), Duration.ofMillis(500))
                .connectTimeout(Duration.ofSeconds(10))
                .ackDelay(Duration.ofMillis(100))
                .listener(new Told())
                .start();
    }

    void upstream(int port) {
        proxy.upstream("127.0.0.1", port);
    }

    boolean isConnected() {
        return connected;
    }

    /** How many messages it has. */
    int count() {
        return count;
    }

    /** How often it was let in. */
    int connections() {
        return connections;
    }

    /** How many came again; the client's own count, and what came to a process after the one before was killed. */
    long repeats() {
        synchronized (got) {
            return repeats + client.duplicates();
        }
    }

    List<Integer> got() {
        synchronized (got) {
            return List.copyOf(got);
        }
    }

    /** Both ends see a reset. */
    void reset() {
        connected = false;
        proxy.cut();
    }

    /** Neither end sees anything, until the client gives up. */
    void halfOpen() {
        connected = false;
        holed = true;
        proxy.eachWay(flow -> flow.blackhole(true));
    }

    /** The process dies, and the next one knows the device's name but not what it had. */
    void kill() {
        connected = false;
        client.abort();
        client.stopped().toCompletableFuture().join();
        synchronized (got) {
            repeats += (int) client.duplicates();
        }
        client = begin();
    }

    @Override
    public void close() {
        client.close();
        client.stopped().toCompletableFuture().join();
        proxy.close();
    }

    @Override
    public String toString() {
        return user + '/' + name;
    }

    private final class Told implements ClientListener {
        @Override
        public void connected(JsonNode body) {
            connections++; // the client's thread only
            connected = true;
        }

        @Override
        public void message(ClientMessage message) {
            String id = message.id();
            synchronized (got) {
                if (id == null || id.compareTo(last) <= 0) {
                    repeats++;
                    return;
                }
                last = id;
                got.add(message.body().path("id").asInt());
                count = got.size();
            }
        }

        @Override
        public void gap(String from, String to, String reason) {
            problems.add("gap from " + from + " to " + to + ": " + reason);
        }

        @Override
        public void error(String code, String message) {
            problems.add("error " + code + ": " + message);
        }

        @Override
        public void failed(RuntimeException failure) {
            problems.add(failure.toString());
        }

        @Override
        public void disconnected(int code, String reason, @Nullable Duration retryIn) {
            connected = false;
            if (retryIn == null && code != 1000 && !reason.equals("aborted")) {
                problems.add("stopped with " + code + ' ' + reason);
            }
            if (holed) {
                holed = false;
                proxy.eachWay(flow -> flow.heal());
            }
        }
    }
}
