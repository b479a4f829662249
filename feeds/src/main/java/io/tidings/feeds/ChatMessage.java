package io.tidings.feeds;

import io.tidings.message.UserKey;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A stored message from one user to another of the same tenant.
 *
 * @param id        unique in the store, larger than every earlier one of its two users
 * @param sender    who wrote it
 * @param receiver  who may read it, and whose unread messages it counts among; may be the sender
 * @param content   the text, sanitised
 * @param createdAt when it was stored, to the millisecond
 * @param seenAt    when the receiver saw it, or null
 */
public record ChatMessage(
        long id,
        UserKey sender,
        UserKey receiver,
        String content,
        Instant createdAt,
        @Nullable Instant seenAt) {

    /**
     * Checks that it stays within a tenant.
     *
     * @throws IllegalArgumentException when sender and receiver are of different tenants
     */
    public ChatMessage {
        if (!sender.tenant().equals(receiver.tenant())) {
            throw new IllegalArgumentException("receiver must be of the sender's tenant");
        }
    }
}
