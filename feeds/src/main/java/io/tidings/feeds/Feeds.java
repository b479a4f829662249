package io.tidings.feeds;

import io.tidings.Connection;
import io.tidings.Hub;
import io.tidings.HubListener;
import io.tidings.http.HttpRoute;
import io.tidings.message.Address;
import io.tidings.message.Ids;
import io.tidings.message.Kinds;
import io.tidings.message.Topic;
import io.tidings.message.UserKey;
import io.tidings.spi.Scheduler;
import io.tidings.spi.Ticker;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Chat and notifications, on a hub.
 *
 * <pre>{@code
 * Feeds feeds = Feeds.builder().store(store).directory(users).build();
 * HubBuilder builder = Hub.builder()….listener(feeds.listener());
 * feeds.routes().forEach(builder::route);
 * Hub hub = builder.build();
 * feeds.start(hub);
 * transport.start(hub.acceptor());
 * feeds.conversations().send(UserKey.of(123), UserKey.of(789), "Hello");
 * }</pre>
 *
 * <p>Every change is one transaction of the {@link FeedStore} with an outbox of what users are told of it, which is relayed to the hub:
 * a crash loses nothing of it and doubles nothing.
 *
 * <p><b>Threads.</b> All methods MAY be called concurrently, and none blocks but {@link #close}.
 */
public final class Feeds implements AutoCloseable {

    /** How long a repeat of a key is told. */
    static final Duration KEYS_LAST = Duration.ofHours(24);

    /** Before a user's id, the topic of the user's presence. */
    private static final String PRESENCE = "presence:";

    private static final Duration RELAYED_STEP = Duration.ofMillis(10);
    private static final Duration FORGET_EVERY = Duration.ofHours(1);
    private static final long LONGEST_CLOSE_MILLIS = 2_000;
    private static final Logger LOG = LoggerFactory.getLogger(Feeds.class);

    private final FeedStore store;
    private final Ticker ticker;
    private final Scheduler scheduler;
    private final Relay relay;
    private final Conversations conversations;
    private final Notifications notifications;
    private final TypingRelay typing;
    private final Presence presence;
    private final PresenceStore presenceStore;
    private final List<HttpRoute> routes;
    private final HubListener listener;
    private final Runnable release;

    private volatile boolean closed;

    /** Set once, together. */
    private volatile @Nullable Hub hub;

    private volatile @Nullable Greetings greetings;

    Feeds(FeedsBuilder builder) {
        store = builder.store();
        ticker = builder.ticker();
        scheduler = builder.scheduler();
        typing = new TypingRelay(this::tellTyping, builder.ticker(), builder.scheduler());
        relay = new Relay(store, builder.node(), builder.ticker(), builder.scheduler(), this::relayed);
        Changes changes = new Changes(store, relay, builder.ticker());
        conversations = new Conversations(changes);
        notifications = new Notifications(
                changes, relay, builder.directory(), builder.templates(), builder.scheduler(), builder.executor());
        presenceStore = builder.presenceStore();
        presence = new Presence(
                store,
                presenceStore,
                builder.offlineAfter(),
                this::tellPresence,
                builder.ticker(),
                builder.scheduler());
        listener = new FeedListener(this, builder.otherRequests());
        routes = FeedRoutes.of(builder.basePath(), this, () -> hub);
        release = builder::release;
    }

    /** Starts to describe feeds. */
    public static FeedsBuilder builder() {
        return new FeedsBuilder();
    }

    /** Messages between users. */
    public Conversations conversations() {
        return conversations;
    }

    /** Notifications of users. */
    public Notifications notifications() {
        return notifications;
    }

    /** Who is there. */
    public Presence presence() {
        return presence;
    }

    /**
     * REST on the same data, for {@link io.tidings.HubBuilder#route}: messages, notifications, interactions and presence, below
     * {@link FeedsBuilder#basePath}. Callers bring a token; what they do is limited, authorised, checked and sanitised as what clients
     * say over WebSocket is.
     */
    public List<HttpRoute> routes() {
        return routes;
    }

    /** What the hub tells of connections and asks for clients: the hub's listener. */
    public HubListener listener() {
        return listener;
    }

    /**
     * Begins to tell users what happens, with what an earlier process left untold. Once, before the hub has connections.
     *
     * @throws IllegalStateException when called again
     */
    public synchronized void start(Hub to) {
        if (hub != null) {
            throw new IllegalStateException("started already");
        }
        hub = to;
        greetings = new Greetings(store, to);
        relay.start(to);
        forgetKeys();
    }

    /**
     * Completes when all that this node has under way of what users are to be told is with the hub, or when the time is over: between
     * {@link Hub#drain} and {@link Hub#close}, so that it is in the mailboxes when the process ends. Never fails.
     */
    public CompletionStage<Void> relayed(Duration atMost) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        awaitRelayed(done, ticker.nanos() + atMost.toNanos());
        return done.minimalCompletionStage();
    }

    private void awaitRelayed(CompletableFuture<Void> done, long untilNanos) {
        if (relay.busy() == 0 || ticker.nanos() - untilNanos >= 0) {
            done.complete(null);
        } else {
            scheduler.schedule(RELAYED_STEP, () -> awaitRelayed(done, untilNanos));
        }
    }

    /** Stops and closes the store, after the hub has been closed. What was not told yet is told when feeds start again. */
    @Override
    public void close() {
        closed = true;
        try {
            presence.close().toCompletableFuture().get(LONGEST_CLOSE_MILLIS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            LOG.warn("It was not stored of all users when they were last seen", e);
        }
        presenceStore.close();
        notifications.close();
        relay.close();
        store.close();
        release.run();
    }

    Relay relay() {
        return relay;
    }

    long epochMillis() {
        return ticker.epochMillis();
    }

    TypingRelay typing() {
        return typing;
    }

    void connected(Connection connection) {
        presence.connected(connection.user(), connection.id(), connection.device());
        Greetings told = greetings;
        if (told != null) {
            told.connected(connection);
        }
    }

    void disconnected(Connection connection) {
        typing.disconnected(connection.user(), connection.id());
        presence.disconnected(connection.user(), connection.id());
    }

    private void forgetKeys() {
        if (closed) {
            return;
        }
        scheduler.schedule(FORGET_EVERY, this::forgetKeys);
        try {
            store.forgetKeys(Instant.ofEpochMilli(ticker.epochMillis()).minus(KEYS_LAST))
                    .whenComplete((count, failure) -> {
                        if (failure != null && !closed) {
                            LOG.warn("Keys of requests that were done cannot be forgotten", failure);
                        }
                    });
        } catch (RuntimeException failure) {
            LOG.warn("Keys of requests that were done cannot be forgotten", failure);
        }
    }

    private void tellTyping(UserKey who, UserKey to, boolean types) {
        Hub there = hub;
        if (there != null) {
            there.publish(Address.user(to), FeedMessages.typing(who, to, types));
        }
    }

    private void tellPresence(UserKey user, @Nullable Instant lastSeenAt) {
        Hub there = hub;
        String name = PRESENCE + user.user();
        if (there != null && name.length() <= Ids.MAX_LENGTH) {
            there.publish(Address.topic(new Topic(user.tenant(), name)), FeedMessages.presence(user, lastSeenAt));
        }
    }

    private void relayed(OutboxRow row) {
        if (row.message().kind().equals(Kinds.MESSAGE_NEW.name())) {
            String sender = row.message().body().path("senderId").asText();
            typing.arrived(new UserKey(row.user().tenant(), sender), row.user());
        }
    }
}
