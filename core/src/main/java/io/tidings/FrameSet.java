package io.tidings;

import io.tidings.dialect.Frame;
import org.jspecify.annotations.Nullable;

/** The frames of one message in the dialects that a fan-out has met so far. One thread's, for one fan-out. */
final class FrameSet {

    private final Outgoing message;
    private final @Nullable Frame[] frames;
    private final boolean[] known;

    FrameSet(Outgoing message, int dialects) {
        this.message = message;
        this.frames = new Frame[dialects];
        this.known = new boolean[dialects];
    }

    @Nullable
    Frame frame(int dialect) {
        if (!known[dialect]) {
            known[dialect] = true;
            frames[dialect] = message.frame(dialect);
        }
        return frames[dialect];
    }
}
