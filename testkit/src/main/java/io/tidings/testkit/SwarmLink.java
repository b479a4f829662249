package io.tidings.testkit;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * One connection of a {@link SwarmClient}.
 *
 * <p>WAITING, CONNECTING, UPGRADING, OPEN, CLOSING (a close frame came), ENDED; from each straight to ENDED when the
 * socket dies. Methods are called by its loop's thread; the accessors by any.
 */
final class SwarmLink implements FrameScanner.Listener {
    /** The close code of a stream that ended without a close frame, as RFC 6455 has it. */
    static final int LOST = 1006;

    private enum State {
        WAITING,
        CONNECTING,
        UPGRADING,
        OPEN,
        CLOSING,
        ENDED
    }

    private final SwarmLoop loop;
    private final SwarmTally tally;
    private final SwarmOptions options;
    private final FrameScanner scanner;
    private final AtomicLong frames = new AtomicLong();
    private final AtomicLong bytes = new AtomicLong();

    /** Written by the loop's thread before {@link #frames} or the tally moves; the same holds for the two below. */
    private volatile byte @Nullable [] lastText;

    private volatile int closeCode;
    private volatile String closeReason = "";

    /** From here on: the loop's thread only. */
    private State state = State.WAITING;

    private @Nullable UpgradeRequest request;
    private @Nullable ByteArrayOutputStream head = new ByteArrayOutputStream(256);
    private @Nullable SocketChannel channel;
    private @Nullable SelectionKey key;
    private @Nullable ArrayDeque<ByteBuffer> unsent;
    private boolean paused;
    private int newFrames;
    private long newBytes;

    SwarmLink(UpgradeRequest request, SwarmLoop loop, SwarmTally tally, SwarmOptions options) {
        this.request = request;
        this.loop = loop;
        this.tally = tally;
        this.options = options;
        this.scanner = new FrameScanner(options.captureLastText(), this);
    }

    long frames() {
        return frames.get();
    }

    long bytes() {
        return bytes.get();
    }

    byte @Nullable [] lastText() {
        return lastText;
    }

    int closeCode() {
        return closeCode;
    }

    String closeReason() {
        return closeReason;
    }

    /** Starts to connect, unless it was reset before its turn came. */
    void connect(Selector selector, @Nullable InetSocketAddress from) {
        if (state != State.WAITING || request == null) {
            loop.settled();
            return;
        }
        state = State.CONNECTING;
        try {
            SocketChannel opened = SocketChannel.open();
            channel = opened;
            opened.configureBlocking(false);
            opened.setOption(StandardSocketOptions.TCP_NODELAY, true);
            if (options.receiveBufferBytes() > 0) {
                opened.setOption(StandardSocketOptions.SO_RCVBUF, options.receiveBufferBytes());
            }
            if (from != null) {
                opened.bind(from);
            }
            key = opened.register(selector, SelectionKey.OP_CONNECT, this);
            if (opened.connect(new InetSocketAddress(request.host(), request.port()))) {
                connected();
            }
        } catch (IOException | RuntimeException e) {
            lost(e.toString());
        }
    }

    /** Does what the selector says can be done. */
    void ready(SelectionKey ready, ByteBuffer buffer) {
        try {
            if (ready.isConnectable() && ((SocketChannel) ready.channel()).finishConnect()) {
                connected();
            }
            if (ready.isValid() && ready.isWritable()) {
                flush();
            }
            if (ready.isValid() && ready.isReadable()) {
                read((SocketChannel) ready.channel(), buffer);
            }
        } catch (IOException | FrameScanner.BrokenRule | RuntimeException e) {
            lost(e.toString());
        }
    }

    /** Sends a frame now, or when the socket has room; nothing unless open. */
    void send(byte[] frame) {
        if (state == State.OPEN) {
            write(frame);
        }
    }

    /** Stops or resumes reading; the handshake is read in any case. */
    void pause(boolean on) {
        paused = on;
        updateInterest();
    }

    /** Ends with a RST. */
    void reset() {
        end(true);
    }

    private void connected() {
        if (request != null) {
            state = State.UPGRADING;
            write(request.bytes());
        }
    }

    private void write(byte[] frame) {
        if (unsent == null) {
            unsent = new ArrayDeque<>(1);
        }
        unsent.add(ByteBuffer.wrap(frame));
        try {
            flush();
        } catch (IOException e) {
            lost(e.toString());
        }
    }

