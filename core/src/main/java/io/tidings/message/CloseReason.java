package io.tidings.message;

import java.nio.charset.StandardCharsets;

/**
 * Why a connection ends: a WebSocket close code (RFC 6455 section 7.4) and a short text. Of the codes of its own that this
 * protocol uses, 4000 to 4499 tell the client to reconnect and 4500 to 4999 to stop.
 *
 * @param code   1000 to 4999
 * @param reason text for the close frame; cut to {@value #MAX_BYTES} bytes of UTF-8
 */
public record CloseReason(int code, String reason) {

    /** The most bytes that a close frame's reason may have (RFC 6455 section 5.5: 125 less the code). */
    public static final int MAX_BYTES = 123;

    /** Either side is done. */
    public static final CloseReason NORMAL = new CloseReason(1000, "");
    /** The client went away. */
    public static final CloseReason GOING_AWAY = new CloseReason(1001, "going away");
    /** The peer broke the WebSocket protocol. */
    public static final CloseReason PROTOCOL_ERROR = new CloseReason(1002, "protocol error");
    /** The peer sent binary, which this protocol does not have. */
    public static final CloseReason UNSUPPORTED = new CloseReason(1003, "text only");
    /** The connection ended without a close frame; never sent. */
    public static final CloseReason LOST = new CloseReason(1006, "connection lost");
    /** Text that is not UTF-8. */
    public static final CloseReason INVALID_UTF8 = new CloseReason(1007, "invalid utf-8");
    /** An inbound message over the limit. */
    public static final CloseReason TOO_LARGE = new CloseReason(1009, "frame too large");
    /** The server failed. */
    public static final CloseReason INTERNAL_ERROR = new CloseReason(1011, "internal error");
    /** The server restarts. */
    public static final CloseReason RESTART = new CloseReason(1012, "restart");
    /** The server cannot take the connection now. */
    public static final CloseReason TRY_AGAIN_LATER = new CloseReason(1013, "try again later");
    /** No answer to a heartbeat. */
    public static final CloseReason HEARTBEAT = new CloseReason(4000, "heartbeat");
    /** No application message in either direction for too long. */
    public static final CloseReason IDLE = new CloseReason(4001, "idle");
    /** The client reads slower than it is sent to, and the host chose to end it. */
    public static final CloseReason SLOW_CONSUMER = new CloseReason(4002, "slow consumer");
    /** A write did not finish in time. */
    public static final CloseReason WRITE_TIMEOUT = new CloseReason(4003, "write timeout");
    /** The token expired on the open connection. */
    public static final CloseReason TOKEN_EXPIRED = new CloseReason(4004, "token expired");
    /** Acknowledgements stayed away; the client resumes on a new connection. */
    public static final CloseReason RESYNC = new CloseReason(4005, "resync");
    /** Rate limits were exceeded again and again. */
    public static final CloseReason RATE_LIMIT = new CloseReason(4029, "rate limit");
    /** No token, or one that does not hold. */
    public static final CloseReason UNAUTHORIZED = new CloseReason(4500, "unauthorized");
    /** The identity may not connect. */
    public static final CloseReason FORBIDDEN = new CloseReason(4501, "forbidden");
    /** The same instance connected again. */
    public static final CloseReason REPLACED = new CloseReason(4502, "replaced");
    /** The user has too many connections. */
    public static final CloseReason TOO_MANY_CONNECTIONS = new CloseReason(4503, "too many connections");
    /** Too many invalid frames in a row. */
    public static final CloseReason TOO_MANY_INVALID = new CloseReason(4504, "too many invalid frames");
    /** The host ended it. */
    public static final CloseReason CLOSED_BY_HOST = new CloseReason(4505, "closed by the host");

    /**
     * Checks the code and cuts the reason.
     *
     * @throws IllegalArgumentException when the code is not from 1000 to 4999
     */
    public CloseReason {
        if (code < 1000 || code > 4999) {
            throw new IllegalArgumentException("a close code is from 1000 to 4999, was " + code);
        }
        reason = cut(reason);
    }

    /** The same code with another text. */
    public CloseReason withReason(String text) {
        return new CloseReason(code, text);
    }

    /** Whether a close frame may carry the code (RFC 6455 section 7.4.1 reserves 1004, 1005, 1006 and 1015). */
    public boolean isSendable() {
        return code != 1004 && code != 1005 && code != 1006 && code != 1015;
    }

    private static String cut(String reason) {
        if (reason.getBytes(StandardCharsets.UTF_8).length <= MAX_BYTES) {
            return reason;
        }
        StringBuilder kept = new StringBuilder();
        int bytes = 0;
        for (int i = 0; i < reason.length(); ) {
            int point = reason.codePointAt(i);
            bytes += Character.toString(point).getBytes(StandardCharsets.UTF_8).length;
            if (bytes > MAX_BYTES) {
                break;
            }
            kept.appendCodePoint(point);
            i += Character.charCount(point);
        }
        return kept.toString();
    }
}
