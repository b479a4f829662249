package io.tidings.limit;

import io.tidings.spi.RateLimiter;
import io.tidings.testkit.ManualTime;
import io.tidings.testkit.RateLimiterContract;

class SlidingWindowLimiterContractTest extends RateLimiterContract {

    @Override
    protected RateLimiter open(ManualTime time) {
        return new SlidingWindowLimiter(time);
    }
}
