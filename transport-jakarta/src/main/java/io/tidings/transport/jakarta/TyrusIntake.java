package io.tidings.transport.jakarta;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.tidings.http.HttpResponse;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.glassfish.grizzly.Buffer;
import org.glassfish.grizzly.Connection;
import org.glassfish.grizzly.EmptyCompletionHandler;
import org.glassfish.grizzly.Grizzly;
import org.glassfish.grizzly.WriteResult;
import org.glassfish.grizzly.attributes.Attribute;
import org.glassfish.grizzly.filterchain.BaseFilter;
import org.glassfish.grizzly.filterchain.FilterChainContext;
import org.glassfish.grizzly.filterchain.NextAction;
import org.glassfish.grizzly.http.util.FastHttpDateFormat;
import org.glassfish.grizzly.memory.Buffers;
import org.glassfish.grizzly.nio.transport.TCPNIOConnection;
import org.jspecify.annotations.Nullable;

/**
 * What stands before Grizzly's HTTP codec, which takes much that is no HTTP and does not agree with others on where such a request
 * ends. A request that {@link RequestScan} objects to is answered, once what came before it has been, and is the last of its
 * connection.
 *
 * <p>A connection that ends so is left gently: what the peer still sends is read for a while, because a TCP connection that is closed
 * with bytes unread takes the answer back.
 */
final class TyrusIntake extends BaseFilter {

    private static final Attribute<Peer> PEER = Grizzly.DEFAULT_ATTRIBUTE_BUILDER.createAttribute(Peer.class.getName());

    private final ScheduledExecutorService timer;
    private final Duration longestHead;
    private final Duration farewell;

    /**
     * An intake.
     *
     * @param longestHead how long the head of a request may take to arrive; the connection ends then
     * @param farewell    how long a peer that was refused may go on sending
     */
    TyrusIntake(ScheduledExecutorService timer, Duration longestHead, Duration farewell) {
        this.timer = timer;
        this.longestHead = longestHead;
        this.farewell = farewell;
    }

    @Override
    public NextAction handleRead(FilterChainContext context) {
        Connection<?> connection = context.getConnection();
        Peer peer = PEER.get(connection);
        if (peer == null) {
            peer = new Peer(connection, timer, longestHead, farewell);
            PEER.set(connection, peer);
        }
        Buffer bytes = context.getMessage();
        int usable = peer.read(bytes);
        if (usable == bytes.remaining()) {
            return context.getInvokeAction();
        }
        if (usable == 0) {
            bytes.tryDispose();
            return context.getStopAction();
        }
        bytes.split(bytes.position() + usable).tryDispose();
        return context.getInvokeAction();
    }

    /** Another request has been answered, and the connection goes on. Any thread. */
    static void answered(Connection<?> connection) {
        Peer peer = PEER.get(connection);
        if (peer != null) {
            peer.answered();
        }
    }

    /** Whether nothing but what was read is to come, because it ended in nonsense. */
    static boolean isBroken(Connection<?> connection) {
        Peer peer = PEER.get(connection);
        return peer != null && peer.isBroken();
    }

    /** The connection ends with what is written now: the handler belongs to that write. Any thread. */
    static EmptyCompletionHandler<WriteResult> parting(Connection<?> connection) {
        Peer peer = PEER.get(connection);
        return peer == null ? new ClosesAfterwards(connection) : peer.parting();
    }

    /** HTTP is over. */
    static void forget(Connection<?> connection) {
        PEER.remove(connection);
    }

    private static final class ClosesAfterwards extends EmptyCompletionHandler<WriteResult> {
        private final Connection<?> connection;

        ClosesAfterwards(Connection<?> connection) {
            this.connection = connection;
        }

        @Override
        public void completed(WriteResult result) {
            connection.closeSilently();
        }
    }

    /** One connection, as far as it speaks HTTP. */
    private static final class Peer {
        private final Connection<?> tcp;
        private final ScheduledExecutorService timer;
        private final Duration longestHead;
        private final Duration farewell;

        /** These are the reader's only. */
        private final RequestScan scan = new RequestScan();

        private @Nullable Future<?> headDeadline;
        private long discarded;

        private final Object lock = new Object();

        @GuardedBy("lock")
        private int answered;

        /** How many answers come before the refusal. */
        @GuardedBy("lock")
        private int due;

