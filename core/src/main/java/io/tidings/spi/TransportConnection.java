package io.tidings.spi;

import io.tidings.dialect.Frame;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * One open WebSocket connection of a transport. The hub owns the queue and the timers; a transport only writes.
 *
 * <p><b>Threads.</b> {@link #write} and {@link #ping} are called by one thread at a time, never while a write is unfinished;
 * {@link #close} and {@link #abort} at any time by any thread. No method may block for the peer, and none may throw.
 */
public interface TransportConnection {

    /**
     * Writes text messages in order, in one call where the transport can. Calls {@link WriteCallback#written} exactly once: when
     * all have been handed to the operating system, or none of the rest ever will be. The call MAY come before this method
     * returns.
     *
     * @param frames   the messages; the array is the hub's and MUST NOT be used after the callback
     * @param count    how many of the array's first elements
     * @param callback what is told
     */
    void write(Frame[] frames, int count, WriteCallback callback);

    /** Writes a WebSocket ping with an empty payload; its completion is not told. */
    void ping();

    /**
     * Starts the closing handshake (RFC 6455 section 7.1.2). The code is one that may be sent. The end of the connection, which
     * the hub does not wait for, is told as usual.
     */
    void close(int code, String reason);

    /** Ends the TCP connection at once, with or without a write in flight. Idempotent. */
    void abort();

    /**
     * The single thread that writes this connection, such as an event loop: one object for all connections of that thread.
     * Null lets the hub choose one of its own lanes.
     */
    @Nullable
    Executor lane();

    /** What is told of a write. */
    interface WriteCallback {
        /**
         * The write is finished.
         *
         * @param failure why it failed, or null
         */
        void written(@Nullable Throwable failure);
    }
}
