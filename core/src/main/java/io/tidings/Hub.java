package io.tidings;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tidings.auth.Identity;
import io.tidings.http.HttpRequest;
import io.tidings.http.HttpRouter;
import io.tidings.mailbox.Append;
import io.tidings.mailbox.Appended;
import io.tidings.message.Address;
import io.tidings.message.ErrorCode;
import io.tidings.message.Ids;
import io.tidings.message.Kind;
import io.tidings.message.Message;
import io.tidings.message.MessageId;
import io.tidings.message.Position;
import io.tidings.message.UserKey;
import io.tidings.policy.DrainPolicy;
import io.tidings.spi.Acceptor;
import io.tidings.spi.Broker;
import io.tidings.spi.Broker.Publication;
import io.tidings.spi.Permit;
import io.tidings.spi.Scheduler;
import io.tidings.spi.Ticker;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * What an application wires and calls: it sends messages to users and tells them of what happens.
 *
 * <pre>{@code
 * Hub hub = Hub.builder()
 *         .endpoint(Endpoint.of("/api/v1/ws", EventDialect.standard()))
 *         .authenticator(JwtAuthenticator.withSecret(secret).build())
 *         .build();
 * transport.start(hub.acceptor());
 * hub.send(UserKey.of(789), Message.of(Kinds.MESSAGE_NEW).set("id", 456)…build());
 * }</pre>
 *
 * <p>What is <em>sent</em> is durable: it is kept in the user's mailbox until every device has it, in order. What is
 * <em>published</em> is transient: it reaches whoever is connected, once, if the connection keeps up.
 *
 * <p><b>Threads.</b> All methods MAY be called concurrently, and none blocks.
 */
public final class Hub implements AutoCloseable {

    private final Engine engine;
    private final Callers callers;
    private final HubAcceptor acceptor;
    private final Appender appender;
    private final BrokerLink link;
    private final HeadCheck heads;
    private final Ticker ticker;
    private final DrainPolicy drainPolicy;
    private final Drain drain;
    private final Shutdown shutdown;
    private final AtomicBoolean closing = new AtomicBoolean();

    /** Watch's thread only. */
    private long stepsToCursors = 1;

    private volatile boolean stopped;

    Hub(HubBuilder builder) {
        Broker broker = builder.broker();
        this.link = new BrokerLink(broker);
        this.engine =
                new Engine(builder.options(), builder.connectionLimits(), builder.laneExecutors(), link, this::step);
        this.ticker = engine.ticker();
        this.callers = new Callers(engine);
        this.acceptor = new HubAcceptor(
                engine,
                builder.options().endpoints(),
                new HttpRouter(
                        builder.routes(engine), builder.options().guards().proxies(), builder.cors()));
        this.appender = new Appender(engine.mailbox(), this::stored, engine.acceptedCalls());
        this.heads = new HeadCheck(engine);
        this.drainPolicy = builder.drainPolicy();
        this.drain = new Drain(engine, drainPolicy);
        this.shutdown = new Shutdown(engine, appender, broker, builder::release);
        if (broker != null) {
            broker.start(builder.options().node(), new Receiver());
        }
        engine.watch().start();
    }

    /** Starts to describe a hub. */
    public static HubBuilder builder() {
        return new HubBuilder();
    }

    /** What transports ask about handshakes and requests. */
    public Acceptor acceptor() {
        return acceptor;
    }

    /**
     * Sends a durable message to a user.
     *
     * @return what came of it; fails when the mailbox does, in which case the message may or may not be delivered: send it
     *     again with an idempotency key
     */
    public CompletionStage<SendResult> send(UserKey user, Message message) {
        return send(user, message, SendOptions.NONE);
    }

    /** Sends a durable message to a user. */
    public CompletionStage<SendResult> send(UserKey user, Message message, SendOptions options) {
        if (stopped) {
            return CompletableFuture.completedFuture(new SendResult.Rejected("the hub is closed"));
        }
        long started = ticker.nanos();
        Message stamped = message.madeAt(ticker.epochMillis());
        return appender.append(new Append(user, stamped, options.idempotency(), options.except()))
                .thenApply(appended -> result(user, stamped, appended, started));
    }

