package io.tidings.transport.jakarta;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Where and how a server of this module listens.
 *
 * @param host        the only address to bind, as a name or an IP address; default {@code 127.0.0.1}, {@code 0.0.0.0} is all
 * @param port        0 to 65535; default 0, any free one
 * @param ioThreads   threads that read and write connections, 1 to 256; default one a processor
 * @param requestIdle how long a connection may take to send an HTTP request or the next one, 1 s to 1 h; default 30 s.
 *                    WebSocket connections are not concerned: their idle time is the hub's
 * @param closeWait   how long a peer may take to answer a close frame before its TCP connection is ended, 100 ms to 1 min;
 *                    default 5 s
 */
public record TransportOptions(String host, int port, int ioThreads, Duration requestIdle, Duration closeWait) {

    /** The longest head of a request, from its first line to the empty one: a token may be in it, twice. */
    static final int MAX_HEADER_BYTES = 32 * 1024;

    /** The most headers of a request. */
    static final int MAX_HEADERS = 100;

    /** What is still read, and thrown away, of a client that was refused while it was sending. */
    static final int MAX_FAREWELL_BYTES = 1024 * 1024;

    /** See {@link #closeWait()}. */
    static final Duration DEFAULT_CLOSE_WAIT = Duration.ofSeconds(5);

    private static final Duration LONGEST_IDLE = Duration.ofHours(1);
    private static final Duration LONGEST_WAIT = Duration.ofMinutes(1);

    /**
     * Checks the options.
     *
     * @throws IllegalArgumentException with every option that does not hold
     */
    public TransportOptions {
        List<String> problems = new ArrayList<>();
        if (host.isBlank()) {
            problems.add("host: expected a name or an IP address, was blank");
        }
        if (port < 0 || port > 65_535) {
            problems.add("port: expected 0 to 65535, was " + port);
        }
        if (ioThreads < 1 || ioThreads > 256) {
            problems.add("ioThreads: expected 1 to 256, was " + ioThreads);
        }
        if (requestIdle.compareTo(Duration.ofSeconds(1)) < 0 || requestIdle.compareTo(LONGEST_IDLE) > 0) {
            problems.add("requestIdle: expected PT1S to PT1H, was " + requestIdle);
        }
        if (closeWait.toMillis() < 100 || closeWait.compareTo(LONGEST_WAIT) > 0) {
            problems.add("closeWait: expected PT0.1S to PT1M, was " + closeWait);
        }
        if (!problems.isEmpty()) {
            throw new IllegalArgumentException(String.join("; ", problems));
        }
    }

    /** A free port of the loopback address. */
    public static TransportOptions defaults() {
        return builder().build();
    }

    /** Starts from the defaults. */
    public static Builder builder() {
        return new Builder();
    }

    /** Collects options. Not thread-safe. */
    public static final class Builder {
        private String host = "127.0.0.1";
        private int port;
        private int ioThreads = Math.min(256, Runtime.getRuntime().availableProcessors());
        private Duration requestIdle = Duration.ofSeconds(30);
        private Duration closeWait = DEFAULT_CLOSE_WAIT;

        private Builder() {}

        /** See {@link TransportOptions#host()}. */
        public Builder host(String host) {
            this.host = host;
            return this;
        }

        /** See {@link TransportOptions#port()}. */
        public Builder port(int port) {
            this.port = port;
            return this;
        }

        /** See {@link TransportOptions#ioThreads()}. */
        public Builder ioThreads(int ioThreads) {
            this.ioThreads = ioThreads;
            return this;
        }

        /** See {@link TransportOptions#requestIdle()}. */
        public Builder requestIdle(Duration requestIdle) {
            this.requestIdle = requestIdle;
            return this;
        }

        /** See {@link TransportOptions#closeWait()}. */
        public Builder closeWait(Duration closeWait) {
            this.closeWait = closeWait;
            return this;
        }

        /**
         * The options.
         *
         * @throws IllegalArgumentException with every option that does not hold
         */
        public TransportOptions build() {
            return new TransportOptions(host, port, ioThreads, requestIdle, closeWait);
        }
    }
}
