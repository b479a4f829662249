package io.tidings.testkit.simulation;

import io.tidings.dialect.Frame;
import io.tidings.spi.Handshake;
import io.tidings.spi.HandshakeRequest;
import io.tidings.spi.TransportConnection;
import io.tidings.spi.TransportListener;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * One connection between a client and a node, with what is on its way in either direction. It may be cut, so that both sides
 * hear of it at different times, or vanish, so that one side hears nothing.
 */
final class Wire implements TransportConnection {

    /** So many frames fit into the buffers of the network while the client does not read. */
    private static final int WINDOW = 6;

    private final World world;
    private final SimulatedClient client;
    private final SimulatedNode node;
    private final int life;
    private final int number;
    private final Turns.Queue reading;

    private @Nullable TransportListener listener;

    private Frame @Nullable [] writing;
    private int writingCount;
    private @Nullable WriteCallback callback;

    /** What has been written and has not been read by the client. */
    private final ArrayDeque<Runnable> arrived = new ArrayDeque<>();

    private int underWay;
    private long lastDown = Long.MIN_VALUE;
    private long lastUp = Long.MIN_VALUE;

    /** The node can write no more. */
    private boolean closedByNode;

    /** The client hears nothing more of it. */
    private boolean deafClient;

    /** The node hears nothing more of it. */
    private boolean deafNode;

    private boolean stalled;

    /** When the client began to read again; what came before that had no way to it. */
    private long readAgain = Long.MIN_VALUE;

    Wire(World world, SimulatedClient client, SimulatedNode node, int number) {
        this.world = world;
        this.client = client;
        this.node = node;
        this.life = node.life();
        this.number = number;
        this.reading = node.isRunning() ? node.thread() : world.turns().thread();
    }

    SimulatedNode node() {
        return node;
    }

    boolean isOn(SimulatedNode other) {
        return node == other;
    }

    @Override
    public String toString() {
        return client.name() + "/" + number;
    }

    private void trace(String what) {
        world.trace(toString(), () -> what);
    }

    // The client's side.

    /** The client opens it; the node may be down, or drain. */
    void open(String path, String query) {
        trace("connects to " + node.name() + " " + query);
        up(() -> {
            if (!node.isAlive(life) || deafNode) {
                refused();
                return;
            }
            Handshake handshake = node.hub().acceptor().begin(new Request(path, query));
            if (handshake.immediate() != Handshake.UPGRADE) {
                trace("is refused with " + handshake.immediate());
                handshake.abandon();
                refused();
                return;
            }
            listener = handshake.open(this);
        });
        if (!node.isRunning()) {
            refused();
        }
    }

    private void refused() {
        down(() -> client.closed(this, 1006, "refused"));
    }

    /** The client says something. */
    void say(String text) {
        up(() -> {
            TransportListener told = listener;
            if (told != null && !deafNode) {
                trace("the node gets " + text);
                if (text.length() > 8 && world.chance().below(16) == 0) {
                    told.text(text.substring(0, 5), false);
                    told.text(text.substring(5), true);
                } else {
                    told.text(text, true);
                }
            }
        });
    }

    void pong() {
        up(() -> {
            TransportListener told = listener;
            if (told != null && !deafNode) {
                told.pong();
            }
        });
    }

    /** The client closes it, as a browser does. */
    void closeByClient(int code) {
        deafClient = true;
        up(() -> tellClosed(code));
    }

    /** The client is gone without a word, and what it said may still be on the way. */
    void vanish() {
        trace("vanishes");
        deafClient = true;
        arrived.clear();
    }

    /** Neither side can reach the other any more; each hears of it after a while. */
    void cut() {
        trace("is cut");
        world.turns().in(world.chance().upTo(world.weather().networkDelay), () -> {
            if (!deafNode) {
                onNode(() -> tellClosed(1006));
            }
        });
        world.turns().in(world.chance().upTo(world.weather().networkDelay), () -> {
            if (!deafClient) {
                deafClient = true;
                client.closed(this, 1006, "cut");
            }
        });
    }

    /** The node crashed. */
    void nodeCrashed(boolean heard) {
        closedByNode = true;
        deafNode = true;
        writing = null;
        callback = null;
        if (heard) {
            world.turns().in(world.chance().upTo(world.weather().networkDelay), () -> {
                if (!deafClient) {
                    deafClient = true;
                    client.closed(this, 1006, "crash");
                }
            });
        }
    }

    /** The client reads nothing for some time. */
    void stall(long nanos) {
        if (stalled) {
            return;
        }
        trace("the client does not read for " + nanos / 1_000_000 + " ms");
        stalled = true;
        world.turns().in(nanos, this::unstall);
    }

