package io.tidings.testkit;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Finds the frames in one server's byte stream without keeping them: counts text, hands out control frames.
 *
 * <p>It checks what it needs to stay in step (mask, reserved bits, opcodes, lengths of control frames) and no more;
 * {@link MessageReader} is the strict one. One thread.
 */
final class FrameScanner {
    /** Called from {@link #scan}, in the order of the stream. */
    interface Listener {
        /**
         * A text message ended.
         *
         * @param bytes   its payload's length
         * @param content its payload when the scanner captures, else null
         */
        void text(long bytes, byte @Nullable [] content);

        /** A control frame. */
        void control(int opcode, byte[] payload);
    }

    /** The stream is not a WebSocket server's. */
    static final class BrokenRule extends Exception {
        private static final long serialVersionUID = 1L;

        BrokenRule(String what) {
            super(what);
        }
    }

    private static final byte[] NOTHING = {};

    private final Listener listener;
    private final @Nullable ByteArrayOutputStream captured;

    /** All below: the scanning thread only. */
    private final byte[] header = new byte[10];

    private int headerBytes;
    private int headerWanted = 2;
    private long payloadLeft;
    private int message = Opcode.CONTINUATION;
    private long messageBytes;
    private byte[] control = NOTHING;

    FrameScanner(boolean capture, Listener listener) {
        this.listener = listener;
        this.captured = capture ? new ByteArrayOutputStream(0) : null;
    }

    /** Takes all of the buffer. */
    void scan(ByteBuffer in) throws BrokenRule {
        while (in.hasRemaining()) {
            if (headerBytes < headerWanted) {
                header[headerBytes++] = in.get();
                if (headerBytes == 2) {
                    headerWanted = wantedAfterTwo();
                }
                if (headerBytes < headerWanted) {
                    continue;
                }
                startPayload();
            }
            takePayload(in);
            if (payloadLeft == 0) {
                endFrame();
            }
        }
    }

    private int opcode() {
        return header[0] & 0x0F;
    }

    private int wantedAfterTwo() throws BrokenRule {
        check((header[0] & 0x70) == 0, "reserved bits are set");
        check(Opcode.isKnown(opcode()), "unknown opcode");
        check((header[1] & 0x80) == 0, "a server's frame is masked");
        int seven = header[1] & 0x7F;
        check(!Opcode.isControl(opcode()) || seven <= 125, "a control frame is over 125 bytes");
        return seven == 126 ? 4 : seven == 127 ? 10 : 2;
    }

    private void startPayload() throws BrokenRule {
        ByteBuffer length = ByteBuffer.wrap(header);
        payloadLeft =
                headerWanted == 4 ? length.getShort(2) & 0xFFFF : headerWanted == 10 ? length.getLong(2) : header[1];
        check(payloadLeft >= 0, "the top bit of a length is set");
        if (Opcode.isControl(opcode())) {
            control = new byte[(int) payloadLeft];
        } else {
            boolean continues = opcode() == Opcode.CONTINUATION;
            check(continues == (message != Opcode.CONTINUATION), "opcode " + opcode() + " out of turn");
            message = continues ? message : opcode();
            messageBytes += payloadLeft;
        }
    }

    private void takePayload(ByteBuffer in) {
        int count = (int) Math.min(payloadLeft, in.remaining());
        if (Opcode.isControl(opcode())) {
            in.get(control, control.length - (int) payloadLeft, count);
        } else {
            if (captured != null && message == Opcode.TEXT) {
                captured.write(in.array(), in.arrayOffset() + in.position(), count);
            }
            in.position(in.position() + count);
        }
        payloadLeft -= count;
    }

    private void endFrame() {
        headerBytes = 0;
        headerWanted = 2;
        if (Opcode.isControl(opcode())) {
            listener.control(opcode(), control);
            control = NOTHING;
        } else if ((header[0] & 0x80) != 0) {
            if (message == Opcode.TEXT) {
                listener.text(messageBytes, captured == null ? null : captured.toByteArray());
            }
            message = Opcode.CONTINUATION;
            messageBytes = 0;
            if (captured != null) {
                captured.reset();
            }
        }
    }

    private static void check(boolean holds, String otherwise) throws BrokenRule {
        if (!holds) {
            throw new BrokenRule(otherwise);
        }
    }
}
