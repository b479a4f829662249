package io.tidings.testkit.client;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What a client tells. All methods do nothing unless they are overridden.
 *
 * <p><b>Threads.</b> One call at a time, in order, on the client's executor; the same client MAY be called from within. While a
 * call lasts nothing more is read, so that a slow handler slows the server down rather than fill this process's memory.
 * <p><b>Failure.</b> What a call throws goes to {@link #failed}; the message counts as handled.
 */
public interface ClientListener {

    /** The server let the client in; the frame's body as it came. */
    default void connected(JsonNode body) {}

    /** A message. A durable one comes once and in order; it is acknowledged when this method has returned. */
    default void message(ClientMessage message) {}

    /** All that was missed has been told, up to this id; from here on messages come as they are sent. Once a connection. */
    default void live(String lastMessageId) {}

    /** Messages between two ids are gone for good; what follows comes after {@code to}. */
    default void gap(String from, String to, String reason) {}

    /** The server refused something that no request of this client asked for by an id. */
    default void error(String code, String message) {}

    /**
     * The connection, or an attempt at one, ended.
     *
     * @param code    the close code; 1006 where there was none
     * @param retryIn when the next attempt is made; null where none is, and {@link #stopped} follows
     */
    default void disconnected(int code, String reason, @Nullable Duration retryIn) {}

    /** The client has ended and does nothing more. The last call of all. */
    default void stopped(int code, String reason) {}

    /** A call of this interface threw. */
    default void failed(RuntimeException failure) {}
}
