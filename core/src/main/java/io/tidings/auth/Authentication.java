package io.tidings.auth;

/** What came of checking a credential. */
public sealed interface Authentication {

    /**
     * The credential holds.
     *
     * @param identity whose it is
     */
    record Accepted(Identity identity) implements Authentication {}

    /**
     * The credential does not hold. The client is told {@code UNAUTHORIZED} and nothing else.
     *
     * @param reason why, for metrics; holds nothing of the credential
     */
    record Refused(Reason reason) implements Authentication {}

    /** Why a credential does not hold. */
    enum Reason {
        /** There is none. */
        MISSING,
        /** It cannot be read, or lacks a claim that it must have. */
        MALFORMED,
        /** Its signature, its key or its algorithm does not fit. */
        SIGNATURE,
        /** It has ended. */
        EXPIRED,
        /** It has not begun. */
        NOT_YET_VALID,
        /** Its issuer or audience is another, or not named. */
        NOT_FOR_US
    }
}
