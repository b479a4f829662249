package io.tidings.benchmarks;

import io.tidings.policy.DrainPolicy;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Many clients on one thread, each of which tries until it is live: first anywhere in the window that the server named, then with exponential
 * backoff and full jitter, as the library's clients do.
 */
final class ResumeClients implements AutoCloseable {

    private static final long BASE_NANOS = 500_000_000L;
    /** How long an attempt may take. Who gives up early makes a server that is behind do the work twice. */
    private static final long PATIENCE_NANOS = 30_000_000_000L;

    /** Connects between two looks at what arrived: more would make the clients late, and the server seem so. */
    private static final int MAX_CONNECTS = 16;

    private static final long CAP_NANOS = 30_000_000_000L;
    /** Where the type begins in a frame of the event dialect. */
    private static final int TYPE = "{\"type\":\"".length();

    final AtomicInteger live = new AtomicInteger();
    final AtomicInteger refused = new AtomicInteger();
    final AtomicInteger failed = new AtomicInteger();
    /** Attempts given up because they took too long. */
    final AtomicInteger silent = new AtomicInteger();
    /** Live ones without exactly what they missed. */
    final AtomicInteger wrong = new AtomicInteger();
    /** Live ones whose connection ended. */
    final AtomicInteger ended = new AtomicInteger();
    /** From the start to live. Read when all are. */
    final Latencies untilLive = new Latencies();

    private Latencies latencies = new Latencies(); // reader only
    private volatile Latencies taken = latencies;
    private final AtomicBoolean take = new AtomicBoolean();

    private final int port;
    private final int missed;
    private final Random random;
    private final Selector selector;
    private final ByteBuffer input = ByteBuffer.allocateDirect(256 * 1024); // reader only
    private final PriorityQueue<Peer> due = new PriorityQueue<>(Comparator.comparingLong(peer -> peer.dueNanos));
    private final ArrayDeque<Attempt> attempts = new ArrayDeque<>(); // reader only
    private final Thread thread;
    private final long startNanos;
    private volatile boolean closed;

    /**
     * Starts them all at once.
     *
     * @param paths  what each asks for
     * @param missed how many messages each must get before it is live
     */
    ResumeClients(int port, List<String> paths, int missed, long seed) throws IOException {
        this.port = port;
        this.missed = missed;
        this.random = new Random(seed);
        this.selector = Selector.open();
        this.startNanos = System.nanoTime();
        for (int i = 0; i < paths.size(); i++) {
            Peer peer = new Peer(paths.get(i));
            // What the node that died told the i-th in its first frame.
            long window = DrainPolicy.STANDARD.spread(i + 1).toNanos();
            peer.dueNanos = startNanos + random.nextLong(window);
            due.add(peer);
        }
        thread = new Thread(this::run, "clients-" + seed);
        thread.setDaemon(true);
        thread.start();
    }

    /** The latencies of messages since the last call. */
    Latencies take() throws InterruptedException {
        take.set(true);
        while (take.get()) {
            selector.wakeup();
            Thread.sleep(1);
        }
        return taken;
    }

    @Override
    public void close() {
        closed = true;
        selector.wakeup();
    }

    private void run() {
        try {
            while (!closed) {
                if (take.get()) {
                    taken = latencies;
                    latencies = new Latencies();
                    take.set(false);
                }
                long now = System.nanoTime();
                Peer next;
                int connects = 0;
                while ((next = due.peek()) != null && next.dueNanos - now <= 0 && connects++ < MAX_CONNECTS) {
                    due.remove();
                    connect(next);
                }
                if (connects > 0) {
                    selector.selectNow(this::ready);
                } else {
                    long wait = next == null ? 50 : Math.max(1, (next.dueNanos - now) / 1_000_000);
                    selector.select(this::ready, Math.min(wait, 50));
                }
                giveUp();
            }
            selector.keys().forEach(key -> end(key));
        } catch (IOException | RuntimeException e) {
            e.printStackTrace();
            Runtime.getRuntime().halt(1);
        }
    }

    private void connect(Peer peer) {
        try {
            SocketChannel channel = SocketChannel.open();
            channel.configureBlocking(false);
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            peer.open = false;
            peer.texts = 0;
            peer.rest = null;
            peer.key = channel.register(selector, SelectionKey.OP_CONNECT, peer);
            attempts.add(new Attempt(peer, peer.key, System.nanoTime()));
            channel.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        } catch (IOException e) {
            failed.incrementAndGet();
            retry(peer);
        }
    }

