package io.tidings.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.util.concurrent.ThreadLocalRandom;

/** Bytes of client frames, right ones and wrong ones. */
final class FrameEncoder {
    private FrameEncoder() {}

    /**
     * One frame.
     *
     * @param rsv the three reserved bits, 0 to 7
     */
    static byte[] frame(int opcode, boolean fin, int rsv, boolean masked, byte[] payload) {
        byte[] header = header(opcode, fin, rsv, masked, payload.length);
        ByteBuffer frame = ByteBuffer.allocate(header.length + (masked ? 4 : 0) + payload.length);
        frame.put(header);
        if (!masked) {
            return frame.put(payload).array();
        }
        int mask = ThreadLocalRandom.current().nextInt();
        frame.putInt(mask);
        for (int i = 0; i < payload.length; i++) {
            frame.put((byte) (payload[i] ^ (mask >>> (24 - 8 * (i % 4)))));
        }
        return frame.array();
    }

    /** A frame's bytes up to its length, without the mask. The length may be a lie, and its top bit may be set. */
    static byte[] header(int opcode, boolean fin, int rsv, boolean masked, long length) {
        if ((opcode & ~0xF) != 0 || (rsv & ~0x7) != 0) {
            throw new IllegalArgumentException("expected opcode 0 to 15 and rsv 0 to 7, got " + opcode + ", " + rsv);
        }
        boolean fits7 = length >= 0 && length < 126;
        boolean fits16 = length >= 0 && length < 65_536;
        ByteBuffer header = ByteBuffer.allocate(fits7 ? 2 : fits16 ? 4 : 10);
        header.put((byte) ((fin ? 0x80 : 0) | (rsv << 4) | opcode));
        int maskBit = masked ? 0x80 : 0;
        if (fits7) {
            header.put((byte) (maskBit | (int) length));
        } else if (fits16) {
            header.put((byte) (maskBit | 126)).putShort((short) length);
        } else {
            header.put((byte) (maskBit | 127)).putLong(length);
        }
        return header.array();
    }

    /** The payload of a close frame; none for {@link Received.Close#NO_CODE}. */
    static byte[] closePayload(int code, String reason) {
        if (code == Received.Close.NO_CODE) {
            return new byte[0];
        }
        byte[] text = reason.getBytes(UTF_8);
        return ByteBuffer.allocate(2 + text.length)
                .putShort((short) code)
                .put(text)
                .array();
    }
}
