package io.tidings;

import io.tidings.auth.Authentication;
import io.tidings.auth.Authenticator;
import io.tidings.auth.Authorizer;
import io.tidings.dialect.Frame;
import io.tidings.http.TrustedProxies;
import io.tidings.mailbox.Mailbox;
import io.tidings.mailbox.Page;
import io.tidings.message.Address;
import io.tidings.message.CloseReason;
import io.tidings.message.Message;
import io.tidings.message.MessageId;
import io.tidings.message.Position;
import io.tidings.message.Topic;
import io.tidings.message.UserKey;
import io.tidings.policy.AcknowledgementPolicy;
import io.tidings.policy.ConnectionLimits;
import io.tidings.policy.DrainPolicy;
import io.tidings.policy.HandshakeLimits;
import io.tidings.policy.QueueLimits;
import io.tidings.spi.HubObserver;
import io.tidings.spi.Sanitizer;
import io.tidings.spi.Scheduler;
import io.tidings.spi.Ticker;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** What the connections of a hub share. */
final class Engine {

    /** Messages of one page. */
    static final int PAGE = 100;

    private static final long LEAST_RECONNECT_WINDOW_MILLIS = 500;

    private final Options options;
    private final Dialects dialects;
    private final Registry registry;
    private final Lanes lanes;
    private final Watch watch;
    private final BrokerLink broker;
    private final Cursors cursors;

    /** Ids of published messages and of the library's own frames count apart, so that the former have no holes. */
    private final long life;

    private final long ownLife;
    private final AtomicLong published = new AtomicLong();
    private final AtomicLong ownCount = new AtomicLong();
    private final AtomicLong connectionCount = new AtomicLong();

    private final AtomicInteger unauthenticated = new AtomicInteger();
    private final AtomicInteger closing = new AtomicInteger();
    private final AtomicInteger reads = new AtomicInteger();

    private final Set<HubConnection> live = ConcurrentHashMap.newKeySet();
    private final Drops drops = new Drops();
    private final OwnMessages own;
    private final Answers answers = new Answers();
    private final Admissions admissions;

    /** The durable message that was sent last; a race encodes it twice. */
    private volatile @Nullable Encoded lastEncoded;

    /** Over how many milliseconds the delays of clients that are sent away are spread; negative while the hub takes clients. */
    private volatile long drainSpread = -1;

    /** What a hub is made of. */
    record Options(
            String node,
            List<Endpoint> endpoints,
            Authenticator authenticator,
            Authorizer authorizer,
            Sanitizer sanitizer,
            HubListener listener,
            @Nullable DeliveryListener deliveryListener,
            Mailbox mailbox,
            QueueLimits queueLimits,
            AcknowledgementPolicy acknowledgements,
            HubObserver observer,
            Ticker ticker,
            Scheduler scheduler,
            RandomGenerator random,
            Executor executor,
            Duration expiryWarning,
            Duration expirySkew,
            DrainPolicy drainPolicy,
            Guards guards) {}

    /**
     * What keeps too much out.
     *
     * @param handshakes how fast connections may come
     * @param proxies    whose word counts on where they come from
     * @param rates      how much users may ask for
     */
    record Guards(HandshakeLimits handshakes, TrustedProxies proxies, Rates rates) {}

    Engine(
            Options options,
            ConnectionLimits connectionLimits,
            List<Executor> lanes,
            BrokerLink broker,
            Runnable everyStep) {
        this.options = options;
        this.dialects = new Dialects(options.endpoints);
        this.registry = new Registry(this, connectionLimits);
        this.lanes = new Lanes(lanes, options.ticker, dialects.count());
        this.watch = new Watch(options.ticker, options.scheduler, everyStep);
        this.cursors = new Cursors(this);
        this.own = new OwnMessages(options.ticker);
        this.admissions = new Admissions(
                options.authorizer, options.sanitizer, options.ticker, options.scheduler, options.observer);
        this.broker = broker;
        this.life = options.random.nextLong(Position.MAX + 1);
        this.ownLife = options.random.nextLong(Position.MAX + 1);
    }

