package io.tidings.message;

/** What an error on the wire says went wrong. */
public enum ErrorCode {
    /** No token, or one that does not hold. */
    UNAUTHORIZED,
    /** The identity may not do this; nothing changed. */
    FORBIDDEN,
    /** The frame or request is not what the protocol says; the error names the field. */
    INVALID_MESSAGE,
    /** Too much, too fast; the error says when to try again. */
    RATE_LIMIT,
    /** The server failed; the error says nothing of how. */
    INTERNAL_ERROR
}
