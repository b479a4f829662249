package io.tidings;

import io.tidings.message.MessageId;

/** What came of sending a durable message to one user. */
public sealed interface SendResult {

    /**
     * The message is in the user's mailbox and will be delivered.
     *
     * @param id       its id
     * @param repeated whether it was there before, under the same idempotency key
     */
    record Accepted(MessageId id, boolean repeated) implements SendResult {}

    /**
     * The message is not in the mailbox and will not be delivered; try again later.
     *
     * @param reason a sentence
     */
    record Rejected(String reason) implements SendResult {}
}
