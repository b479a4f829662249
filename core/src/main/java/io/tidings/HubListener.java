package io.tidings;

import io.tidings.message.CloseReason;
import io.tidings.message.ErrorCode;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Is told of connections and answers what clients ask for.
 *
 * <p><b>Threads.</b> Calls for one connection are made one at a time, in order, on the hub's executor, and MAY block: the next
 * call waits for the stage of the one before. Calls for different connections are concurrent. {@link #disconnected} is the last
 * call for a connection.
 * <p><b>Failure.</b> An exception or a failed stage is logged and answered with {@code INTERNAL_ERROR}; it affects that frame
 * alone. A stage that is not complete after 30 s counts as failed: the next call is made, and what it completes with later is
 * forgotten.
 */
public interface HubListener {

    /** Hears nothing and refuses every request. */
    HubListener NONE = new HubListener() {};

    /** A connection is registered and gets messages. */
    default void connected(Connection connection) {}

    /** A connection of {@link #connected} has ended. */
    default void disconnected(Connection connection, CloseReason reason, Duration lasted) {}

    /**
     * A client asks for something that is the host's to do, such as {@code message.send}. The body has been checked against the
     * kind; the connection's authoriser has allowed it.
     */
    default CompletionStage<Reply> request(Connection connection, Request request) {
        return CompletableFuture.completedFuture(
                new Reply.Refused(ErrorCode.INVALID_MESSAGE, "This server does not take " + request.kind(), "type"));
    }
}
