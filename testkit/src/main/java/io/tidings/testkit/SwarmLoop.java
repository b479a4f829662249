package io.tidings.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/** A thread of a {@link SwarmClient}, with its selector and its share of the connections. */
final class SwarmLoop {
    private static final int READ_BYTES = 64 * 1024;

    private final Selector selector;
    private final SwarmTally tally;
    private final SwarmOptions options;
    private final Thread thread;
    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();

    /** Set once by {@link #close}. */
    private volatile boolean stopping;

    /** From here on: the loop's thread only. */
    private final Queue<SwarmLink> toConnect = new ArrayDeque<>();

    private final ByteBuffer buffer = ByteBuffer.allocate(READ_BYTES);
    private int connecting;
    private int sources;

    SwarmLoop(int number, SwarmTally tally, SwarmOptions options) {
        this.tally = tally;
        this.options = options;
        try {
            selector = Selector.open();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        sources = number;
        thread = Threads.daemon("swarm-client-" + number, this::run);
    }

    void start() {
        thread.start();
    }

    /** Runs a task on the loop's thread; after {@link #close} it is dropped. */
    void execute(Runnable task) {
        tasks.add(task);
        selector.wakeup();
    }

    /** Connects these, as many at once as the options allow. */
    void connect(List<SwarmLink> links) {
        execute(() -> toConnect.addAll(links));
    }

    /** A link is no longer on its way; the loop's thread. */
    void settled() {
        connecting--;
    }

    /** Resets all connections and ends the thread. */
    void close() {
        stopping = true;
        selector.wakeup();
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw Threads.interrupted(e);
        }
    }

    private void run() {
        try (selector) {
            while (!stopping) {
                selector.select(key -> ((SwarmLink) key.attachment()).ready(key, buffer));
                Runnable task;
                while ((task = tasks.poll()) != null) {
                    task.run();
                }
                startConnecting();
                tally.changed();
            }
            for (SelectionKey key : List.copyOf(selector.keys())) {
                ((SwarmLink) key.attachment()).reset();
            }
        } catch (IOException | RuntimeException e) {
            tally.problem("the selector thread ended: " + e);
        }
        tally.changed();
    }

    private void startConnecting() throws UnknownHostException {
        while (connecting < options.maxConnecting() && !toConnect.isEmpty()) {
            connecting++;
            toConnect.remove().connect(selector, nextSource());
        }
    }

    private @Nullable InetSocketAddress nextSource() throws UnknownHostException {
        if (options.sourceAddresses() == 0) {
            return null;
        }
        int host = 1 + Math.floorMod(sources++, options.sourceAddresses());
        return new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, (byte) host}), 0);
    }
}
