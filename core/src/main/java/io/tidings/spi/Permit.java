package io.tidings.spi;

import java.time.Duration;

/** Whether somebody may do something now. */
public sealed interface Permit {

    /** The only one there is. */
    Permit GRANTED = new Granted();

    /** Yes, and it has been counted. */
    record Granted() implements Permit {}

    /**
     * No, and nothing has been counted.
     *
     * @param retryAfter when it may be tried again with hope; positive
     */
    record Refused(Duration retryAfter) implements Permit {}
}
