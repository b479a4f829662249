package io.tidings.testkit;

import io.tidings.message.Address;
import io.tidings.message.Message;
import io.tidings.message.MessageId;
import io.tidings.message.UserKey;
import io.tidings.spi.Broker;
import io.tidings.testkit.BrokerContractProofTest.Flaw;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A broker as simple as it can be, with one flaw or none. One lock a network guards everything. */
final class StubBroker implements Broker {

    /** What connects the brokers of a test. */
    static final class Network implements AutoCloseable {
        private final Flaw flaw;
        private final List<StubBroker> nodes = new ArrayList<>();
        private final ExecutorService calls;
        private boolean cut;

        Network(Flaw flaw) {
            this.flaw = flaw;
            calls = flaw == Flaw.CALLS_ON_ANY_THREAD
                    ? Executors.newFixedThreadPool(4)
                    : Executors.newSingleThreadExecutor();
        }

        StubBroker broker() {
            return new StubBroker(this);
        }

        void cut(boolean off) {
            synchronized (this) {
                cut = off;
            }
            if (!off && !is(Flaw.DOES_NOT_TELL_OF_RECOVERY)) {
                List.copyOf(nodes).forEach(node -> calls.execute(() -> node.receiver.recovered()));
            }
        }

        boolean is(Flaw other) {
            return flaw == other;
        }

        @Override
        public void close() {
            calls.shutdownNow();
        }
    }

    private final Network network;
    private final Set<Object> subscribed = new HashSet<>();
    private Receiver receiver;
    private boolean closed;

    private StubBroker(Network network) {
        this.network = network;
    }

    private boolean is(Flaw other) {
        return network.is(other);
    }

    @Override
    public void start(String node, Receiver told) {
        synchronized (network) {
            receiver = told;
            network.nodes.add(this);
        }
    }

    @Override
    public CompletionStage<Void> publish(Publication publication) {
        synchronized (network) {
            if ((closed && !is(Flaw.PUBLISHES_ONCE_CLOSED)) || network.cut) {
                return CompletableFuture.failedStage(new IllegalStateException("closed"));
            }
            if (is(Flaw.NEVER_ANSWERS)) {
                return new CompletableFuture<>();
            }
            boolean first = true;
            for (StubBroker node : network.nodes) {
                if (node.wants(publication) && (node != this || is(Flaw.BRINGS_BACK_TO_THE_PUBLISHER))) {
                    if (first || !is(Flaw.REACHES_ONE_NODE_ONLY)) {
                        node.bring(spoiled(publication));
                    }
                    first = false;
                }
            }
            return CompletableFuture.completedStage(null);
        }
    }

    private boolean wants(Publication publication) {
        if ((closed && !is(Flaw.BRINGS_ONCE_CLOSED)) || is(Flaw.BRINGS_NOTHING)) {
            return false;
        }
        Address address = address(publication);
        if (publication instanceof Publication.Hint && is(Flaw.BRINGS_NO_HINTS)) {
            return false;
        }
        if (publication instanceof Publication.Attached && is(Flaw.BRINGS_NO_ATTACHMENTS)) {
            return false;
        }
        if (publication instanceof Publication.Attached && is(Flaw.BRINGS_ATTACHMENTS_TO_ALL)) {
            return true;
        }
        return (address instanceof Address.Everyone && !is(Flaw.WANTS_SUBSCRIPTIONS_TO_EVERYONE))
                || is(Flaw.IGNORES_SUBSCRIPTIONS)
                || subscribed.contains(name(address));
    }

    private static Address address(Publication publication) {
        if (publication instanceof Publication.Hint hint) {
            return Address.user(hint.user());
        }
        return publication instanceof Publication.Attached attached
                ? Address.user(attached.user())
                : ((Publication.Transient) publication).address();
    }

