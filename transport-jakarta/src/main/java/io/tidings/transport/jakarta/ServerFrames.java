package io.tidings.transport.jakarta;

import io.tidings.dialect.Frame;
import java.nio.ByteBuffer;

/** Messages as the bytes of unmasked text frames (RFC 6455 section 5.2), for containers that take those. */
final class ServerFrames {

    private static final byte FINAL_TEXT = (byte) 0x81;
    private static final int LONGEST_HEADER = 10;

    private ServerFrames() {}

    /**
     * Frames one after another, in a buffer of the caller's own.
     *
     * @throws ArithmeticException when they have more bytes than an array
     */
    static ByteBuffer encode(Frame[] frames, int from, int to) {
        int most = 0;
        for (int i = from; i < to; i++) {
            most = Math.addExact(most, Math.addExact(LONGEST_HEADER, frames[i].length()));
        }
        ByteBuffer target = ByteBuffer.allocate(most);
        for (int i = from; i < to; i++) {
            put(frames[i], target);
        }
        return target.flip();
    }

    private static void put(Frame frame, ByteBuffer target) {
        int length = frame.length();
        target.put(FINAL_TEXT);
        if (length < 126) {
            target.put((byte) length);
        } else if (length < 65_536) {
            target.put((byte) 126).putShort((short) length);
        } else {
            target.put((byte) 127).putLong(length);
        }
        frame.writeTo(target.array(), target.position());
        target.position(target.position() + length);
    }
}
