package io.tidings.testkit;

import io.tidings.http.Cors;
import io.tidings.http.HttpErrors;
import io.tidings.http.HttpRequest;
import io.tidings.http.HttpResponse;
import io.tidings.http.HttpRoute;
import io.tidings.http.HttpRouter;
import io.tidings.http.TrustedProxies;
import io.tidings.spi.Acceptor;
import io.tidings.spi.Handshake;
import io.tidings.spi.HandshakeRequest;
import io.tidings.spi.TransportConnection;
import io.tidings.spi.TransportListener;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * An acceptor that decides as a test says, and records what a transport does to it. It judges nothing but the size of messages,
 * as the core does.
 *
 * <p><b>Threads.</b> Any.
 */
final class ScriptedAcceptor implements Acceptor {

    /** The web page that may use the routes. */
    static final String PAGE = "https://page.contract.example";

    static final String PATH = "/contract/ws";
    static final String ECHO = "/contract/echo";
    static final String SLOW = "/contract/slow";
    static final String THROWS = "/contract/throws";
    static final String FAILS = "/contract/fails";
    static final String LARGE = "/contract/large";
    static final int LARGE_BYTES = 3 * 1024 * 1024;
    static final int MAX_BODY_BYTES = 1024;
    static final int MAX_INBOUND_BYTES = 4096;

    /** What {@link #SLOW} answers. */
    final CompletableFuture<HttpResponse> slow = new CompletableFuture<>();

    final BlockingQueue<HttpRequest> slowRequests = new LinkedBlockingQueue<>();
    final BlockingQueue<SeenHandshake> handshakes = new LinkedBlockingQueue<>();
    final BlockingQueue<RecordedSession> sessions = new LinkedBlockingQueue<>();

    private final Duration patience;

    /** Any thread, as is the next. */
    private volatile int immediate = Handshake.UPGRADE;

    private volatile CompletionStage<Integer> decision = CompletableFuture.completedFuture(Handshake.UPGRADE);

    /** Runs inside {@link Handshake#open}; any thread. */
    private volatile Consumer<RecordedSession> opening = session -> {};

    /** A handshake's request as it was when it began, and what became of it. */
    record SeenHandshake(
            String path,
            String query,
            Optional<String> authorization,
            Optional<String> origin,
            Optional<String> absent,
            List<String> forwardedFor,
            List<String> subprotocols,
            String remoteAddress,
            AtomicInteger opened,
            AtomicInteger abandoned) {}

    /**
     * Lets everybody in.
     *
     * @param patience how long its sessions wait for what must happen
     */
    ScriptedAcceptor(Duration patience) {
        this.patience = patience;
    }

    /** Refuses at once from now on; {@link Handshake#UPGRADE} lets in. */
    void refuseAtOnce(int status) {
        immediate = status;
    }

    /** Decides so from now on. */
    void decide(CompletionStage<Integer> stage) {
        decision = stage;
    }

    /** Does this inside {@link Handshake#open} from now on. */
    void whileOpening(Consumer<RecordedSession> action) {
        opening = action;
    }

    @Override
    public Set<String> paths() {
        return Set.of(PATH);
    }

    @Override
    public int maxInboundBytes(String path) {
        return MAX_INBOUND_BYTES;
    }

    @Override
    public HttpRouter routes() {
        List<HttpRoute> routes = List.of(
                HttpRoute.get(ECHO, request -> done(describe(request))),
                new HttpRoute("POST", ECHO, MAX_BODY_BYTES, request -> done(describe(request))),
                HttpRoute.get(SLOW, request -> {
                    slowRequests.add(request);
                    return slow;
                }),
                HttpRoute.get(THROWS, request -> {
                    throw new IllegalStateException("scripted secret");
                }),
                HttpRoute.get(
                        FAILS, request -> CompletableFuture.failedFuture(new IllegalStateException("scripted secret"))),
                HttpRoute.get(LARGE, request -> done(HttpResponse.of(200, "text/plain", new byte[LARGE_BYTES]))));
        return new HttpRouter(routes, TrustedProxies.NONE, Cors.of((origin, host) -> origin.equals(PAGE)));
    }

    @Override
    public Handshake begin(HandshakeRequest request) {
        SeenHandshake seen = new SeenHandshake(
                request.path(),
                request.query(),
                request.header("aUTHORIZATION"),
                request.header("Origin"),
                request.header("X-Absent"),
                List.copyOf(request.headers("x-forwarded-FOR")),
                List.copyOf(request.subprotocols()),
                request.remoteAddress(),
                new AtomicInteger(),
                new AtomicInteger());
        handshakes.add(seen);
        return new ScriptedHandshake(seen, immediate, decision);
    }

    private static CompletionStage<HttpResponse> done(HttpResponse response) {
        return CompletableFuture.completedFuture(response);
    }

    private static HttpResponse describe(HttpRequest request) {
        if (request.parameter("fail").isPresent()) {
            return HttpErrors.invalid("fail", "as asked");
        }
        String said = request.method() + ' ' + request.path() + " q="
                + request.query().get("q") + " h="
                + request.header("x-contract").orElse("none") + " from=" + request.remoteAddress() + " body="
                + new String(request.body(), StandardCharsets.UTF_8);
        return HttpResponse.text(200, said).with("X-Contract", "answered");
    }

    private final class ScriptedHandshake implements Handshake {
        private final SeenHandshake seen;
        private final int immediate;
        private final CompletionStage<Integer> decision;

        ScriptedHandshake(SeenHandshake seen, int immediate, CompletionStage<Integer> decision) {
            this.seen = seen;
            this.immediate = immediate;
            this.decision = decision;
        }

        @Override
        public int immediate() {
            return immediate;
        }

        @Override
        public CompletionStage<Integer> decision() {
            return decision;
        }

        @Override
        public Optional<String> subprotocol() {
            return seen.subprotocols().contains("tidings.v1") ? Optional.of("tidings.v1") : Optional.empty();
        }

        @Override
        public TransportListener open(TransportConnection connection) {
            seen.opened().incrementAndGet();
            RecordedSession session = new RecordedSession(connection, MAX_INBOUND_BYTES, patience);
            sessions.add(session);
            opening.accept(session);
            return session;
        }

        @Override
        public void abandon() {
            seen.abandoned().incrementAndGet();
        }
    }
}
