package io.tidings.mailbox;

import io.tidings.message.Position;

/** What came of one append. */
public sealed interface Appended {

    /**
     * The message is in the mailbox.
     *
     * @param position where
     * @param repeated whether it was there before, under the same idempotency key or sequence
     */
    record Stored(Position position, boolean repeated) implements Appended {}

    /**
     * The mailbox has no room in all, or the user has too many sources; nothing was appended, and appending it later is no repeat.
     *
     * @param reason a sentence for the host
     */
    record Full(String reason) implements Appended {}
}
