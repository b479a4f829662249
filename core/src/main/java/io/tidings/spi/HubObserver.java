package io.tidings.spi;

import io.tidings.auth.Authentication;

/**
 * Is told what a hub does, for metrics. Every method has an empty default.
 *
 * <p><b>Threads.</b> Methods are called concurrently, on hot paths, never under a lock, and MUST NOT block or throw. Arguments
 * come from closed sets, except kinds, of which there are as many as the host defines.
 */
public interface HubObserver {

    /** Watches nothing. */
    HubObserver NONE = new HubObserver() {};

    /** Why a message was not queued or not kept. */
    enum Drop {
        /** The newest of its key replaced it. */
        CONFLATED,
        /** The queue was full and the oldest gave way. */
        OLDEST,
        /** The queue was full and the newest was not taken. */
        NEWEST,
        /** The connection ended with the message in its queue. */
        CLOSED
    }

    /** A connection has been authenticated and registered. */
    default void opened(String dialect) {}

    /** A connection of {@link #opened} has ended. */
    default void closed(String dialect, int code) {}

    /** A credential was refused. */
    default void refused(Authentication.Reason reason) {}

    /**
     * Somebody was refused for coming too often.
     *
     * @param what {@code handshakes}, or the name of a budget of {@link io.tidings.policy.RateLimits}
     */
    default void limited(String what) {}

    /** A valid frame came in. */
    default void received(String kind) {}

    /** A message was queued for some connections. */
    default void queued(String kind, int recipients) {}

    /** Transient messages were dropped. */
    default void dropped(Drop reason, int count) {}

    /** A host's handler threw. */
    default void handlerFailed() {}
}
