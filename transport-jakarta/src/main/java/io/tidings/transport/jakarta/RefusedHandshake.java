package io.tidings.transport.jakarta;

/**
 * Makes a container refuse a handshake: the Jakarta API has no other way. Most answer with 500. Without a stack trace, as
 * containers log it for every refusal.
 */
final class RefusedHandshake extends RuntimeException {
    private static final long serialVersionUID = 1L;

    RefusedHandshake(int status) {
        super("handshake refused with " + status, null, false, false);
    }
}
