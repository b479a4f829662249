package io.tidings.spi;

import org.jspecify.annotations.Nullable;

/**
 * What a transport tells the hub of one connection.
 *
 * <p><b>Threads.</b> Calls are made by one thread at a time, in the order of the wire; {@link #closed} and {@link #failed} MAY
 * overtake. No method blocks or throws.
 */
public interface TransportListener {

    /**
     * A piece of a text message.
     *
     * @param part what came, decoded from valid UTF-8; a code point MAY be split over two parts
     * @param last whether it ends the message
     */
    void text(CharSequence part, boolean last);

    /** A binary message, which the protocol does not have. */
    void binary();

    /** A WebSocket pong. */
    void pong();

    /** An inbound message over the transport's own limit; the hub closes with 1009. */
    void tooLarge();

    /**
     * The connection has ended. MAY be called never or twice.
     *
     * @param code the close code that came, or 1006
     */
    void closed(int code, @Nullable String reason);

    /** The connection failed and is of no more use. */
    void failed(Throwable failure);
}
