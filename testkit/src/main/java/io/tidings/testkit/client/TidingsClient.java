package io.tidings.testkit.client;

import com.fasterxml.jackson.databind.JsonNode;
import io.tidings.spi.Scheduler;
import io.tidings.spi.Ticker;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A client of one device that keeps up a connection until it is told to stop, or the server tells it to.
 *
 * <pre>{@code
 * TidingsClient client = TidingsClient.to(URI.create("wss://example.com/api/v1/ws"), () -> fetchToken())
 *         .device("phone-1")
 *         .listener(told)
 *         .start();
 * client.request("message:send", body).thenAccept(…);
 * client.close();
 * }</pre>
 *
 * <p>It reconnects with exponential backoff and full jitter, resumes after the last message that its listener has handled, leaves
 * out what it was told already, acknowledges, answers heartbeats, notices silence, renews tokens, and makes requests again that
 * were not answered. It obeys close codes: 4000 to 4499 come back, 4500 to 4999 stop, and where the server names a delay it is
 * kept.
 *
 * <pre>
 *   CONNECTING ---> OPENING ---> OPEN        upgrade, then the frame that says connected
 *       ^  |            |          |
 *       |  v            v          v
 *       WAITING  <------+----------+         and from each to STOPPED, which is final
 * </pre>
 *
 * <p><b>Threads.</b> All methods MAY be called by any thread and return at once; what they ask for happens on the client's
 * executor, as do the listener's calls.
 */
public final class TidingsClient implements AutoCloseable {

    private enum Phase {
        CONNECTING,
        OPENING,
        OPEN,
        WAITING,
        STOPPED
    }

    private final ClientOptions options;
    private final ClientSocket.Opener opener;
    private final Executor executor;
    private final Scheduler scheduler;
    private final Ticker ticker;
    private final ClientListener listener;
    private final CompletableFuture<Void> stopped = new CompletableFuture<>();
    private final AtomicLong requestNumbers = new AtomicLong();
    private final AtomicLong duplicates = new AtomicLong();

    /** Makes the ids of this life's requests differ from those of an earlier one of the same instance. */
    private final String requestPrefix;

    // From here on: the executor's tasks only.
    private final Backoff backoff;
    private final ClientRequests requests;
    private Phase phase = Phase.WAITING;
    /** Counts attempts: what belongs to an earlier one is ignored. */
    private int attempt;

    private @Nullable ClientSocket socket;
    private @Nullable String token;
    private boolean renewed;
    /** The last durable message that was handled. */
    private @Nullable String last;

    private @Nullable String acknowledged;
    private boolean acknowledging;
    private boolean paused;
    /** Whether a text was taken and no other asked for. */
    private boolean owesMore;

    private boolean open;
    private long openedNanos;
    private long heardNanos;
    private long windowMillis;

    TidingsClient(ClientOptions options, ClientSocket.Opener opener) {
        this.options = options;
        this.opener = opener;
        this.executor = options.executor();
        this.scheduler = options.scheduler();
        this.ticker = options.ticker();
        this.listener = options.listener();
        this.backoff = new Backoff(options.random(), options.backoffBase(), options.backoffCap());
        this.requests = new ClientRequests(options.maxRequests());
        this.requestPrefix = Long.toString(options.random().nextLong() & Long.MAX_VALUE, 36) + '-';
        this.windowMillis = backoff.baseMillis();
        this.last = options.lastMessageId();
    }

    /**
     * Starts to describe a client.
     *
     * @param endpoint a {@code ws:} or {@code wss:} address
     * @param tokens   asked for a token before the first connection and whenever the last one is of no more use; called on the
     *                 client's executor, MUST NOT block
     */
    public static ClientOptions to(URI endpoint, Supplier<CompletionStage<String>> tokens) {
        return new ClientOptions(endpoint, tokens);
    }

    TidingsClient begin() {
        executor.execute(this::connect);
        return this;
    }

    /**
     * Makes a request, now or when there is a connection; under one id, however often it must be made.
     *
     * @param type    the dialect's word, such as {@code message:send}
     * @param content its body
     * @return the result's data, or a {@link RequestFailed}
     */
    public CompletionStage<JsonNode> request(String type, JsonNode content) {
        String id = requestPrefix + requestNumbers.incrementAndGet();
        CompletableFuture<JsonNode> outcome = new CompletableFuture<>();
        ClientRequests.Pending request =
                new ClientRequests.Pending(id, options.dialect().request(type, id, content), outcome);
        executor.execute(() -> add(request));
        return outcome.minimalCompletionStage();
    }

