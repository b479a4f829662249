package io.tidings.transport.jakarta;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.tidings.dialect.Frame;
import io.tidings.message.CloseReason;
import io.tidings.spi.TransportConnection;
import io.tidings.spi.TransportListener;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * WebSocket over a bare TCP connection, for servers whose own WebSocket blocks threads, keeps tokens or sends frames one by one.
 *
 * <p>Whole frames leave one after another: a batch of the hub's is encoded into one buffer and handed over in pieces of up to
 * {@link #AT_ONCE} bytes; a pong, a ping and the close frame wait for their turn between batches, at most one of each, so that a
 * peer that asks and never reads costs nothing. Like {@link JakartaConnection}, it is driven by turns: whoever has something to
 * do takes one, and the thread that holds the first runs all that are taken meanwhile.
 *
 * <p>The end: who sends the second close frame, the server, ends TCP. After a close frame of ours the peer's is waited for, for
 * a while; meanwhile what it still sends is read, because TCP would lose our frame otherwise.
 *
 * <p><b>Threads.</b> Any; {@link #received} and {@link #inputEnded} are the reader's.
 */
final class WireConnection implements TransportConnection {

    /** What one write hands over at most. */
    static final int AT_ONCE = 64 * 1024;

    private static final byte FINAL_PING = (byte) 0x89;
    private static final byte FINAL_PONG = (byte) 0x8A;
    private static final byte FINAL_CLOSE = (byte) 0x88;
    private static final int NORMAL = 1000;
    private static final int NO_CODE = 1005;
    private static final int LOST = 1006;

    private final Wire wire;
    private final ScheduledExecutorService timer;
    private final Duration closeWait;
    private final ClientFrames frames;
    private final AtomicInteger turns = new AtomicInteger();
    private final Object lock = new Object();

    /** The hub's, from {@link #open} on; reader only. */
    private @Nullable TransportListener listener;

    /** What is handed over; null between two buffers. Turn's holder only. */
    private @Nullable ByteBuffer current;

    /** Whether {@link #current} has the hub's batch, or the close frame. Turn's holder only. */
    private boolean isBatch;

    private boolean isClose;

    @GuardedBy("lock")
    private boolean atWire;

    @GuardedBy("lock")
    private @Nullable ByteBuffer batch;

    @GuardedBy("lock")
    private @Nullable WriteCallback callback;

    @GuardedBy("lock")
    private byte @Nullable [] pong;

    @GuardedBy("lock")
    private boolean ping;

    @GuardedBy("lock")
    private byte @Nullable [] close;

    /** Never set back, like the five below. */
    @GuardedBy("lock")
    private boolean closing;

    @GuardedBy("lock")
    private boolean closeSent;

    @GuardedBy("lock")
    private boolean peerClosed;

    @GuardedBy("lock")
    private @Nullable Throwable failure;

    @GuardedBy("lock")
    private boolean told;

    /** The end that came while the handshake opened. */
    @GuardedBy("lock")
    private @Nullable CloseReason early;

    @GuardedBy("lock")
    private @Nullable Future<?> deadline;

    /**
     * A connection that is not open yet.
     *
     * @param limit the longest inbound message to read
     */
    WireConnection(Wire wire, ScheduledExecutorService timer, Duration closeWait, long limit) {
        this.wire = wire;
        this.timer = timer;
        this.closeWait = closeWait;
        this.frames = new ClientFrames(new Inbound(), limit);
    }

    /**
     * The upgrade is answered: opens the handshake.
     *
     * @return whether there is somebody to read for
     */
    boolean open(Function<TransportConnection, Optional<TransportListener>> handshake) {
        Optional<TransportListener> opened = handshake.apply(this);
        if (opened.isEmpty()) {
            wire.reset();
            return false;
        }
        CloseReason missed;
        synchronized (lock) {
            listener = opened.get();
            missed = early;
        }
        if (missed != null) {
            opened.get().closed(missed.code(), missed.reason());
        }
        return true;
    }

    // What the server tells.

    /** Bytes that came; they are changed. */
    void received(ByteBuffer bytes) {
        frames.read(bytes);
    }

    /** The peer has sent its last byte, or the connection was lost. Any number of times. */
    void inputEnded() {
        ended(LOST, "");
        fail(new ClosedChannelException());
        wire.end();
    }

    // What the hub does.

    @Override
    public void write(Frame[] frames, int count, WriteCallback told) {
        Throwable refused;
        synchronized (lock) {
            refused = failure != null ? failure : closing ? new ClosedChannelException() : null;
            if (refused == null) {
                callback = told;
            }
        }
        if (refused != null) {
            told.written(refused);
            return;
        }
        ByteBuffer encoded;
        try {
            encoded = ServerFrames.encode(frames, 0, count);
        } catch (ArithmeticException | OutOfMemoryError tooMuch) {
            encoded = null;
        }
        synchronized (lock) {
            batch = encoded;
        }
        if (encoded == null) {
            fail(new IOException("more than fits into memory"));
            wire.reset();
        } else {
            takeTurn();
        }
    }

    @Override
    public void ping() {
        synchronized (lock) {
            ping = true;
        }
        takeTurn();
    }

    @Override
    public void close(int code, String reason) {
        jakarta.websocket.CloseReason sendable = CloseReasons.sendable(code, reason);
        close(closePayload(sendable.getCloseCode().getCode(), sendable.getReasonPhrase()));
    }

    @Override
    public void abort() {
        ended(LOST, "");
        fail(new ClosedChannelException());
        wire.reset();
    }

    @Override
    public @Nullable Executor lane() {
        return null;
    }

    // Closing.

    private void close(byte[] payload) {
        synchronized (lock) {
            if (closing || failure != null) {
                return;
            }
            closing = true;
            close = payload;
        }
        try {
            Future<?> end = timer.schedule(this::abort, closeWait.toMillis(), TimeUnit.MILLISECONDS);
            synchronized (lock) {
                deadline = end;
            }
        } catch (RejectedExecutionException stopped) {
            abort();
        }
        takeTurn();
    }

    private static byte[] closePayload(int code, String reason) {
        byte[] text = reason.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(2 + text.length)
                .putShort((short) code)
                .put(text)
                .array();
    }

    /** The close frame has left, or the peer's has come: ends TCP when both have. */
    private void settle() {
        boolean both;
        boolean finish;
        synchronized (lock) {
            both = closeSent && peerClosed;
            finish = closeSent && frames.deaf();
        }
        if (both) {
            fail(new ClosedChannelException());
            wire.end();
        } else if (finish) {
            wire.finish();
        }
    }

    private void ended(int code, String reason) {
        TransportListener known;
        synchronized (lock) {
            if (told) {
                return;
            }
            told = true;
            known = listener;
            if (known == null) {
                early = new CloseReason(code, reason);
            }
        }
        if (known != null) {
            known.closed(code, reason);
        }
    }

    /** Nothing more is written. */
    private void fail(Throwable why) {
        Future<?> end;
        synchronized (lock) {
            if (failure == null) {
                failure = why;
            }
            end = deadline;
            deadline = null;
        }
        if (end != null) {
            end.cancel(false);
        }
        takeTurn();
    }

    // Writing.

    private void takeTurn() {
        if (turns.getAndIncrement() == 0) {
            do {
                step();
            } while (turns.decrementAndGet() != 0);
        }
    }

    private void step() {
        WriteCallback finished = null;
        Throwable why = null;
        boolean closeLeft = false;
        ByteBuffer piece = null;
        synchronized (lock) {
            if (atWire) {
                return;
            }
            if (failure != null) {
                why = failure;
                finished = callback;
                callback = null;
                batch = null;
                current = null;
            } else {
                if (current != null && !current.hasRemaining()) {
                    current = null;
                    if (isBatch) {
                        finished = callback;
                        callback = null;
                    }
                    closeLeft = isClose;
                    closeSent |= isClose;
                }
                if (current == null && !closeSent) {
                    current = next();
                }
                if (current != null) {
                    piece = current.slice(current.position(), Math.min(current.remaining(), AT_ONCE));
                    current.position(current.position() + piece.remaining());
                    atWire = true;
                }
            }
        }
        if (piece != null) {
            wire.write(piece, this::handedOver);
        }
        if (closeLeft) {
            settle();
        }
        if (finished != null) {
            finished.written(why);
        }
    }

    private void handedOver(@Nullable Throwable why) {
        synchronized (lock) {
            atWire = false;
        }
        if (why == null) {
            takeTurn();
        } else {
            ended(LOST, "");
            fail(why);
            wire.reset();
        }
    }

    @GuardedBy("lock")
    private @Nullable ByteBuffer next() {
        isBatch = false;
        isClose = false;
        if (pong != null) {
            ByteBuffer frame = control(FINAL_PONG, pong);
            pong = null;
            return frame;
        }
        if (ping) {
            ping = false;
            return control(FINAL_PING, new byte[0]);
        }
        if (batch != null) {
            ByteBuffer frames = batch;
            batch = null;
            isBatch = true;
            return frames;
        }
        if (close != null) {
            ByteBuffer frame = control(FINAL_CLOSE, close);
            close = null;
            isClose = true;
            return frame;
        }
        return null;
    }

    private static ByteBuffer control(byte first, byte[] payload) {
        return ByteBuffer.allocate(2 + payload.length)
                .put(first)
                .put((byte) payload.length)
                .put(payload)
                .flip();
    }

    /** What the client's frames say; the reader's. */
    private final class Inbound implements ClientFrames.Sink {
        @Override
        public void text(String part, boolean last) {
            if (listener != null) {
                listener.text(part, last);
            }
        }

        @Override
        public void binary() {
            if (listener != null) {
                listener.binary();
            }
        }

        /** Only the latest ping must be answered (RFC 6455 section 5.5.3). */
        @Override
        public void ping(byte[] payload) {
            synchronized (lock) {
                pong = payload;
            }
            takeTurn();
        }

        @Override
        public void pong() {
            if (listener != null) {
                listener.pong();
            }
        }

        @Override
        public void closed(int code, String reason) {
            synchronized (lock) {
                peerClosed = true;
            }
            ended(code, reason);
            close(closePayload(code == NO_CODE ? NORMAL : code, reason));
            settle();
        }

        @Override
        public void tooLarge() {
            if (listener != null) {
                listener.tooLarge();
            }
        }

        @Override
        public void broken(int code, String reason) {
            ended(code, reason);
            close(closePayload(code, reason));
            settle();
        }
    }
}