    Dialects dialects() {
        return dialects;
    }

    Registry registry() {
        return registry;
    }

    Lanes lanes() {
        return lanes;
    }

    Watch watch() {
        return watch;
    }

    Cursors cursors() {
        return cursors;
    }

    BrokerLink broker() {
        return broker;
    }

    Mailbox mailbox() {
        return options.mailbox;
    }

    HubListener listener() {
        return options.listener;
    }

    /** Null where nobody wants to know. */
    @Nullable
    DeliveryListener deliveryListener() {
        return options.deliveryListener;
    }

    /** How the host is told of what is accepted, or null. */
    @Nullable
    AcceptedCalls acceptedCalls() {
        DeliveryListener told = options.deliveryListener;
        return told == null ? null : new AcceptedCalls(told, options.executor, options.scheduler, options.observer);
    }

    /** What the host says of a token; a failed stage where it throws, or answers nothing. */
    CompletionStage<Authentication> authenticate(String token) {
        try {
            return Objects.requireNonNull(
                    options.authenticator.authenticate(token), "the authenticator answered nothing");
        } catch (RuntimeException failure) {
            return CompletableFuture.failedFuture(failure);
        }
    }

    Answers answers() {
        return answers;
    }

    Admissions admissions() {
        return admissions;
    }

    HubObserver observer() {
        return options.observer;
    }

    QueueLimits queueLimits() {
        return options.queueLimits;
    }

    AcknowledgementPolicy acknowledgements() {
        return options.acknowledgements;
    }

    Ticker ticker() {
        return options.ticker;
    }

    Scheduler scheduler() {
        return options.scheduler;
    }

    RandomGenerator random() {
        return options.random;
    }

    Executor executor() {
        return options.executor;
    }

    Duration expiryWarning() {
        return options.expiryWarning;
    }

    Duration expirySkew() {
        return options.expirySkew;
    }

    /** Over how long clients spread their return when this node dies: as long as a drain would, of as many as there are now. */
    long reconnectWindowMillis() {
        long asDrain = options.drainPolicy.spread(registry.connectionCount()).toMillis();
        return Math.max(LEAST_RECONNECT_WINDOW_MILLIS, asDrain);
    }

    Guards guards() {
        return options.guards;
    }

    Rates rates() {
        return options.guards.rates;
    }

    AtomicInteger unauthenticated() {
        return unauthenticated;
    }

    AtomicInteger closing() {
        return closing;
    }

    /** Every connection that has not ended, authenticated or not. */
    Set<HubConnection> live() {
        return live;
    }

    OwnMessages own() {
        return own;
    }

    Drops drops() {
        return drops;
    }

    int reads() {
        return reads.get();
    }

    boolean isDraining() {
        return drainSpread >= 0;
    }

    /** Takes no clients from now on. */
    void drain(Duration spread) {
        drainSpread = spread.toMillis();
    }

    /** Why a client of a hub that drains is sent away, with when it is to come back. */
    CloseReason drainReason() {
        return CloseReason.RESTART.withReason("drain;delayMs=" + options.random.nextLong(drainSpread + 1));
    }

    String nextConnectionId() {
        return options.node + '-' + Long.toString(life & 0xFFFFF, 32) + '-' + connectionCount.incrementAndGet();
    }

    MessageId nextId() {
        return MessageId.ofTransient(life, published.incrementAndGet() & Position.MAX);
    }

    MessageId nextOwnId() {
        return MessageId.ofTransient(ownLife, ownCount.incrementAndGet() & Position.MAX);
    }

    /** What goes to many users one after the other is encoded once. */
    private Encoded encoded(Message message) {
        Encoded known = lastEncoded;
        if (known != null && known.message() == message) {
            return known;
        }
        Encoded made = new Encoded(message, dialects);
        lastEncoded = made;
        return made;
    }

    /** A durable message at its position, for any number of connections. */
    Outgoing durable(Message message, Position position) {
        return Outgoing.durable(encoded(message), MessageId.of(position), dialects.count());
    }

