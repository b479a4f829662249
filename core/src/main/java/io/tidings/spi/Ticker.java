package io.tidings.spi;

/**
 * The time. Injected everywhere, so that tests move it.
 *
 * <p><b>Threads.</b> Methods MAY be called concurrently and MUST NOT block.
 */
public interface Ticker {

    /** The machine's own time. */
    Ticker SYSTEM = new Ticker() {
        @Override
        public long nanos() {
            return System.nanoTime();
        }

        @Override
        public long epochMillis() {
            return System.currentTimeMillis();
        }
    };

    /** Nanoseconds since an arbitrary moment; never goes backward. */
    long nanos();

    /** Milliseconds since 1970-01-01T00:00:00Z; may jump. */
    long epochMillis();
}
