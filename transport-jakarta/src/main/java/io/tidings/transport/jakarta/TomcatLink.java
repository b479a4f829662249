package io.tidings.transport.jakarta;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import jakarta.servlet.http.WebConnection;
import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.locks.Lock;
import org.apache.coyote.http11.upgrade.InternalHttpUpgradeHandler;
import org.apache.tomcat.util.net.AbstractEndpoint.Handler.SocketState;
import org.apache.tomcat.util.net.NioChannel;
import org.apache.tomcat.util.net.SSLSupport;
import org.apache.tomcat.util.net.SocketEvent;
import org.apache.tomcat.util.net.SocketWrapperBase;
import org.jspecify.annotations.Nullable;

/**
 * One TCP connection of Tomcat after its upgrade. Past Tomcat's buffers: bytes are read into one that the thread lends, and
 * written from where they are.
 *
 * <p><b>Threads.</b> Tomcat calls under the connection's lock, which is taken here only to close it: otherwise Tomcat would
 * put a connection back that has ended, and keep it.
 */
final class TomcatLink implements InternalHttpUpgradeHandler, Wire {

    private static final int READ_BYTES = 16 * 1024;

    /** How often one event reads; then it is others' turn. */
    private static final int READS = 16;

    private static final ThreadLocal<ByteBuffer> READ = ThreadLocal.withInitial(() -> ByteBuffer.allocate(READ_BYTES));

    private final PreparedHandshake prepared;
    private final Set<TomcatLink> links;
    private final WireConnection connection;
    private final Object lock = new Object();

    /** The two are set once, before anything else happens. */
    private @Nullable SocketWrapperBase<?> socket;

    private @Nullable SocketChannel channel;

    @GuardedBy("lock")
    private @Nullable ByteBuffer unwritten;

    @GuardedBy("lock")
    private FrameSender.@Nullable Completion completion;

    @GuardedBy("lock")
    private boolean gone;

    /**
     * A link for a handshake that was let through.
     *
     * @param links where it is found until it ends
     */
    TomcatLink(PreparedHandshake prepared, Set<TomcatLink> links, ScheduledExecutorService timer, Duration closeWait) {
        this.prepared = prepared;
        this.links = links;
        this.connection =
                new WireConnection(this, timer, closeWait, TidingsEndpoint.containerLimit(prepared.maxInboundBytes()));
        links.add(this);
    }

    /** Ends the connection, or gives up what has not become one. */
    void abort() {
        prepared.claim().abandon();
        connection.abort();
    }

    // What Tomcat calls.

    @Override
    public void setSocketWrapper(SocketWrapperBase<?> wrapper) {
        synchronized (lock) {
            socket = wrapper;
            channel = ((NioChannel) wrapper.getSocket()).getIOChannel();
        }
    }

    @Override
    public void init(WebConnection ignored) {
        connection.open(prepared::open);
    }

    @Override
    public SocketState upgradeDispatch(SocketEvent event) {
        switch (event) {
            case OPEN_READ -> read();
            case OPEN_WRITE -> writable();
            default -> connection.inputEnded();
        }
        synchronized (lock) {
            return gone ? SocketState.CLOSED : SocketState.UPGRADED;
        }
    }

    /** The connection has ended, or never came to be. */
    @Override
    public void destroy() {
        prepared.claim().abandon();
        connection.inputEnded();
    }

    @Override
    public void timeoutAsync(long now) {
        // The hub has time-outs.
    }

    @Override
    public void setSslSupport(SSLSupport sslSupport) {
        // TLS ends before this server.
    }

    @Override
    public void pause() {
        // The hub says goodbye.
    }

    private void read() {
        SocketWrapperBase<?> from = socket;
        SocketChannel bytes = channel;
        if (from == null || bytes == null) {
            return;
        }
        ByteBuffer buffer = READ.get();
        try {
            for (int i = 0; i < READS; i++) {
                buffer.clear();
                // What came with the request is in Tomcat's buffer.
                int count = from.getSocketBufferHandler().isReadBufferEmpty()
                        ? bytes.read(buffer)
                        : from.read(false, buffer);
                if (count == 0) {
                    return;
                }
                if (count < 0) {
                    connection.inputEnded();
                    return;
                }
                connection.received(buffer.flip());
            }
        } catch (IOException lost) {
            connection.inputEnded();
        }
    }

    // What the connection does.

    @Override
    public void write(ByteBuffer bytes, FrameSender.Completion told) {
        synchronized (lock) {
            unwritten = bytes;
            completion = told;
        }
        writable();
    }

    private void writable() {
        FrameSender.Completion told;
        Throwable failure = null;
        SocketWrapperBase<?> waiting = null;
        synchronized (lock) {
            told = completion;
            if (told == null || unwritten == null || channel == null) {
                return;
            }
            if (gone) {
                failure = new ClosedChannelException();
            } else {
                try {
                    channel.write(unwritten);
                } catch (IOException e) {
                    failure = e;
                }
            }
            if (failure == null && unwritten.hasRemaining()) {
                waiting = socket;
            } else {
                unwritten = null;
                completion = null;
            }
        }
        if (waiting != null) {
            waiting.registerWriteInterest();
        } else {
            told.done(failure);
        }
    }

    @Override
    public void finish() {
        try {
            if (channel != null) {
                channel.shutdownOutput();
            }
        } catch (IOException e) {
            // ended already
        }
    }

    @Override
    public void end() {
        drop(false);
    }

    @Override
    public void reset() {
        drop(true);
    }

    private void drop(boolean hard) {
        FrameSender.Completion told;
        SocketWrapperBase<?> closing;
        synchronized (lock) {
            if (gone) {
                return;
            }
            gone = true;
            told = completion;
            completion = null;
            unwritten = null;
            closing = socket;
            if (hard && channel != null) {
                try {
                    channel.setOption(StandardSocketOptions.SO_LINGER, 0);
                } catch (IOException e) {
                    // without it the kernel lingers; the connection ends all the same
                }
            }
        }
        links.remove(this);
        if (closing != null) {
            Lock whole = closing.getLock();
            whole.lock();
            try {
                closing.close();
            } finally {
                whole.unlock();
            }
        }
        if (told != null) {
            told.done(new ClosedChannelException());
        }
    }
}
