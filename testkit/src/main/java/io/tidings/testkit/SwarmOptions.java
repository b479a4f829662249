package io.tidings.testkit;

import java.util.ArrayList;
import java.util.List;

/**
 * How a {@link SwarmClient} holds its connections.
 *
 * @param threads            selector threads; default 1, 1 to 8
 * @param maxConnecting      connections a thread has on the way at once, TCP and handshake; default 64, 1 to 4096; more
 *     than the server's backlog costs a second for each that does not fit
 * @param sourceAddresses    how many addresses from 127.0.0.1 up the connections start from, in turn; default 0, the
 *     kernel's choice; at most 254. One address has about 28,000 ports towards one server
 * @param receiveBufferBytes {@code SO_RCVBUF}, set before connecting; default 0, the kernel's
 * @param captureLastText    whether each connection keeps its last text; default false
 * @param answerPings        whether protocol pings are answered; default true
 */
public record SwarmOptions(
        int threads,
        int maxConnecting,
        int sourceAddresses,
        int receiveBufferBytes,
        boolean captureLastText,
        boolean answerPings) {

    /** The defaults. */
    public static final SwarmOptions DEFAULTS = builder().build();

    /** Starts from the defaults. */
    public static Builder builder() {
        return new Builder();
    }

    /** Not thread-safe. */
    public static final class Builder {
        private int threads = 1;
        private int maxConnecting = 64;
        private int sourceAddresses;
        private int receiveBufferBytes;
        private boolean captureLastText;
        private boolean answerPings = true;

        private Builder() {}

        /** See {@link SwarmOptions#threads()}. */
        public Builder threads(int count) {
            threads = count;
            return this;
        }

        /** See {@link SwarmOptions#maxConnecting()}. */
        public Builder maxConnecting(int count) {
            maxConnecting = count;
            return this;
        }

        /** See {@link SwarmOptions#sourceAddresses()}. */
        public Builder sourceAddresses(int count) {
            sourceAddresses = count;
            return this;
        }

        /** See {@link SwarmOptions#receiveBufferBytes()}. */
        public Builder receiveBufferBytes(int bytes) {
            receiveBufferBytes = bytes;
            return this;
        }

        /** See {@link SwarmOptions#captureLastText()}. */
        public Builder captureLastText(boolean capture) {
            captureLastText = capture;
            return this;
        }

        /** See {@link SwarmOptions#answerPings()}. */
        public Builder answerPings(boolean answer) {
            answerPings = answer;
            return this;
        }

        /**
         * The options.
         *
         * @throws IllegalArgumentException naming every value out of range
         */
        public SwarmOptions build() {
            List<String> problems = new ArrayList<>();
            check(problems, "threads", threads, 1, 8);
            check(problems, "maxConnecting", maxConnecting, 1, 4096);
            check(problems, "sourceAddresses", sourceAddresses, 0, 254);
            check(problems, "receiveBufferBytes", receiveBufferBytes, 0, Integer.MAX_VALUE);
            if (!problems.isEmpty()) {
                throw new IllegalArgumentException(String.join("; ", problems));
            }
            return new SwarmOptions(
                    threads, maxConnecting, sourceAddresses, receiveBufferBytes, captureLastText, answerPings);
        }

        private static void check(List<String> problems, String name, int value, int least, int most) {
            if (value < least || value > most) {
                problems.add(name + ": expected " + least + " to " + most + ", got " + value);
            }
        }
    }
}
