package io.tidings.mailbox;

import io.tidings.message.Position;

/**
 * Messages that a mailbox no longer holds.
 *
 * @param from   the position that was asked for
 * @param to     the position just before the oldest message held, or the head where nothing is held
 * @param reason why
 */
public record Gap(Position from, Position to, Reason reason) {

    /** Why messages are gone. */
    public enum Reason {
        /** They were kept for as long as promised. */
        EXPIRED,
        /** More messages came than are kept for a user. */
        TRIMMED,
        /** The position says nothing this mailbox knows: unreadable, or beyond the head. */
        UNKNOWN,
        /** The position is of another life of the mailbox. */
        EPOCH
    }
}
