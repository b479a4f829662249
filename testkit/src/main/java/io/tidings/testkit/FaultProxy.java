package io.tidings.testkit;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * A TCP proxy on the loopback address that spoils connections on demand: latency, jitter, a rate limit, slicing, a
 * blackhole, refusal, resets. A FIN passes as a FIN and a reset as a reset, once the bytes before it have.
 *
 * <pre>{@code
 * try (var proxy = FaultProxy.to("127.0.0.1", redisPort)) {
 *     proxy.toClient().latency(Duration.ofMillis(50));          // answers come late
 *     proxy.eachWay(flow -> flow.blackhole(true));              // silent rather than gone
 *     proxy.refuse(true).cut();                                 // gone
 * }
 * }</pre>
 *
 * <p><b>Threads.</b> Four daemon threads a link: for tens of links, not thousands. Settings may change at any time from
 * any thread. It runs on real time, since what it delays is outside the JVM.
 */
public final class FaultProxy implements AutoCloseable {
    private static final int BACKLOG = 1024;

    private final ServerSocket listening;
    private final Random random;
    private final Flow toUpstream = new Flow();
    private final Flow toClient = new Flow();
    private final Thread acceptor;
    private final Object lock = new Object();

    @GuardedBy("lock")
    private final Set<ProxyLink> links = new HashSet<>();

    /** Any thread; the next accepted connection sees it. */
    private volatile boolean refuse;

    /** Any thread; likewise. */
    private volatile InetSocketAddress upstream;

    private FaultProxy(InetSocketAddress upstream, Random random) {
        this.upstream = upstream;
        this.random = random;
        try {
            listening = new ServerSocket(0, BACKLOG, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        acceptor = Threads.daemon("fault-proxy-" + port(), this::acceptAll);
    }

    /** Opens a proxy on a free port. */
    public static FaultProxy to(String host, int port) {
        return to(host, port, new Random());
    }

    /** Opens a proxy on a free port whose jitter comes from this source. */
    public static FaultProxy to(String host, int port, Random random) {
        FaultProxy proxy = new FaultProxy(new InetSocketAddress(host, port), random);
        proxy.acceptor.start();
        return proxy;
    }

    /** The port to connect to, at 127.0.0.1. */
    public int port() {
        return listening.getLocalPort();
    }

    /** The faults of what clients send. */
    public Flow toUpstream() {
        return toUpstream;
    }

    /** The faults of what clients receive. */
    public Flow toClient() {
        return toClient;
    }

    /** Sets the same faults in both directions. */
    public FaultProxy eachWay(Consumer<Flow> settings) {
        settings.accept(toUpstream);
        settings.accept(toClient);
        return this;
    }

    /** Whether new connections are reset as soon as they are made; default false. Links that stand are left alone. */
    public FaultProxy refuse(boolean on) {
        refuse = on;
        return this;
    }

    /** Where new connections go from now on, as when a server has started anew. Links that stand are left alone. */
    public FaultProxy upstream(String host, int port) {
        upstream = new InetSocketAddress(host, port);
        return this;
    }

    /** Resets every link, towards both ends. What waits inside the proxy is lost. */
    public FaultProxy cut() {
        List<ProxyLink> doomed;
        synchronized (lock) {
            doomed = List.copyOf(links);
        }
        doomed.forEach(ProxyLink::reset);
        return this;
    }

    /** How many links stand, those still connecting upstream included. */
    public int links() {
        synchronized (lock) {
            return links.size();
        }
    }

    /**
     * Waits until exactly so many links stand.
     *
     * @throws AssertionError when they do not in time
     */
    public void awaitLinks(int count, Duration timeout) {
        long deadline = System.nanoTime() + timeout.toNanos();
        synchronized (lock) {
            while (links.size() != count) {
                long millis = (deadline - System.nanoTime()) / 1_000_000;
                if (millis <= 0) {
                    throw new AssertionError(
                            "expected " + count + " links within " + timeout + ", got " + links.size());
                }
                try {
                    lock.wait(millis);
                } catch (InterruptedException e) {
                    throw Threads.interrupted(e);
                }
            }
        }
    }

    /** Stops listening and cuts every link; a connect after it is refused. */
    @Override
    public void close() {
        try {
            listening.close();
            acceptor.join(); // the kernel's socket listens on for as long as a thread is in its accept
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw Threads.interrupted(e);
        }
        cut();
    }

    private void acceptAll() {
        while (!listening.isClosed()) {
            try {
                Socket client = listening.accept();
                if (refuse) {
                    Sockets.reset(client);
                } else {
                    link(client);
                }
            } catch (IOException closedOrOutOfDescriptors) {
                // the loop's condition tells which; without descriptors accept() fails at once, so do not spin
                LockSupport.parkNanos(10_000_000);
            }
        }
    }

    private void link(Socket client) {
        ProxyLink link = new ProxyLink(client, upstream, toUpstream, toClient, random, this::forget);
        synchronized (lock) {
            links.add(link);
            lock.notifyAll();
        }
        link.start();
    }

    private void forget(ProxyLink link) {
        synchronized (lock) {
            links.remove(link);
            lock.notifyAll();
        }
    }
}