    /**
     * Sends a durable message to many users, {@value BulkSend#CHUNK} at a time; it is encoded once. The iterator is called by one
     * thread at a time, first by the caller, and its failure fails the stage; what was sent by then is sent. An idempotency key
     * counts for each user by itself, so a call that was cut off can be repeated whole.
     *
     * @return completes when every user has been answered for; never fails because of one of them
     */
    public CompletionStage<SendAllResult> sendAll(Iterator<UserKey> users, Message message, SendOptions options) {
        Message stamped = message.madeAt(ticker.epochMillis());
        return new BulkSend(users, user -> send(user, stamped, options)).start();
    }

    /** Publishes a transient message to an address. */
    public PublishResult publish(Address address, Message message) {
        if (stopped) {
            return new PublishResult.Overloaded("the hub is closed");
        }
        Message stamped = message.madeAt(ticker.epochMillis());
        MessageId id = engine.nextId();
        if (!(address instanceof Address.One)) {
            link.publish(new Publication.Transient(address, id, stamped));
        }
        return deliver(address, id, stamped)
                ? new PublishResult.Accepted(id)
                : new PublishResult.Overloaded("too many messages are waiting for this node's connections");
    }

    /**
     * Finds out who makes a request of a host's own route: the bearer token of its header is checked by the hub's authenticator.
     * Nothing is charged; see {@link #permit} and {@link #permitRead}.
     *
     * @return who it is, or the response for a request without a token that holds, or while tokens cannot be checked; completes
     *     when the authenticator does, and never fails
     */
    public CompletionStage<Caller> authenticate(HttpRequest request) {
        return callers.identify(request);
    }

    /**
     * The id of the last message in a user's mailbox; that of {@link Position#START} where there is none. A client that is shown what
     * was read <em>after</em> this stage completed, and goes on after this position, misses nothing.
     *
     * @return fails when the mailbox does
     */
    public CompletionStage<MessageId> position(UserKey user) {
        return engine.head(user).thenApply(MessageId::of);
    }

    /**
     * Charges a request of a user that came another way than by a connection, such as a POST, to the budget that the same request
     * of a connection is charged to.
     *
     * @param kind its canonical name, such as {@code message.send}
     * @return whether it may be done; {@link io.tidings.http.HttpErrors#tooManyRequests} answers for a refusal
     */
    public Permit permit(UserKey user, String kind) {
        return engine.rates().acquire(user, engine.rates().limits().of(kind));
    }

    /** Charges a read of a user, such as a GET, to the user's reads. */
    public Permit permitRead(UserKey user) {
        return engine.rates().acquire(user, engine.rates().limits().reads());
    }

    /**
     * Asks what the hub asks itself before a request of a connection reaches the listener, for a host's own ways in such as REST:
     * whether the authoriser lets the identity make a request of the kind, and reach the users that the body names
     * ({@link Kind#reaching}); and has the text sanitised. Authoriser and sanitiser are called on the hub's executor, never by
     * the caller.
     *
     * @param kind what is asked for: one of {@link io.tidings.message.Kinds}, or the host's own
     * @param body canonical: read by {@link Kind#read}; it is not changed
     * @return completes within 30 s; never fails
     */
    public CompletionStage<Admission> admit(Identity from, Kind kind, ObjectNode body) {
        CompletableFuture<Admission> decided = new CompletableFuture<>();
        Scheduler.Cancellable timer =
                engine.scheduler().schedule(SerialQueue.MAX_TIME, () -> decided.complete(Admissions.FORBIDDEN));
        decided.thenAccept(admission -> timer.cancel());
        try {
            engine.executor()
                    .execute(() -> engine.admissions().admit(from, kind, body).thenAccept(decided::complete));
        } catch (RuntimeException | Error full) {
            decided.complete(new Admission.Refused(ErrorCode.INTERNAL_ERROR, "Try again later", null));
        }
        return decided.minimalCompletionStage();
    }

    /** The connections of a user on this node, oldest first. */
    public List<Connection> connections(UserKey user) {
        UserEntry entry = engine.registry().user(user);
        return entry == null ? List.of() : List.of(entry.connections());
    }

    /** What the hub holds now. Walks all connections: for dashboards and tests, not for hot paths. */
    public HubStats stats() {
        long frames = 0;
        long bytes = 0;
        for (HubConnection connection : engine.live()) {
            frames += connection.queuedFrames();
            bytes += connection.queuedBytes();
        }
        return new HubStats(
                engine.registry().connectionCount(),
                engine.registry().userCount(),
                engine.unauthenticated().get(),
                engine.closing().get(),
                engine.lanes().memberships(),
                engine.watch().watched(),
                frames,
                bytes,
                engine.reads(),
                appender.pending());
    }