    /** Sends a frame that nothing answers, such as one that says who types; nothing where there is no connection. */
    public void tell(String type, JsonNode content) {
        executor.execute(() -> send(options.dialect().request(type, null, content)));
    }

    /** Takes nothing more from the socket, so that the server's writes stall; a text that is on its way is still told. */
    public void pause() {
        executor.execute(() -> paused = true);
    }

    /** Reads on. */
    public void resume() {
        executor.execute(() -> {
            paused = false;
            heardNanos = ticker.nanos();
            more();
        });
    }

    /** Drops the connection without a close frame, as a network does that changes; the client reconnects. */
    public void cut() {
        executor.execute(() -> {
            if (phase != Phase.STOPPED && phase != Phase.WAITING) {
                ended(CloseVerdict.LOST, "cut");
            }
        });
    }

    /** Acknowledges what was handled, closes the connection with 1000 and ends. */
    @Override
    public void close() {
        executor.execute(() -> {
            if (phase == Phase.STOPPED) {
                return;
            }
            acknowledge();
            ClientSocket open = socket;
            socket = null;
            if (open != null) {
                open.close(CloseVerdict.NORMAL);
            }
            stop(CloseVerdict.NORMAL, "");
        });
    }

    /** Ends as a process does that is killed: no acknowledgement, no close frame. */
    public void abort() {
        executor.execute(() -> {
            if (phase != Phase.STOPPED) {
                stop(CloseVerdict.LOST, "aborted");
            }
        });
    }

    /** Completes when the client has ended, behind the listener's last call. */
    public CompletionStage<Void> stopped() {
        return stopped.minimalCompletionStage();
    }

    /** How many messages came again and were not told. */
    public long duplicates() {
        return duplicates.get();
    }

    private void connect() {
        phase = Phase.CONNECTING;
        open = false;
        int mine = ++attempt;
        after(options.connectTimeout(), mine, () -> {
            if (phase != Phase.OPEN) {
                ended(CloseVerdict.LOST, "no connection in time");
            }
        });
        String known = token;
        if (known != null) {
            open(mine, known);
            return;
        }
        fetchToken(mine, fetched -> open(mine, fetched), () -> ended(CloseVerdict.LOST, "no token"));
    }

    private void fetchToken(int mine, Consumer<String> then, Runnable otherwise) {
        CompletionStage<String> fetching;
        try {
            fetching = options.tokens().get();
        } catch (RuntimeException failure) {
            fetching = CompletableFuture.failedFuture(failure);
        }
        fetching.whenComplete((fetched, failure) -> run(mine, () -> {
            if (fetched == null || failure != null) {
                otherwise.run();
            } else {
                token = fetched;
                then.accept(fetched);
            }
        }));
    }

    private void open(int mine, String bearer) {
        opener.open(target(), bearer, new FromSocket(mine))
                .whenComplete((upgraded, failure) -> executor.execute(() -> {
                    if (attempt != mine || phase != Phase.CONNECTING) {
                        if (upgraded != null) {
                            upgraded.abort();
                        }
                    } else if (upgraded == null) {
                        notUpgraded(failure);
                    } else {
                        phase = Phase.OPENING;
                        socket = upgraded;
                        owesMore = true;
                        more();
                    }
                }));
    }

    private void notUpgraded(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        if (!(cause instanceof ClientSocket.Refused refused)) {
            ended(CloseVerdict.LOST, "no connection");
            return;
        }
        int code = refused.status == 401
                ? CloseVerdict.UNAUTHORIZED
                : refused.status == 403 ? CloseVerdict.FORBIDDEN : CloseVerdict.LOST;
        CloseVerdict verdict = refused.retryAfterMillis.isPresent()
                ? new CloseVerdict(CloseVerdict.Action.RECONNECT, refused.retryAfterMillis)
                : CloseVerdict.of(code, "");
        ended(code, "HTTP " + refused.status, verdict);
    }

