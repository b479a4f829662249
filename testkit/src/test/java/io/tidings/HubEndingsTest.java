package io.tidings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tidings.auth.Authentication;
import io.tidings.dialect.EnvelopeDialect;
import io.tidings.dialect.EventDialect;
import io.tidings.inmemory.InMemoryMailbox;
import io.tidings.message.Address;
import io.tidings.message.CloseReason;
import io.tidings.message.Topic;
import io.tidings.message.UserKey;
import io.tidings.policy.QueueLimits;
import io.tidings.policy.QueueLimits.Overflow;
import io.tidings.spi.HubObserver;
import io.tidings.testkit.ManualTime;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Thousands of connections that end in every way there is, in any order, with callbacks of the container that come twice or
 * never: afterwards nothing is left of any.
 */
class HubEndingsTest {

    private static final int CONNECTIONS = 5_000;
    private static final int USERS = 60;

    /** How often a listener or an observer was told, by connection. */
    private static final class Told implements HubListener, HubObserver {
        private final Map<String, String> calls = new HashMap<>();
        private int opened;
        private int closed;

        @Override
        public void connected(Connection connection) {
            calls.merge(connection.id(), "connected", String::concat);
        }

        @Override
        public void disconnected(Connection connection, CloseReason reason, Duration lasted) {
            assertTrue(!lasted.isNegative());
            calls.merge(connection.id(), " disconnected", String::concat);
        }

        @Override
        public CompletionStage<Reply> request(Connection connection, Request request) {
            if (request.body().path("content").asText().equals("throw")) {
                throw new IllegalStateException("asked to");
            }
            return CompletableFuture.completedFuture(Reply.DONE);
        }

        @Override
        public void opened(String dialect) {
            opened++;
        }

        @Override
        public void closed(String dialect, int code) {
            closed++;
        }

        void assertPaired() {
            calls.forEach((id, told) -> assertEquals("connected disconnected", told, id));
            assertEquals(calls.size(), opened);
            assertEquals(opened, closed);
        }
    }

    private final Told told = new Told();
    private final List<TestConnection> open = new ArrayList<>();
    private final List<CompletableFuture<Void>> checks = new ArrayList<>();
    private Random random;
    private ManualTime time;
    private HeldMailbox mailbox;
    private HubFixture fixture;

    private void build(long seed) {
        random = new Random(seed);
        time = ManualTime.shuffled(seed);
        mailbox = new HeldMailbox(InMemoryMailbox.builder().ticker(time).build());
        fixture = new HubFixture(
                time,
                Endpoint.of(HubFixture.EVENT, EventDialect.standard()),
                Endpoint.of(HubFixture.ENVELOPE, EnvelopeDialect.standard()),
                builder -> builder.mailbox(mailbox)
                        .listener(told)
                        .observer(told)
                        .authorizer(new AllTopics())
                        .authenticator(this::authenticate)
                        .queueLimits(QueueLimits.STANDARD
                                .withSize(8 * 1024, 16)
                                .withOverflow(seed % 2 == 0 ? Overflow.DISCONNECT : Overflow.DROP_OLDEST)));
    }

    /** Sometimes now, sometimes later, sometimes never, and sometimes out of order. */
    private CompletionStage<Authentication> authenticate(String token) {
        return switch (random.nextInt(20)) {
            case 0 -> CompletableFuture.failedFuture(new IllegalStateException("out of order"));
            case 1 -> new CompletableFuture<>();
            case 2, 3, 4 -> {
                CompletableFuture<Void> later = new CompletableFuture<>();
                checks.add(later);
                yield later.thenCompose(now -> fixture.tokens().authenticate(token));
            }
            default -> fixture.tokens().authenticate(token);
        };
    }

    private void connect() {
        String user = "u" + random.nextInt(USERS);
        String token = random.nextInt(20) == 0 ? "bad" : random.nextInt(20) == 0 ? user + "%2B60" : user;
        String query = (random.nextInt(30) == 0 ? "" : "token=" + token)
                + (random.nextBoolean() ? "&instance=i" + random.nextInt(5) : "")
                + (random.nextBoolean() ? "&device=d" + random.nextInt(3) : "")
                + (random.nextInt(10) == 0 ? "&lastMessageId=nonsense" : "");
        open.add(fixture.open(random.nextBoolean() ? HubFixture.EVENT : HubFixture.ENVELOPE, query));
    }

    private void say(TestConnection client) {
        String[] texts = {
            "{\"type\":\"pong\"}",
            "{\"type\":\"PING\"}",
            "nonsense",
            "{\"type\":\"topic:subscribe\",\"id\":\"1\",\"data\":{\"topics\":[\"a\",\"b\"]}}",
            "{\"type\":\"topic:unsubscribe\",\"data\":{\"topics\":[\"a\"]}}",
            "{\"type\":\"SUBSCRIBE_TOPICS\",\"payload\":{\"topics\":[\"b\"]}}",
            "{\"type\":\"message:send\",\"data\":{\"receiverId\":1,\"content\":\"throw\"}}",
            "{\"type\":\"SEND_MESSAGE\",\"payload\":{\"receiverId\":1,\"content\":\"fine\"}}",
            "{\"type\":\"resume\",\"data\":{\"lastMessageId\":\"p00000000000000000000\"}}",
            "{\"type\":\"RESUME\",\"payload\":{\"lastMessageId\":\"p00000000000000000000\"}}",
            "{\"type\":\"auth\",\"data\":{\"token\":\"u1\"}}",
            "{\"type\":\"ack\",\"data\":{\"messageId\":\"pVVVVVVVVVVVVVVVVVVVV\"}}",
        };
        client.listener().text(texts[random.nextInt(texts.length)], true);
    }

