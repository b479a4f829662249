package io.tidings;

import org.jspecify.annotations.Nullable;

/**
 * How a durable message is sent.
 *
 * @param idempotencyKey a repeat of the key for the same user within the mailbox's window (default 5 minutes) is answered with
 *                       the first message's id and not sent again; 1 to {@value #MAX_KEY} characters, because the mailbox
 *                       remembers it; null, the default, for no such check
 * @param except         the instance that is not shown the message, such as the sender's own tab; null, the default, for none
 */
public record SendOptions(
        @Nullable String idempotencyKey, @Nullable String except) {

    /** The longest idempotency key, in UTF-16 code units. */
    public static final int MAX_KEY = 1_024;

    /** No idempotency key, nobody left out. */
    public static final SendOptions NONE = new SendOptions(null, null);

    /**
     * Checks the key.
     *
     * @throws IllegalArgumentException when the key is empty or too long
     */
    public SendOptions {
        if (idempotencyKey != null && (idempotencyKey.isEmpty() || idempotencyKey.length() > MAX_KEY)) {
            throw new IllegalArgumentException(
                    "idempotencyKey must have 1 to " + MAX_KEY + " characters, has " + idempotencyKey.length());
        }
    }

    /** The same options with an idempotency key. */
    public SendOptions idempotent(String key) {
        return new SendOptions(key, except);
    }

    /** The same options without an instance. */
    public SendOptions minus(String instance) {
        return new SendOptions(idempotencyKey, instance);
    }
}
