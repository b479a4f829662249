package io.tidings.testkit.client;

import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a close code tells the client to do.
 *
 * @param action      see there
 * @param delayMillis how long the server wants the client to stay away, where it said so
 */
record CloseVerdict(Action action, OptionalLong delayMillis) {

    /** What to do. */
    enum Action {
        RECONNECT,
        /** Without the frame that was too large. */
        RECONNECT_WITHOUT_FRAME,
        /** With another token. */
        RENEW,
        /** With another token, unless that was just tried. */
        RENEW_ONCE,
        STOP
    }

    /** The longest that a server may keep a client away, as long as the longest spread of a drain. */
    static final long MAX_DELAY_MILLIS = 600_000;

    /** The connection ended without a close frame. */
    static final int LOST = 1006;

    static final int NORMAL = 1000;
    static final int UNAUTHORIZED = 4500;
    static final int FORBIDDEN = 4501;

    private static final Pattern DELAY = Pattern.compile("(?:^|;)delayMs=(\\d{1,9})(?:;|$)");

    static CloseVerdict of(int code, String reason) {
        return switch (code) {
            case 1009 -> of(Action.RECONNECT_WITHOUT_FRAME);
            case 1012, 1013, 4029 -> new CloseVerdict(Action.RECONNECT, delay(reason));
            case 4004 -> of(Action.RENEW);
            case UNAUTHORIZED -> of(Action.RENEW_ONCE);
            default -> of(code > UNAUTHORIZED && code <= 4999 ? Action.STOP : Action.RECONNECT);
        };
    }

    private static CloseVerdict of(Action action) {
        return new CloseVerdict(action, OptionalLong.empty());
    }

    private static OptionalLong delay(String reason) {
        Matcher matcher = DELAY.matcher(reason);
        return matcher.find()
                ? OptionalLong.of(Math.min(MAX_DELAY_MILLIS, Long.parseLong(matcher.group(1))))
                : OptionalLong.empty();
    }
}
