package io.tidings.transport.jakarta;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.tidings.spi.Acceptor;
import io.tidings.spi.Transport;
import io.undertow.Undertow;
import io.undertow.UndertowOptions;
import io.undertow.server.handlers.HttpContinueReadHandler;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.xnio.Options;

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

    private final TransportOptions options;
    private final Object lock = new Object();

    @GuardedBy("lock")
    private @Nullable Undertow server;

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
            int idleMillis = (int) options.requestIdle().toMillis();
            Undertow starting = Undertow.builder()
                    .setIoThreads(options.ioThreads())
                    .setWorkerThreads(1)
                    .setWorkerOption(Options.THREAD_DAEMON, true)
                    .setWorkerOption(Options.WORKER_NAME, "tidings-undertow")
                    .setSocketOption(Options.TCP_NODELAY, true)
                    .setSocketOption(Options.BACKLOG, 1024)
                    .setServerOption(UndertowOptions.NO_REQUEST_TIMEOUT, idleMillis)
                    .setServerOption(UndertowOptions.REQUEST_PARSE_TIMEOUT, idleMillis)
                    .setServerOption(UndertowOptions.HTTP_HEADERS_CACHE_SIZE, 0)
                    .setServerOption(UndertowOptions.MAX_HEADERS, TransportOptions.MAX_HEADERS)
                    .setServerOption(UndertowOptions.MAX_HEADER_SIZE, TransportOptions.MAX_HEADER_BYTES)
                    .setServerOption(UndertowOptions.SHUTDOWN_TIMEOUT, 5_000)
                    .addHttpListener(options.port(), options.host())
                    .setHandler(new HttpContinueReadHandler(handler))
                    .build();
            try {
                starting.start();
            } catch (RuntimeException e) {
                stop(starting);
                throw new IOException("cannot listen on " + options.host() + ':' + options.port(), cause(e));
            }
            server = starting;
            front = handler;
            return (InetSocketAddress) starting.getListenerInfo().get(0).getAddress();
        }
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
        UndertowFront closing;
        synchronized (lock) {
            stopping = server;
            closing = front;
            front = null;
        }
        if (stopping != null && closing != null) {
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

    private static Throwable cause(RuntimeException e) {
        return e.getCause() == null ? e : e.getCause();
    }
}
