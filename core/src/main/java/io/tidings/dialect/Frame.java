package io.tidings.dialect;

import io.tidings.message.MessageId;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * One encoded text message of one dialect, ready for any number of connections. Immutable and shared; the template's bytes
 * are never copied for it.
 */
public final class Frame {

    private final byte[] template;
    private final int hole;
    private final @Nullable MessageId id;

    /** Derived from the other fields; a race computes it twice, to the same value. */
    private @Nullable String text;

    Frame(byte[] template, int hole, @Nullable MessageId id) {
        this.template = template;
        this.hole = hole;
        this.id = id;
    }

    /** Bytes of UTF-8. */
    public int length() {
        return template.length;
    }

    /** Copies the frame's {@link #length()} bytes. */
    public void writeTo(byte[] target, int at) {
        System.arraycopy(template, 0, target, at, template.length);
        if (hole >= 0 && id != null) {
            id.writeTo(target, at + hole);
        }
    }

    /** The frame's bytes, in an array of the caller's own. */
    public byte[] toBytes() {
        byte[] bytes = new byte[template.length];
        writeTo(bytes, 0);
        return bytes;
    }

    /** The frame as text, for transports that take nothing else; made once. */
    public String text() {
        String made = text;
        if (made == null) {
            made = new String(toBytes(), StandardCharsets.UTF_8);
            text = made;
        }
        return made;
    }
}
