package io.tidings.adapter.jdbc;

import io.tidings.spi.Ticker;
import java.time.Duration;

/** What a mailbox keeps, in milliseconds where that is a time; see {@link JdbcMailbox.Builder} for defaults and ranges. */
record JdbcOptions(
        long retentionMillis, long windowMillis, int maxPerUser, int maxDevices, Duration timeout, Ticker ticker) {

    private static final Duration EPOCH_BEYOND_RETENTION = Duration.ofDays(30);
    private static final long DAY_MILLIS = Duration.ofDays(1).toMillis();

    long now() {
        return Math.max(1, ticker.epochMillis());
    }

    /** What was stored at this time or before is past its time. */
    long expiredAt(long now) {
        return now - retentionMillis;
    }

    /** The day of a time, which is all that is kept of when a mailbox was used. */
    static long day(long now) {
        return Math.floorDiv(now, DAY_MILLIS);
    }

    /** A mailbox last used on an earlier day than this may be forgotten, epoch included. */
    long forgottenBefore(long now) {
        return day(now - retentionMillis - EPOCH_BEYOND_RETENTION.toMillis());
    }
}
