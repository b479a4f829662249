package io.tidings;

import io.tidings.mailbox.Gap;
import io.tidings.message.Message;
import io.tidings.message.MessageId;
import io.tidings.message.UserKey;

/**
 * Is told what becomes of durable messages. The smallest one overrides what it wants to hear.
 *
 * <p><b>Ranges.</b> What is delivered and acknowledged is told cumulatively, as everything after one id up to and with another, of the
 * connection's user. Ranges of a connection follow one another; where a call is still waiting for its turn it is widened instead of
 * a second one made. A range includes what the connection is not shown, because of its categories or because it is the sender's, and
 * what {@link #expired} says was gone. What is written again is not told again.
 * <p><b>Threads.</b> Calls for one connection are made one at a time on the hub's executor, in turn with the calls of the
 * {@link HubListener}, between its {@code connected} and its {@code disconnected}; so a call that blocks keeps the connection's requests
 * waiting, and nothing else. {@link #accepted} is called on the hub's executor too, for one user one at a time.
 * <p><b>Failure.</b> An exception is logged and affects nothing.
 */
public interface DeliveryListener {

    /**
     * A message was stored in a user's mailbox by this hub: once for every message, not for repeats, in the order of the user's
     * positions. The user and some others get no further message into the mailbox until the call returns, and where too many
     * wait {@link Hub#send} answers {@link SendResult.Rejected}: a slow listener slows sending down. The stage that {@code send} returned
     * may be complete before. Not told when the node dies in between, or when the mailbox failed after it had stored the message.
     */
    default void accepted(UserKey user, MessageId id, Message message) {}

    /**
     * Messages were handed to the operating system for a connection. What is written once the connection is closing is not told.
     *
     * @param after where the range begins, without this one
     * @param upTo  where it ends, with this one
     */
    default void delivered(Connection connection, MessageId after, MessageId upTo) {}

    /**
     * Messages were acknowledged by a connection's client or, where that never acknowledges, confirmed by its answer to the heartbeat.
     *
     * @param after where the range begins, without this one
     * @param upTo  where it ends, with this one
     */
    default void acknowledged(Connection connection, MessageId after, MessageId upTo) {}

    /**
     * A connection was told of a gap: what it wanted to continue from is not held any more, or was never known. Two gaps that one call
     * tells are one from the first's beginning to the second's end.
     */
    default void expired(Connection connection, Gap gap) {}
}
