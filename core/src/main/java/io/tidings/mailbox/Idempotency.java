package io.tidings.mailbox;

/**
 * How a mailbox tells that a message was appended before. Counts within one user of one tenant: the same key or sequence of
 * another user is another message.
 */
public sealed interface Idempotency {

    /** The longest key, in UTF-16 code units. */
    int MAX_KEY = 1_024;

    /** The longest name of a source, in UTF-16 code units. */
    int MAX_SOURCE = 64;

    /** How many sources a mailbox remembers for a user. */
    int MAX_SOURCES = 64;

    /** No check: every append is a new message. */
    None NONE = new None();

    /** See {@link #NONE}. */
    record None() implements Idempotency {}

    /**
     * A repeat of the key within the mailbox's window (default 5 minutes) is not appended but answered with the first position,
     * also when the message is no longer held.
     *
     * @param key 1 to {@value #MAX_KEY} characters, because the mailbox remembers it
     */
    record Key(String key) implements Idempotency {

        /**
         * Checks the key.
         *
         * @throws IllegalArgumentException when it is empty or too long
         */
        public Key {
            checkLength("idempotencyKey", key, MAX_KEY);
        }
    }

    /**
     * A message of a numbered source, such as the table of an outbox. Only a sequence above every one that the source appended
     * for the user before is appended; what is not above is a repeat, however long ago the first was. So a source MUST number a
     * user's messages in the order in which it appends them, append one only when the one before is stored or in the same batch
     * before it, and after a failure repeat from the one that failed on.
     *
     * <p>A repeat is answered with the first position while its message is held, and otherwise with the position just before the
     * oldest message held. The highest sequence of a source is kept as long as the user's epoch, and in one that lost history
     * begins. A message of one source more than {@value #MAX_SOURCES} is answered with {@link Appended.Full}; the others of its
     * batch are not touched by that.
     *
     * @param source   the host's name for it, 1 to {@value #MAX_SOURCE} characters; one of a few
     * @param sequence at least 0
     */
    record Sequence(String source, long sequence) implements Idempotency {

        /**
         * Checks both.
         *
         * @throws IllegalArgumentException when the source is empty or too long, or the sequence is negative
         */
        public Sequence {
            checkLength("source", source, MAX_SOURCE);
            if (sequence < 0) {
                throw new IllegalArgumentException("sequence must be at least 0, was " + sequence);
            }
        }
    }

    private static void checkLength(String what, String value, int max) {
        if (value.isEmpty() || value.length() > max) {
            throw new IllegalArgumentException(what + " must have 1 to " + max + " characters, has " + value.length());
        }
    }
}