    private URI target() {
        URI endpoint = options.endpoint();
        StringBuilder query = new StringBuilder(endpoint.getRawQuery() == null ? "" : endpoint.getRawQuery() + '&')
                .append("device=")
                .append(encoded(options.device()))
                .append("&instance=")
                .append(encoded(options.instance()));
        if (last != null) {
            query.append("&lastMessageId=").append(encoded(last));
        }
        if (!options.categories().isEmpty()) {
            query.append("&categories=").append(encoded(String.join(",", options.categories())));
        }
        String path = endpoint.getRawPath() == null || endpoint.getRawPath().isEmpty() ? "/" : endpoint.getRawPath();
        return URI.create(endpoint.getScheme() + "://" + endpoint.getRawAuthority() + path + '?' + query);
    }

    private static String encoded(String value) {
        return URLEncoder.encode(value, StandardCharsets.UTF_8);
    }

    private void take(String text) {
        ClientDialect.Incoming frame = options.dialect().read(text);
        if (frame != null) {
            take(frame);
        }
        if (phase == Phase.STOPPED) {
            return;
        }
        heardNanos = ticker.nanos();
        owesMore = true;
        more();
    }

    private void more() {
        if (owesMore && !paused && socket != null) {
            owesMore = false;
            socket.more();
        }
    }

    private void take(ClientDialect.Incoming frame) {
        switch (frame.kind()) {
            case CONNECTED -> connected(frame.body());
            case PING -> send(options.dialect().pong(frame.body()));
            case RESULT -> {
                ClientRequests.Pending request = requests.take(frame.text("id"));
                if (request != null) {
                    request.outcome.complete(frame.body().path("data"));
                    requests.send(this::send);
                }
            }
            case ERROR -> error(frame);
            case GAP -> {
                // Also where it lies before what was told: the mailbox began anew.
                last = frame.text("to");
                call(() -> listener.gap(frame.text("from"), frame.text("to"), frame.text("reason")));
            }
            case LIVE -> {
                call(() -> listener.live(frame.text("lastMessageId")));
                acknowledgeSoon();
            }
            case EXPIRING -> renew();
            case MESSAGE -> message(new ClientMessage(frame.type(), frame.id(), frame.body()));
            case OTHER -> {
                // nothing to do
            }
        }
    }

    private void connected(JsonNode body) {
        if (phase != Phase.OPENING) {
            return;
        }
        phase = Phase.OPEN;
        open = true;
        renewed = false;
        acknowledged = null;
        openedNanos = ticker.nanos();
        heardNanos = openedNanos;
        windowMillis = body.path("reconnectWindowMs").asLong(backoff.baseMillis());
        if (last == null) {
            last = body.path("lastMessageId").asText(null);
            acknowledged = last;
        }
        long silence = body.path("pingIntervalMs").asLong(0)
                + body.path("pongTimeoutMs").asLong(0);
        if (silence > 0) {
            watch(attempt, Duration.ofMillis(silence), Duration.ofMillis(silence));
        }
        call(() -> listener.connected(body));
        requests.send(this::send);
    }

    /** A server that says nothing for longer than it may is gone, whatever TCP thinks of it. */
    private void watch(int mine, Duration in, Duration silence) {
        after(in, mine, () -> {
            Duration left = silence.minusNanos(ticker.nanos() - heardNanos);
            if (paused) {
                watch(mine, silence, silence);
            } else if (left.isNegative() || left.isZero()) {
                ended(CloseVerdict.LOST, "silent");
            } else {
                watch(mine, left, silence);
            }
        });
    }

    private void message(ClientMessage message) {
        String id = message.id();
        if (!message.isDurable() || id == null) {
            call(() -> listener.message(message));
            return;
        }
        // Ids of one user sort as text.
        if (last != null && id.compareTo(last) <= 0) {
            duplicates.incrementAndGet();
            return;
        }
        call(() -> listener.message(message));
        last = id;
        acknowledgeSoon();
    }

    private void acknowledgeSoon() {
        if (acknowledging || phase != Phase.OPEN || last == null || last.equals(acknowledged)) {
            return;
        }
        acknowledging = true;
        after(options.ackDelay(), attempt, this::acknowledge);
    }

    private void acknowledge() {
        acknowledging = false;
        if (phase == Phase.OPEN && last != null && !last.equals(acknowledged)) {
            acknowledged = last;
            send(options.dialect().ack(last));
        }
    }

