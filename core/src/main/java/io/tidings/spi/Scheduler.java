package io.tidings.spi;

import java.time.Duration;

/**
 * Runs tasks later. Tasks MUST be short: they start work elsewhere.
 *
 * <p><b>Threads.</b> {@link #schedule} MAY be called concurrently and MUST NOT block or run the task itself.
 */
public interface Scheduler {

    /**
     * Runs a task once, no earlier than after the delay.
     *
     * @return what cancels it
     */
    Cancellable schedule(Duration delay, Runnable task);

    /** A task that has not run yet. */
    interface Cancellable {
        /** Makes sure that the task does not start any more; harmless once it has. */
        void cancel();
    }
}
