package io.tidings.transport.jakarta;

import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import org.eclipse.jetty.io.AbstractConnection;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.SocketChannelEndPoint;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/**
 * One TCP connection of Jetty after its upgrade.
 *
 * <p><b>Threads.</b> Jetty reads on the connection's selecting thread; anybody writes.
 */
final class JettyLink extends AbstractConnection.NonBlocking implements Connection.UpgradeTo, Wire {

    private static final int READ_BYTES = 16 * 1024;

    /** How often one event reads; then it is others' turn. */
    private static final int READS = 16;

    private static final ThreadLocal<ByteBuffer> READ = ThreadLocal.withInitial(() -> BufferUtil.allocate(READ_BYTES));

    private final PreparedHandshake prepared;
    private final Set<JettyLink> links;
    private final WireConnection connection;

    /** What came with the request; reader only. */
    private @Nullable ByteBuffer first;

    /**
     * A link for a handshake that was let through.
     *
     * @param links where it is found until it ends
     */
    JettyLink(
            EndPoint endPoint,
            Executor executor,
            PreparedHandshake prepared,
            Set<JettyLink> links,
            ScheduledExecutorService timer,
            Duration closeWait) {
        super(endPoint, executor);
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

    // What Jetty calls.

    @Override
    public void onUpgradeTo(@Nullable ByteBuffer early) {
        first = early == null
                ? null
                : ByteBuffer.allocate(early.remaining()).put(early).flip();
    }

    @Override
    public void onOpen() {
        super.onOpen();
        getEndPoint().setIdleTimeout(-1);
        if (!connection.open(prepared::open)) {
            return;
        }
        ByteBuffer early = first;
        first = null;
        if (early != null) {
            connection.received(early);
        }
        fillInterested();
    }

    @Override
    public void onFillable() {
        ByteBuffer buffer = READ.get();
        try {
            for (int i = 0; i < READS; i++) {
                BufferUtil.clear(buffer);
                int count = getEndPoint().fill(buffer);
                if (count == 0) {
                    break;
                }
                if (count < 0) {
                    connection.inputEnded();
                    return;
                }
                connection.received(buffer);
            }
            fillInterested();
        } catch (IOException | RuntimeException lost) {
            connection.inputEnded();
        }
    }

    @Override
    public void onFillInterestedFailed(Throwable cause) {
        connection.inputEnded();
    }

    @Override
    public void onClose(@Nullable Throwable cause) {
        super.onClose(cause);
        links.remove(this);
        prepared.claim().abandon();
        connection.inputEnded();
    }

    // What the connection does.

    @Override
    public void write(ByteBuffer bytes, FrameSender.Completion told) {
        getEndPoint()
                .write(
                        new Callback.Nested(Callback.NOOP) {
                            @Override
                            public InvocationType getInvocationType() {
                                return InvocationType.NON_BLOCKING;
                            }

                            @Override
                            public void succeeded() {
                                told.done(null);
                            }

                            @Override
                            public void failed(Throwable failure) {
                                told.done(failure);
                            }
                        },
                        bytes);
    }

    @Override
    public void finish() {
        getEndPoint().shutdownOutput();
    }

    @Override
    public void end() {
        links.remove(this);
        getEndPoint().close();
    }

    @Override
    public void reset() {
        try {
            if (getEndPoint() instanceof SocketChannelEndPoint socket) {
                SocketChannel channel = socket.getChannel();
                channel.setOption(StandardSocketOptions.SO_LINGER, 0);
            }
        } catch (IOException | RuntimeException e) {
            // without it the kernel lingers; the connection ends all the same
        }
        end();
    }
}
