package io.tidings.dialect;

import io.tidings.message.MessageId;

/**
 * An encoded message whose id is still a hole of {@link MessageId#LENGTH} bytes near its tail, so that a message for many
 * mailboxes is encoded once. Immutable; the bytes are UTF-8 and are shared, not copied.
 */
public final class FrameTemplate {

    private static final int NO_HOLE = -1;

    private final byte[] bytes;
    private final int hole;

    private FrameTemplate(byte[] bytes, int hole) {
        this.bytes = bytes;
        this.hole = hole;
    }

    /** A frame that shows no id. The array MUST NOT change afterwards. */
    public static FrameTemplate withoutId(byte[] bytes) {
        return new FrameTemplate(bytes, NO_HOLE);
    }

    /**
     * A frame that shows its id in the {@link MessageId#LENGTH} bytes from an index. The array MUST NOT change afterwards.
     *
     * @throws IllegalArgumentException when the hole does not lie within the bytes
     */
    public static FrameTemplate withId(byte[] bytes, int hole) {
        if (hole < 0 || hole + MessageId.LENGTH > bytes.length) {
            throw new IllegalArgumentException("a hole at " + hole + " is outside of " + bytes.length + " bytes");
        }
        return new FrameTemplate(bytes, hole);
    }

    /** Whether the frame shows its id. */
    public boolean hasId() {
        return hole != NO_HOLE;
    }

    /** The frame of one id; the id is unused where the template shows none. */
    public Frame frame(MessageId id) {
        return new Frame(bytes, hole, id);
    }

    /** The frame of a template that shows no id. */
    public Frame frame() {
        if (hasId()) {
            throw new IllegalStateException("the frame shows an id");
        }
        return new Frame(bytes, hole, null);
    }
}
