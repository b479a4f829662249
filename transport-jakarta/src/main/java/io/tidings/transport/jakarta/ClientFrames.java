package io.tidings.transport.jakarta;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Reads a client's frames (RFC 6455 section 5), as their bytes come, for servers whose own WebSocket is not used.
 *
 * <p>Holds no message: what a read brought of a text is passed on at once, and between two reads a connection keeps the rest of
 * a header, of a control frame or of a code point. After a close frame or a fault nothing more is read.
 *
 * <p><b>Threads.</b> One, the connection's reader.
 */
final class ClientFrames {

    /** What is read. */
    interface Sink {
        /** A piece of a text message, decoded from valid UTF-8. */
        void text(String part, boolean last);

        /** A binary message has begun. */
        void binary();

        /** A ping, whose payload is the array. */
        void ping(byte[] payload);

        void pong();

        /** The close frame: its code, or 1005 when it has none. */
        void closed(int code, String reason);

        /** A message over the limit has begun, or gone on. */
        void tooLarge();

        /** The client broke the protocol: 1002, or 1007 for text that is not UTF-8. */
        void broken(int code, String reason);
    }

    private static final int CONTINUATION = 0;
    private static final int TEXT = 1;
    private static final int BINARY = 2;
    private static final int CLOSE = 8;
    private static final int PING = 9;
    private static final int PONG = 10;

    private static final int LONGEST_HEADER = 14;
    private static final int LONGEST_CONTROL = 125;
    private static final int DECODED_AT_ONCE = 8 * 1024;
    private static final byte[] NOTHING = {};

    /** Between two calls it holds nothing of anybody's. */
    private static final ThreadLocal<Decoding> DECODING = ThreadLocal.withInitial(Decoding::new);

    private final Sink sink;
    private final long limit;
    private final byte[] header = new byte[LONGEST_HEADER];
    private int have;

    /** The frame under way. */
    private boolean inFrame;

    private int opcode;
    private boolean fin;
    private long left;
    private int masked;

    /** The message under way: {@link #TEXT}, {@link #BINARY}, or none. */
    private int message;

    private long messageBytes;

    /** The first bytes of a code point whose others have not come. */
    private byte[] unfinished = NOTHING;

    private byte[] control = NOTHING;
    private int controlBytes;

    /** Written by the reader. */
    private volatile boolean deaf;

    /**
     * Reads one connection.
     *
     * @param limit the longest message to read, in bytes
     */
    ClientFrames(Sink sink, long limit) {
        this.sink = sink;
        this.limit = limit;
    }

    /** Whether nothing more is read. Any thread. */
    boolean deaf() {
        return deaf;
    }

    /** Takes bytes, which are unmasked where they are. */
    void read(ByteBuffer bytes) {
        while (bytes.hasRemaining() && !deaf) {
            if (inFrame) {
                payload(bytes);
            } else {
                header[have++] = bytes.get();
                if (have >= 2) {
                    begin();
                }
            }
        }
    }

    private void begin() {
        if (have == 2) {
            opcode = header[0] & 0x0F;
            fin = (header[0] & 0x80) != 0;
            String fault = fault(header[1] & 0x7F);
            if (fault != null) {
                fail(1002, fault);
                return;
            }
        }
        int short7 = header[1] & 0x7F;
        int extended = short7 == 126 ? 2 : short7 == 127 ? 8 : 0;
        if (have < 6 + extended) {
            return;
        }
        ByteBuffer numbers = ByteBuffer.wrap(header);
        left = extended == 2 ? numbers.getShort(2) & 0xFFFF : extended == 8 ? numbers.getLong(2) : short7;
        have = 0;
        masked = 0;
        if (left < 0) {
            fail(1002, "negative length");
            return;
        }
        inFrame = true;
        System.arraycopy(header, 2 + extended, header, 0, 4);
        if (opcode >= CLOSE) {
            control = left == 0 ? NOTHING : new byte[(int) left];
            controlBytes = 0;
        } else {
            beginData();
        }
        if (!deaf && left == 0) {
            end();
        }
    }