    /** A transient message under its id, for any number of connections. */
    Outgoing ofTransient(Message message, MessageId id) {
        return Outgoing.ofTransient(new Encoded(message, dialects), id, dialects.count());
    }

    /** A message of the library's own that keeps its place between durable ones. */
    Outgoing inline(Message message) {
        return Outgoing.inline(new Encoded(message, dialects), nextOwnId(), dialects.count());
    }

    /** The reason of 1013: when to come back, not all at once. */
    String unavailable() {
        return "unavailable;delayMs=" + (500 + options.random.nextInt(2_000));
    }

    /** A frame of the library's own for one connection, or null where its dialect has no word for it. */
    @Nullable
    Frame ownFrame(int dialect, Message message) {
        return dialects.frame(dialect, message, nextOwnId()).orElse(null);
    }

    CompletableFuture<Page> read(UserKey user, Position after) {
        return read(user, after, PAGE);
    }

    CompletableFuture<Page> read(UserKey user, Position after, int limit) {
        try {
            return options.mailbox
                    .read(user, after, limit)
                    .whenComplete((page, failure) -> {
                        if (failure != null) {
                            HubLog.mailboxFailed(user, "read", failure);
                        }
                    })
                    .toCompletableFuture();
        } catch (RuntimeException failure) {
            HubLog.mailboxFailed(user, "read", failure);
            return CompletableFuture.failedFuture(failure);
        }
    }

    /** The position of a user's last message. */
    CompletionStage<Position> head(UserKey user) {
        try {
            return options.mailbox
                    .heads(List.of(user))
                    .whenComplete((heads, failure) -> {
                        if (failure != null) {
                            HubLog.mailboxFailed(user, "heads", failure);
                        }
                    })
                    .thenApply(heads -> heads.get(0));
        } catch (RuntimeException failure) {
            HubLog.mailboxFailed(user, "heads", failure);
            return CompletableFuture.failedFuture(failure);
        }
    }

    void readStarted() {
        reads.incrementAndGet();
    }

    void readEnded() {
        reads.decrementAndGet();
    }

    /** Whether no more connections may be open that are not authenticated. */
    boolean isCrowded() {
        return unauthenticated.get() >= options.guards.handshakes.unauthenticated();
    }

    /** Takes the place of a connection that is not authenticated, which its end gives back; false when there is none. */
    boolean takePlace() {
        if (unauthenticated.incrementAndGet() <= options.guards.handshakes.unauthenticated()) {
            return true;
        }
        unauthenticated.decrementAndGet();
        return false;
    }

    /** A transport has a connection; it is not authenticated yet, and has its place. */
    void opened(HubConnection connection) {
        live.add(connection);
        watch.add(connection);
    }

    /** Lane thread only: the connection joins a topic, here and at the broker. */
    void join(HubConnection connection, Topic topic) {
        if (connection.lane().join(connection, topic)) {
            broker.want(Address.topic(topic));
        }
    }

    /** Lane thread only: the connection leaves a topic, here and at the broker. */
    void leave(HubConnection connection, Topic topic) {
        if (connection.lane().leave(connection, topic)) {
            broker.unwant(Address.topic(topic));
        }
    }

    private void leaveAll(HubConnection connection) {
        connection.topicMemberships().keySet().forEach(topic -> broker.unwant(Address.topic(topic)));
        connection.lane().leaveAll(connection, connection.user().tenant());
    }

    /** An open connection is no more: it leaves the registry, its groups and the broker's interest. */
    void closed(HubConnection connection, CloseReason reason) {
        registry.remove(connection);
        connection.lane().execute(() -> leaveAll(connection));
        cursors.closed(connection);
        answers.forget(new Answers.Scope(connection.user(), connection.id(), true));
        // An instance that was made up here does not come back.
        answers.forget(new Answers.Scope(connection.user(), connection.id(), false));
        broker.unwant(Address.user(connection.user()));
        broker.unwant(Address.tenant(connection.user().tenant()));
        HubLog.disconnected(connection, reason, connection.lasted());
        options.observer.closed(connection.dialect(), reason.code());
    }
}
