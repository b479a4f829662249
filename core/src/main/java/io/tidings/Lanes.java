package io.tidings;

import io.tidings.message.Address;
import io.tidings.spi.Ticker;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** The hub's lanes: some of its own, and one for every executor that a transport brings, such as an event loop. */
final class Lanes {

    private final List<Lane> own = new ArrayList<>();
    private final CopyOnWriteArrayList<Lane> all = new CopyOnWriteArrayList<>();
    private final ConcurrentHashMap<Executor, Lane> brought = new ConcurrentHashMap<>();
    private final AtomicInteger turn = new AtomicInteger();
    private final Ticker ticker;
    private final int dialects;

    Lanes(List<Executor> executors, Ticker ticker, int dialects) {
        this.ticker = ticker;
        this.dialects = dialects;
        for (Executor executor : executors) {
            own.add(new Lane(executor, ticker, dialects));
        }
        all.addAll(own);
    }

    /** The lane of a transport's executor, or the next of the hub's own. */
    Lane lane(@Nullable Executor executor) {
        if (executor == null) {
            return own.get(Math.floorMod(turn.getAndIncrement(), own.size()));
        }
        return brought.computeIfAbsent(executor, absent -> {
            Lane lane = new Lane(absent, ticker, dialects);
            all.add(lane);
            return lane;
        });
    }

    /** Queues a message for an address on every lane; false when some lane has too many such tasks waiting. */
    boolean publish(Address address, Outgoing message) {
        boolean taken = true;
        for (Lane lane : all) {
            taken &= lane.publish(address, message);
        }
        return taken;
    }

    int memberships() {
        return all.stream().mapToInt(Lane::memberships).sum();
    }
}
