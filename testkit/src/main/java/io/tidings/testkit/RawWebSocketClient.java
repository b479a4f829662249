package io.tidings.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A WebSocket client over a plain blocking socket, for tests. It can behave, and it can misbehave in every way a socket
 * allows: broken frames, a reader that stops, a reset, a FIN without a close frame.
 *
 * <pre>{@code
 * try (var client = RawWebSocketClient.to(uri).bearer(token).subprotocols("tidings.v1").connect()) {
 *     client.sendText("{\"type\":\"pong\"}");
 *     assertEquals("…", client.nextText(Duration.ofSeconds(5)));
 * }
 * }</pre>
 *
 * <p><b>Threads.</b> Any thread sends; frames never mix. A daemon thread reads, answers pings and close frames (unless
 * switched off) and queues all it reads; sends block while the server does not read, and so does that thread when it
 * answers. Any thread may take from the queue.
 *
 * <p><b>Failure.</b> A send on a dead socket throws {@link UncheckedIOException}. Waiting for something that does not
 * come, or something else coming first, throws {@link AssertionError}.
 */
public final class RawWebSocketClient implements AutoCloseable {
    private static final Duration CLOSE_GRACE = Duration.ofSeconds(2);

    private final Socket socket;
    private final UpgradeResponse response;
    private final PausableInput input;
    private final ReceivedQueue received = new ReceivedQueue();
    private final CountDownLatch ended = new CountDownLatch(1);
    private final ReentrantLock writing = new ReentrantLock();

    /** Any thread; a late change of these three only misses the frame being answered. */
    private volatile boolean answerPings;

    private volatile boolean answerCloses;
    private volatile boolean closeSent;

    private RawWebSocketClient(Socket socket, UpgradeResponse response, Builder options) throws IOException {
        this.socket = socket;
        this.response = response;
        this.input = new PausableInput(socket.getInputStream());
        this.answerPings = options.answerPings;
        this.answerCloses = options.answerCloses;
        if (options.startPaused) {
            input.pause();
        }
        Threads.daemon("raw-websocket-" + socket.getLocalPort(), this::readAll).start();
    }

    /** Starts describing a connection to a {@code ws:} or {@code http:} address. */
    public static Builder to(URI uri) {
        return new Builder(UpgradeRequest.to(uri));
    }

    /** Starts describing a connection to a host, a port, and a path with its query. */
    public static Builder to(String host, int port, String target) {
        return new Builder(UpgradeRequest.to(host, port, target));
    }

    /** Starts describing a connection that asks with this request. */
    public static Builder to(UpgradeRequest request) {
        return new Builder(request);
    }

    /** How to connect. Not thread-safe. */
    public static final class Builder {
        private UpgradeRequest request;
        private Duration connectTimeout = Duration.ofSeconds(30);
        private int receiveBufferBytes;
        private @Nullable InetAddress localAddress;
        private boolean answerPings = true;
        private boolean answerCloses = true;
        private boolean startPaused;

        private Builder(UpgradeRequest request) {
            this.request = request;
        }

        /** Sets a header in place of any of that name, those of the handshake included. */
        public Builder header(String name, String value) {
            request = request.header(name, value);
            return this;
        }

        /** Sets {@code Authorization: Bearer <token>}. */
        public Builder bearer(String token) {
            request = request.bearer(token);
            return this;
        }

        /** Sets {@code Origin}. */
        public Builder origin(String origin) {
            request = request.origin(origin);
            return this;
        }

        /** Offers subprotocols in this order. */
        public Builder subprotocols(String... offered) {
            request = request.subprotocols(offered);
            return this;
        }

        /** How long TCP may take to connect, and the server to send the next byte of its answer; default 30 s. */
        public Builder connectTimeout(Duration timeout) {
            if (timeout.isZero() || timeout.isNegative()) {
                throw new IllegalArgumentException("connectTimeout: expected more than zero, got " + timeout);
            }
            connectTimeout = timeout;
            return this;
        }

        /** {@code SO_RCVBUF}, set before connecting so that the window honours it; the kernel rounds. 0: its default. */
        public Builder receiveBufferBytes(int bytes) {
            if (bytes < 0) {
                throw new IllegalArgumentException("receiveBufferBytes: expected 0 or more, got " + bytes);
            }
            receiveBufferBytes = bytes;
            return this;
        }

        /** The address to connect from; default the kernel's choice. */
        public Builder localAddress(InetAddress address) {
            localAddress = address;
            return this;
        }

