package io.tidings.transport.jakarta;

import java.nio.ByteBuffer;

/**
 * Follows a client's frames by their headers (RFC 6455 section 5.2), beside the container that reads them. One thread.
 */
final class FrameWatch {

    private static final int OPCODE_CLOSE = 8;
    private static final int LONGEST_HEADER = 14;

    private final long limit;
    private final byte[] header = new byte[LONGEST_HEADER];
    private int have;
    private long payloadLeft;
    private boolean closed;
    private boolean tooLong;
    private boolean unmasked;

    /**
     * Watches a connection.
     *
     * @param limit the longest payload of a frame, in bytes
     */
    FrameWatch(long limit) {
        this.limit = limit;
    }

    /** Takes note of bytes, which stay where they are. */
    void see(ByteBuffer bytes) {
        int at = bytes.position();
        while (at < bytes.limit()) {
            if (payloadLeft > 0) {
                int skipped = (int) Math.min(payloadLeft, bytes.limit() - at);
                at += skipped;
                payloadLeft -= skipped;
                noteClose();
            } else {
                header[have++] = bytes.get(at++);
                if (have >= 2 && have == headerLength()) {
                    long payload = payloadLength();
                    unmasked |= (header[1] & 0x80) == 0;
                    tooLong |= payload < 0 || payload > limit;
                    payloadLeft = payload < 0 ? Long.MAX_VALUE : payload;
                    have = 0;
                    noteClose();
                }
            }
        }
    }

    /** Whether a frame over the limit has begun. */
    boolean tooLong() {
        return tooLong;
    }

    /** Whether a frame without a mask has begun, which a server must not take (section 5.1). */
    boolean unmasked() {
        return unmasked;
    }

    /** Whether a close frame has come, all of it. */
    boolean closed() {
        return closed;
    }

    private void noteClose() {
        closed |= payloadLeft == 0 && (header[0] & 0x0F) == OPCODE_CLOSE;
    }

    private int headerLength() {
        int length = header[1] & 0x7F;
        int mask = (header[1] & 0x80) == 0 ? 0 : 4;
        return 2 + mask + (length == 126 ? 2 : length == 127 ? 8 : 0);
    }

    private long payloadLength() {
        ByteBuffer bytes = ByteBuffer.wrap(header);
        int length = header[1] & 0x7F;
        return length == 126 ? bytes.getShort(2) & 0xFFFF : length == 127 ? bytes.getLong(2) : length;
    }
}
