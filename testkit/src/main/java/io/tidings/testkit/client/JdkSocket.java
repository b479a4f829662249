package io.tidings.testkit.client;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A socket of the JDK's own WebSocket client. */
final class JdkSocket implements ClientSocket {

    /** Texts that wait for a server that reads nothing. */
    private static final int MAX_UNSENT = 256;

    /** How long a server may take to answer a close frame. */
    private static final Duration CLOSE_WAIT = Duration.ofSeconds(2);

    private final WebSocket socket;

    /** The JDK takes one text at a time. */
    @GuardedBy("this")
    private CompletableFuture<?> sent = CompletableFuture.completedFuture(null);

    @GuardedBy("this")
    private int unsent;

    private JdkSocket(WebSocket socket) {
        this.socket = socket;
    }

    /** Opens sockets of one JDK client, whose threads they share. */
    static Opener opener(HttpClient http, Duration connectTimeout) {
        return (uri, token, listener) -> open(http, connectTimeout, uri, token, listener);
    }

    private static CompletionStage<ClientSocket> open(
            HttpClient http, Duration connectTimeout, URI uri, String token, Listener listener) {
        CompletableFuture<ClientSocket> opened = new CompletableFuture<>();
        try {
            http.newWebSocketBuilder()
                    .connectTimeout(connectTimeout)
                    .header("Authorization", "Bearer " + token)
                    .subprotocols("tidings.v1")
                    .buildAsync(uri, new FromJdk(listener))
                    .whenComplete((socket, failure) -> {
                        if (failure != null) {
                            opened.completeExceptionally(refusal(failure));
                        } else {
                            opened.complete(new JdkSocket(socket));
                        }
                    });
        } catch (RuntimeException malformed) {
            opened.completeExceptionally(malformed);
        }
        return opened;
    }

    private static Throwable refusal(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        if (!(cause instanceof WebSocketHandshakeException handshake) || handshake.getResponse() == null) {
            return cause;
        }
        HttpHeaders headers = handshake.getResponse().headers();
        OptionalLong retryAfter;
        try {
            OptionalLong seconds = headers.firstValueAsLong("Retry-After");
            retryAfter = seconds.isPresent() && seconds.getAsLong() >= 0
                    ? OptionalLong.of(Math.min(CloseVerdict.MAX_DELAY_MILLIS / 1_000, seconds.getAsLong()) * 1_000)
                    : OptionalLong.empty();
        } catch (NumberFormatException aDate) {
            retryAfter = OptionalLong.empty();
        }
        return new Refused(handshake.getResponse().statusCode(), retryAfter);
    }

    @Override
    public synchronized void send(String text) {
        if (++unsent > MAX_UNSENT) {
            abort();
            return;
        }
        sent = sent.thenCompose(before -> socket.sendText(text, true)).whenComplete((done, failure) -> {
            synchronized (this) {
                unsent--;
            }
        });
    }

    @Override
    public void more() {
        socket.request(1);
    }

    @Override
    public synchronized void close(int code) {
        sent.thenCompose(before -> socket.sendClose(code, "")).whenComplete((done, failure) -> {
            if (failure != null) {
                socket.abort();
            }
        });
        // The close frame that answers is behind messages that are no longer asked for.
        socket.request(Long.MAX_VALUE);
        CompletableFuture.delayedExecutor(CLOSE_WAIT.toMillis(), TimeUnit.MILLISECONDS)
                .execute(socket::abort);
    }

    @Override
    public void abort() {
        socket.abort();
    }

    private static final class FromJdk implements WebSocket.Listener {
        private final Listener listener;
        /** The JDK's calls only, which come one at a time. */
        private final StringBuilder part = new StringBuilder();

        FromJdk(Listener listener) {
            this.listener = listener;
        }

        @Override
        public void onOpen(WebSocket socket) {
            // nothing is asked for before the opener's stage is done
        }

        @Override
        public @Nullable CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
            part.append(data);
            if (!last) {
                socket.request(1);
                return null;
            }
            String text = part.toString();
            part.setLength(0);
            listener.text(text);
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onBinary(WebSocket socket, ByteBuffer data, boolean last) {
            socket.request(1);
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onPing(WebSocket socket, ByteBuffer message) {
            listener.heard();
            socket.request(1);
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onPong(WebSocket socket, ByteBuffer message) {
            listener.heard();
            socket.request(1);
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onClose(WebSocket socket, int statusCode, String reason) {
            // A stream that ended without a close frame comes as one, without a word.
            listener.ended(statusCode, statusCode == CloseVerdict.LOST ? "lost" : reason);
            return null;
        }

        @Override
        public void onError(WebSocket socket, Throwable error) {
            listener.ended(CloseVerdict.LOST, "lost");
        }
    }
}
