package io.tidings;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.tidings.message.Address;
import io.tidings.message.MessageId;
import io.tidings.spi.Broker;
import io.tidings.spi.Broker.Publication;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * The hub's side of the broker: which addresses this node subscribes to, and which transient messages have arrived before.
 *
 * <p>An address is counted by the connections that want it. One change of it is under way at a time, so that a subscription that
 * is given up and taken again ends as it should, in whatever order the broker completes.
 */
final class BrokerLink {

    private static final int REMEMBERED_LIVES = 256;
    private static final int WINDOW = 1_024;
    private static final CompletionStage<Void> DONE = CompletableFuture.completedFuture(null);

    private final @Nullable Broker broker;

    @GuardedBy("this")
    private final Map<Address, Subscription> subscriptions = new HashMap<>();

    @GuardedBy("this")
    private final Map<Long, Seen> seen = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, Seen> eldest) {
            return size() > REMEMBERED_LIVES;
        }
    };

    BrokerLink(@Nullable Broker broker) {
        this.broker = broker;
    }

    boolean isConnected() {
        return broker != null;
    }

    void publish(Publication publication) {
        if (broker != null) {
            // Best effort for transients; a lost hint is made good by the next one or by comparing heads.
            try {
                broker.publish(publication);
            } catch (RuntimeException failure) {
                HubLog.brokerFailed("publish", failure);
            }
        }
    }

    /** One more connection wants an address; completes when the subscription is in force, or cannot be had. */
    CompletionStage<Void> want(Address address) {
        return broker == null ? DONE : change(address, 1);
    }

    /** One connection less wants an address. */
    void unwant(Address address) {
        if (broker != null) {
            change(address, -1);
        }
    }

    /** Whether a transient message arrives for the first time. */
    synchronized boolean isNew(MessageId id) {
        return seen.computeIfAbsent(id.high(), life -> new Seen()).add(id.low());
    }

    private CompletionStage<Void> change(Address address, int by) {
        Subscription subscription;
        CompletableFuture<Void> settled;
        boolean start;
        synchronized (this) {
            subscription = subscriptions.computeIfAbsent(address, absent -> new Subscription());
            subscription.wanted += by;
            settled = subscription.settled;
            start = !subscription.changing && subscription.wanted > 0 != subscription.inForce;
            subscription.changing |= start;
            if (!subscription.changing) {
                forget(address, subscription);
                return DONE;
            }
        }
        if (start) {
            apply(address, subscription);
        }
        return settled;
    }

    private void apply(Address address, Subscription subscription) {
        boolean subscribe;
        synchronized (this) {
            subscribe = subscription.wanted > 0;
        }
        CompletionStage<Void> stage;
        try {
            stage = broker == null
                    ? DONE
                    : Objects.requireNonNull(broker.subscribe(address, subscribe), "the broker answered nothing");
        } catch (RuntimeException failure) {
            stage = CompletableFuture.failedFuture(failure);
        }
        stage.whenComplete((done, failure) -> {
            CompletableFuture<Void> settled;
            synchronized (this) {
                // A failed change counts as made: the broker resubscribes to what is wanted when it recovers.
                subscription.inForce = subscribe;
                if (subscription.wanted > 0 != subscribe) {
                    settled = null;
                } else {
                    subscription.changing = false;
                    settled = subscription.settled;
                    subscription.settled = new CompletableFuture<>();
                    forget(address, subscription);
                }
            }
            if (settled == null) {
                apply(address, subscription);
            } else {
                settled.complete(null);
            }
        });
    }

    /** A connection that ends while it opens gives up what it has not wanted yet: a count below zero is kept until it does. */
    @GuardedBy("this")
    private void forget(Address address, Subscription subscription) {
        if (subscription.wanted == 0 && !subscription.inForce && !subscription.changing) {
            subscriptions.remove(address, subscription);
        }
    }

    /** Guarded by the link. */
    private static final class Subscription {
        private int wanted;
        private boolean inForce;
        private boolean changing;
        private CompletableFuture<Void> settled = new CompletableFuture<>();
    }

    /** The counts that arrived from one life of a node: a window of bits below the highest. Guarded by the link. */
    private static final class Seen {
        private final long[] bits = new long[WINDOW / Long.SIZE];
        private long highest = -1;

        boolean add(long count) {
            if (count <= highest - WINDOW) {
                return false;
            }
            if (count > highest) {
                if (count - highest >= WINDOW) {
                    Arrays.fill(bits, 0);
                } else {
                    for (long passed = highest + 1; passed < count; passed++) {
                        bits[word(passed)] &= ~bit(passed);
                    }
                }
                highest = count;
                bits[word(count)] |= bit(count);
                return true;
            }
            if ((bits[word(count)] & bit(count)) != 0) {
                return false;
            }
            bits[word(count)] |= bit(count);
            return true;
        }

        private static int word(long count) {
            return (int) (count % WINDOW / Long.SIZE);
        }

        private static long bit(long count) {
            return 1L << count % Long.SIZE;
        }
    }
}
