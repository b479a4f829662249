package io.tidings.testkit.client;

import java.net.URI;
import java.util.OptionalLong;
import java.util.concurrent.CompletionStage;

/**
 * One WebSocket connection, from its upgrade on.
 *
 * <p><b>Threads.</b> Methods are called by one thread at a time and MUST NOT block.
 */
interface ClientSocket {

    /** Sends a text behind those before; what cannot be sent ends the connection. */
    void send(String text);

    /** Lets one more text come. None comes unasked. */
    void more();

    /** Sends a close frame behind what was sent, and lets go of the socket soon after. */
    void close(int code);

    /** Lets go of the socket at once. */
    void abort();

    /** What is told of one connection; any thread, one call at a time. */
    interface Listener {
        /** A whole text message. */
        void text(String text);

        /** The peer gave a sign of life, such as a ping, which is answered already. */
        void heard();

        /** There is no connection any more; once, 1006 where there was no close frame. */
        void ended(int code, String reason);
    }

    /** Makes connections. */
    interface Opener {
        /** Connects and upgrades; fails with {@link Refused} where the server answered otherwise. */
        CompletionStage<ClientSocket> open(URI uri, String token, Listener listener);
    }

    /** The server answered the upgrade with another status than 101. */
    @SuppressWarnings("serial") // never serialised
    final class Refused extends RuntimeException {
        final int status;
        final OptionalLong retryAfterMillis;

        Refused(int status, OptionalLong retryAfterMillis) {
            super("refused with HTTP " + status, null, false, false);
            this.status = status;
            this.retryAfterMillis = retryAfterMillis;
        }
    }
}