    private void read(SocketChannel from, ByteBuffer buffer) throws IOException, FrameScanner.BrokenRule {
        buffer.clear();
        int count = from.read(buffer);
        if (count < 0) {
            if (state != State.CLOSING) {
                tally.problem("the peer closed without a close frame");
            }
            end(false); // a reset would overtake the answer to the close frame
            return;
        }
        buffer.flip();
        if (head != null) {
            readHead(head, buffer);
        }
        if (state == State.OPEN || state == State.CLOSING) {
            try {
                scanner.scan(buffer);
            } finally {
                publish();
            }
        }
    }

    private void readHead(ByteArrayOutputStream into, ByteBuffer buffer) throws IOException {
        while (buffer.hasRemaining()) {
            byte b = buffer.get();
            into.write(b);
            if (b == '\n' && into.toString(ISO_8859_1).endsWith("\r\n\r\n")) {
                upgraded(UpgradeResponse.parseHead(into.toByteArray()));
                return;
            }
            if (into.size() > UpgradeResponseReader.MAX_HEAD_BYTES) {
                throw new IOException("the response head is over " + UpgradeResponseReader.MAX_HEAD_BYTES + " bytes");
            }
        }
    }

    private void upgraded(UpgradeResponse response) throws IOException {
        if (!response.granted()) {
            tally.refused.incrementAndGet();
            tally.problem("refused with HTTP " + response.status());
            state = State.ENDED;
            release(true);
            loop.settled();
            return;
        }
        if (request != null) {
            response.verify(request);
        }
        request = null;
        head = null;
        state = State.OPEN;
        tally.opened.incrementAndGet();
        loop.settled();
        updateInterest();
    }

    @Override
    public void text(long length, byte @Nullable [] content) {
        newFrames++;
        newBytes += length;
        if (content != null) {
            lastText = content;
        }
    }

    @Override
    public void control(int opcode, byte[] payload) {
        if (opcode == Opcode.PING && options.answerPings()) {
            write(FrameEncoder.frame(Opcode.PONG, true, 0, true, payload));
        } else if (opcode == Opcode.CLOSE && state == State.OPEN) {
            state = State.CLOSING;
            boolean coded = payload.length >= 2;
            closeReason = coded ? new String(payload, 2, payload.length - 2, UTF_8) : "";
            closeCode = coded ? ByteBuffer.wrap(payload).getShort() & 0xFFFF : Received.Close.NO_CODE;
            publish();
            tally.closed.incrementAndGet();
            write(FrameEncoder.frame(Opcode.CLOSE, true, 0, true, FrameEncoder.closePayload(closeCode, "")));
        }
    }

    private void publish() {
        if (newFrames > 0) {
            frames.setRelease(frames.getPlain() + newFrames);
            bytes.setRelease(bytes.getPlain() + newBytes);
            tally.bytes.addAndGet(newBytes);
            tally.frames.addAndGet(newFrames);
            newFrames = 0;
            newBytes = 0;
        }
    }

    private void flush() throws IOException {
        if (channel == null || unsent == null) {
            return;
        }
        ByteBuffer next;
        while ((next = unsent.peek()) != null) {
            channel.write(next);
            if (next.hasRemaining()) {
                break;
            }
            unsent.remove();
        }
        updateInterest();
    }

    private void updateInterest() {
        if (key == null || !key.isValid() || state == State.WAITING || state == State.CONNECTING) {
            return;
        }
        boolean reads = !paused || state == State.UPGRADING;
        boolean writes = unsent != null && !unsent.isEmpty();
        key.interestOps((reads ? SelectionKey.OP_READ : 0) | (writes ? SelectionKey.OP_WRITE : 0));
    }

    private void lost(String why) {
        if (state != State.CLOSING && state != State.ENDED) {
            tally.problem(why);
        }
        end(true);
    }

    private void end(boolean reset) {
        State before = state;
        state = State.ENDED;
        switch (before) {
            case WAITING -> tally.failed.incrementAndGet();
            case CONNECTING, UPGRADING -> {
                tally.failed.incrementAndGet();
                loop.settled();
            }
            case OPEN -> {
                closeCode = LOST;
                tally.closed.incrementAndGet();
            }
            case CLOSING, ENDED -> {}
        }
        release(reset);
    }

    private void release(boolean reset) {
        if (channel != null) {
            try {
                if (reset) {
                    channel.setOption(StandardSocketOptions.SO_LINGER, 0);
                }
                channel.close();
            } catch (IOException alreadyGone) {
                // gone is what was wanted
            }
        }
        channel = null;
        key = null;
        unsent = null;
        request = null;
        head = null;
    }
}
