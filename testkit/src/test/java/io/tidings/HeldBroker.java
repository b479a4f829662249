package io.tidings;

import io.tidings.message.Address;
import io.tidings.spi.Broker;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** A broker whose deliveries and subscriptions wait for the test. For one thread. */
final class HeldBroker implements Broker {

    private final Broker over;
    private final List<Publication> waiting = new ArrayList<>();
    private final Set<Address> subscribed = new HashSet<>();
    private @Nullable Receiver receiver;
    private boolean holding;

    /** What changes of subscriptions wait for. */
    CompletableFuture<Void> holdSubscriptions = CompletableFuture.completedFuture(null);

    /** Thrown by publishing, if anything. */
    @Nullable
    RuntimeException failure;

    HeldBroker(Broker over) {
        this.over = over;
    }

    @Override
    public void start(String node, Receiver told) {
        receiver = told;
        over.start(node, new Receiver() {
            @Override
            public void received(Publication publication) {
                if (holding) {
                    waiting.add(publication);
                } else {
                    told.received(publication);
                }
            }

            @Override
            public void recovered() {
                told.recovered();
            }
        });
    }

    /** Lets nothing arrive from now on but by {@link #deliver} and {@link #release}. */
    void hold() {
        holding = true;
    }

    /** Lets one of those that wait arrive, counted from the oldest, 0. */
    void deliver(int which) {
        told().received(waiting.remove(which));
    }

    /** Loses what waits. */
    void lose() {
        waiting.clear();
    }

    /** Loses nothing and holds nothing any more. */
    void release() {
        holding = false;
        while (!waiting.isEmpty()) {
            deliver(0);
        }
    }

    /** Says that it was away. */
    void recover() {
        told().recovered();
    }

    /** What is subscribed to. */
    Set<Address> subscriptions() {
        return Set.copyOf(subscribed);
    }

    @Override
    public CompletionStage<Void> publish(Publication publication) {
        if (failure != null) {
            throw failure;
        }
        return over.publish(publication);
    }

    @Override
    public CompletionStage<Void> subscribe(Address address, boolean on) {
        return holdSubscriptions.thenCompose(released -> {
            if (on) {
                subscribed.add(address);
            } else {
                subscribed.remove(address);
            }
            return over.subscribe(address, on);
        });
    }

    @Override
    public boolean healthy() {
        return over.healthy();
    }

    @Override
    public void close() {
        over.close();
    }

    private Receiver told() {
        if (receiver == null) {
            throw new AssertionError("not started");
        }
        return receiver;
    }
}