    void unstall() {
        if (stalled) {
            trace("the client reads again");
            stalled = false;
            readAgain = world.turns().now();
            while (!stalled && !arrived.isEmpty()) {
                arrived.remove().run();
            }
            finishWrite();
        }
    }

    /** Whether nobody hears of it any more. */
    boolean isOver() {
        return deafClient && (deafNode || !node.isAlive(life));
    }

    boolean isStalled() {
        return stalled;
    }

    /** Whether the client has read all the time since a moment. */
    boolean hasReadSince(long moment) {
        return !stalled && readAgain <= moment;
    }

    private void tellClosed(int code) {
        TransportListener told = listener;
        if (told != null && !deafNode) {
            deafNode = true;
            closedByNode = true;
            trace("the node hears that it ended with " + code);
            told.closed(code, null);
            failWrite();
        }
    }

    private void up(Runnable task) {
        lastUp = Math.max(lastUp, world.turns().now() + world.chance().upTo(world.weather().networkDelay));
        world.turns().at(lastUp, () -> onNode(task));
    }

    private void onNode(Runnable task) {
        if (node.isAlive(life)) {
            reading.execute(task);
        }
    }

    // The node's side.

    @Override
    public void write(Frame[] frames, int count, WriteCallback told) {
        if (writing != null) {
            world.violated("a write began on " + this + " while another was unfinished");
        }
        if (count < 1 || count > frames.length) {
            world.violated("a write had " + count + " frames of " + frames.length);
        }
        world.checkBounds(node);
        if (closedByNode) {
            told.written(new IOException("closed"));
            return;
        }
        writing = frames;
        writingCount = count;
        callback = told;
        if (hasRoom() && world.chance().happens(world.weather().writeAtOnce)) {
            takeWrite();
            told.written(null);
        } else {
            world.turns().in(world.chance().upTo(2_000_000), () -> onNode(this::finishWrite));
        }
    }

    private boolean hasRoom() {
        return underWay + arrived.size() <= WINDOW;
    }

    /** Finishes the write once the network has taken it; until the client reads again it may not. */
    private void finishWrite() {
        WriteCallback told = callback;
        if (told != null && hasRoom() && node.isAlive(life)) {
            takeWrite();
            node.run(life, () -> told.written(null));
        }
    }

    private void takeWrite() {
        Frame[] frames = writing;
        if (frames == null) {
            return;
        }
        for (int i = 0; i < writingCount; i++) {
            String text = frames[i].text();
            client.written(text);
            underWay++;
            down(() -> {
                underWay--;
                arrive(() -> client.received(this, text));
            });
        }
        writing = null;
        callback = null;
    }

    private void failWrite() {
        WriteCallback told = callback;
        writing = null;
        callback = null;
        if (told != null) {
            node.run(life, () -> told.written(new IOException("closed")));
        }
    }

    private void arrive(Runnable read) {
        if (deafClient) {
            return;
        }
        if (stalled) {
            arrived.add(read);
        } else {
            read.run();
            finishWrite();
        }
    }

    private void down(Runnable task) {
        lastDown = Math.max(lastDown, world.turns().now() + world.chance().upTo(world.weather().networkDelay));
        world.turns().at(lastDown, task);
    }

    @Override
    public void ping() {
        if (writing != null) {
            world.violated("a ping was written on " + this + " while a write was unfinished");
        }
        if (!closedByNode) {
            down(() -> arrive(() -> client.pinged(this)));
        }
    }

    @Override
    public void close(int code, String reason) {
        if (closedByNode) {
            return;
        }
        closedByNode = true;
        trace("the node closes it with " + code + " " + reason);
        failWrite();
        down(() -> arrive(() -> {
            deafClient = true;
            client.closed(this, code, reason);
            up(() -> tellClosed(code));
        }));
    }

    @Override
    public void abort() {
        if (!closedByNode) {
            trace("the node aborts it");
        }
        closedByNode = true;
        failWrite();
        if (!deafClient) {
            down(() -> {
                if (!deafClient) {
                    deafClient = true;
                    client.closed(this, 1006, "aborted");
                }
            });
        }
        if (!deafNode && world.chance().happens(0.5)) {
            world.turns().in(1_000_000, () -> onNode(() -> tellClosed(1006)));
        }
    }

    @Override
    public @Nullable Executor lane() {
        return null;
    }

    /** A handshake's request. */
    private record Request(String path, String query) implements HandshakeRequest {

        @Override
        public Optional<String> header(String header) {
            return Optional.empty();
        }

        @Override
        public List<String> subprotocols() {
            return List.of();
        }

        @Override
        public String remoteAddress() {
            return "192.168.1.1";
        }
    }
}