    private void bring(Publication publication) {
        if (is(Flaw.CALLS_UNDER_ITS_LOCK)) {
            receiver.received(publication);
            return;
        }
        if (is(Flaw.CALLS_ON_A_THREAD_EACH)) {
            new Thread(() -> receiver.received(publication)).start();
            return;
        }
        network.calls.execute(() -> {
            boolean open;
            synchronized (network) {
                open = !closed || is(Flaw.BRINGS_ONCE_CLOSED);
            }
            if (open) {
                receiver.received(publication);
            }
        });
    }

    private Publication spoiled(Publication publication) {
        if (publication instanceof Publication.Hint hint) {
            UserKey user = is(Flaw.LOSES_THE_TENANT) ? UserKey.of(hint.user().user()) : hint.user();
            return new Publication.Hint(
                    user,
                    is(Flaw.MOVES_POSITIONS) ? hint.position().next() : hint.position(),
                    hint.message() == null ? null : spoiled(hint.message()),
                    is(Flaw.LOSES_THE_INSTANCE) ? null : hint.except());
        }
        if (publication instanceof Publication.Attached attached) {
            UserKey user =
                    is(Flaw.LOSES_THE_TENANT) ? UserKey.of(attached.user().user()) : attached.user();
            long generation = is(Flaw.COUNTS_GENERATIONS_ITSELF) ? 1 : attached.generation();
            return new Publication.Attached(user, attached.instance(), generation);
        }
        Publication.Transient sent = (Publication.Transient) publication;
        MessageId id = is(Flaw.RENUMBERS)
                ? MessageId.ofTransient(sent.id().high(), sent.id().low() + 1)
                : sent.id();
        Address address = is(Flaw.LOSES_THE_INSTANCE) ? plain(sent.address()) : sent.address();
        return new Publication.Transient(address, id, spoiled(sent.message()));
    }

    private Message spoiled(Message message) {
        String text = message.body().path("text").asText();
        if (is(Flaw.CHANGES_MESSAGES) && text.contains("\ud83d\ude00")) {
            return new Message(
                    message.kind(),
                    message.body().deepCopy().put("text", text.replace("\ud83d\ude00", "?")),
                    message.at(),
                    message.category(),
                    message.key());
        }
        return is(Flaw.LOSES_THE_KEY)
                ? new Message(message.kind(), message.body(), message.at(), message.category(), null)
                : message;
    }

    @Override
    public CompletionStage<Void> subscribe(Address address, boolean on) {
        synchronized (network) {
            if (on) {
                subscribed.add(name(address));
            } else if (is(Flaw.UNSUBSCRIBES_FROM_ALL)) {
                subscribed.clear();
            } else if (!is(Flaw.NEVER_UNSUBSCRIBES)) {
                subscribed.remove(name(address));
            }
            return CompletableFuture.completedStage(null);
        }
    }

    private Object name(Address address) {
        Address plain = plain(address);
        if (plain instanceof Address.User user) {
            UserKey key = user.user();
            return is(Flaw.MIXES_TENANTS)
                    ? key.tenant() + '/' + key.user()
                    : is(Flaw.MIXES_USERS_AND_TOPICS) ? List.of(key.tenant(), key.user()) : plain;
        }
        return plain instanceof Address.Subscribers topic && is(Flaw.MIXES_USERS_AND_TOPICS)
                ? List.of(topic.topic().tenant(), topic.topic().name())
                : plain;
    }

    private static Address plain(Address address) {
        if (address instanceof Address.User user) {
            return Address.user(user.user());
        }
        if (address instanceof Address.Subscribers subscribers) {
            return Address.topic(subscribers.topic());
        }
        return address instanceof Address.Tenant tenant ? Address.tenant(tenant.tenant()) : Address.everyone();
    }

    @Override
    public boolean healthy() {
        synchronized (network) {
            return !closed && !network.cut && !is(Flaw.IS_NEVER_HEALTHY);
        }
    }

    @Override
    public void close() {
        synchronized (network) {
            if (closed && is(Flaw.CLOSES_ONCE)) {
                throw new IllegalStateException("closed");
            }
            closed = true;
        }
    }
}
