package io.tidings.transport.jakarta;

import jakarta.websocket.CloseReason;

/** Close codes and reasons as the Jakarta API takes them. */
final class CloseReasons {

    private CloseReasons() {}

    /**
     * A reason that may go on the wire: containers send 1005 and 1006 as they come, ignore them, or refuse.
     *
     * @param code 1000 to 4999; one that may not be sent becomes 1011
     * @param reason cut to what a close frame holds
     */
    static CloseReason sendable(int code, String reason) {
        boolean known = code >= 1000 && code <= 4999;
        io.tidings.message.CloseReason wanted = new io.tidings.message.CloseReason(known ? code : 1011, reason);
        int sent = wanted.isSendable() ? wanted.code() : 1011;
        return new CloseReason(CloseReason.CloseCodes.getCloseCode(sent), wanted.reason());
    }
}
