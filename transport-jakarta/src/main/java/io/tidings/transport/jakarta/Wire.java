package io.tidings.transport.jakarta;

import java.nio.ByteBuffer;

/**
 * A TCP connection after its upgrade, as some server gives it to a {@link WireConnection}.
 *
 * <p><b>Threads.</b> Any. No method blocks for the peer, and none throws.
 */
interface Wire {

    /**
     * Starts to write all of a buffer; called again only when that is done.
     *
     * @param completion told once: when the operating system has the bytes, or when the connection ended before; it may be
     *     told within this call
     */
    void write(ByteBuffer bytes, FrameSender.Completion completion);

    /** Says that nothing more will be written (FIN); what the peer sends is still read. */
    void finish();

    /** Ends the connection; what has been written arrives. Idempotent. */
    void end();

    /** Ends the connection at once (RST), and fails what is being written. Idempotent. */
    void reset();
}
