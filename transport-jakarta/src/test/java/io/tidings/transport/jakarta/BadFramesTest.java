package io.tidings.transport.jakarta;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.tidings.Connection;
import io.tidings.Endpoint;
import io.tidings.Hub;
import io.tidings.HubListener;
import io.tidings.Reply;
import io.tidings.Request;
import io.tidings.auth.Authentication;
import io.tidings.auth.Identity;
import io.tidings.dialect.EnvelopeDialect;
import io.tidings.dialect.EventDialect;
import io.tidings.message.Address;
import io.tidings.message.Kinds;
import io.tidings.message.Message;
import io.tidings.message.UserKey;
import io.tidings.policy.HandshakeLimits;
import io.tidings.spi.Transport;
import io.tidings.spi.TransportListener;
import io.tidings.testkit.ManualTime;
import io.tidings.testkit.RawWebSocketClient;
import io.tidings.testkit.Received;
import io.tidings.transport.jakarta.HubOnContainersTest.Container;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Two thousand frames that no client should send, on every container: each costs its sender alone, as the documents say. */
@Tag("R51")
@Tag("R35")
class BadFramesTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final JsonMapper JSON = new JsonMapper();

    /** Of each kind, in each dialect. */
    private static final int EACH = 25;

    /** Below what closes a connection, and above what could be chance. */
    private static final int IN_A_ROW = 5;

    /** Invalid frames count against their user's budget, so each connection has one of its own. */
    private int users;

    /** Stands still, so that nobody is late with a pong. */
    private final ManualTime time = new ManualTime();

    private final Queue<String> requests = new ConcurrentLinkedQueue<>();
    private final Queue<String> thrown = new ConcurrentLinkedQueue<>();

    private Hub hub() {
        return Hub.builder()
                .ticker(time)
                .scheduler(time)
                .handshakeLimits(HandshakeLimits.STANDARD.unlimited())
                .endpoint(Endpoint.of("/api/v1/ws", EventDialect.standard()))
                .endpoint(Endpoint.of("/notification/ws", EnvelopeDialect.standard()))
                .authenticator(token ->
                        CompletableFuture.completedFuture(new Authentication.Accepted(Identity.of(UserKey.of(token)))))
                .listener(new HubListener() {
                    @Override
                    public CompletionStage<Reply> request(Connection connection, Request request) {
                        requests.add(request.kind());
                        return CompletableFuture.completedFuture(new Reply.Done(null));
                    }
                })
                .build();
    }

    @ParameterizedTest
    @EnumSource
    @Timeout(240)
    void twoThousandBadFrames_areAnsweredAsDocumented_andCostNobodyElse(Container container) throws Exception {
        assertTrue(BadFrame.values().length >= 30);
        assertTrue(BadFrame.values().length * EACH * 2 >= 2_000);
        Thread.UncaughtExceptionHandler before = Thread.getDefaultUncaughtExceptionHandler();
        Thread.setDefaultUncaughtExceptionHandler((thread, failure) -> thrown.add(thread.getName() + ": " + failure));
        try (Hub hub = hub();
                Transport transport = watched(container.transport(TransportOptions.defaults()))) {
            InetSocketAddress at = transport.start(hub.acceptor());
            try (RawWebSocketClient event = open(at, new BadFrame.Words(false), "bystander");
                    RawWebSocketClient envelope = open(at, new BadFrame.Words(true), "bystander")) {
                List<String> problems = new ArrayList<>();
                long seed = 20_000;
                for (BadFrame kind : BadFrame.values()) {
                    for (boolean dialect : new boolean[] {false, true}) {
                        BadFrame.Words words = new BadFrame.Words(dialect);
                        try {
                            send(at, kind, words, seed++);
                        } catch (AssertionError wrong) {
                            problems.add(kind + " in " + words + ": " + wrong.getMessage());
                        }
                    }
                    hub.publish(
                            Address.user(UserKey.of("bystander")),
                            Message.of(Kinds.UNREAD_COUNT)
                                    .set("count", kind.ordinal())
                                    .build());
                    assertEquals(
                            kind.ordinal(),
                            read(event).path("data").path("count").asInt());
                    assertEquals(
                            kind.ordinal(),
                            read(envelope).path("payload").path("count").asInt());
                }
                assertEquals("", String.join("\n", problems));
                assertEquals(2, hub.connections(UserKey.of("bystander")).size());
            }
            until(() -> {
                time.advance(Duration.ofMillis(100));
                return hub.stats().isEmpty();
            });
            assertEquals(List.of(), List.copyOf(thrown));
            assertEquals(List.of(), List.copyOf(requests));
        } finally {
            Thread.setDefaultUncaughtExceptionHandler(before);
        }
    }

    /** Notes what the hub throws at a transport. */
    private Transport watched(Transport transport) {
        return new WrappedTransport(transport) {
            @Override
            TransportListener wrap(TransportListener listener) {
                return (TransportListener) Proxy.newProxyInstance(
                        getClass().getClassLoader(),
                        new Class<?>[] {TransportListener.class},
                        (proxy, method, args) -> {
                            try {
                                return method.invoke(listener, args);
                            } catch (InvocationTargetException failure) {
                                thrown.add(method.getName() + ": " + failure.getCause());
                                throw failure.getCause();
                            }
                        });
            }
        };
    }

    private void send(InetSocketAddress at, BadFrame kind, BadFrame.Words words, long seed) {
        Random random = new Random(seed);
        if (kind.closes()) {
            for (int i = 0; i < EACH; i++) {
                try (RawWebSocketClient client = open(at, words, "bad-" + ++users)) {
                    assertCloses(client, kind, words, random);
                    // A frame that was promised and not sent leaves no room for a close frame.
                    client.reset();
                }
            }
            return;
        }
        for (int i = 0; i < EACH; i += IN_A_ROW) {
            try (RawWebSocketClient client = open(at, words, "bad-" + ++users)) {
                for (int j = 0; j < IN_A_ROW; j++) {
                    kind.send(client, words, random);
                    JsonNode frame = read(client);
                    JsonNode error = words.envelope() ? frame.path("payload") : frame.path("error");
                    String where = kind + " in " + words + " was answered with " + frame;
                    assertEquals("INVALID_MESSAGE", error.path("code").asText(), where);
                    assertEquals(
                            kind.field(words),
                            error.hasNonNull("field") ? error.get("field").asText() : null,
                            where);
                }
                client.sendText(words.request("still-here"));
                assertTrue(read(client).toString().contains("still-here"), () -> kind + " broke the connection");
            }
        }
    }

    /** With the close frame that the documents name; a client that is still sending may find the connection reset instead. */
    private static void assertCloses(RawWebSocketClient client, BadFrame kind, BadFrame.Words words, Random random) {
        boolean sent = true;
        try {
            kind.send(client, words, random);
        } catch (UncheckedIOException refused) {
            sent = false;
        }
        Received last = client.next(PATIENCE);
        while (last instanceof Received.Text || last instanceof Received.Ping || last instanceof Received.Pong) {
            last = client.next(PATIENCE);
        }
        String where = kind + " in " + words + " was answered with " + last;
        if (last instanceof Received.Close close) {
            assertTrue(kind.mayCloseWith(close.code()), where);
        } else {
            assertTrue(!sent && last instanceof Received.Eof, where);
        }
    }

    private static RawWebSocketClient open(InetSocketAddress at, BadFrame.Words words, String user) {
        RawWebSocketClient client = RawWebSocketClient.to("127.0.0.1", at.getPort(), words.path() + "?token=" + user)
                .connect();
        read(client);
        read(client);
        return client;
    }

    /** The next frame that is no heartbeat. */
    private static JsonNode read(RawWebSocketClient client) {
        try {
            JsonNode frame = JSON.readTree(client.nextText(PATIENCE));
            if (frame.path("type").asText().equals("ping")) {
                client.sendText("{\"type\":\"pong\",\"timestamp\":1}");
                return read(client);
            }
            return frame;
        } catch (JsonProcessingException failure) {
            throw new AssertionError(failure);
        }
    }

    private static void until(BooleanSupplier condition) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < end, "not in time");
            LockSupport.parkNanos(1_000_000);
        }
    }
}
