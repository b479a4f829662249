package io.tidings.benchmarks;

import java.io.BufferedReader;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/**
 * The reading side, in a process of its own: holds the connections on one thread and counts broadcast texts.
 *
 * <p>Arguments: port, path, connections. Commands on standard input, each answered by one line on standard output:
 * {@code mark} forgets what was counted; {@code report} answers
 * {@code report <texts> <closed connections> <p50> <p99> <max>}, latencies in microseconds.
 */
public final class LoadClient {
    /** The latency of every n-th connection is recorded; all are counted. */
    private static final int SAMPLE_EVERY = 8;

    private final Selector selector;
    private final ByteBuffer input = ByteBuffer.allocateDirect(256 * 1024); // reader only
    private final Latencies latencies = new Latencies(); // reader only
    private final Queue<String> commands = new ConcurrentLinkedQueue<>();
    private long texts; // reader only
    private int closed; // reader only

    private LoadClient(Selector selector) {
        this.selector = selector;
    }

    public static void main(String[] args) throws IOException {
        int port = Integer.parseInt(args[0]);
        int connections = Integer.parseInt(args[2]);
        LoadClient client = new LoadClient(Selector.open());
        for (int i = 0; i < connections; i++) {
            client.connect(port, args[1], i % SAMPLE_EVERY == 0);
        }
        System.out.println("connected " + connections);
        Thread commands = new Thread(client::readCommands, "commands");
        commands.setDaemon(true);
        commands.start();
        client.run();
    }

    private void connect(int port, String path, boolean sampled) throws IOException {
        SocketChannel channel = SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        String request = "GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1:" + port
                + "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
        channel.write(ByteBuffer.wrap(request.getBytes(StandardCharsets.US_ASCII)));
        String head = readHead(channel);
        if (!head.startsWith("HTTP/1.1 101")) {
            throw new IOException("no upgrade: " + head.lines().findFirst().orElse("nothing"));
        }
        channel.configureBlocking(false);
        channel.register(selector, SelectionKey.OP_READ, new Peer(sampled));
    }

    /** Byte by byte, so that a frame right behind the head stays in the socket. */
    private static String readHead(SocketChannel channel) throws IOException {
        StringBuilder head = new StringBuilder();
        ByteBuffer one = ByteBuffer.allocate(1);
        while (head.length() < 4 || !head.substring(head.length() - 4).equals("\r\n\r\n")) {
            if (channel.read(one.clear()) < 0) {
                throw new EOFException("closed during the handshake: " + head);
            }
            head.append((char) one.get(0));
        }
        return head.toString();
    }

    private void readCommands() {
        try (BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII))) {
            String line;
            while ((line = in.readLine()) != null) {
                commands.add(line);
                selector.wakeup();
            }
        } catch (IOException e) {
            System.err.println("commands ended: " + e);
        }
        Runtime.getRuntime().halt(0);
    }

    private void run() throws IOException {
        while (true) {
            selector.select(this::read);
            String command;
            while ((command = commands.poll()) != null) {
                System.out.println(answer(command));
            }
        }
    }

    private String answer(String command) {
        if (command.equals("mark")) {
            texts = 0;
            latencies.reset();
            return "marked";
        }
        return "report " + texts + " " + closed + " " + latencies.quantile(0.5) + " " + latencies.quantile(0.99) + " "
                + latencies.max();
    }

    private void read(SelectionKey key) {
        Peer peer = (Peer) key.attachment();
        SocketChannel channel = (SocketChannel) key.channel();
        try {
            input.clear();
            if (peer.rest != null) {
                input.put(peer.rest);
                peer.rest = null;
            }
            if (channel.read(input) < 0) {
                throw new EOFException();
            }
            input.flip();
            takeFrames(peer, channel);
        } catch (IOException e) {
            closed++;
            key.cancel();
        }
    }

    private void takeFrames(Peer peer, SocketChannel channel) throws IOException {
        long now = peer.sampled ? System.nanoTime() : 0;
        int at = 0;
        int end = input.limit();
        while (end - at >= 2) {
            int shortLength = input.get(at + 1) & 0x7f;
            int body = at + (shortLength == 126 ? 4 : shortLength == 127 ? 10 : 2);
            if (body > end) {
                break;
            }
            int length = shortLength == 126
                    ? input.getShort(at + 2) & 0xffff
                    : shortLength == 127 ? Math.toIntExact(input.getLong(at + 2)) : shortLength;
            if (body + length > end) {
                break;
            }
            takeFrame(peer, channel, input.get(at) & 0xf, body, length, now);
            at = body + length;
        }
        if (at < end) {
            peer.rest = new byte[end - at];
            input.get(at, peer.rest);
        }
    }

    private void takeFrame(Peer peer, SocketChannel channel, int opcode, int body, int length, long now)
            throws IOException {
        if (opcode == 1) {
            int marker = body + peer.markerOffset;
            if (peer.markerOffset >= length || input.get(marker) != Stamp.MARKER) {
                marker = Stamp.find(input, body, body + length);
                if (marker < 0) {
                    return;
                }
                peer.markerOffset = marker - body;
            }
            texts++;
            if (peer.sampled) {
                latencies.record((now - Stamp.read(input, marker)) / 1000);
            }
        } else if (opcode == 9) {
            ByteBuffer pong = ByteBuffer.allocate(6 + length)
                    .put((byte) 0x8a)
                    .put((byte) (0x80 | length))
                    .putInt(0);
            for (int i = 0; i < length; i++) {
                pong.put(input.get(body + i));
            }
            channel.write(pong.flip());
        }
    }

    /** One connection. */
    private static final class Peer {
        final boolean sampled;
        byte @Nullable [] rest; // reader only: the part of a frame that has arrived
        int markerOffset; // reader only: where the last text had its stamp

        Peer(boolean sampled) {
            this.sampled = sampled;
        }
    }
}
