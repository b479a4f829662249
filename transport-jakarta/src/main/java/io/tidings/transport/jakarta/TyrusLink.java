package io.tidings.transport.jakarta;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.tidings.dialect.Frame;
import jakarta.websocket.CloseReason;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.glassfish.grizzly.Buffer;
import org.glassfish.grizzly.Connection;
import org.glassfish.grizzly.EmptyCompletionHandler;
import org.glassfish.grizzly.WriteResult;
import org.glassfish.grizzly.memory.Buffers;
import org.glassfish.grizzly.nio.transport.TCPNIOConnection;
import org.glassfish.grizzly.utils.IdleTimeoutFilter;
import org.glassfish.tyrus.spi.CompletionHandler;
import org.glassfish.tyrus.spi.WebSocketEngine.UpgradeInfo;
import org.glassfish.tyrus.spi.Writer;
import org.jspecify.annotations.Nullable;

/**
 * Between one TCP connection of Grizzly and one session of Tyrus. What Tyrus writes (close frames, pongs) and what the hub
 * writes go into the same queue of Grizzly, whole frames each; after a close frame nothing of the hub follows.
 *
 * <p>Tyrus ends TCP with its close frame, which loses it when the peer was still sending. So when Tyrus lets go first, the
 * connection is kept, unread but for a close frame, until the peer ends it or some time is over.
 */
final class TyrusLink extends Writer implements FrameSender {

    private static final byte FINAL_CLOSE = (byte) 0x88;
    private static final byte FINAL_PONG = (byte) 0x8A;
    private static final ByteBuffer PING =
            ByteBuffer.wrap(new byte[] {(byte) 0x89, 0}).asReadOnlyBuffer();
    private static final CloseReason UNMASKED =
            new CloseReason(CloseReason.CloseCodes.PROTOCOL_ERROR, "frames of clients are masked");
    private static final CloseReason LOST = new CloseReason(CloseReason.CloseCodes.CLOSED_ABNORMALLY, null);

    private final Connection<?> tcp;
    private final ScheduledExecutorService timer;
    private final Duration closeWait;
    private final AtomicBoolean released = new AtomicBoolean();

    /** Any thread; never set back. */
    private volatile boolean closeSent;

    private volatile boolean peerClosed;

    /** The four below are the reader's: set before the first bytes are read. */
    private @Nullable FrameWatch watch;

    private org.glassfish.tyrus.spi.@Nullable Connection session;
    private @Nullable PreparedHandshake prepared;
    private boolean deaf;

    private final Object pongs = new Object();

    /** What waits until the pong under way has left. */
    @GuardedBy("pongs")
    private @Nullable ByteBuffer nextPong;

    @GuardedBy("pongs")
    private boolean pongUnderWay;

    TyrusLink(Connection<?> tcp, ScheduledExecutorService timer, Duration closeWait) {
        this.tcp = tcp;
        this.timer = timer;
        this.closeWait = closeWait;
    }

    /** The upgrade is answered: opens the session. */
    void open(UpgradeInfo info, PreparedHandshake handshake, Runnable gone) {
        IdleTimeoutFilter.setCustomTimeout(tcp, -1, TimeUnit.SECONDS);
        watch = new FrameWatch(TyrusContainer.frameLimit(handshake.maxInboundBytes()));
        prepared = handshake;
        org.glassfish.tyrus.spi.Connection opened = info.createConnection(this, reason -> {});
        session = opened;
        tcp.addCloseListener((closeable, type) -> {
            gone.run();
            lost(opened, handshake);
        });
    }

    /** Bytes that the peer sent; more than Tyrus takes at once, if Grizzly's buffer was larger than it was asked to be. */
    void received(ByteBuffer bytes) {
        while (bytes.remaining() > TyrusTransport.READ_BYTES) {
            take(bytes.slice(bytes.position(), TyrusTransport.READ_BYTES));
            bytes.position(bytes.position() + TyrusTransport.READ_BYTES);
        }
        take(bytes);
    }

    private void take(ByteBuffer bytes) {
        FrameWatch frames = watch;
        org.glassfish.tyrus.spi.Connection reader = session;
        if (frames == null || reader == null) {
            return;
        }
        frames.see(bytes);
        if (frames.closed()) {
            peerClosed = true;
        }
        // Behind its own close frame Tyrus logs a failure for every ping that it cannot answer any more.
        if (!deaf && !closeSent && !released.get()) {
            if (frames.tooLong()) {
                deaf = true;
                TidingsEndpoint endpoint = prepared == null ? null : prepared.endpoint();
                if (endpoint != null) {
                    endpoint.tooLarge();
                }
            } else if (frames.unmasked()) {
                // Tyrus would take it.
                deaf = true;
                reader.close(UNMASKED);
            } else {
                reader.getReadHandler().handle(bytes);
            }
        }
        if (peerClosed && released.get()) {
            tcp.closeSilently();
        }
    }