    /** Attempts wait in the order in which they began. */
    private void giveUp() {
        Attempt first;
        while ((first = attempts.peek()) != null && System.nanoTime() - first.startNanos > PATIENCE_NANOS) {
            attempts.remove();
            Peer peer = first.peer;
            if (!peer.live && peer.key == first.key && first.key.isValid()) {
                silent.incrementAndGet();
                end(first.key);
                retry(peer);
            }
        }
    }

    private void retry(Peer peer) {
        peer.tries++;
        long most = Math.min(CAP_NANOS, BASE_NANOS << Math.min(peer.tries, 20));
        peer.dueNanos = System.nanoTime() + random.nextLong(most);
        due.add(peer);
    }

    private static void end(SelectionKey key) {
        key.cancel();
        try {
            key.channel().close();
        } catch (IOException gone) {
            // gone is what was wanted
        }
    }

    private void ready(SelectionKey key) {
        Peer peer = (Peer) key.attachment();
        SocketChannel channel = (SocketChannel) key.channel();
        try {
            if (key.isConnectable() && channel.finishConnect()) {
                key.interestOps(SelectionKey.OP_READ);
                channel.write(ByteBuffer.wrap(peer.request(port)));
            }
            if (key.isReadable()) {
                read(peer, channel);
            }
        } catch (IOException e) {
            end(key);
            if (peer.live) {
                ended.incrementAndGet();
            } else {
                (e instanceof Refused ? refused : failed).incrementAndGet();
                retry(peer);
            }
        }
    }

    private void read(Peer peer, SocketChannel channel) throws IOException {
        input.clear();
        if (peer.rest != null) {
            input.put(peer.rest);
            peer.rest = null;
        }
        if (channel.read(input) < 0) {
            throw new EOFException();
        }
        input.flip();
        int at = peer.open ? 0 : takeHead(peer);
        if (at >= 0) {
            at = takeFrames(peer, channel, at);
        }
        int from = Math.max(0, at);
        if (from < input.limit()) {
            peer.rest = new byte[input.limit() - from];
            input.get(from, peer.rest);
        }
    }

    /** Where the head ends, or -1 while it has not. */
    private int takeHead(Peer peer) throws IOException {
        for (int i = 3; i < input.limit(); i++) {
            if (input.get(i) == '\n' && input.get(i - 2) == '\n') {
                if (input.get(9) != '1' || input.get(10) != '0' || input.get(11) != '1') {
                    throw new Refused();
                }
                peer.open = true;
                return i + 1;
            }
        }
        return -1;
    }

    private int takeFrames(Peer peer, SocketChannel channel, int from) throws IOException {
        long now = System.nanoTime();
        int at = from;
        int end = input.limit();
        while (end - at >= 2) {
            int shortLength = input.get(at + 1) & 0x7f;
            int body = at + (shortLength == 126 ? 4 : 2);
            if (body > end) {
                break;
            }
            int length = shortLength == 126 ? input.getShort(at + 2) & 0xffff : shortLength;
            if (body + length > end) {
                break;
            }
            int opcode = input.get(at) & 0xf;
            if (opcode == 8) {
                throw new EOFException();
            } else if (opcode == 9) {
                channel.write(ByteBuffer.wrap(new byte[] {(byte) 0x8a, (byte) 0x80, 0, 0, 0, 0}));
            } else if (opcode == 1) {
                takeText(peer, body, length, now);
            }
            at = body + length;
        }
        return at;
    }

    private void takeText(Peer peer, int body, int length, long now) {
        if (input.get(body + TYPE) == 'b') {
            peer.texts++;
            if (peer.live) {
                int marker = Stamp.find(input, body, body + length);
                latencies.record((now - Stamp.read(input, marker)) / 1_000);
            }
        } else if (input.get(body + TYPE) == 'd' && input.get(body + TYPE + 9) == 'l' && !peer.live) {
            peer.live = true;
            if (peer.texts != missed) {
                wrong.incrementAndGet();
            }
            untilLive.record((now - startNanos) / 1_000);
            live.incrementAndGet();
        }
    }

    /** The server answered the upgrade otherwise. */
    @SuppressWarnings("serial") // never serialised
    private static final class Refused extends IOException {
        Refused() {
            super("refused");
        }
    }

    private record Attempt(Peer peer, SelectionKey key, long startNanos) {}

    /** One client; the thread's alone. */
    private static final class Peer {
        final String path;
        long dueNanos;
        int tries;

        @Nullable
        SelectionKey key;

        boolean open;
        boolean live;
        int texts;
        byte @Nullable [] rest; // the part of a head or frame that has arrived

        Peer(String path) {
            this.path = path;
        }

        byte[] request(int port) {
            return ("GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1:" + port
                            + "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                            + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII);
        }
    }
}
