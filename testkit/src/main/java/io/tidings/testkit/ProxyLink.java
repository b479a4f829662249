package io.tidings.testkit;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;

/** One client's connection through a {@link FaultProxy}: two sockets, and a {@link ProxyPipe} each way. */
final class ProxyLink {
    private static final int CONNECT_MILLIS = 5_000;

    private final Socket client;
    private final Socket upstream = new Socket();
    private final InetSocketAddress upstreamAddress;
    private final Flow toUpstream;
    private final Flow toClient;
    private final Random random;
    private final Consumer<ProxyLink> onEnd;
    private final Object lock = new Object();

    @GuardedBy("lock")
    private final List<Thread> threads = new ArrayList<>();

    @GuardedBy("lock")
    private boolean ended;

    @GuardedBy("lock")
    private int directionsFinished;

    ProxyLink(
            Socket client,
            InetSocketAddress upstreamAddress,
            Flow toUpstream,
            Flow toClient,
            Random random,
            Consumer<ProxyLink> onEnd) {
        this.client = client;
        this.upstreamAddress = upstreamAddress;
        this.toUpstream = toUpstream;
        this.toClient = toClient;
        this.random = random;
        this.onEnd = onEnd;
    }

    /** Connects upstream on a thread of its own, so that a slow upstream does not hold up other clients. */
    void start() {
        run("connect", () -> {
            try {
                client.setTcpNoDelay(true);
                upstream.setTcpNoDelay(true);
                upstream.connect(upstreamAddress, CONNECT_MILLIS);
            } catch (IOException unreachable) {
                reset();
                return;
            }
            pipe(client, upstream, toUpstream);
            pipe(upstream, client, toClient);
        });
    }

    private void pipe(Socket from, Socket to, Flow flow) {
        ProxyPipe pipe = new ProxyPipe(from, to, flow, random, this);
        run("read", pipe::readAll);
        run("write", pipe::writeAll);
    }

    /** Called once a direction, after its FIN was passed on. */
    void finished() {
        boolean both;
        synchronized (lock) {
            both = ++directionsFinished == 2;
        }
        if (both) {
            end(Sockets::close);
        }
    }

    /** Resets both sockets; any thread, any number of times. */
    void reset() {
        end(Sockets::reset);
    }

    private void end(Consumer<Socket> how) {
        List<Thread> waiting;
        synchronized (lock) {
            if (ended) {
                return;
            }
            ended = true;
            waiting = List.copyOf(threads);
        }
        how.accept(client);
        how.accept(upstream);
        waiting.forEach(Thread::interrupt);
        onEnd.accept(this);
    }

    private void run(String what, Runnable body) {
        synchronized (lock) {
            if (!ended) {
                Thread thread = Threads.daemon("fault-proxy-" + what + '-' + client.getPort(), body);
                threads.add(thread);
                thread.start();
            }
        }
    }
}
