package io.tidings.mailbox;

import io.tidings.message.Message;
import io.tidings.message.UserKey;
import org.jspecify.annotations.Nullable;

/**
 * One message for one mailbox.
 *
 * @param user        whose
 * @param message     what
 * @param idempotency how a repeat is told; {@link Idempotency#NONE} for no such check
 * @param except      the instance that is not shown the message, or null
 */
public record Append(
        UserKey user,
        Message message,
        Idempotency idempotency,
        @Nullable String except) {}
