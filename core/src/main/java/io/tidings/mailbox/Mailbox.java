package io.tidings.mailbox;

import io.tidings.message.Position;
import io.tidings.message.UserKey;
import java.util.List;
import java.util.concurrent.CompletionStage;

/**
 * Keeps every user's durable messages in order, and every device's cursor.
 *
 * <p>The smallest complete implementation is {@code InMemoryMailbox}; {@code MailboxContract} proves one.
 *
 * <p><b>Order.</b> {@link #append} calls for one user MUST take effect in the order in which they are made. Offsets of an
 * epoch start at 1, have no holes and are assigned in the atomic step that makes the message readable. An epoch MUST be
 * higher than every earlier one of the user, whatever was lost; a mailbox that was emptied or restored to an earlier state
 * MUST begin a new one. That messages go because of their age or number empties nothing: the head stays and the epoch goes on
 * for 30 days at least.
 * <p><b>Lost history.</b> Somebody who holds a position of the current epoch beyond the head proves that messages were lost, as
 * when a backup was restored or a replica promoted. Such a {@link #read} MUST begin a new epoch, so that no id that was given is
 * given again; what is held stays, and its offsets go on, in pages of the new epoch. Cursors and what repeats are told by stay
 * too. A position of the epoch before that one, up to where it ended, MUST still be continued from without a gap. Several who
 * bring the same position MUST begin one epoch, not several.
 * <p><b>Threads.</b> Methods MAY be called concurrently and MUST NOT block. Stages MAY complete on any thread, also before
 * the method returns.
 * <p><b>Failure.</b> A failed stage means "unknown": what was asked for may have happened. Repeating an append with its key
 * is then safe.
 */
public interface Mailbox extends AutoCloseable {

    /**
     * Appends messages, several users at once.
     *
     * @param appends what to append; entries of one user take effect in list order
     * @return one outcome an entry, in the same order
     */
    CompletionStage<List<Appended>> append(List<Append> appends);

    /**
     * Reads a user's messages after a position, oldest first.
     *
     * <p>A position that cannot be continued from MUST be answered with a page that has a {@link Gap}: of an epoch that is not
     * the current one, beyond the head, or before what is still held. The page then starts at the oldest message held.
     *
     * @param after {@link Position#START} reads from the oldest held, which is a gap only when that is not the epoch's first
     * @param limit the most messages to return; at least 1
     */
    CompletionStage<Page> read(UserKey user, Position after, int limit);

    /**
     * The positions of the last messages of some users.
     *
     * @return one a user, in the same order; a user without a mailbox has {@link Position#START}
     */
    CompletionStage<List<Position>> heads(List<UserKey> users);

    /**
     * Claims a device's cursor for an instance, which fences the instance's earlier connections and everybody else's of the
     * same instance.
     *
     * <p>A device never seen before starts at the user's furthest cursor, else at {@link Position#START}. More devices than
     * the mailbox keeps push out the one that was attached longest ago.
     *
     * @param device   1 to 128 characters
     * @param instance 1 to 128 characters
     */
    CompletionStage<Attachment> attach(UserKey user, String device, String instance);

    /**
     * Moves cursors forward. A move backward, beyond the head, of an unknown device, or of a generation that is not the instance's newest changes
     * nothing and is no error.
     */
    CompletionStage<Void> moveCursors(List<CursorMove> moves);

    /** Whether all nodes of a cluster see the same content. */
    boolean shared();

    /** Frees what the mailbox holds; calls under way fail. Idempotent. */
    @Override
    void close();
}
