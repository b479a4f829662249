package io.tidings.feeds;

import io.tidings.spi.Ticker;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** When to say again what happens often, and how often it has happened since. Safe for use by several threads. */
final class Seldom {

    private final Duration every;
    private final Ticker ticker;
    private final AtomicInteger times = new AtomicInteger();
    private final AtomicLong nextNanos;

    Seldom(Duration every, Ticker ticker) {
        this.every = every;
        this.ticker = ticker;
        nextNanos = new AtomicLong(ticker.nanos());
    }

    /** It happens. How often it has since it was said, where it is to be said now; else 0. */
    int happens() {
        int since = times.incrementAndGet();
        long now = ticker.nanos();
        long next = nextNanos.get();
        if (now - next < 0 || !nextNanos.compareAndSet(next, now + every.toNanos())) {
            return 0;
        }
        times.addAndGet(-since);
        return since;
    }
}
