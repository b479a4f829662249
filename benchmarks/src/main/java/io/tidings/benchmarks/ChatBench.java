package io.tidings.benchmarks;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tidings.auth.TokenIssuer;
import io.tidings.message.UserKey;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Chat messages from {@code POST /api/v1/messages/} to the receiver's socket, against a standalone server that runs already with
 * {@code --jwt-secret} as below:
 *
 * <p>{@code java -cp benchmarks/target/benchmarks.jar io.tidings.benchmarks.ChatBench http://127.0.0.1:8080 <secret> [rate] [seconds]
 * [receivers]} posts at a steady rate (default 500 a second for 20 s; 0 for as fast as 64 posts at once go) from as many senders as the
 * limit of 100 a minute needs, to 100 receivers who are connected. The time counts from when the post was due, so a server that lags
 * is charged for it.
 */
public final class ChatBench {

    private static final int SENDERS = 6_000;
    private static final int AT_ONCE = 64;

    /** A server takes so many handshakes of an address at once, and 20 a second then. */
    private static final int BURST = 30;

    private static final Duration PACE = Duration.ofMillis(60);
    private static final Duration TTL = Duration.ofHours(1);
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final URI server;
    private final TokenIssuer issuer;
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final List<WebSocket> sockets = new ArrayList<>();

    /** Guarded by itself. */
    private final Latencies toSocket = new Latencies();

    /** Guarded by itself. */
    private final Latencies toAnswer = new Latencies();

    private final AtomicLong received = new AtomicLong();
    private final AtomicLong answered = new AtomicLong();
    private final AtomicLong refused = new AtomicLong();
    private final Semaphore open = new Semaphore(AT_ONCE);

    private ChatBench(URI server, TokenIssuer issuer) {
        this.server = server;
        this.issuer = issuer;
    }

    /** Runs the bench. */
    public static void main(String[] arguments) throws Exception {
        if (arguments.length < 2) {
            throw new IllegalArgumentException("usage: ChatBench <url> <secret> [rate] [seconds] [receivers]");
        }
        ChatBench bench = new ChatBench(URI.create(arguments[0]), TokenIssuer.withSecret(arguments[1]));
        int rate = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 500;
        int seconds = arguments.length > 3 ? Integer.parseInt(arguments[3]) : 20;
        int receivers = arguments.length > 4 ? Integer.parseInt(arguments[4]) : 100;
        bench.connect(receivers);
        List<String> tokens = new ArrayList<>();
        for (int i = 0; i < SENDERS; i++) {
            tokens.add(bench.issuer.issue(UserKey.of("s" + i), TTL));
        }
        bench.post(tokens, receivers, rate == 0 ? 0 : Math.min(rate, 200), 5);
        bench.reset();
        bench.post(tokens, receivers, rate, seconds);
        System.exit(0);
    }

    private void connect(int receivers) throws InterruptedException {
        for (int i = 0; i < receivers; i++) {
            if (i >= BURST) {
                Thread.sleep(PACE.toMillis());
            }
            URI address = URI.create(server.toString().replaceFirst("^http", "ws") + "/api/v1/ws?token="
                    + issuer.issue(UserKey.of("r" + i), TTL));
            sockets.add(http.newWebSocketBuilder()
                    .buildAsync(address, new Receiver())
                    .join());
        }
    }

    private void reset() {
        synchronized (toSocket) {
            toSocket.reset();
        }
        synchronized (toAnswer) {
            toAnswer.reset();
        }
        received.set(0);
        answered.set(0);
        refused.set(0);
    }

    private void post(List<String> tokens, int receivers, int rate, int seconds) throws InterruptedException {
        long start = System.nanoTime();
        long end = start + TimeUnit.SECONDS.toNanos(seconds);
        long posts = 0;
        while (true) {
            long due = rate == 0 ? System.nanoTime() : start + posts * 1_000_000_000L / rate;
            if (due - end >= 0) {
                break;
            }
            long wait = due - System.nanoTime();
            if (wait > 0) {
                TimeUnit.NANOSECONDS.sleep(wait);
            }
            if (rate == 0) {
                open.acquire();
            }
            send(tokens.get((int) (posts % SENDERS)), (int) (posts % receivers), due, rate == 0);
            posts++;
        }
        long until = System.nanoTime() + PATIENCE.toNanos();
        while (received.get() + refused.get() < posts && System.nanoTime() - until < 0) {
            Thread.sleep(5);
        }
        double took = (System.nanoTime() - start) / 1e9;
        System.out.printf(
                "%d posts in %.1f s: %.0f a second reached the socket, %d refused, %d never came%n",
                posts, took, received.get() / took, refused.get(), posts - refused.get() - received.get());
        System.out.println("to the answer: " + line(toAnswer));
        System.out.println("to the socket: " + line(toSocket));
    }

    private void send(String token, int receiver, long due, boolean released) {
        String body = "{\"receiverId\":\"r" + receiver + "\",\"content\":\"" + due + " hello, how are you today?\"}";
        HttpRequest request = HttpRequest.newBuilder(server.resolve("/api/v1/messages/"))
                .header("Authorization", "Bearer " + token)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body, UTF_8))
                .build();
        http.sendAsync(request, HttpResponse.BodyHandlers.discarding()).whenComplete((answer, failure) -> {
            if (released) {
                open.release();
            }
            if (answer == null || answer.statusCode() != 201) {
                refused.incrementAndGet();
                return;
            }
            answered.incrementAndGet();
            synchronized (toAnswer) {
                toAnswer.record((System.nanoTime() - due) / 1_000);
            }
        });
    }

    private static String line(Latencies latencies) {
        synchronized (latencies) {
            return String.format(
                    "p50 %.1f ms, p99 %.1f ms, max %.1f ms",
                    latencies.quantile(0.5) / 1e3, latencies.quantile(0.99) / 1e3, latencies.max() / 1e3);
        }
    }

    /** One receiver's socket. */
    private final class Receiver implements WebSocket.Listener {
        private static final String CONTENT = "\"content\":\"";

        private final StringBuilder text = new StringBuilder();

        @Override
        public @Nullable CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
            text.append(data);
            if (last) {
                frame(socket, text.toString());
                text.setLength(0);
            }
            socket.request(1);
            return null;
        }

        private void frame(WebSocket socket, String frame) {
            if (frame.startsWith("{\"type\":\"ping\"")) {
                socket.sendText("{\"type\":\"pong\"}", true);
            }
            int content = frame.indexOf(CONTENT);
            if (!frame.startsWith("{\"type\":\"message:new\"") || content < 0) {
                return;
            }
            int begin = content + CONTENT.length();
            long due = Long.parseLong(frame.substring(begin, frame.indexOf(' ', begin)));
            synchronized (toSocket) {
                toSocket.record((System.nanoTime() - due) / 1_000);
            }
            received.incrementAndGet();
        }
    }
}
