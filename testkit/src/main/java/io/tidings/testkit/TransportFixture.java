package io.tidings.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.tidings.spi.Transport;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A transport that listens, and clients, for {@link TransportContract}. */
abstract class TransportFixture {

    static final String SUBPROTOCOL = "tidings.v1";

    /** Longer than a machine stands still, and shorter than what a server waits for a peer that does not read. */
    private static final Duration BLOCKED = Duration.ofSeconds(12);

    final ScriptedAcceptor acceptor = new ScriptedAcceptor(patience());
    final List<RecordedSession> opened = new ArrayList<>();
    private final List<RawWebSocketClient> clients = new ArrayList<>();

    Transport transport;
    InetSocketAddress address;

    TransportFixture() {}

    /**
     * A new transport, which will listen on a free port.
     *
     * @param host the only address to bind
     */
    protected abstract Transport create(String host);

    /** How long to wait for what must happen; default 30 s. A test that fails may take as long. */
    protected Duration patience() {
        return Duration.ofSeconds(30);
    }

    @BeforeEach
    void listen() throws IOException {
        transport = create("127.0.0.1");
        address = transport.start(acceptor);
    }

    @AfterEach
    void leave() {
        for (ScriptedAcceptor.SeenHandshake seen : acceptor.handshakes) {
            awaitTrue("a handshake opened or abandoned: " + seen, () -> settled(seen) > 0);
        }
        clients.forEach(RawWebSocketClient::reset);
        transport.close();
        for (RecordedSession session : opened) {
            assertFalse(session.overlapped(), "calls on one connection overlapped");
            assertFalse(session.calledBackTwice(), "the callback of a write was called twice");
        }
        for (ScriptedAcceptor.SeenHandshake seen : acceptor.handshakes) {
            assertEquals(1, settled(seen), "a handshake is opened or abandoned, once: " + seen);
        }
    }

    private static int settled(ScriptedAcceptor.SeenHandshake seen) {
        return seen.opened().get() + seen.abandoned().get();
    }

    /** A client of the endpoint that is not connected yet. */
    RawWebSocketClient.Builder client() {
        return client(ScriptedAcceptor.PATH);
    }

    RawWebSocketClient.Builder client(String target) {
        return RawWebSocketClient.to(request(target)).subprotocols(SUBPROTOCOL);
    }

    UpgradeRequest request(String target) {
        return UpgradeRequest.to("127.0.0.1", address.getPort(), target);
    }

    /** Connects; the fixture ends the client. */
    RawWebSocketClient connect(RawWebSocketClient.Builder builder) {
        RawWebSocketClient client = builder.connect();
        clients.add(client);
        return client;
    }

    RawWebSocketClient connect() {
        return connect(client());
    }

    /** The hub's side of the next connection that opened. */
    RecordedSession session() {
        RecordedSession session = RecordedSession.take(acceptor.sessions, patience());
        if (session == null) {
            throw new AssertionError("no connection was opened");
        }
        opened.add(session);
        return session;
    }

    RawHttp http() {
        return RawHttp.to(address, patience());
    }

    ScriptedAcceptor.SeenHandshake handshake() {
        ScriptedAcceptor.SeenHandshake seen = acceptor.handshakes.peek();
        if (seen == null) {
            throw new AssertionError("no handshake was begun");
        }
        return seen;
    }

    /** Waits for what some other thread brings about. */
    void awaitTrue(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + patience().toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("expected " + what + " within " + patience());
            }
            LockSupport.parkNanos(1_000_000);
        }
    }

    /** Runs what must not block, on a thread of its own; fails when it does. */
    static void withoutBlocking(String what, Runnable call) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        Threads.daemon("must-not-block", () -> {
                    try {
                        call.run();
                        done.complete(null);
                    } catch (RuntimeException | Error e) {
                        done.completeExceptionally(e);
                    }
                })
                .start();
        try {
            done.get(BLOCKED.toSeconds(), TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new AssertionError(what + " blocked", e);
        } catch (ExecutionException e) {
            throw new AssertionError(what + " threw", e.getCause());
        } catch (InterruptedException e) {
            throw Threads.interrupted(e);
        }
    }
}