    /**
     * Sends all clients away and takes no new ones: handshakes are refused with 503, and every connection closes with 1012 behind
     * what was queued for it, so many a second, with a delay of its own after which the client comes back; see
     * {@link DrainPolicy}. Requests that were made are answered first where the host is quick enough. The hub can still send and
     * publish: what is durable waits in the mailboxes. There is no way back.
     *
     * @return completes when no connection is left, at the latest at the deadline; the same for every call. Never fails
     */
    public CompletionStage<DrainResult> drain() {
        return drain.begin();
    }

    /**
     * Drains, and then lets go of everything: waits for messages that are on their way into the mailbox and for devices' cursors,
     * and closes the broker, the mailbox and the hub's threads. Returns at once; {@link #closed} completes at the latest
     * when the drain's deadline has passed, counted from this call, or 2 s after the drain where the mailbox is slow. What is sent
     * after the drain is rejected. Idempotent.
     */
    @Override
    public void close() {
        if (closing.compareAndSet(false, true)) {
            long started = ticker.nanos();
            drain.begin().thenAccept(drained -> {
                stopped = true;
                shutdown.begin(drainPolicy.deadline().minusNanos(ticker.nanos() - started));
            });
        }
    }

    /** Completes when {@link #close} has let go of everything; never before it is called, and never fails. */
    public CompletionStage<Void> closed() {
        return shutdown.done();
    }

    private SendResult result(UserKey user, Message message, Appended appended, long started) {
        if (appended instanceof Appended.Full full) {
            return new SendResult.Rejected(full.reason());
        }
        Appended.Stored stored = (Appended.Stored) appended;
        MessageId id = MessageId.of(stored.position());
        String sender = message.body().path("senderId").asText();
        if (Ids.problem(sender) == null && HubLog.isSentEnabled()) {
            HubLog.sent(sender, user, (ticker.nanos() - started) / 1_000_000, id.toString());
        }
        return new SendResult.Accepted(id, stored.repeated());
    }

    private void stored(Append append, Appended.Stored stored) {
        if (stored.repeated()) {
            // The first time may have ended in a failure, and nobody was told. What the message was, the mailbox knows.
            hint(append.user(), stored.position(), null, null);
            link.publish(new Publication.Hint(append.user(), stored.position(), null, null));
            return;
        }
        hint(append.user(), stored.position(), append.message(), append.except());
        link.publish(new Publication.Hint(append.user(), stored.position(), append.message(), append.except()));
    }

    private void hint(UserKey user, Position position, @Nullable Message message, @Nullable String except) {
        UserEntry entry = engine.registry().user(user);
        if (entry == null) {
            return;
        }
        if (message == null) {
            entry.head(position);
        } else {
            engine.observer().queued(message.kind(), entry.connections().length);
            entry.hint(position, engine.durable(message, position), except);
        }
    }

    private boolean deliver(Address address, MessageId id, Message message) {
        Outgoing outgoing = engine.ofTransient(message, id);
        if (address instanceof Address.User user) {
            UserEntry entry = engine.registry().user(user.user());
            if (entry != null) {
                engine.observer().queued(message.kind(), entry.connections().length);
                entry.offer(outgoing, user.except());
            }
            return true;
        }
        if (address instanceof Address.One one) {
            HubConnection connection = engine.registry().connection(one.connectionId());
            if (connection != null) {
                connection.offer(outgoing);
            }
            return true;
        }
        return engine.lanes().publish(address, outgoing);
    }

    private void step() {
        engine.drops().tell(engine.observer());
        engine.answers().step(ticker.nanos());
        if (--stepsToCursors <= 0) {
            stepsToCursors = engine.acknowledgements().storeAfter().toMillis() / Watch.STEP_MILLIS;
            engine.cursors().write();
        }
        if (link.isConnected() || engine.mailbox().shared()) {
            heads.step();
        }
    }

    /** What other nodes publish. */
    private final class Receiver implements Broker.Receiver {

        @Override
        public void received(Publication publication) {
            if (publication instanceof Publication.Hint hint) {
                hint(hint.user(), hint.position(), hint.message(), hint.except());
            } else if (publication instanceof Publication.Transient published && link.isNew(published.id())) {
                deliver(published.address(), published.id(), published.message());
            } else if (publication instanceof Publication.Attached attached) {
                UserEntry entry = engine.registry().user(attached.user());
                if (entry != null) {
                    entry.attachedElsewhere(attached.instance(), attached.generation());
                }
            }
        }

        @Override
        public void recovered() {
            heads.restart();
        }
    }
}