    private void error(ClientDialect.Incoming frame) {
        String code = frame.text("code");
        String message = frame.text("message");
        ClientRequests.Pending request = requests.take(frame.text("id"));
        if (request == null) {
            call(() -> listener.error(code, message));
            return;
        }
        request.outcome.completeExceptionally(new RequestFailed(
                code,
                message,
                frame.body().path("field").asText(null),
                frame.body().path("retryAfter").asLong(-1)));
        requests.send(this::send);
    }

    private void renew() {
        fetchToken(attempt, fetched -> send(options.dialect().refresh(fetched)), () -> {});
    }

    private void add(ClientRequests.Pending request) {
        if (phase == Phase.STOPPED) {
            request.outcome.completeExceptionally(new RequestFailed(RequestFailed.STOPPED, "the client has ended"));
        } else if (!requests.add(request)) {
            request.outcome.completeExceptionally(
                    new RequestFailed(RequestFailed.FULL, options.maxRequests() + " requests wait already"));
        } else {
            request.timer = scheduler.schedule(
                    options.requestTimeout(),
                    () -> executor.execute(
                            () -> fail(requests.take(request.id), RequestFailed.TIMEOUT, "no answer in time")));
            if (phase == Phase.OPEN) {
                requests.send(this::send);
            }
        }
    }

    private static void fail(ClientRequests.@Nullable Pending request, String code, String why) {
        if (request != null) {
            request.outcome.completeExceptionally(new RequestFailed(code, why));
        }
    }

    private void send(String text) {
        if (phase == Phase.OPEN && socket != null) {
            socket.send(text);
        }
    }

    private void ended(int code, String reason) {
        ended(code, reason, CloseVerdict.of(code, reason));
    }

    private void ended(int code, String reason, CloseVerdict verdict) {
        boolean wasStable =
                open && ticker.nanos() - openedNanos >= options.stableAfter().toNanos();
        letGo();
        if (wasStable) {
            backoff.reset();
        }
        switch (verdict.action()) {
            case STOP -> {
                stop(code, reason);
                return;
            }
            case RENEW_ONCE -> {
                if (renewed) {
                    stop(code, reason);
                    return;
                }
                renewed = true;
                token = null;
            }
            case RENEW -> token = null;
            case RECONNECT_WITHOUT_FRAME ->
                fail(requests.takeLargest(), RequestFailed.TOO_LARGE, "the server takes no frames of this size");
            case RECONNECT -> {
                // as it is
            }
        }
        requests.lost();
        Duration delay = delay(verdict.delayMillis());
        phase = Phase.WAITING;
        int mine = ++attempt;
        after(delay, mine, this::connect);
        call(() -> listener.disconnected(code, reason, delay));
    }

    private Duration delay(OptionalLong told) {
        if (told.isPresent()) {
            backoff.told();
            return Duration.ofMillis(told.getAsLong());
        }
        return backoff.next(windowMillis);
    }

    /** What the socket still tells is of an earlier attempt from here on. */
    private void letGo() {
        attempt++;
        open = false;
        acknowledging = false;
        ClientSocket old = socket;
        socket = null;
        if (old != null) {
            old.abort();
        }
    }

    private void stop(int code, String reason) {
        letGo();
        phase = Phase.STOPPED;
        for (ClientRequests.Pending request : requests.takeAll()) {
            fail(request, RequestFailed.STOPPED, "the client has ended");
        }
        call(() -> listener.disconnected(code, reason, null));
        call(() -> listener.stopped(code, reason));
        stopped.complete(null);
    }

    private void call(Runnable told) {
        try {
            told.run();
        } catch (RuntimeException failure) {
            try {
                listener.failed(failure);
            } catch (RuntimeException again) {
                // there is nobody left to tell
            }
        }
    }

    private void after(Duration delay, int mine, Runnable task) {
        scheduler.schedule(delay, () -> run(mine, task));
    }

    private void run(int mine, Runnable task) {
        executor.execute(() -> {
            if (attempt == mine && phase != Phase.STOPPED) {
                task.run();
            }
        });
    }

    private final class FromSocket implements ClientSocket.Listener {
        private final int mine;

        FromSocket(int mine) {
            this.mine = mine;
        }

        @Override
        public void text(String text) {
            run(mine, () -> take(text));
        }

        @Override
        public void heard() {
            run(mine, () -> heardNanos = ticker.nanos());
        }

        @Override
        public void ended(int code, String reason) {
            run(mine, () -> TidingsClient.this.ended(code, reason));
        }
    }
}
