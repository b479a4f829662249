package io.tidings.testkit;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Base64;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;

/**
 * A WebSocket server for the test client's tests: it writes down every frame as it came, right or wrong, and echoes if it
 * is told to. It shares no code with the client; {@code EchoServerTest} holds it against the JDK's.
 */
final class EchoServer implements AutoCloseable {
    private static final int LONGEST_KEPT = 16 * 1024 * 1024;

    /** What a peer's reader saw. */
    sealed interface Seen {
        /** A frame, unmasked if it was masked. */
        record Frame(int opcode, boolean fin, int rsv, boolean masked, ByteBuffer payload) implements Seen {
            String text() {
                return UTF_8.decode(payload.duplicate()).toString();
            }
        }

        /** The start of a frame that is too long to be waited for; nothing after it is looked at. */
        record Promise(int opcode, boolean masked, long bytes) implements Seen {}

        record Fin() implements Seen {}

        record Reset() implements Seen {}
    }

    private final ServerSocket listening;
    private final UnaryOperator<String> handshake;
    private final boolean echoing;
    private final CountDownLatch reading;
    private final BlockingQueue<Peer> peers = new LinkedBlockingQueue<>();

    private EchoServer(UnaryOperator<String> handshake, boolean echoing, CountDownLatch reading) throws IOException {
        this.handshake = handshake;
        this.echoing = echoing;
        this.reading = reading;
        listening = new ServerSocket(0, 1024, InetAddress.getLoopbackAddress());
        Threads.daemon("echo-server", this::acceptAll).start();
    }

    /** Grants every upgrade, echoes messages, answers pings and close frames. */
    static EchoServer echoing() throws IOException {
        return new EchoServer(EchoServer::grant, true, new CountDownLatch(0));
    }

    /** Grants every upgrade and only writes down. */
    static EchoServer silent() throws IOException {
        return new EchoServer(EchoServer::grant, false, new CountDownLatch(0));
    }

    /** Answers a request's head with what the function makes of it, and goes on if that is a 101. */
    static EchoServer answering(UnaryOperator<String> handshake) throws IOException {
        return new EchoServer(handshake, false, new CountDownLatch(0));
    }

    /** Grants every upgrade and then reads nothing until the latch opens. */
    static EchoServer stalling(CountDownLatch reading) throws IOException {
        return new EchoServer(EchoServer::grant, false, reading);
    }

    int port() {
        return listening.getLocalPort();
    }

    URI uri(String target) {
        return URI.create("ws://127.0.0.1:" + port() + target);
    }

    /** The next peer whose upgrade was granted. */
    Peer nextPeer(Duration timeout) throws InterruptedException {
        Peer peer = peers.poll(timeout.toMillis(), TimeUnit.MILLISECONDS);
        if (peer == null) {
            throw new AssertionError("no peer within " + timeout);
        }
        return peer;
    }

    @Override
    public void close() throws IOException {
        listening.close();
        Peer peer;
        while ((peer = peers.poll()) != null) {
            peer.socket.close();
        }
    }

    /** The right answer; chooses the first subprotocol that is offered. */
    static String grant(String head) {
        String offered = header(head, "Sec-WebSocket-Protocol");
        return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
                + accept(header(head, "Sec-WebSocket-Key"))
                + (offered.isEmpty() ? "" : "\r\nSec-WebSocket-Protocol: " + offered.replaceAll(",.*", ""))
                + "\r\n\r\n";
    }

    /** The value of a header in a request's head, or the empty string. */
    static String header(String head, String name) {
        return head.lines()
                .filter(line -> line.regionMatches(true, 0, name + ':', 0, name.length() + 1))
                .map(line -> line.substring(name.length() + 1).strip())
                .findFirst()
                .orElse("");
    }