    /** Tyrus is told, and the hub even when Tyrus thinks that it knows. */
    private static void lost(org.glassfish.tyrus.spi.Connection session, PreparedHandshake handshake) {
        try {
            session.close(LOST);
        } finally {
            TidingsEndpoint endpoint = handshake.endpoint();
            if (endpoint != null) {
                endpoint.ended(LOST.getCloseCode().getCode(), null);
            }
        }
    }

    // What Tyrus writes.

    @Override
    public void write(ByteBuffer frame, CompletionHandler<ByteBuffer> handler) {
        byte first = frame.hasRemaining() ? frame.get(frame.position()) : 0;
        if (first == FINAL_PONG) {
            pong(frame.duplicate());
            if (handler != null) {
                handler.completed(frame);
            }
            return;
        }
        if (first == FINAL_CLOSE) {
            closeSent = true;
        }
        enqueue(frame.duplicate(), failure -> {
            if (handler != null) {
                if (failure == null) {
                    handler.completed(frame);
                } else {
                    handler.failed(failure);
                }
            }
        });
    }

    /**
     * Only the latest ping must be answered (RFC 6455 section 5.5.3): a peer that asks and never reads has one pong in Grizzly's
     * queue, which has no bound.
     */
    private void pong(ByteBuffer frame) {
        synchronized (pongs) {
            if (pongUnderWay) {
                nextPong = frame;
                return;
            }
            pongUnderWay = true;
        }
        enqueue(frame, failure -> pongLeft());
    }

    private void pongLeft() {
        ByteBuffer next;
        synchronized (pongs) {
            next = nextPong;
            nextPong = null;
            pongUnderWay = next != null;
        }
        if (next != null && !closeSent) {
            enqueue(next, failure -> pongLeft());
        }
    }

    /** Tyrus is done with the connection. */
    @Override
    public void close() {
        if (released.compareAndSet(false, true)) {
            closing();
            if (peerClosed) {
                tcp.closeSilently();
            }
        }
    }

    // What the hub writes.

    @Override
    public int framesAtOnce() {
        return Integer.MAX_VALUE;
    }

    @Override
    public void send(Frame[] frames, int from, int to, Completion completion) throws IOException {
        if (closeSent) {
            throw new ClosedChannelException();
        }
        enqueue(ServerFrames.encode(frames, from, to), completion);
    }

    @Override
    public void ping() {
        if (!closeSent) {
            enqueue(PING.duplicate(), failure -> {});
        }
    }

    @Override
    public void closing() {
        try {
            Future<?> end = timer.schedule(this::abort, closeWait.toMillis(), TimeUnit.MILLISECONDS);
            tcp.addCloseListener((closeable, type) -> end.cancel(false));
        } catch (RejectedExecutionException stopped) {
            abort();
        }
    }

    @Override
    public void abort() {
        try {
            if (((TCPNIOConnection) tcp).getChannel() instanceof SocketChannel channel) {
                channel.setOption(StandardSocketOptions.SO_LINGER, 0);
            }
        } catch (IOException | RuntimeException e) {
            // without it the kernel lingers; the connection ends all the same
        }
        tcp.terminateSilently();
    }

    @Override
    public @Nullable Executor lane() {
        return null;
    }

    /** Past the filters, which have nothing to add to frames. */
    private void enqueue(ByteBuffer bytes, Completion completion) {
        Buffer buffer = Buffers.wrap(tcp.getMemoryManager(), bytes);
        TCPNIOConnection connection = (TCPNIOConnection) tcp;
        connection
                .getTransport()
                .getWriter(connection)
                .write(connection, buffer, new EmptyCompletionHandler<WriteResult<Buffer, SocketAddress>>() {
                    @Override
                    public void completed(WriteResult<Buffer, SocketAddress> result) {
                        completion.done(null);
                    }

                    @Override
                    public void failed(Throwable failure) {
                        completion.done(failure);
                    }

                    @Override
                    public void cancelled() {
                        completion.done(new ClosedChannelException());
                    }
                });
    }
}
