package io.tidings.transport.jakarta;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.tidings.dialect.Frame;
import io.tidings.dialect.FrameTemplate;
import io.tidings.message.MessageId;
import io.tidings.message.Position;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ServerFramesTest {

    @Test
    void headers_areAsShortAsTheLengthAllows() {
        assertArrayEquals(new byte[] {(byte) 0x81, 125}, header(125));
        assertArrayEquals(new byte[] {(byte) 0x81, 126, 0, 126}, header(126));
        assertArrayEquals(new byte[] {(byte) 0x81, 126, -1, -1}, header(65_535));
        assertArrayEquals(new byte[] {(byte) 0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0}, header(65_536));
    }

    @Test
    void frames_followEachOther_withTheirIds() {
        Frame plain = FrameTemplate.withoutId(bytes("skipped")).frame();
        MessageId id = MessageId.of(new Position(1, 2));
        Frame withId = FrameTemplate.withId(bytes("id:" + " ".repeat(MessageId.LENGTH)), 3)
                .frame(id);
        Frame last = FrameTemplate.withoutId(bytes("")).frame();
        ByteBuffer encoded = ServerFrames.encode(new Frame[] {plain, withId, last, plain}, 1, 3);
        assertEquals((byte) 0x81, encoded.get());
        byte[] text = new byte[encoded.get()];
        encoded.get(text);
        assertEquals("id:" + id, new String(text, StandardCharsets.UTF_8));
        assertEquals((byte) 0x81, encoded.get());
        assertEquals(0, encoded.get());
        assertFalse(encoded.hasRemaining());
    }

    private static byte[] header(int length) {
        ByteBuffer encoded = ServerFrames.encode(
                new Frame[] {FrameTemplate.withoutId(new byte[length]).frame()}, 0, 1);
        byte[] header = new byte[encoded.remaining() - length];
        encoded.get(header);
        return header;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
