package io.tidings;

import io.tidings.auth.Identity;
import io.tidings.message.CloseReason;
import io.tidings.message.UserKey;
import java.time.Instant;

/**
 * One live, authenticated client session over one transport.
 *
 * <p><b>Threads.</b> All methods MAY be called concurrently; none blocks.
 */
public interface Connection {

    /** Unique among all nodes. */
    String id();

    /** Who it is, as of the newest token. */
    Identity identity();

    /** Tenant and user; never changes. */
    default UserKey user() {
        return identity().user();
    }

    /** What keeps a cursor: one browser profile, one phone; {@code default} where the client named none. */
    String device();

    /** One page load or process of the device. */
    String instance();

    /** The endpoint's path. */
    String path();

    /** The name of the dialect that it speaks. */
    String dialect();

    /** The peer's IP address as text. */
    String remoteAddress();

    /** When it was authenticated. */
    Instant openedAt();

    /** Ends it: what is queued is written first where that is possible, then the close frame. Idempotent. */
    void close(CloseReason reason);
}
