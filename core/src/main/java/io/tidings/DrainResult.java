package io.tidings;

import java.time.Duration;

/**
 * What came of a drain. Together the two counts are the connections that there were when it began.
 *
 * @param closed  had ended by the deadline, those that left by themselves included
 * @param aborted were left at the deadline and were cut: durable messages wait for them in the mailbox, transient ones are lost
 * @param took    from the beginning until the last connection had ended
 */
public record DrainResult(int closed, int aborted, Duration took) {}