        @GuardedBy("lock")
        private @Nullable HttpResponse refusal;

        @GuardedBy("lock")
        private boolean parting;

        Peer(Connection<?> tcp, ScheduledExecutorService timer, Duration longestHead, Duration farewell) {
            this.tcp = tcp;
            this.timer = timer;
            this.longestHead = longestHead;
            this.farewell = farewell;
        }

        /** How many of these bytes are for the codec. */
        int read(Buffer bytes) {
            if (isBroken()) {
                discarded += bytes.remaining();
                if (discarded > TransportOptions.MAX_FAREWELL_BYTES) {
                    tcp.terminateSilently();
                }
                return 0;
            }
            int usable = scan.see(bytes.toByteBuffer());
            HttpResponse problem = scan.problem();
            watchHead(problem == null && scan.inHead());
            if (problem != null) {
                refuse(problem, scan.inBody() ? scan.begun() - 1 : scan.begun());
            }
            return usable;
        }

        private void watchHead(boolean unfinished) {
            if (!unfinished && headDeadline != null) {
                headDeadline.cancel(false);
                headDeadline = null;
            } else if (unfinished && headDeadline == null) {
                headDeadline = in(longestHead, tcp::terminateSilently);
            }
        }

        private void refuse(HttpResponse problem, int after) {
            synchronized (lock) {
                if (parting) {
                    return;
                }
                refusal = problem;
                due = after;
                if (answered < due) {
                    return;
                }
                parting = true;
            }
            write(problem);
        }

        void answered() {
            HttpResponse last;
            synchronized (lock) {
                answered++;
                last = refusal;
                if (parting || last == null || answered < due) {
                    return;
                }
                parting = true;
            }
            write(last);
        }

        boolean isBroken() {
            synchronized (lock) {
                return parting || refusal != null;
            }
        }

        EmptyCompletionHandler<WriteResult> parting() {
            synchronized (lock) {
                parting = true;
            }
            Future<?> end = in(farewell, tcp::terminateSilently);
            tcp.addCloseListener((closeable, type) -> {
                if (end != null) {
                    end.cancel(false);
                }
            });
            return new EmptyCompletionHandler<>() {
                @Override
                public void completed(WriteResult result) {
                    endOutput();
                }
            };
        }

        private void write(HttpResponse response) {
            TCPNIOConnection connection = (TCPNIOConnection) tcp;
            EmptyCompletionHandler<WriteResult> parting = parting();
            connection
                    .getTransport()
                    .getWriter(connection)
                    .write(
                            connection,
                            Buffers.wrap(tcp.getMemoryManager(), encode(response)),
                            new EmptyCompletionHandler<WriteResult<Buffer, SocketAddress>>() {
                                @Override
                                public void completed(WriteResult<Buffer, SocketAddress> result) {
                                    parting.completed(result);
                                }
                            });
        }

        private void endOutput() {
            try {
                if (((TCPNIOConnection) tcp).getChannel() instanceof SocketChannel channel) {
                    channel.shutdownOutput();
                }
            } catch (IOException | RuntimeException e) {
                tcp.terminateSilently();
            }
        }

        /** Null when there will be no later: then it has been done. */
        private @Nullable Future<?> in(Duration wait, Runnable end) {
            try {
                return timer.schedule(end, wait.toMillis(), TimeUnit.MILLISECONDS);
            } catch (RejectedExecutionException stopped) {
                end.run();
                return null;
            }
        }
    }

    private static byte[] encode(HttpResponse response) {
        StringBuilder head = new StringBuilder("HTTP/1.1 ")
                .append(response.status())
                .append(" Refused\r\nConnection: close\r\nDate: ")
                .append(FastHttpDateFormat.getCurrentDate())
                .append("\r\nContent-Length: ")
                .append(response.body().length)
                .append("\r\n");
        response.headers()
                .forEach((name, value) ->
                        head.append(name).append(": ").append(value).append("\r\n"));
        byte[] start = head.append("\r\n").toString().getBytes(ISO_8859_1);
        byte[] whole = new byte[start.length + response.body().length];
        System.arraycopy(start, 0, whole, 0, start.length);
        System.arraycopy(response.body(), 0, whole, start.length, response.body().length);
        return whole;
    }
}