    /** What is wrong with the first two bytes of a frame, or null. */
    private @Nullable String fault(int length) {
        if ((header[0] & 0x70) != 0) {
            return "reserved bits";
        }
        if ((header[1] & 0x80) == 0) {
            return "not masked";
        }
        return switch (opcode) {
            case CONTINUATION -> message == 0 ? "continues nothing" : null;
            case TEXT, BINARY -> message != 0 ? "message in a message" : null;
            case CLOSE, PING, PONG ->
                !fin ? "control frame in fragments" : length > LONGEST_CONTROL ? "control frame too long" : null;
            default -> "unknown opcode";
        };
    }

    private void beginData() {
        if (opcode != CONTINUATION) {
            message = opcode;
            messageBytes = 0;
            if (opcode == BINARY) {
                sink.binary();
            }
        }
        if (left > limit - messageBytes) {
            deaf = true;
            sink.tooLarge();
            return;
        }
        messageBytes += left;
    }

    private void payload(ByteBuffer bytes) {
        int count = (int) Math.min(left, bytes.remaining());
        ByteBuffer part = bytes.slice(bytes.position(), count);
        bytes.position(bytes.position() + count);
        for (int i = 0; i < count; i++) {
            part.put(i, (byte) (part.get(i) ^ header[masked++ & 3]));
        }
        left -= count;
        if (opcode >= CLOSE) {
            part.get(control, controlBytes, count);
            controlBytes += count;
        } else if (message == TEXT) {
            text(part, left == 0 && fin);
        }
        if (!deaf && left == 0) {
            end();
        }
    }

    /** The frame under way is whole. */
    private void end() {
        inFrame = false;
        switch (opcode) {
            case CLOSE -> close();
            case PING -> sink.ping(control);
            case PONG -> sink.pong();
            default -> {
                if (fin) {
                    boolean emptyEnd = message == TEXT && masked == 0;
                    message = 0;
                    if (emptyEnd) {
                        text(ByteBuffer.wrap(NOTHING), true);
                    }
                }
            }
        }
        control = NOTHING;
    }

    private void text(ByteBuffer part, boolean last) {
        Decoding decoding = DECODING.get();
        ByteBuffer from = part;
        if (unfinished.length > 0) {
            byte[] joined = Arrays.copyOf(unfinished, unfinished.length + part.remaining());
            part.get(joined, unfinished.length, part.remaining());
            from = ByteBuffer.wrap(joined);
            unfinished = NOTHING;
        }
        while (true) {
            CoderResult result = decoding.next(from, last);
            if (result.isError()) {
                fail(1007, "not UTF-8");
                return;
            }
            boolean end = result.isUnderflow();
            if (end && from.hasRemaining()) {
                unfinished = new byte[from.remaining()];
                from.get(unfinished);
            }
            String decoded = decoding.take();
            if (!decoded.isEmpty() || (end && last)) {
                sink.text(decoded, end && last);
            }
            if (end) {
                return;
            }
        }
    }

    private void close() {
        deaf = true;
        if (control.length == 0) {
            sink.closed(1005, "");
            return;
        }
        int code = control.length == 1 ? 0 : ByteBuffer.wrap(control).getShort() & 0xFFFF;
        if (!mayBeSent(code)) {
            fail(1002, "close code");
            return;
        }
        try {
            String reason = DECODING.get().whole(ByteBuffer.wrap(control, 2, control.length - 2));
            sink.closed(code, reason);
        } catch (CharacterCodingException e) {
            fail(1007, "not UTF-8");
        }
    }

    /** RFC 6455 section 7.4, and 1012 to 1014, which were registered later. */
    private static boolean mayBeSent(int code) {
        boolean registered = code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006;
        return registered || (code >= 3000 && code <= 4999);
    }

    private void fail(int code, String why) {
        deaf = true;
        sink.broken(code, why);
    }

    /** A thread's decoder and its output. */
    private static final class Decoding {
        private final CharsetDecoder decoder = StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT);
        private final CharBuffer decoded = CharBuffer.allocate(DECODED_AT_ONCE);

        CoderResult next(ByteBuffer from, boolean last) {
            decoder.reset();
            return decoder.decode(from, decoded, last);
        }

        String take() {
            String text = decoded.flip().toString();
            decoded.clear();
            return text;
        }

        String whole(ByteBuffer from) throws CharacterCodingException {
            decoder.reset();
            return decoder.decode(from).toString();
        }
    }
}
