package io.tidings.testkit;

import java.nio.ByteBuffer;

/**
 * One thing a {@link RawWebSocketClient} read from its socket.
 *
 * <p>Fragmented messages arrive whole. {@link Eof} and {@link Violation} end the stream: nothing follows them.
 * Payloads are read-only and compare by content.
 */
public sealed interface Received {

    /** Whether nothing can follow. */
    default boolean isLast() {
        return false;
    }

    record Text(String text) implements Received {}

    record Binary(ByteBuffer payload) implements Received {
        public Binary {
            payload = payload.asReadOnlyBuffer();
        }

        @Override
        public ByteBuffer payload() {
            return payload.duplicate();
        }
    }

    record Ping(ByteBuffer payload) implements Received {
        public Ping {
            payload = payload.asReadOnlyBuffer();
        }

        @Override
        public ByteBuffer payload() {
            return payload.duplicate();
        }
    }

    record Pong(ByteBuffer payload) implements Received {
        public Pong {
            payload = payload.asReadOnlyBuffer();
        }

        @Override
        public ByteBuffer payload() {
            return payload.duplicate();
        }
    }

    /**
     * A close frame.
     *
     * @param code   its status code; 1005 when it carried none
     * @param reason its reason; empty when it carried none
     */
    record Close(int code, String reason) implements Received {
        /** What RFC 6455 calls the code of a close frame without one. */
        public static final int NO_CODE = 1005;
    }

    /**
     * The end of the TCP stream.
     *
     * @param abrupt true for a reset, for an end inside a frame or a fragmented message, and for this client's own
     *     {@code reset()} and {@code dropWithoutClose()}; false for a FIN between messages
     */
    record Eof(boolean abrupt) implements Received {
        @Override
        public boolean isLast() {
            return true;
        }
    }

    /**
     * The peer broke RFC 6455. The client reads no further and leaves the socket open.
     *
     * @param what the rule that was broken
     */
    record Violation(String what) implements Received {
        @Override
        public boolean isLast() {
            return true;
        }
    }
}
