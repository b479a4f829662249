package io.tidings.jdbc.testing;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/** A lock that tells when somebody comes to wait for it with a time-out. */
public final class WatchedLock extends ReentrantLock {
    private static final long serialVersionUID = 1L;

    private final transient CountDownLatch asked = new CountDownLatch(1);

    @Override
    public boolean tryLock(long time, TimeUnit unit) throws InterruptedException {
        asked.countDown();
        return super.tryLock(time, unit);
    }

    /** Waits until somebody has come; false when nobody does. */
    public boolean awaitAsked() throws InterruptedException {
        return asked.await(30, TimeUnit.SECONDS);
    }
}
