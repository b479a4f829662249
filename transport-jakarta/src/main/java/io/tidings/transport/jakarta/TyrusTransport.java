package io.tidings.transport.jakarta;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.tidings.spi.Acceptor;
import io.tidings.spi.Transport;
import jakarta.websocket.DeploymentException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.glassfish.grizzly.http.server.HttpServer;
import org.glassfish.grizzly.http.server.NetworkListener;
import org.glassfish.grizzly.nio.transport.TCPNIOTransport;
import org.jspecify.annotations.Nullable;

/**
 * Tyrus on Grizzly, for WebSocket and routes on one port.
 *
 * <p>Tyrus's own server binds every address, has no routes, and cannot refuse with a status of choice; this one puts Tyrus's
 * engine behind a Grizzly filter of its own.
 *
 * <p><b>Threads.</b> All runs on Grizzly's selector threads: nothing here blocks, and a connection stays on one thread. The
 * threads are daemons.
 *
 * <p><b>Limits.</b> permessage-deflate and idle time-outs of WebSocket connections are off. A frame over the endpoint's limit
 * and some more is told to the hub before it is read.
 */
public final class TyrusTransport implements Transport {

    /** What one read takes at most; the rest waits in the kernel. */
    static final int READ_BYTES = 16 * 1024;

    private final TransportOptions options;
    private final Object lock = new Object();

    @GuardedBy("lock")
    private @Nullable HttpServer server;

    @GuardedBy("lock")
    private @Nullable TyrusContainer container;

    @GuardedBy("lock")
    private @Nullable TyrusFilter filter;

    /** A server that does not listen yet. */
    public TyrusTransport(TransportOptions options) {
        this.options = options;
    }

    @Override
    public InetSocketAddress start(Acceptor acceptor) throws IOException {
        synchronized (lock) {
            if (server != null) {
                throw new IllegalStateException("started already");
            }
            TyrusContainer engine = container(acceptor);
            TyrusFilter upgrades = new TyrusFilter(acceptor, engine, options);
            NetworkListener listener = new NetworkListener("tidings", options.host(), options.port());
            listener.getKeepAlive()
                    .setIdleTimeoutInSeconds((int) options.requestIdle().toSeconds());
            // What is over the limits is refused before the codec sees it; it counts otherwise.
            listener.setMaxHttpHeaderSize(2 * TransportOptions.MAX_HEADER_BYTES);
            listener.setMaxRequestHeaders(2 * TransportOptions.MAX_HEADERS);
            TCPNIOTransport tcp = listener.getTransport();
            tcp.setIOStrategy(new SelectorThreads(engine.getScheduledExecutorService()));
            tcp.setSelectorRunnersCount(options.ioThreads());
            tcp.setReadBufferSize(READ_BYTES);
            tcp.setServerConnectionBackLog(1024);
            tcp.setTcpNoDelay(true);
            listener.registerAddOn((added, chain) -> upgrades.insertInto(chain));
            HttpServer starting = new HttpServer();
            starting.addListener(listener);
            try {
                starting.start();
            } catch (IOException | RuntimeException e) {
                starting.shutdownNow();
                engine.stop();
                throw new IOException("cannot listen on " + options.host() + ':' + options.port(), e);
            }
            server = starting;
            container = engine;
            filter = upgrades;
            return new InetSocketAddress(InetAddress.getByName(options.host()), listener.getPort());
        }
    }

    @Override
    public CompletionStage<Void> pause() {
        synchronized (lock) {
            if (filter != null) {
                filter.pause();
            }
        }
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public void close() {
        HttpServer stopping;
        TyrusContainer engine;
        TyrusFilter closing;
        synchronized (lock) {
            stopping = server;
            engine = container;
            closing = filter;
            filter = null;
        }
        if (stopping != null && engine != null && closing != null) {
            closing.close();
            stopping.shutdownNow();
            engine.stop();
        }
    }

    private static TyrusContainer container(Acceptor acceptor) throws IOException {
        TyrusContainer container = new TyrusContainer(acceptor);
        try {
            JakartaEndpoints.register(container, acceptor);
            container.start("", 0);
            container.doneDeployment();
            return container;
        } catch (DeploymentException e) {
            container.stop();
            throw new IOException("Tyrus does not take the endpoints", e);
        }
    }
}
