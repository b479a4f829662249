package io.tidings.testkit;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.tidings.dialect.Frame;
import io.tidings.dialect.FrameTemplate;
import io.tidings.spi.TransportConnection;
import io.tidings.spi.TransportListener;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The hub's side of a connection in a transport's contract: a queue of what the transport told, and the writes it was given.
 * Like the core it closes with 1009 when the parts of a message are more than the limit.
 */
final class RecordedSession implements TransportListener {

    /** One thing told. */
    sealed interface Told {}

    /** A whole message. */
    record Text(String text) implements Told {}

    /** A call that carries nothing. */
    enum Signal implements Told {
        BINARY,
        PONG,
        TOO_LARGE
    }

    /** The end, by {@code closed}. */
    record Closed(int code) implements Told {}

    /** The end, by {@code failed}. */
    record Failed(Throwable failure) implements Told {}

    /** One write and how often its callback ran. */
    static final class Write implements TransportConnection.WriteCallback {
        private final Duration patience;
        private final BlockingQueue<Object> told = new LinkedBlockingQueue<>();
        private final AtomicInteger calls = new AtomicInteger();

        private Write(Duration patience) {
            this.patience = patience;
        }

        @Override
        public void written(@Nullable Throwable failure) {
            calls.incrementAndGet();
            told.add(failure == null ? "written" : failure);
        }

        /** Whether it succeeded; waits. */
        boolean succeeded() {
            return await() instanceof String;
        }

        boolean told() {
            return calls.get() > 0;
        }

        int calls() {
            return calls.get();
        }

        private Object await() {
            Object outcome = RecordedSession.take(told, patience);
            if (outcome == null) {
                throw new AssertionError("the callback of a write was not called");
            }
            told.add(outcome);
            return outcome;
        }
    }

    final TransportConnection connection;

    private final int maxBytes;
    private final Duration patience;
    private final BlockingQueue<Told> told = new LinkedBlockingQueue<>();
    private final Queue<Write> writes = new ConcurrentLinkedQueue<>();
    private final AtomicInteger inside = new AtomicInteger();

    /** Whether two calls that must not overlap did. */
    private volatile boolean overlapped;

    @GuardedBy("this")
    private final StringBuilder message = new StringBuilder();

    @GuardedBy("this")
    private int messageBytes;

    RecordedSession(TransportConnection connection, int maxBytes, Duration patience) {
        this.connection = connection;
        this.patience = patience;
        this.maxBytes = maxBytes;
    }

    /** Frames of texts. */
    static Frame[] frames(List<String> texts) {
        return texts.stream()
                .map(text -> FrameTemplate.withoutId(text.getBytes(StandardCharsets.UTF_8))
                        .frame())
                .toArray(Frame[]::new);
    }

    /** Starts a write. */
    Write write(String... texts) {
        return write(Arrays.asList(texts));
    }

    /** Starts a write. The array is longer than what is written, as the hub's is. */
    Write write(List<String> texts) {
        Frame[] frames = Arrays.copyOf(frames(texts), texts.size() + 3);
        Write write = new Write(patience);
        writes.add(write);
        connection.write(frames, texts.size(), write);
        return write;
    }

    /** The next thing told; waits. */
    Told next() {
        Told next = take(told, patience);
        if (next == null) {
            throw new AssertionError("nothing was told within " + patience);
        }
        return next;
    }

    /** Waits for a text message, which must be the next thing told. */
    String nextText() {
        Told next = next();
        if (next instanceof Text text) {
            return text.text();
        }
        throw new AssertionError("expected a text message, was told " + next);
    }

    /** Waits for the end, whichever way it is told; what comes before is skipped. */
    Told nextEnd() {
        while (true) {
            Told next = next();
            if (next instanceof Closed || next instanceof Failed) {
                return next;
            }
        }
    }

    /** Waits for {@code closed}; what comes before is skipped. */
    int nextClosed() {
        while (true) {
            if (next() instanceof Closed closed) {
                return closed.code();
            }
        }
    }

    boolean overlapped() {
        return overlapped;
    }

    /** Whether the callback of a write has been called again, on whatever thread and however late. */
    boolean calledBackTwice() {
        return writes.stream().anyMatch(write -> write.calls() > 1);
    }

    @Override
    public void text(CharSequence part, boolean last) {
        enter();
        boolean over;
        synchronized (this) {
            message.append(part);
            messageBytes += part.toString().getBytes(StandardCharsets.UTF_8).length;
            over = messageBytes > maxBytes;
            if (last || over) {
                if (!over) {
                    told.add(new Text(message.toString()));
                }
                message.setLength(0);
                messageBytes = 0;
            }
        }
        if (over) {
            connection.close(1009, "frame too large");
        }
        leave();
    }

    @Override
    public void binary() {
        tell(Signal.BINARY);
    }

    @Override
    public void pong() {
        tell(Signal.PONG);
    }

    @Override
    public void tooLarge() {
        connection.close(1009, "frame too large");
        tell(Signal.TOO_LARGE);
    }

    @Override
    public void closed(int code, @Nullable String reason) {
        told.add(new Closed(code));
    }

    @Override
    public void failed(Throwable failure) {
        told.add(new Failed(failure));
    }

    private void tell(Told what) {
        enter();
        told.add(what);
        leave();
    }

    private void enter() {
        if (inside.getAndIncrement() != 0) {
            overlapped = true;
        }
        Thread.yield();
    }

    private void leave() {
        inside.decrementAndGet();
    }

    static <T> @Nullable T take(BlockingQueue<T> queue, Duration patience) {
        try {
            return queue.poll(patience.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            throw Threads.interrupted(e);
        }
    }
}
