package io.tidings.transport.jakarta;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import jakarta.servlet.http.WebConnection;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;
import org.apache.coyote.http11.upgrade.InternalHttpUpgradeHandler;
import org.apache.tomcat.util.net.AbstractEndpoint.Handler.SocketState;
import org.apache.tomcat.util.net.NioChannel;
import org.apache.tomcat.util.net.SSLSupport;
import org.apache.tomcat.util.net.SocketEvent;
import org.apache.tomcat.util.net.SocketWrapperBase;
import org.jspecify.annotations.Nullable;

/**
 * The end of a connection whose client was refused while it was sending: for a while and some bytes what it sends is read and
 * thrown away, because TCP would lose the answer otherwise. To Tomcat it is another protocol.
 */
final class TomcatFarewell implements InternalHttpUpgradeHandler {

    private static final int READ_BYTES = 16 * 1024;

    private final ScheduledExecutorService timer;
    private final Duration longest;

    @GuardedBy("this")
    private @Nullable SocketWrapperBase<?> socket;

    @GuardedBy("this")
    private @Nullable Future<?> deadline;

    /** The reader's. */
    private long left = TransportOptions.MAX_FAREWELL_BYTES;

    TomcatFarewell(ScheduledExecutorService timer, Duration longest) {
        this.timer = timer;
        this.longest = longest;
    }

    @Override
    public synchronized void setSocketWrapper(SocketWrapperBase<?> wrapper) {
        socket = wrapper;
    }

    @Override
    public synchronized void init(WebConnection ignored) {
        try {
            if (socket != null) {
                ((NioChannel) socket.getSocket()).getIOChannel().shutdownOutput();
            }
            deadline = timer.schedule(this::close, longest.toMillis(), TimeUnit.MILLISECONDS);
        } catch (IOException | RejectedExecutionException over) {
            left = 0;
        }
    }

    @Override
    public SocketState upgradeDispatch(SocketEvent event) {
        SocketWrapperBase<?> from;
        synchronized (this) {
            from = socket;
        }
        if (event != SocketEvent.OPEN_READ || from == null) {
            return SocketState.CLOSED;
        }
        ByteBuffer thrownAway = ByteBuffer.allocate(READ_BYTES);
        try {
            while (left > 0) {
                thrownAway.clear();
                int count = from.read(false, thrownAway);
                if (count == 0) {
                    return SocketState.UPGRADED;
                }
                left = count < 0 ? 0 : left - count;
            }
        } catch (IOException ended) {
            // by the client, which is as good
        }
        return SocketState.CLOSED;
    }

    @Override
    public synchronized void destroy() {
        if (deadline != null) {
            deadline.cancel(false);
        }
    }

    private void close() {
        SocketWrapperBase<?> closing;
        synchronized (this) {
            closing = socket;
        }
        if (closing != null) {
            Lock whole = closing.getLock();
            whole.lock();
            try {
                closing.close();
            } finally {
                whole.unlock();
            }
        }
    }

    @Override
    public void timeoutAsync(long now) {
        // The timer ends it.
    }

    @Override
    public void setSslSupport(SSLSupport sslSupport) {
        // TLS ends before this server.
    }

    @Override
    public void pause() {
        // It ends by itself.
    }
}
