package io.tidings.transport.jakarta;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.tidings.spi.Acceptor;
import io.tidings.spi.Transport;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import org.jspecify.annotations.Nullable;

/**
 * Tomcat's HTTP connector, for WebSocket and routes on one port, without servlets.
 *
 * <p>Tomcat's own WebSocket holds a thread for every peer that pings and does not read, keeps the handshake's query with its
 * token for as long as the session lives, and flushes batches by waiting; this server speaks WebSocket itself
 * ({@link WireConnection}) on connections that Tomcat upgraded. An application that runs in a Tomcat adds the hub to it by
 * {@link JakartaEndpoints} instead.
 *
 * <p><b>Threads.</b> One thread selects, {@link TransportOptions#ioThreads()} read; nothing blocks them. Frames are written by
 * whoever writes. The threads are daemons.
 *
 * <p><b>Limits.</b> permessage-deflate does not exist and idle time-outs of WebSocket connections are off. A message over the
 * endpoint's limit and some more is told to the hub before it is read.
 */
public final class TomcatTransport implements Transport {

    private final TransportOptions options;
    private final Object lock = new Object();

    @GuardedBy("lock")
    private @Nullable TomcatProtocol server;

    @GuardedBy("lock")
    private @Nullable TomcatFront front;

    @GuardedBy("lock")
    private @Nullable ScheduledThreadPoolExecutor timer;

    /** A server that does not listen yet. */
    public TomcatTransport(TransportOptions options) {
        this.options = options;
    }

    @Override
    public InetSocketAddress start(Acceptor acceptor) throws IOException {
        synchronized (lock) {
            if (server != null) {
                throw new IllegalStateException("started already");
            }
            InetAddress host = InetAddress.getByName(options.host());
            ScheduledThreadPoolExecutor clock = ServerTimer.create("tidings-tomcat-timer");
            TomcatFront adapter = new TomcatFront(acceptor, options, clock);
            TomcatProtocol starting = new TomcatProtocol(adapter, options, host, clock);
            try {
                starting.init();
                starting.start();
            } catch (Exception e) {
                stop(starting);
                clock.shutdownNow();
                throw new IOException("cannot listen on " + options.host() + ':' + options.port(), e);
            }
            server = starting;
            front = adapter;
            timer = clock;
            return new InetSocketAddress(host, starting.getLocalPort());
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
        TomcatProtocol stopping;
        TomcatFront closing;
        ScheduledThreadPoolExecutor clock;
        synchronized (lock) {
            stopping = server;
            closing = front;
            clock = timer;
            front = null;
        }
        if (stopping != null && closing != null && clock != null) {
            closing.close();
            stop(stopping);
            clock.shutdownNow();
        }
    }

    private static void stop(TomcatProtocol server) {
        try {
            server.stop();
            server.destroy();
        } catch (Exception e) {
            // what could not be stopped was not started
        }
    }
}
