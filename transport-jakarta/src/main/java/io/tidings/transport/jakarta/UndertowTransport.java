package io.tidings.transport.jakarta;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.tidings.spi.Acceptor;
import io.tidings.spi.Transport;
import io.undertow.Undertow;
import io.undertow.UndertowOptions;
import io.undertow.server.DefaultByteBufferPool;
import io.undertow.server.handlers.HttpContinueReadHandler;
import io.undertow.server.protocol.http.HttpOpenListener;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.xnio.ChannelListener;
import org.xnio.IoUtils;
import org.xnio.OptionMap;
import org.xnio.Options;
import org.xnio.StreamConnection;
import org.xnio.XnioWorker;
import org.xnio.channels.AcceptingChannel;

/**
 * Undertow, for WebSocket and routes on one port, without servlets.
 *
 * <p><b>Threads.</b> All runs on Undertow's I/O threads: nothing here blocks, a connection stays on one thread, and a flooded
 * thread stops reading, where Undertow's worker threads would queue what came without bound. The threads are daemons.
 *
 * <p><b>Limits.</b> permessage-deflate and idle time-outs of WebSocket connections are off. A message over the endpoint's limit
 * is read in pieces, and the hub ends the connection at the piece that goes too far.
 */
public final class UndertowTransport implements Transport {

    /** What Undertow takes itself where there is memory. */
    private static final int BUFFER_BYTES = 16 * 1024 - 20;

    private final TransportOptions options;
    private final Object lock = new Object();

    @GuardedBy("lock")
    private @Nullable Undertow server;

    @GuardedBy("lock")
    private @Nullable AcceptingChannel<? extends StreamConnection> listener;

    @GuardedBy("lock")
    private @Nullable UndertowFront front;

    /** A server that does not listen yet. */
    public UndertowTransport(TransportOptions options) {
        this.options = options;
    }

    @Override
    public InetSocketAddress start(Acceptor acceptor) throws IOException {
        synchronized (lock) {
            if (server != null) {
                throw new IllegalStateException("started already");
            }
            UndertowFront handler = new UndertowFront(acceptor, options);
            Undertow starting = Undertow.builder()
                    .setIoThreads(options.ioThreads())
                    .setWorkerThreads(1)
                    .setWorkerOption(Options.THREAD_DAEMON, true)
                    .setWorkerOption(Options.WORKER_NAME, "tidings-undertow")
                    .setServerOption(UndertowOptions.SHUTDOWN_TIMEOUT, 5_000)
                    .build();
            try {
                starting.start();
                listener = listen(starting.getWorker(), handler);
            } catch (IOException | RuntimeException e) {
                stop(starting);
                throw new IOException("cannot listen on " + options.host() + ':' + options.port(), cause(e));
            }
            server = starting;
            front = handler;
            return listener.getLocalAddress(InetSocketAddress.class);
        }
    }

    /** Like Undertow's own listeners, but for {@link UndertowHeads}. */
    private AcceptingChannel<? extends StreamConnection> listen(XnioWorker worker, UndertowFront handler)
            throws IOException {
        int idleMillis = (int) options.requestIdle().toMillis();
        HttpOpenListener http = new HttpOpenListener(
                new DefaultByteBufferPool(true, BUFFER_BYTES, -1, 4),
                OptionMap.builder()
                        .set(UndertowOptions.BUFFER_PIPELINED_DATA, true)
                        .set(UndertowOptions.NO_REQUEST_TIMEOUT, idleMillis)
                        .set(UndertowOptions.REQUEST_PARSE_TIMEOUT, idleMillis)
                        .set(UndertowOptions.HTTP_HEADERS_CACHE_SIZE, 0)
                        .set(UndertowOptions.MAX_HEADERS, TransportOptions.MAX_HEADERS)
                        .set(UndertowOptions.MAX_HEADER_SIZE, TransportOptions.MAX_HEADER_BYTES)
                        .getMap());
        http.setRootHandler(new HttpContinueReadHandler(handler));
        ChannelListener<StreamConnection> opened = connection -> {
            UndertowHeads.watch(connection);
            http.handleEvent(connection);
        };
        AcceptingChannel<? extends StreamConnection> listening = worker.createStreamConnectionServer(
                new InetSocketAddress(InetAddress.getByName(options.host()), options.port()),
                new UndertowIntake(opened),
                OptionMap.builder()
                        .set(Options.WORKER_IO_THREADS, options.ioThreads())
                        .set(Options.TCP_NODELAY, true)
                        .set(Options.REUSE_ADDRESSES, true)
                        .set(Options.BALANCING_TOKENS, 1)
                        .set(Options.BALANCING_CONNECTIONS, 2)
                        .set(Options.BACKLOG, 1024)
                        .getMap());
        listening.resumeAccepts();
        return listening;
    }

    @Override
    public CompletionStage<Void> pause() {
        synchronized (lock) {
            if (front != null) {
                front.pause();
            }
        }
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public void close() {
        Undertow stopping;
        AcceptingChannel<? extends StreamConnection> listening;
        UndertowFront closing;
        synchronized (lock) {
            listening = listener;
            stopping = server;
            closing = front;
            front = null;
        }
        if (stopping != null && closing != null) {
            IoUtils.safeClose(listening);
            closing.close();
            stop(stopping);
        }
    }

    private static void stop(Undertow server) {
        try {
            server.stop();
        } catch (RuntimeException e) {
            // it waits for its threads, and wraps an interruption, which stays marked
        }
    }

    private static Throwable cause(Exception e) {
        return e.getCause() == null ? e : e.getCause();
    }
}
