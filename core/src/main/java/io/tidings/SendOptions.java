package io.tidings;

import io.tidings.mailbox.Idempotency;
import org.jspecify.annotations.Nullable;

/**
 * How a durable message is sent.
 *
 * @param idempotency how a repeat is told, which is answered with the first message's id and not sent again; default
 *                    {@link Idempotency#NONE}
 * @param except      the instance that is not shown the message, such as the sender's own tab; null, the default, for none
 */
public record SendOptions(Idempotency idempotency, @Nullable String except) {

    /** Repeats are not told, nobody is left out. */
    public static final SendOptions NONE = new SendOptions(Idempotency.NONE, null);

    /**
     * The same options with a key: its repeat for the same user within the mailbox's window (default 5 minutes) is not sent again.
     *
     * @throws IllegalArgumentException when the key is empty or has more than {@value Idempotency#MAX_KEY} characters
     */
    public SendOptions idempotent(String key) {
        return new SendOptions(new Idempotency.Key(key), except);
    }

    /**
     * The same options with a place in a numbered source, which needs no window; see {@link Idempotency.Sequence} for what the source
     * must keep to.
     *
     * @throws IllegalArgumentException when the source is empty or has more than {@value Idempotency#MAX_SOURCE} characters, or the
     *     sequence is negative
     */
    public SendOptions sequenced(String source, long sequence) {
        return new SendOptions(new Idempotency.Sequence(source, sequence), except);
    }

    /** The same options without an instance. */
    public SendOptions minus(String instance) {
        return new SendOptions(idempotency, instance);
    }
}
