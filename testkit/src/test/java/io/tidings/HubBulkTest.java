package io.tidings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tidings.dialect.EnvelopeDialect;
import io.tidings.dialect.EventDialect;
import io.tidings.message.UserKey;
import io.tidings.policy.Heartbeat;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A durable message for a stream of users. */
class HubBulkTest {

    private final HubFixture fixture = new HubFixture();

    @AfterEach
    void nothingIsLeft() {
        fixture.close();
    }

    private static Iterator<UserKey> users(int count) {
        return IntStream.rangeClosed(1, count).mapToObj(UserKey::of).iterator();
    }

    private SendAllResult sendAll(Iterator<UserKey> users, SendOptions options) {
        CompletableFuture<SendAllResult> result =
                fixture.hub.sendAll(users, HubFixture.chat(1), options).toCompletableFuture();
        fixture.time.runUntilQuiet();
        return result.join();
    }

    @Test
    @Tag("R41")
    void sendAll_reachesEveryUser_connectedOrNot() {
        TestConnection first = fixture.event("1");
        assertEquals(new SendAllResult(1_201, 0, 0, 0), sendAll(users(1_201), SendOptions.NONE));
        first.take("message:new");
        TestConnection last = fixture.open(HubFixture.EVENT, "token=1201");
        last.take("connected");
        last.take("message:new");
    }

    @Test
    @Tag("R46")
    void sendAll_repeatedWithItsKey_doublesNothing() {
        sendAll(users(700), SendOptions.NONE.idempotent("once"));
        assertEquals(new SendAllResult(1_000, 700, 0, 0), sendAll(users(1_000), SendOptions.NONE.idempotent("once")));
        TestConnection client = fixture.open(HubFixture.EVENT, "token=1");
        client.take("connected");
        client.take("message:new");
        client.take("delivery:live");
        client.wire.assertExhausted();
    }

    @Test
    @Tag("R41")
    void sendAll_ofAStreamThatFails_failsWithIt_andWhatWasSentIsSent() {
        AtomicInteger taken = new AtomicInteger();
        Iterator<UserKey> broken = new Iterator<>() {
            @Override
            public boolean hasNext() {
                return true;
            }

            @Override
            public UserKey next() {
                if (taken.incrementAndGet() > 600) {
                    throw new IllegalStateException("the list is broken");
                }
                return UserKey.of(taken.get());
            }
        };
        assertThrows(CompletionException.class, () -> sendAll(broken, SendOptions.NONE));
        TestConnection client = fixture.open(HubFixture.EVENT, "token=500");
        client.take("connected");
        client.take("message:new");
    }

    @Test
    @Tag("R31")
    void build_refusesAProbeThatTheDialectCannotSay() {
        EnvelopeDialect envelope = EnvelopeDialect.standard();
        IllegalArgumentException problem = assertThrows(
                IllegalArgumentException.class,
                () -> new HubFixture(
                        Endpoint.of(HubFixture.EVENT, EventDialect.standard()),
                        Endpoint.of(HubFixture.ENVELOPE, envelope)
                                .withPolicy(envelope.policy().withHeartbeat(Heartbeat.message())),
                        builder -> builder));
        assertTrue(problem.getMessage().contains("has no word"), problem.getMessage());
        assertTrue(problem.getMessage().contains(HubFixture.ENVELOPE), problem.getMessage());
    }

    @Test
    @Tag("R5")
    void expiry_isWarnedAndCountedAsTheHostChose() {
        try (HubFixture chosen = new HubFixture(
                builder -> builder.expiryWarning(Duration.ofSeconds(5)).expirySkew(Duration.ZERO))) {
            TestConnection client = chosen.event("123+14");
            chosen.time.advance(Duration.ofMillis(8_900));
            client.wire.assertExhausted();
            chosen.time.advance(Duration.ofMillis(1_200));
            client.take("auth:expiring");
            chosen.time.advance(Duration.ofMillis(3_800));
            client.wire.assertExhausted();
            chosen.time.advance(Duration.ofMillis(1_200));
            client.wire.takeClose(4004);
        }
    }

    @Test
    @Tag("R41")
    void sendAll_toNobody_isDone() {
        assertEquals(new SendAllResult(0, 0, 0, 0), sendAll(List.<UserKey>of().iterator(), SendOptions.NONE));
    }
}
