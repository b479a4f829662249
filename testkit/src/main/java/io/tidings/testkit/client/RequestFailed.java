package io.tidings.testkit.client;

import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** A request that was refused, or whose outcome will never be known. */
@SuppressWarnings("serial") // never serialised
public final class RequestFailed extends RuntimeException {

    /** More requests wait than the client keeps; this one was not made. */
    public static final String FULL = "CLIENT_FULL";
    /** No answer in time, over however many connections: it may have been done. */
    public static final String TIMEOUT = "CLIENT_TIMEOUT";
    /** The client ended first: it may have been done. */
    public static final String STOPPED = "CLIENT_STOPPED";
    /** The server takes no frames of this size. */
    public static final String TOO_LARGE = "CLIENT_TOO_LARGE";

    private final String code;
    private final @Nullable String field;
    private final long retryAfterSeconds;

    RequestFailed(String code, String message, @Nullable String field, long retryAfterSeconds) {
        super(code + ": " + message, null, false, false);
        this.code = code;
        this.field = field;
        this.retryAfterSeconds = retryAfterSeconds;
    }

    RequestFailed(String code, String message) {
        this(code, message, null, -1);
    }

    /** The server's error code, or one of this class. */
    public String code() {
        return code;
    }

    /** The field that the server objects to, or null. */
    public @Nullable String field() {
        return field;
    }

    /** When the server would take it, in seconds. */
    public OptionalLong retryAfterSeconds() {
        return retryAfterSeconds < 0 ? OptionalLong.empty() : OptionalLong.of(retryAfterSeconds);
    }
}
