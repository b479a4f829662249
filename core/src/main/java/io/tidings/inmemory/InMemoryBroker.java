package io.tidings.inmemory;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.tidings.message.Address;
import io.tidings.spi.Broker;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * One node's end of a {@link Network} within this process, for hubs that run side by side in one and for tests.
 *
 * <p>It loses, doubles and reorders nothing, except that more than 65,536 publications waiting for one slow node are lost, after
 * which the node is told of a recovery.
 *
 * <p><b>Threads.</b> Receivers are called by tasks of the network's executor; with the default one by the thread that
 * publishes, before {@link #publish} returns, unless another is calling the same receiver or the publication is made within a
 * receiver.
 */
public final class InMemoryBroker implements Broker {

    /** What connects brokers to each other. */
    public static final class Network {

        private final Executor executor;
        private final Map<String, InMemoryBroker> nodes = new ConcurrentHashMap<>();

        /** A network that calls receivers on the publishing thread. */
        public Network() {
            this(new Trampoline());
        }

        /** A network that calls receivers on an executor, which may have any number of threads. */
        public Network(Executor executor) {
            this.executor = executor;
        }

        /** A new node's end. */
        public InMemoryBroker broker() {
            return new InMemoryBroker(this);
        }
    }

    private final Network network;

    /** Addresses without an instance. */
    private final Set<Address> subscribed = ConcurrentHashMap.newKeySet();

    private final Object lock = new Object();

    @GuardedBy("lock")
    private @Nullable String node;

    @GuardedBy("lock")
    private @Nullable PublicationQueue waiting;

    @GuardedBy("lock")
    private boolean closed;

    private InMemoryBroker(Network network) {
        this.network = network;
    }

    /**
     * @throws IllegalStateException when called twice, after {@link #close()}, or with the name of a node of the network
     */
    @Override
    public void start(String name, Receiver receiver) {
        synchronized (lock) {
            if (node != null || closed) {
                throw new IllegalStateException("a broker starts once");
            }
            waiting = new PublicationQueue(receiver, network.executor);
            if (network.nodes.putIfAbsent(name, this) != null) {
                throw new IllegalStateException("the network has a node " + name);
            }
            node = name;
        }
    }

    @Override
    public CompletionStage<Void> publish(Publication publication) {
        if (!healthy()) {
            return notOpen();
        }
        Address address = address(publication);
        for (InMemoryBroker other : network.nodes.values()) {
            if (other != this && (address instanceof Address.Everyone || other.subscribed.contains(address))) {
                other.deliver(publication);
            }
        }
        return CompletableFuture.completedStage(null);
    }

    @Override
    public CompletionStage<Void> subscribe(Address address, boolean on) {
        if (!healthy()) {
            return notOpen();
        }
        if (on) {
            subscribed.add(withoutInstance(address));
        } else {
            subscribed.remove(withoutInstance(address));
        }
        return CompletableFuture.completedStage(null);
    }

    /** Whether the node has started and not left. */
    @Override
    public boolean healthy() {
        synchronized (lock) {
            return node != null && !closed;
        }
    }

    @Override
    public void close() {
        PublicationQueue left;
        synchronized (lock) {
            closed = true;
            left = waiting;
            if (node != null) {
                network.nodes.remove(node, this);
            }
        }
        if (left != null) {
            left.close();
        }
        subscribed.clear();
    }

    private void deliver(Publication publication) {
        PublicationQueue to;
        synchronized (lock) {
            to = closed ? null : waiting;
        }
        if (to != null) {
            to.add(publication);
        }
    }

    private static CompletionStage<Void> notOpen() {
        return CompletableFuture.failedStage(new IllegalStateException("the broker is not started or is closed"));
    }

    private static Address address(Publication publication) {
        if (publication instanceof Publication.Hint hint) {
            return Address.user(hint.user());
        }
        if (publication instanceof Publication.Attached attached) {
            return Address.user(attached.user());
        }
        return withoutInstance(((Publication.Transient) publication).address());
    }

    private static Address withoutInstance(Address address) {
        if (address.except() == null) {
            return address;
        }
        if (address instanceof Address.User user) {
            return Address.user(user.user());
        }
        if (address instanceof Address.Subscribers subscribers) {
            return Address.topic(subscribers.topic());
        }
        return address instanceof Address.Tenant tenant ? Address.tenant(tenant.tenant()) : Address.everyone();
    }
}
