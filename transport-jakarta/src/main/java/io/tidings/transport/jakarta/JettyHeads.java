package io.tidings.transport.jakarta;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.io.Connection;
import org.jspecify.annotations.Nullable;

/**
 * Ends HTTP connections whose client sends so slowly that no request comes of it: Jetty's idle time starts anew with every byte.
 *
 * <p>A connection is looked at once in the time that a request may take. One that has sent bytes and no request since the last
 * look ends.
 */
final class JettyHeads implements Connection.Listener {

    private final ScheduledExecutorService timer;
    private final Duration longest;
    private final Map<Connection, Look> looks = new ConcurrentHashMap<>();

    JettyHeads(ScheduledExecutorService timer, Duration longest) {
        this.timer = timer;
        this.longest = longest;
    }

    @Override
    public void onOpened(Connection connection) {
        if (connection instanceof JettyLink) {
            return;
        }
        Look look = new Look(connection);
        looks.put(connection, look);
        try {
            look.next = timer.scheduleAtFixedRate(look, longest.toMillis(), longest.toMillis(), TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException stopped) {
            connection.close();
        }
    }

    /** Also when a connection becomes a WebSocket. */
    @Override
    public void onClosed(Connection connection) {
        Look look = looks.remove(connection);
        Future<?> next = look == null ? null : look.next;
        if (next != null) {
            next.cancel(false);
        }
    }

    /** The timer's. */
    private static final class Look implements Runnable {
        private final Connection connection;
        private long requests;
        private long bytes;
        private volatile @Nullable Future<?> next;

        Look(Connection connection) {
            this.connection = connection;
        }

        @Override
        public void run() {
            long requestsNow = connection.getMessagesIn();
            long bytesNow = connection.getBytesIn();
            if (requestsNow == requests && bytesNow != bytes) {
                connection.getEndPoint().close();
            }
            requests = requestsNow;
            bytes = bytesNow;
        }
    }
}
