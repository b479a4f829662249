package io.tidings.feeds;

import io.tidings.message.Message;
import io.tidings.message.UserKey;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A stored notification.
 *
 * @param id        unique in the store, larger than every earlier one of its user
 * @param user      whom it is for
 * @param category  what it counts under and can be filtered by; 1 to 128 characters
 * @param message   all of it, as {@link io.tidings.message.Kinds#NOTIFICATION_NEW}, not seen; MUST NOT be changed
 * @param createdAt when it was stored, to the millisecond
 * @param seenAt    when the user saw it, or null
 */
public record Notification(
        long id,
        UserKey user,
        String category,
        Message message,
        Instant createdAt,
        @Nullable Instant seenAt) {}
