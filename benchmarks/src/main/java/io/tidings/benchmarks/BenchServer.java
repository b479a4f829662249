package io.tidings.benchmarks;

/**
 * One server under test: accepts WebSocket connections at {@link #path()} and sends a text to all of them.
 *
 * <p><b>Threads.</b> One thread calls, in the order start, broadcast many times, stop. Connections come and go meanwhile.
 */
interface BenchServer {

    /** Listens on 127.0.0.1 and any free port, and returns the port. */
    int start() throws Exception;

    /**
     * Sends the text to every open connection once. MAY return before it is written and MAY block while the container
     * writes; MUST NOT let a queue grow without bound: a text that does not fit is not sent, and shows as missing.
     */
    void broadcast(String text);

    /** Stops listening and ends every connection. */
    void stop() throws Exception;

    /** Where clients connect, with the query if one is needed. */
    default String path() {
        return "/bench";
    }
}
