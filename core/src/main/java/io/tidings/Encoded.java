package io.tidings;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.tidings.dialect.FrameTemplate;
import io.tidings.message.Message;
import org.jspecify.annotations.Nullable;

/** A message that is encoded once per dialect, when the first connection of that dialect wants it. */
final class Encoded {

    private final Message message;
    private final Dialects dialects;

    @GuardedBy("this")
    private final @Nullable FrameTemplate[] templates;

    @GuardedBy("this")
    private final boolean[] done;

    Encoded(Message message, Dialects dialects) {
        this.message = message;
        this.dialects = dialects;
        this.templates = new FrameTemplate[dialects.count()];
        this.done = new boolean[dialects.count()];
    }

    Message message() {
        return message;
    }

    /** The frame but for its id, or null where the dialect has no word for the message. */
    synchronized @Nullable FrameTemplate template(int dialect) {
        if (!done[dialect]) {
            templates[dialect] = dialects.encode(dialect, message).orElse(null);
            done[dialect] = true;
        }
        return templates[dialect];
    }
}
