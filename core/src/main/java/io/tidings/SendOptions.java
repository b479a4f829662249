package io.tidings;

import org.jspecify.annotations.Nullable;

/**
 * How a durable message is sent.
 *
 * @param idempotencyKey a repeat of the key for the same user within the mailbox's window (default 5 minutes) is answered with
 *                       the first message's id and not sent again; null, the default, for no such check
 * @param except         the instance that is not shown the message, such as the sender's own tab; null, the default, for none
 */
public record SendOptions(
        @Nullable String idempotencyKey, @Nullable String except) {

    /** No idempotency key, nobody left out. */
    public static final SendOptions NONE = new SendOptions(null, null);

    /** The same options with an idempotency key. */
    public SendOptions idempotent(String key) {
        return new SendOptions(key, except);
    }

    /** The same options without an instance. */
    public SendOptions minus(String instance) {
        return new SendOptions(idempotencyKey, instance);
    }
}