    private static String accept(String key) {
        try {
            String salted = key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
            return Base64.getEncoder()
                    .encodeToString(MessageDigest.getInstance("SHA-1").digest(salted.getBytes(ISO_8859_1)));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    private void acceptAll() {
        while (!listening.isClosed()) {
            try {
                Peer peer = new Peer(listening.accept());
                Threads.daemon("echo-peer", peer::run).start();
            } catch (IOException closed) {
                return;
            }
        }
    }

    /** The server's end of one connection. */
    final class Peer {
        private final Socket socket;
        private final DataInputStream in;
        private final BlockingQueue<Seen> seen = new LinkedBlockingQueue<>();
        private volatile String head = "";

        private Peer(Socket socket) throws IOException {
            this.socket = socket;
            this.in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
            socket.setTcpNoDelay(true);
        }

        /** The request's head: request line and headers. */
        String head() {
            return head;
        }

        Socket socket() {
            return socket;
        }

        Seen next(Duration timeout) throws InterruptedException {
            Seen next = seen.poll(timeout.toMillis(), TimeUnit.MILLISECONDS);
            if (next == null) {
                throw new AssertionError("the server saw nothing within " + timeout);
            }
            return next;
        }

        Seen.Frame nextFrame(Duration timeout) throws InterruptedException {
            Seen next = next(timeout);
            if (next instanceof Seen.Frame frame) {
                return frame;
            }
            throw new AssertionError("expected a frame, the server saw " + next);
        }

        boolean sawNothing() {
            return seen.isEmpty();
        }

        void sendText(String text) {
            send(0x81, text.getBytes(UTF_8));
        }

        /** A frame whose first byte is as given and whose length is in its shortest form. */
        void send(int firstByte, byte[] payload) {
            ByteBuffer frame = ByteBuffer.allocate(10 + payload.length);
            frame.put((byte) firstByte);
            if (payload.length < 126) {
                frame.put((byte) payload.length);
            } else if (payload.length < 65_536) {
                frame.put((byte) 126).putShort((short) payload.length);
            } else {
                frame.put((byte) 127).putLong(payload.length);
            }
            frame.put(payload);
            byte[] bytes = new byte[frame.flip().remaining()];
            frame.get(bytes);
            sendRaw(bytes);
        }

        void sendClose(int code, String reason) {
            byte[] text = reason.getBytes(UTF_8);
            send(
                    0x88,
                    ByteBuffer.allocate(2 + text.length)
                            .putShort((short) code)
                            .put(text)
                            .array());
        }

        synchronized void sendRaw(byte[] bytes) {
            try {
                socket.getOutputStream().write(bytes);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        void fin() throws IOException {
            socket.shutdownOutput();
        }

        void reset() throws IOException {
            socket.setSoLinger(true, 0);
            socket.close();
        }

        private void run() {
            try {
                head = readHead();
                String answer = handshake.apply(head);
                sendRaw(answer.getBytes(ISO_8859_1));
                if (!answer.startsWith("HTTP/1.1 101")) {
                    socket.close();
                    return;
                }
                peers.add(this);
                reading.await();
                while (readFrame()) {}
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (EOFException fin) {
                seen.add(new Seen.Fin());
            } catch (IOException | UncheckedIOException e) {
                seen.add(new Seen.Reset());
            }
        }

        private String readHead() throws IOException {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            while (!bytes.toString(ISO_8859_1).endsWith("\r\n\r\n")) {
                bytes.write(in.readUnsignedByte());
            }
            return bytes.toString(UTF_8);
        }

        private boolean readFrame() throws IOException {
            int first = in.readUnsignedByte();
            int second = in.readUnsignedByte();
            boolean masked = second > 127;
            long length = second & 127;
            length = length == 126 ? in.readUnsignedShort() : length == 127 ? in.readLong() : length;
            if (length < 0 || length > LONGEST_KEPT) {
                seen.add(new Seen.Promise(first & 15, masked, length));
                in.skipNBytes(Long.MAX_VALUE);
            }
            byte[] mask = new byte[4];
            if (masked) {
                in.readFully(mask);
            }
            byte[] payload = new byte[(int) length];
            in.readFully(payload);
            for (int i = 0; i < payload.length; i++) {
                payload[i] ^= mask[i & 3];
            }
            seen.add(new Seen.Frame(first & 15, first > 127, first >> 4 & 7, masked, ByteBuffer.wrap(payload)));
            return !echoing || echo(first, payload);
        }

        private boolean echo(int first, byte[] payload) throws IOException {
            int opcode = first & 15;
            if (opcode == 8) {
                send(first, payload);
                socket.close();
                seen.add(new Seen.Fin());
                return false;
            }
            if (opcode != 10) {
                send(opcode == 9 ? 0x8A : first, payload);
            }
            return true;
        }
    }
}
