package io.tidings.auth;

/** Where a client may bring its token. The first source that has one decides, in this order. */
public enum TokenSource {
    /** The header {@code Authorization: Bearer …} (RFC 6750 section 2.1). */
    HEADER,
    /** The query parameter {@code token}. */
    QUERY,
    /** The subprotocol entry {@code bearer.<token>}, which is never echoed. */
    SUBPROTOCOL,
    /** An {@code auth} message as the client's first. */
    FRAME
}
