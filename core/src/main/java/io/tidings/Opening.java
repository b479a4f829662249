package io.tidings;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.tidings.auth.Authentication;
import io.tidings.auth.Identity;
import io.tidings.auth.TokenSource;
import io.tidings.dialect.Inbound;
import io.tidings.mailbox.Attachment;
import io.tidings.message.Address;
import io.tidings.message.CloseReason;
import io.tidings.message.ErrorCode;
import io.tidings.message.Ids;
import io.tidings.message.Kinds;
import io.tidings.message.MessageId;
import io.tidings.message.Position;
import io.tidings.spi.Broker;
import io.tidings.spi.Scheduler;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The way of one connection from its credential to its first page: authenticate, register, subscribe, attach, read. In that
 * order, so that nothing that is appended meanwhile is missed.
 */
final class Opening {

    /** Where clients that name no device share a cursor. */
    static final String SHARED_DEVICE = "default";

    private final Engine engine;
    private final HubConnection connection;
    private final Asked asked;

    /** The most frames of a client that did not wait for {@code connected}. */
    private static final int MAX_EARLY = 32;

    private static final long NOTHING = Long.MIN_VALUE;

    /** When a client that does not wait for {@code connected} may come back. */
    private static final Duration EARLY_DELAY = Duration.ofSeconds(1);

    /** How long a connection waits for the broker. */
    private static final Duration MAX_SUBSCRIBING = Duration.ofSeconds(1);

    /** Whether the first frame is to bring the token. Reading thread, after the constructor. */
    private boolean waitingForToken;

    /** Frames that came before the connection was ready for them. */
    @GuardedBy("this")
    private final List<Inbound.Request> early = new ArrayList<>(0);

    @GuardedBy("this")
    private @Nullable InboundReader earlyReader;

    /** How many early frames there was no room for. Reading thread only. */
    private int refusedEarly;

    /** Until when the check of a renewed token is waited for before another is begun; {@link #NOTHING} while there is none. */
    private final AtomicLong renewingUntil = new AtomicLong(NOTHING);

    /** Set once the early frames have been done. */
    private volatile boolean done;

    /**
     * What the handshake asked for.
     *
     * @param device        the device that the client names, or null
     * @param instance      the instance that it names, or null
     * @param lastMessageId the id after which it wants to be told, as it stands there, or null
     * @param categories    the categories it wants, or null for all
     */
    record Asked(
            @Nullable String device,
            @Nullable String instance,
            @Nullable String lastMessageId,
            @Nullable Set<String> categories) {}

    Opening(Engine engine, HubConnection connection, Asked asked) {
        this.engine = engine;
        this.connection = connection;
        this.asked = asked;
        connection.categories(asked.categories);
    }

    /** The handshake brought no token: the first frame does, or nothing. */
    void waitForToken() {
        if (connection.endpoint().tokenSources().contains(TokenSource.FRAME)) {
            waitingForToken = true;
        } else {
            refuse(Authentication.Reason.MISSING);
        }
    }

    boolean isWaitingForToken() {
        return waitingForToken;
    }

    /** The handshake brought a token, which is being checked. */
    void authenticate(CompletionStage<Authentication> checked) {
        settle(checked.whenComplete((result, failure) -> {
            if (failure != null || result == null) {
                if (failure != null) {
                    HubLog.authenticatorFailed(connection.id(), failure);
                }
                connection.end(CloseReason.INTERNAL_ERROR, false);
            } else if (result instanceof Authentication.Accepted accepted) {
                accepted(bounded(accepted.identity()));
            } else if (result instanceof Authentication.Refused refused) {
                refuse(refused.reason());
            }
        }));
    }

    /** Whether frames go their ordinary way. */
    boolean isDone() {
        return done;
    }

    /** A frame before {@link #isDone()}: the token, or one that has to wait. */
    void request(Inbound.Request request, InboundReader reader) {
        if (waitingForToken) {
            waitingForToken = false;
            if (request.kind().equals(Kinds.AUTH.name())) {
                authenticate(engine.authenticate(request.body().path("token").asText()));
            } else {
                refuse(Authentication.Reason.MISSING);
            }
            return;
        }
        synchronized (this) {
            if (!done) {
                if (early.size() < MAX_EARLY) {
                    earlyReader = reader;
                    early.add(request);
                    return;
                }
            }
        }
        if (done) {
            reader.request(request);
        } else {
            connection.limited("Wait for the connection to be ready", request.requestId(), EARLY_DELAY);
            if (++refusedEarly >= engine.rates().limits().refusals()) {
                reader.closeFor(EARLY_DELAY.toMillis());
            }
        }
    }

    private void doEarly() {
        while (true) {
            Inbound.Request next;
            InboundReader reader;
            synchronized (this) {
                reader = earlyReader;
                if (early.isEmpty() || reader == null) {
                    done = true;
                    return;
                }
                next = early.remove(0);
            }
            reader.request(next);
        }
    }

