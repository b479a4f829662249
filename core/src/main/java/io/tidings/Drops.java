package io.tidings;

import io.tidings.spi.HubObserver;
import io.tidings.spi.HubObserver.Drop;
import java.util.concurrent.atomic.LongAdder;

/**
 * Counts what gave way. Queues count under their lock, where no observer may be called; the observer is told of the sums with
 * every step of the watch.
 */
final class Drops {

    private final LongAdder[] counts = new LongAdder[Drop.values().length];

    Drops() {
        for (int i = 0; i < counts.length; i++) {
            counts[i] = new LongAdder();
        }
    }

    void count(Drop reason) {
        counts[reason.ordinal()].increment();
    }

    void count(Drop reason, int dropped) {
        if (dropped > 0) {
            counts[reason.ordinal()].add(dropped);
        }
    }

    void tell(HubObserver observer) {
        for (Drop reason : Drop.values()) {
            int dropped = (int) counts[reason.ordinal()].sumThenReset();
            if (dropped > 0) {
                observer.dropped(reason, dropped);
            }
        }
    }
}
