package io.tidings.transport.jakarta;

import io.tidings.dialect.Frame;
import java.io.IOException;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * How one container carries the frames of one connection; {@link PortableSender} does with the Jakarta API alone.
 *
 * <p><b>Threads.</b> As {@link io.tidings.spi.TransportConnection}. No method blocks for the peer.
 */
interface FrameSender {

    /** How many frames one {@link #send} takes at most. */
    int framesAtOnce();

    /**
     * Starts to send {@code frames[from]} up to but not including {@code frames[to]}, in order.
     *
     * @param completion what to tell; it takes care of being told twice, from within this call, or beside an exception
     * @throws IOException or an unchecked exception when it cannot start, with or without telling
     */
    void send(Frame[] frames, int from, int to, Completion completion) throws IOException;

    /** Sends a ping without a payload. */
    void ping() throws IOException;

    /** The close frame is on its way: sees to it that the TCP connection ends in a while, answered or not. */
    void closing();

    /** Ends the TCP connection at once, whatever is in flight. */
    void abort();

    /** See {@link io.tidings.spi.TransportConnection#lane()}. */
    @Nullable
    Executor lane();

    /** What is told of a send. */
    interface Completion {
        /** The send is over: with a failure, or handed to the operating system. Any thread; MAY send again. */
        void done(@Nullable Throwable failure);
    }
}