    /** A new token on the open connection; false when one is being checked already, and then there is no reply. */
    boolean renew(Inbound.Request request, Consumer<Reply> reply) {
        long now = engine.ticker().nanos();
        long until = renewingUntil.get();
        boolean waits = until != NOTHING && now - until < 0;
        if (waits || !renewingUntil.compareAndSet(until, now + HubConnection.OPENING_TIME.toNanos())) {
            return false;
        }
        engine.authenticate(request.body().path("token").asText()).whenComplete((result, failure) -> {
            renewingUntil.set(NOTHING);
            if (failure != null || result == null) {
                reply.accept(new Reply.Refused(ErrorCode.INTERNAL_ERROR, "Internal error", null));
            } else if (result instanceof Authentication.Accepted accepted) {
                reply.accept(renewed(bounded(accepted.identity())));
            } else if (result instanceof Authentication.Refused refused) {
                engine.observer().refused(refused.reason());
                reply.accept(new Reply.Refused(ErrorCode.UNAUTHORIZED, "Invalid or expired token", null));
            }
        });
        return true;
    }

    private Reply renewed(Identity identity) {
        if (!identity.user().equals(connection.user())) {
            return new Reply.Refused(ErrorCode.FORBIDDEN, "The token is another user's", null);
        }
        connection.renew(identity);
        Instant expiresAt = identity.expiresAt();
        connection.control(engine.own().authRefreshed(expiresAt == null ? NEVER : expiresAt));
        return Reply.DONE;
    }

    /** What a token without an end is said to expire at: the last second of the year 9999, which every client can parse. */
    private static final Instant NEVER = Instant.ofEpochSecond(253_402_300_799L);

    /** An end that no clock reaches is none, and one before there were clocks is 1970: beyond that one could not reckon. */
    private static Identity bounded(Identity identity) {
        Instant expiresAt = identity.expiresAt();
        if (expiresAt == null || (!expiresAt.isAfter(NEVER) && !expiresAt.isBefore(Instant.EPOCH))) {
            return identity;
        }
        return new Identity(
                identity.user(),
                identity.device(),
                identity.scopes(),
                identity.claims(),
                expiresAt.isAfter(NEVER) ? null : Instant.EPOCH);
    }

    /** An exception of our own must not leave the connection half open. */
    private void settle(CompletionStage<?> stage) {
        stage.whenComplete((done, failure) -> {
            if (failure != null && !connection.isClosing()) {
                HubLog.openingFailed(connection.id(), failure);
                connection.end(CloseReason.INTERNAL_ERROR, false);
            }
        });
    }

    private void refuse(Authentication.Reason reason) {
        engine.observer().refused(reason);
        connection.refuse();
    }

    private void accepted(Identity identity) {
        Instant expiresAt = identity.expiresAt();
        if (expiresAt != null && !now().isBefore(expiresAt.plus(engine.expirySkew()))) {
            refuse(Authentication.Reason.EXPIRED);
            return;
        }
        String device = identity.device() != null ? identity.device() : orElse(asked.device, SHARED_DEVICE);
        String instance = orElse(asked.instance, connection.id());
        if (!connection.open(identity, device, instance)) {
            return;
        }
        CompletionStage<Void> subscribed = engine.broker()
                .want(Address.user(identity.user()))
                .thenCombine(engine.broker().want(Address.tenant(identity.user().tenant())), (user, tenant) -> user);
        settle(inTime(subscribed).thenCompose(done -> attach(device, instance)).whenComplete((attached, failure) -> {
            if (failure != null || attached == null) {
                if (failure != null) {
                    HubLog.mailboxFailed(identity.user(), "attach", failure);
                }
                connection.end(CloseReason.TRY_AGAIN_LATER.withReason(engine.unavailable()), false);
            } else {
                tellOthers(instance, attached.generation());
                start(attached);
                doEarly();
            }
        }));
    }

    /** Other nodes may have connections of the instance; an instance that was made up here is nowhere else. */
    private void tellOthers(String instance, long generation) {
        if (!instance.equals(connection.id())) {
            engine.broker().publish(new Broker.Publication.Attached(connection.user(), instance, generation));
        }
    }

    /** A broker that is away must not keep connections from what this node has for them; its return tells what was missed. */
    private CompletionStage<Void> inTime(CompletionStage<Void> subscribed) {
        CompletableFuture<Void> inForce = subscribed.toCompletableFuture();
        if (inForce.isDone()) {
            return inForce;
        }
        CompletableFuture<Void> either = new CompletableFuture<>();
        Scheduler.Cancellable timer = engine.scheduler().schedule(MAX_SUBSCRIBING, () -> either.complete(null));
        inForce.whenComplete((done, failure) -> {
            timer.cancel();
            either.complete(null);
        });
        return either;
    }

    private CompletionStage<Attachment> attach(String device, String instance) {
        return engine.mailbox().attach(connection.user(), device, instance);
    }

    private void start(Attachment attached) {
        String wanted = asked.lastMessageId;
        if (wanted == null) {
            connection.start(attached.cursor(), null, attached.generation());
            return;
        }
        Optional<Position> position = MessageId.positionIn(wanted);
        connection.start(position.orElse(Position.START), position.isPresent() ? null : wanted, attached.generation());
    }

    private Instant now() {
        return Instant.ofEpochMilli(engine.ticker().epochMillis());
    }

    private static String orElse(@Nullable String id, String otherwise) {
        return id == null || Ids.problem(id) != null ? otherwise : id;
    }
}
