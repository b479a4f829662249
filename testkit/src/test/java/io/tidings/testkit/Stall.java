package io.tidings.testkit;

import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** Tells that a sender does not get on any more. */
final class Stall {

    /** A machine that stands still takes one moment at a time. */
    private static final int MOMENTS = 8;

    private Stall() {}

    /**
     * Waits until nothing more is sent for some moments in a row.
     *
     * @param sent a permit for everything that was sent; all are taken
     * @return how many those were
     */
    static int await(Semaphore sent) throws InterruptedException {
        int counted = 0;
        for (int quiet = 0; quiet < MOMENTS; ) {
            if (sent.tryAcquire(100, TimeUnit.MILLISECONDS)) {
                counted++;
                quiet = 0;
            } else {
                quiet++;
            }
        }
        return counted;
    }
}