    private void publish() {
        UserKey user = UserKey.of("u" + random.nextInt(USERS));
        switch (random.nextInt(6)) {
            case 0 -> fixture.hub.publish(Address.everyone(), HubFixture.seen(1));
            case 1 -> fixture.hub.publish(Address.topic(Topic.of("a")), HubFixture.seen(1));
            case 2 -> fixture.hub.publish(Address.user(user), HubFixture.unread(1));
            case 3 -> fixture.hub.publish(Address.user(user), HubFixture.typing("u" + random.nextInt(5)));
            default -> fixture.hub.send(user, HubFixture.chat(random.nextInt(1_000)));
        }
    }

    private void disturb(TestConnection client) {
        switch (random.nextInt(8)) {
            case 0 -> client.wire.holdWrites();
            case 1 -> client.wire.releaseWrites();
            case 2 -> client.wire.failWrites(new IOException("reset"));
            case 3 -> client.listener().text("x".repeat(40_000), true);
            case 4 -> client.listener().binary();
            case 5 -> {
                for (int i = 0; i < 20; i++) {
                    client.listener().text("nonsense", true);
                }
            }
            case 6 ->
                fixture.hub
                        .connections(UserKey.of("u" + random.nextInt(USERS)))
                        .forEach(connection -> connection.close(CloseReason.CLOSED_BY_HOST));
            default -> client.listener().pong();
        }
    }

    /** The connection ends, as the container tells it: once, twice, late or never. */
    private void end(TestConnection client) {
        int how = random.nextInt(8);
        if (how < 5) {
            client.listener().closed(random.nextBoolean() ? 1006 : 1001, null);
        }
        if (how == 4 || how == 5) {
            client.listener().failed(new IOException("reset"));
        }
        if (how == 3) {
            client.listener().closed(1000, "again");
        }
        if (how == 6) {
            client.wire.failWrites(new IOException("reset"));
        }
    }

    private TestConnection any() {
        return open.get(random.nextInt(open.size()));
    }

    private void holdOrReleaseTheMailbox() {
        if (random.nextBoolean()) {
            CompletableFuture<Void> hold = new CompletableFuture<>();
            checks.add(hold);
            switch (random.nextInt(3)) {
                case 0 -> mailbox.holdAttach = hold;
                case 1 -> mailbox.holdRead = hold;
                default -> mailbox.holdAppend = hold;
            }
        } else {
            mailbox.holdAttach = HeldMailbox.NOW;
            mailbox.holdRead = HeldMailbox.NOW;
            mailbox.holdAppend = HeldMailbox.NOW;
        }
    }

    private void settleOne() {
        if (!checks.isEmpty()) {
            CompletableFuture<Void> check = checks.remove(random.nextInt(checks.size()));
            if (random.nextInt(10) == 0) {
                check.completeExceptionally(new IOException("reset"));
            } else {
                check.complete(null);
            }
        }
    }

    @ParameterizedTest
    @Tag("R35")
    @ValueSource(longs = {1, 2, 3, 4})
    void afterAnyMixOfEndings_nothingIsLeft(long seed) {
        build(seed);
        for (int connected = 0; connected < CONNECTIONS; ) {
            switch (random.nextInt(16)) {
                case 0, 1, 2, 3 -> {
                    connect();
                    connected++;
                }
                case 4, 5, 6 -> say(open.isEmpty() ? connectAnother() : any());
                case 7, 8 -> publish();
                case 9 -> disturb(open.isEmpty() ? connectAnother() : any());
                case 10, 11 -> end(open.isEmpty() ? connectAnother() : open.remove(random.nextInt(open.size())));
                case 12 -> settleOne();
                case 13 -> {
                    if (random.nextInt(10) == 0) {
                        holdOrReleaseTheMailbox();
                    }
                }
                case 14 -> time.runUntilQuiet();
                default -> time.advance(Duration.ofMillis(random.nextInt(300)));
            }
        }
        assertTrue(told.opened > CONNECTIONS / 2, "opened " + told.opened);
        mailbox.holdAttach = HeldMailbox.NOW;
        mailbox.holdRead = HeldMailbox.NOW;
        mailbox.holdAppend = HeldMailbox.NOW;
        while (!checks.isEmpty()) {
            settleOne();
        }
        open.forEach(this::end);
        // Who is not told of is found out by the heartbeat.
        time.advance(Duration.ofMinutes(3));
        HubStats stats = fixture.hub.stats();
        assertEquals(true, stats.isEmpty(), stats::toString);
        time.assertPendingTimers(1);
        told.assertPaired();
        fixture.close();
    }

    private TestConnection connectAnother() {
        connect();
        return open.get(0);
    }
}
