package io.tidings.transport.jakarta;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.tidings.spi.Acceptor;
import io.tidings.spi.Transport;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.eclipse.jetty.http.HttpCompliance;
import org.eclipse.jetty.io.ByteBufferPool;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.jspecify.annotations.Nullable;

/**
 * Jetty's HTTP server, for WebSocket and routes on one port, without servlets.
 *
 * <p>Jetty's own WebSocket keeps the handshake's query with its token for as long as the session lives, and lets pongs pile up
 * for a peer that pings and does not read; this server speaks WebSocket itself ({@link WireConnection}) on connections that
 * Jetty upgraded. An application that runs in a Jetty adds the hub to it by {@link JakartaEndpoints} instead.
 *
 * <p><b>Threads.</b> All runs on Jetty's selecting threads: nothing here blocks. Frames are written by whoever writes. The
 * threads are daemons.
 *
 * <p><b>Limits.</b> permessage-deflate does not exist and idle time-outs of WebSocket connections are off. A message over the
 * endpoint's limit and some more is told to the hub before it is read.
 */
public final class JettyTransport implements Transport {

    /** One accepts; Jetty wants some more than what it counts on. */
    private static final int OTHER_THREADS = 4;

    private final TransportOptions options;
    private final Object lock = new Object();

    @GuardedBy("lock")
    private @Nullable Server server;

    @GuardedBy("lock")
    private @Nullable JettyFront front;

    /** A server that does not listen yet. */
    public JettyTransport(TransportOptions options) {
        this.options = options;
    }

    @Override
    public InetSocketAddress start(Acceptor acceptor) throws IOException {
        synchronized (lock) {
            if (server != null) {
                throw new IllegalStateException("started already");
            }
            InetAddress host = InetAddress.getByName(options.host());
            QueuedThreadPool threads = new QueuedThreadPool(options.ioThreads() + OTHER_THREADS);
            threads.setName("tidings-jetty");
            threads.setDaemon(true);
            threads.setReservedThreads(0);
            Server starting = new Server(threads);
            starting.setStopTimeout(0);
            ServerConnector connector = connector(starting, options);
            connector.setHost(host.getHostAddress());
            starting.addConnector(connector);
            JettyFront handler = new JettyFront(acceptor, options);
            starting.setHandler(handler);
            // Jetty's pages of errors say more than a stranger need know.
            starting.setErrorHandler((request, response, callback) -> {
                response.write(true, BufferUtil.EMPTY_BUFFER, callback);
                return true;
            });
            connector.addBean(handler.heads());
            try {
                starting.start();
            } catch (Exception e) {
                stop(starting);
                throw new IOException(
                        "cannot listen on " + options.host() + ':' + options.port(),
                        e.getCause() == null ? e : e.getCause());
            }
            server = starting;
            front = handler;
            return new InetSocketAddress(host, connector.getLocalPort());
        }
    }

    /**
     * What accepts and reads. A buffer belongs to one connection, and never to another after it: Jetty answers a request that it
     * cannot parse on a second thread, which may read on into a buffer that the first has given back by then. From a pool it would
     * be somebody else's, whose request would begin with what a stranger sent.
     */
    static ServerConnector connector(Server server, TransportOptions options) {
        ServerConnector connector = new ServerConnector(
                server,
                null,
                null,
                ByteBufferPool.NON_POOLING,
                1,
                options.ioThreads(),
                new HttpConnectionFactory(http()));
        connector.setPort(options.port());
        connector.setAcceptQueueSize(1024);
        connector.setIdleTimeout(options.requestIdle().toMillis());
        return connector;
    }

    private static HttpConfiguration http() {
        HttpConfiguration http = new HttpConfiguration();
        // Without a pool, direct ones would stay until the collector runs.
        http.setUseInputDirectByteBuffers(false);
        http.setUseOutputDirectByteBuffers(false);
        http.setRequestHeaderSize(TransportOptions.MAX_HEADER_BYTES);
        http.setHttpCompliance(HttpCompliance.RFC9110);
        http.setSendServerVersion(false);
        http.setSendDateHeader(true);
        return http;
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
        Server stopping;
        JettyFront closing;
        synchronized (lock) {
            stopping = server;
            closing = front;
            front = null;
        }
        if (stopping != null && closing != null) {
            closing.shutDown();
            stop(stopping);
        }
    }

    private static void stop(Server server) {
        try {
            server.stop();
            server.destroy();
        } catch (Exception e) {
            // what could not be stopped was not started
        }
    }
}
