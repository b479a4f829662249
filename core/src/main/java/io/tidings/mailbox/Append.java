package io.tidings.mailbox;

import io.tidings.message.Message;
import io.tidings.message.UserKey;
import org.jspecify.annotations.Nullable;

/**
 * One message for one mailbox.
 *
 * @param user           whose
 * @param message        what
 * @param idempotencyKey a repeat of the same key for the same user within the mailbox's window (default 5 minutes) is not
 *                       appended but answered with the first position; null for no such check
 * @param except         the instance that is not shown the message, or null
 */
public record Append(
        UserKey user,
        Message message,
        @Nullable String idempotencyKey,
        @Nullable String except) {}
