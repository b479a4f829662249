package io.tidings.auth;

import io.tidings.spi.Ticker;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;

/** Time that stands still until a test moves it. Begins at 2024-01-15T10:30:00Z. */
final class MovingTicker implements Ticker {

    static final long START_SECONDS = Instant.parse("2024-01-15T10:30:00Z").getEpochSecond();

    private final AtomicLong millis = new AtomicLong(START_SECONDS * 1000);

    /** Begins near the end of the range, so that only differences of {@code nanos()} mean anything. */
    private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 1_000_000);

    void advance(Duration time) {
        millis.addAndGet(time.toMillis());
        nanos.addAndGet(time.toNanos());
    }

    void setMillis(long epochMillis) {
        millis.set(epochMillis);
    }

    @Override
    public long nanos() {
        return nanos.get();
    }

    @Override
    public long epochMillis() {
        return millis.get();
    }
}
