package io.tidings.examples.standalone;

import io.tidings.Hub;
import org.jspecify.annotations.Nullable;

/** The hub, for what the hub itself is built of: routes and the listener. They are called only after it is there. */
final class LateHub {

    /** Set once, before the transport starts. */
    private volatile @Nullable Hub hub;

    void is(Hub built) {
        hub = built;
    }

    /** The hub, or null while the server starts. */
    @Nullable
    Hub orNull() {
        return hub;
    }

    Hub get() {
        Hub built = hub;
        if (built == null) {
            throw new IllegalStateException("the server is starting");
        }
        return built;
    }
}