        /** Whether a protocol ping is answered with a pong; default true. */
        public Builder answerPings(boolean answer) {
            answerPings = answer;
            return this;
        }

        /** Whether a close frame is answered with one; default true. */
        public Builder answerCloses(boolean answer) {
            answerCloses = answer;
            return this;
        }

        /** Takes not one byte off the socket after the handshake until {@link RawWebSocketClient#resumeReading()}. */
        public Builder startPaused() {
            startPaused = true;
            return this;
        }

        /**
         * Connects and shakes hands; blocks.
         *
         * @throws HandshakeRefused     when the server answered with another status than 101
         * @throws UncheckedIOException when there was no connection, no answer in time, or an answer that breaks RFC 6455
         */
        public RawWebSocketClient connect() {
            Socket socket = new Socket();
            try {
                if (receiveBufferBytes > 0) {
                    socket.setReceiveBufferSize(receiveBufferBytes);
                }
                socket.setTcpNoDelay(true);
                if (localAddress != null) {
                    socket.bind(new InetSocketAddress(localAddress, 0));
                }
                int timeoutMillis = Threads.millis(connectTimeout);
                socket.connect(new InetSocketAddress(request.host(), request.port()), timeoutMillis);
                socket.setSoTimeout(timeoutMillis);
                socket.getOutputStream().write(request.bytes());
                UpgradeResponse response = new UpgradeResponseReader(socket.getInputStream()).read();
                if (!response.granted()) {
                    throw new HandshakeRefused(response);
                }
                response.verify(request);
                socket.setSoTimeout(0);
                return new RawWebSocketClient(socket, response, this);
            } catch (IOException e) {
                Sockets.close(socket);
                throw new UncheckedIOException(e);
            } catch (RuntimeException e) {
                Sockets.close(socket);
                throw e;
            }
        }
    }

    /** The server's answer to the upgrade. */
    public UpgradeResponse response() {
        return response;
    }

    /** The subprotocol that the server chose. */
    public Optional<String> subprotocol() {
        return response.header(UpgradeRequest.PROTOCOL);
    }

    /** This end of the TCP connection, as the server sees it when nothing stands between. */
    public SocketAddress localAddress() {
        return socket.getLocalSocketAddress();
    }

    /** Sends a text message in one frame. */
    public void sendText(String text) {
        sendFrame(Opcode.TEXT, text.getBytes(UTF_8));
    }

    /** Sends a binary message in one frame. */
    public void sendBinary(byte[] payload) {
        sendFrame(Opcode.BINARY, payload);
    }

    /** Sends a protocol ping. */
    public void sendPing(byte[] payload) {
        sendFrame(Opcode.PING, payload);
    }

    /** Sends a protocol pong, asked for or not. */
    public void sendPong(byte[] payload) {
        sendFrame(Opcode.PONG, payload);
    }

    /**
     * Sends a close frame and goes on reading.
     *
     * @param code   any, those that may not be sent included; {@link Received.Close#NO_CODE} sends an empty frame
     * @param reason any; over 123 bytes of UTF-8 it breaks the protocol
     */
    public void sendClose(int code, String reason) {
        closeSent = true;
        sendFrame(Opcode.CLOSE, FrameEncoder.closePayload(code, reason));
    }

    /**
     * Sends one text message in several frames.
     *
     * @param pieceBytes the payload of each but the last, at least 1; a piece may end inside a character
     */
    public void sendFragments(String text, int pieceBytes) {
        if (pieceBytes < 1) {
            throw new IllegalArgumentException("pieceBytes: expected 1 or more, got " + pieceBytes);
        }
        byte[] bytes = text.getBytes(UTF_8);
        int from = 0;
        do {
            int to = Math.min(bytes.length, from + pieceBytes);
            int opcode = from == 0 ? Opcode.TEXT : Opcode.CONTINUATION;
            sendFrame(opcode, to == bytes.length, 0, true, Arrays.copyOfRange(bytes, from, to));
            from = to;
        } while (from < bytes.length);
    }

    /**
     * Sends one frame as described, right or wrong.
     *
     * @param opcode 0 to 15
     * @param rsv    the three reserved bits, 0 to 7; RSV1 is 4
     * @param masked false breaks the protocol
     */
    public void sendFrame(int opcode, boolean fin, int rsv, boolean masked, byte[] payload) {
        sendRaw(FrameEncoder.frame(opcode, fin, rsv, masked, payload));
    }

