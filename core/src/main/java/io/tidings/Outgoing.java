package io.tidings;

import io.tidings.dialect.Frame;
import io.tidings.dialect.FrameTemplate;
import io.tidings.message.MessageId;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/** A message with its id on the way to connections, and how their queues treat it. Shared by all of them. */
final class Outgoing {

    /** How a queue treats a message that does not fit. */
    enum Care {
        /** Read again from the mailbox. */
        DURABLE,
        /** The newest of each key is kept. */
        KEYED,
        /** Gives way. */
        UNKEYED,
        /** Of the library itself, in its place between durable messages; always fits. */
        INLINE
    }

    private final Encoded encoded;
    private final MessageId id;
    private final Care care;
    private final AtomicReferenceArray<@Nullable Frame> frames;

    private Outgoing(Encoded encoded, MessageId id, Care care, int dialects) {
        this.encoded = encoded;
        this.id = id;
        this.care = care;
        this.frames = new AtomicReferenceArray<>(dialects);
    }

    static Outgoing durable(Encoded encoded, MessageId id, int dialects) {
        return new Outgoing(encoded, id, Care.DURABLE, dialects);
    }

    static Outgoing ofTransient(Encoded encoded, MessageId id, int dialects) {
        return new Outgoing(encoded, id, encoded.message().key() == null ? Care.UNKEYED : Care.KEYED, dialects);
    }

    static Outgoing inline(Encoded encoded, MessageId id, int dialects) {
        return new Outgoing(encoded, id, Care.INLINE, dialects);
    }

    MessageId id() {
        return id;
    }

    Care care() {
        return care;
    }

    String kind() {
        return encoded.message().kind();
    }

    @Nullable
    String category() {
        return encoded.message().category();
    }

    /** Whether both are of one key; false where either has none. */
    boolean sameKey(Outgoing other) {
        String key = encoded.message().key();
        return key != null && key.equals(other.encoded.message().key());
    }

    /** The frame that all connections of a dialect share, or null where the dialect has no word for the message. */
    @Nullable
    Frame frame(int dialect) {
        Frame made = frames.get(dialect);
        if (made != null) {
            return made;
        }
        FrameTemplate template = encoded.template(dialect);
        if (template == null) {
            return null;
        }
        frames.compareAndSet(dialect, null, Dialects.frame(template, id));
        return frames.get(dialect);
    }
}
