package io.tidings.transport.jakarta;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("R13")
class FrameWatchTest {

    private static final int TEXT = 1;
    private static final int CLOSE = 8;

    private final FrameWatch watch = new FrameWatch(70_000);

    @Test
    void framesOfEveryLength_areFollowed_howeverTheyAreCut() {
        Random random = new Random(42);
        for (int round = 0; round < 200; round++) {
            FrameWatch cut = new FrameWatch(70_000);
            ByteArrayOutputStream stream = new ByteArrayOutputStream();
            for (int length : new int[] {0, 1, 125, 126, 65_535, 65_536, 70_000}) {
                stream.writeBytes(frame(TEXT, length, random.nextBoolean()));
            }
            feed(cut, stream.toByteArray(), random);
            assertFalse(cut.tooLong());
            assertFalse(cut.closed());
            feed(cut, frame(CLOSE, 2, true), random);
            assertTrue(cut.closed());
        }
    }

    @Test
    void frameOverTheLimit_isSeenByItsHeader() {
        byte[] header = {(byte) 0x81, (byte) 0xFF, 0, 0, 0, 0, 0, 1, 0x11, 0x71, 1, 2, 3, 4};
        for (int i = 0; i < header.length - 1; i++) {
            watch.see(ByteBuffer.wrap(header, i, 1));
            assertFalse(watch.tooLong());
        }
        watch.see(ByteBuffer.wrap(header, header.length - 1, 1));
        assertTrue(watch.tooLong());
    }

    @Test
    void lengthWithItsTopBit_isTooLong() {
        watch.see(ByteBuffer.wrap(new byte[] {(byte) 0x81, 0x7F, -1, -1, -1, -1, -1, -1, -1, -1}));
        assertTrue(watch.tooLong());
        watch.see(ByteBuffer.allocate(1000));
        assertFalse(watch.closed());
    }

    @Test
    void frameWithoutAMask_isSeen() {
        watch.see(ByteBuffer.wrap(frame(TEXT, 10, true)));
        assertFalse(watch.unmasked());
        watch.see(ByteBuffer.wrap(frame(TEXT, 10, false)));
        assertTrue(watch.unmasked());
        watch.see(ByteBuffer.wrap(frame(TEXT, 10, true)));
        assertTrue(watch.unmasked());
    }

    @Test
    void closeFrame_isSeenAtItsEnd() {
        byte[] close = frame(CLOSE, 10, true);
        watch.see(ByteBuffer.wrap(close, 0, close.length - 1));
        assertFalse(watch.closed());
        watch.see(ByteBuffer.wrap(close, close.length - 1, 1));
        assertTrue(watch.closed());
    }

    @Test
    void bytes_stayWhereTheyAre() {
        ByteBuffer bytes = ByteBuffer.wrap(frame(TEXT, 10, true));
        watch.see(bytes);
        assertEquals(0, bytes.position());
    }

    private static void feed(FrameWatch watch, byte[] bytes, Random random) {
        int at = 0;
        while (at < bytes.length) {
            int length = Math.min(bytes.length - at, 1 + random.nextInt(random.nextBoolean() ? 3 : 10_000));
            watch.see(ByteBuffer.wrap(bytes, at, length));
            at += length;
        }
    }

    private static byte[] frame(int opcode, int length, boolean masked) {
        ByteBuffer frame = ByteBuffer.allocate(14 + length);
        frame.put((byte) (0x80 | opcode));
        int mask = masked ? 0x80 : 0;
        if (length < 126) {
            frame.put((byte) (mask | length));
        } else if (length < 65_536) {
            frame.put((byte) (mask | 126)).putShort((short) length);
        } else {
            frame.put((byte) (mask | 127)).putLong(length);
        }
        if (masked) {
            frame.putInt(0x88888888);
        }
        for (int i = 0; i < length; i++) {
            frame.put((byte) 0x88);
        }
        byte[] bytes = new byte[frame.position()];
        frame.flip().get(bytes);
        return bytes;
    }
}
