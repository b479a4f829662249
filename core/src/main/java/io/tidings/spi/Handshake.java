package io.tidings.spi;

import java.util.Optional;
import java.util.concurrent.CompletionStage;

/**
 * One handshake under way. A transport waits for {@link #decision()} where it can, upgrades or refuses, and calls exactly one
 * of {@link #open} and {@link #abandon}.
 *
 * <p><b>Threads.</b> Methods are called by one thread at a time.
 */
public interface Handshake {

    /** Do not refuse. */
    int UPGRADE = 0;

    /**
     * What can be said at once: {@link #UPGRADE}, or the HTTP status to refuse with (403 for an origin, 503 while draining). A
     * transport MUST obey it.
     */
    int immediate();

    /**
     * What can be said when the credential has been checked: {@link #UPGRADE}, or an HTTP status. A transport that can wait
     * before the upgrade SHOULD obey it; one that cannot upgrades, and the hub then closes the connection itself.
     * Already complete unless the host chose to refuse before the upgrade. Never fails.
     */
    CompletionStage<Integer> decision();

    /** The subprotocol to answer with. */
    Optional<String> subprotocol();

    /**
     * The connection is open.
     *
     * @return what the transport tells from now on what happens on it
     */
    TransportListener open(TransportConnection connection);

    /** There will be no connection. */
    void abandon();
}
