package io.tidings;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.tidings.auth.Authentication;
import io.tidings.auth.Authenticator;
import io.tidings.auth.Identity;
import io.tidings.dialect.EnvelopeDialect;
import io.tidings.dialect.EventDialect;
import io.tidings.message.Kinds;
import io.tidings.message.Message;
import io.tidings.message.UserKey;
import io.tidings.policy.HandshakeLimits;
import io.tidings.spi.Handshake;
import io.tidings.testkit.ManualTime;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;

/**
 * A hub in manual time, with both dialects, whose tokens are words: {@code 123}, {@code tenant/123}, {@code 123@device}, and
 * {@code 123+60} for one that ends in 60 s. A token that begins with {@code bad} is refused.
 */
public final class HubFixture implements AutoCloseable {

    public static final String EVENT = "/api/v1/ws";
    public static final String ENVELOPE = "/notification/ws";

    public final ManualTime time;
    public final Hub hub;

    public HubFixture() {
        this(builder -> builder);
    }

    public HubFixture(UnaryOperator<HubBuilder> options) {
        this(Endpoint.of(EVENT, EventDialect.standard()), Endpoint.of(ENVELOPE, EnvelopeDialect.standard()), options);
    }

    public HubFixture(Endpoint event, Endpoint envelope, UnaryOperator<HubBuilder> options) {
        this(new ManualTime(), event, envelope, options);
    }

    /** A hub in time that is others' too. */
    public HubFixture(ManualTime time, Endpoint event, Endpoint envelope, UnaryOperator<HubBuilder> options) {
        this.time = time;
        hub = options.apply(Hub.builder()
                        .endpoint(event)
                        .endpoint(envelope)
                        .authenticator(tokens())
                        .node("n1")
                        .ticker(time)
                        .scheduler(time)
                        .random(new Random(1))
                        .executor(time.executor())
                        .lanes(List.of(time.executor(), time.executor()))
                        .handshakeLimits(HandshakeLimits.STANDARD.unlimited()))
                .build();
    }

    public Authenticator tokens() {
        return token -> CompletableFuture.completedFuture(authenticate(token));
    }

    private Authentication authenticate(String token) {
        if (token.startsWith("bad")) {
            return new Authentication.Refused(Authentication.Reason.SIGNATURE);
        }
        String rest = token;
        Instant expiresAt = null;
        if (rest.contains("+")) {
            long seconds = Long.parseLong(rest.substring(rest.indexOf('+') + 1));
            expiresAt = Instant.ofEpochMilli(time.epochMillis()).plusSeconds(seconds);
            rest = rest.substring(0, rest.indexOf('+'));
        }
        String device = rest.contains("@") ? rest.substring(rest.indexOf('@') + 1) : null;
        rest = device == null ? rest : rest.substring(0, rest.indexOf('@'));
        String tenant = rest.contains("/") ? rest.substring(0, rest.indexOf('/')) : UserKey.DEFAULT_TENANT;
        String user = rest.substring(rest.indexOf('/') + 1);
        return new Authentication.Accepted(
                new Identity(new UserKey(tenant, user), device, Set.of(), Map.of(), expiresAt));
    }

    /** A client of the event dialect that has taken {@code connected} and {@code delivery:live}. */
    public TestConnection event(String token) {
        return open(EVENT, "token=" + token.replace("+", "%2B")).live();
    }

    /** A client of the envelope dialect that has taken {@code CONNECTED} and {@code DELIVERY_LIVE}. */
    public TestConnection envelope(String token) {
        return open(ENVELOPE, "token=" + token.replace("+", "%2B")).live();
    }

    /** A client that has been upgraded, and no more. */
    public TestConnection open(String path, String query) {
        return open(path, query, Map.of(), List.of());
    }

    public TestConnection open(String path, String query, Map<String, String> headers, List<String> subprotocols) {
        Handshake handshake = handshake(path, query, headers, subprotocols);
        assertEquals(Handshake.UPGRADE, handshake.immediate());
        TestConnection connection = new TestConnection(time, path.equals(ENVELOPE));
        connection.opened(handshake);
        time.runUntilQuiet();
        return connection;
    }

    public Handshake handshake(String path, String query, Map<String, String> headers, List<String> subprotocols) {
        Map<String, String> folded = new HashMap<>();
        headers.forEach((name, value) -> folded.put(name.toLowerCase(Locale.ROOT), value));
        return hub.acceptor().begin(new WordRequest(path, query, folded, subprotocols, WordRequest.REMOTE));
    }

    /** Sends a chat message and lets everything happen that follows. */
    public SendResult send(String user, int id) {
        return send(UserKey.of(user), chat(id), SendOptions.NONE);
    }

    public SendResult send(UserKey user, Message message, SendOptions options) {
        CompletableFuture<SendResult> result = hub.send(user, message, options).toCompletableFuture();
        time.runUntilQuiet();
        return result.orTimeout(60, TimeUnit.SECONDS).join();
    }

    public static Message chat(int id) {
        return Message.of(Kinds.MESSAGE_NEW)
                .set("id", id)
                .set("senderId", 7)
                .set("receiverId", 123)
                .set("content", "message " + id)
                .set("createdAt", Instant.parse("2024-01-15T10:30:00Z"))
                .set("seen", false)
                .build();
    }

    public static Message unread(int count) {
        return Message.of(Kinds.UNREAD_COUNT).set("count", count).build();
    }

    public static Message typing(String who) {
        return Message.of(Kinds.TYPING)
                .set("userId", who)
                .set("conversationWith", 1)
                .set("isTyping", true)
                .build();
    }

    /** Transient and without a key. */
    public static Message seen(int id) {
        return Message.of(Kinds.MESSAGE_SEEN)
                .set("messageIds", List.of(id))
                .set("seenBy", 1)
                .set("seenAt", Instant.parse("2024-01-15T10:30:00Z"))
                .build();
    }

    /** Nothing may be left of any connection. */
    public void assertEmpty() {
        time.advance(Duration.ofSeconds(20));
        assertEquals(true, hub.stats().isEmpty(), () -> hub.stats().toString());
    }

    @Override
    public void close() {
        hub.close();
        time.advance(Duration.ofSeconds(40));
        assertEquals(true, hub.stats().isEmpty(), () -> hub.stats().toString());
        time.assertPendingTimers(0);
    }
}
