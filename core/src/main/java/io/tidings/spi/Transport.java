package io.tidings.spi;

import java.net.InetSocketAddress;
import java.util.concurrent.CompletionStage;

/**
 * A server that brings WebSocket connections, and HTTP requests beside them, to a hub.
 *
 * <p>{@code TransportContract} proves one.
 *
 * <p><b>Threads.</b> {@link #start} and {@link #close} are called once each and MAY block.
 */
public interface Transport extends AutoCloseable {

    /**
     * Starts to listen.
     *
     * @param acceptor what decides on handshakes and answers requests
     * @return where it listens
     * @throws java.io.IOException when it cannot
     */
    InetSocketAddress start(Acceptor acceptor) throws java.io.IOException;

    /**
     * Stops to take new connections; open ones go on. The listening port MAY stay open and refuse.
     *
     * @return completes when no new connection is taken
     */
    CompletionStage<Void> pause();

    /** Aborts what is open and stops to listen. Idempotent. */
    @Override
    void close();
}