    /**
     * Sends the start of a frame that promises a payload, mask included when it is masked, and nothing of that payload.
     *
     * @param promisedBytes the length it names; a negative one goes out as the unsigned length it looks like
     */
    public void sendFrameStart(int opcode, boolean fin, boolean masked, long promisedBytes) {
        byte[] header = FrameEncoder.header(opcode, fin, 0, masked, promisedBytes);
        sendRaw(masked ? Arrays.copyOf(header, header.length + 4) : header);
    }

    /** Sends bytes as they are. */
    public void sendRaw(byte[] bytes) {
        writing.lock();
        try {
            socket.getOutputStream().write(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            writing.unlock();
        }
    }

    /** Switches the answering of protocol pings. */
    public void answerPings(boolean answer) {
        answerPings = answer;
    }

    /** Switches the answering of close frames. */
    public void answerCloses(boolean answer) {
        answerCloses = answer;
    }

    /**
     * Leaves the socket unread from now on, so that the receive window fills and the server's writes stall. At most one
     * byte is taken after this returned; what was taken before is still delivered.
     */
    public void pauseReading() {
        input.pause();
    }

    /** Reads again. */
    public void resumeReading() {
        input.resume();
    }

    /** The next thing read; an {@code Eof} or {@code Violation} is given again and again. */
    public Received next(Duration timeout) {
        return received.poll(timeout).orElseThrow(() -> new AssertionError("nothing arrived within " + timeout));
    }

    /** The next thing read, or empty when nothing arrived in that time. */
    public Optional<Received> poll(Duration timeout) {
        return received.poll(timeout);
    }

    /** The next text message; pings and pongs before it are skipped, anything else is an {@link AssertionError}. */
    public String nextText(Duration timeout) {
        return received.await(Received.Text.class, timeout, true).text();
    }

    /** The close frame; all before it is skipped, an end without one is an {@link AssertionError}. */
    public Received.Close expectClose(Duration timeout) {
        return received.await(Received.Close.class, timeout, false);
    }

    /** The end of the stream; all before it is skipped, a broken rule is an {@link AssertionError}. */
    public Received.Eof expectEof(Duration timeout) {
        return received.await(Received.Eof.class, timeout, false);
    }

    /** Takes all that was read so far, without waiting. An end stays for the next taker too. */
    public List<Received> drain() {
        return received.drain();
    }

    /** Ends with a RST: nothing more is sent, not even what the kernel still holds. */
    public void reset() {
        Sockets.reset(socket);
        input.resume();
    }

    /** Sends a FIN without a close frame and goes on reading. */
    public void halfClose() {
        try {
            socket.shutdownOutput();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Ends with a FIN and no close frame, as the kernel does for a process that dies. Where bytes of the server's lie
     * unread in the socket the kernel lets a RST follow; {@link #halfClose()} sends a FIN alone.
     */
    public void dropWithoutClose() {
        try {
            halfClose();
        } catch (UncheckedIOException alreadyGone) {
            // the socket is closed below all the same
        }
        Sockets.close(socket);
        input.resume();
    }

    /**
     * Sends a close frame with 1000 unless one was sent, reads on until the server ended the stream, for at most 2 s,
     * and closes the socket. Does nothing on a closed socket.
     */
    @Override
    public void close() {
        if (!socket.isClosed() && ended.getCount() > 0) {
            input.resume();
            if (!closeSent) {
                // on its own thread: the server may have stopped reading, and then this write never returns
                Threads.daemon("raw-websocket-farewell", this::sayFarewell).start();
            }
            Threads.await(ended, CLOSE_GRACE);
        }
        Sockets.close(socket);
    }

    private void sayFarewell() {
        try {
            sendClose(1000, "");
        } catch (UncheckedIOException gone) {
            // then the reader has seen the end too
        }
    }

    private void readAll() {
        MessageReader reader = new MessageReader(input);
        Received next;
        do {
            next = reader.next();
            answer(next);
            received.add(next);
        } while (!next.isLast());
        ended.countDown();
    }

    private void answer(Received next) {
        try {
            if (next instanceof Received.Ping ping && answerPings) {
                byte[] payload = new byte[ping.payload().remaining()];
                ping.payload().get(payload);
                sendPong(payload);
            } else if (next instanceof Received.Close close && answerCloses && !closeSent) {
                sendClose(close.code(), "");
            }
        } catch (UncheckedIOException gone) {
            // the next read tells
        }
    }

    private void sendFrame(int opcode, byte[] payload) {
        sendFrame(opcode, true, 0, true, payload);
    }
}
