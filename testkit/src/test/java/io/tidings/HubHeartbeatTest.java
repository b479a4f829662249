package io.tidings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tidings.dialect.EnvelopeDialect;
import io.tidings.dialect.EventDialect;
import io.tidings.message.Address;
import io.tidings.message.UserKey;
import io.tidings.policy.ConnectionLimits;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Dead and idle connections are found, live ones are left alone. */
class HubHeartbeatTest {

    private static final Duration STEP = Duration.ofMillis(100);

    private HubFixture fixture = new HubFixture();

    @AfterEach
    void nothingIsLeft() {
        fixture.close();
    }

    @Test
    @Tag("R31")
    void event_firstPingFallsInTheSecondHalfOfTheInterval_thenEveryInterval() {
        TestConnection client = fixture.event("123");
        long first = millisUntilPing(client, false);
        assertTrue(first > 15_000 && first <= 30_200, "after " + first);
        client.say("{\"type\":\"pong\",\"timestamp\":\"2024-01-15T10:30:05Z\"}");
        long second = millisUntilPing(client, false);
        assertTrue(second >= 29_800 && second <= 30_200, "after " + second);
    }

    @Test
    @Tag("R31")
    void event_unansweredForTenSeconds_isDead_otherTrafficDoesNotAnswerForIt() {
        TestConnection client = fixture.event("123");
        millisUntilPing(client, false);
        for (int i = 0; i < 97; i++) {
            fixture.time.advance(STEP);
            client.say("ack", "{\"messageId\":\"p00000000000000000000\"}");
            client.listener().pong();
        }
        client.wire.assertExhausted();
        fixture.time.advance(Duration.ofMillis(1_300));
        client.wire.takeClose(4000);
        assertEquals(0, fixture.hub.stats().connections());
    }

    @Test
    @Tag("R31")
    void event_answeredWithinTenSeconds_lives() {
        TestConnection client = fixture.event("123");
        millisUntilPing(client, false);
        fixture.time.advance(Duration.ofMillis(9_700));
        client.say("{\"type\":\"pong\"}");
        fixture.time.advance(Duration.ofSeconds(15));
        client.wire.assertExhausted();
    }

    @Test
    @Tag("R31")
    void event_anAnswerThatOvertakesTheWritesCallback_counts() {
        TestConnection client = fixture.event("123");
        client.wire.holdWrites();
        int waited = 0;
        while (client.wire.heldFrames().isEmpty()) {
            fixture.time.advance(STEP);
            assertTrue(++waited < 400, "no ping");
        }
        assertEquals("ping", client.wire.heldFrames().get(0).type());
        client.say("{\"type\":\"pong\"}");
        client.wire.releaseWrites();
        fixture.time.runUntilQuiet();
        client.wire.takeFrame("ping");
        fixture.time.advance(Duration.ofSeconds(15));
        client.wire.assertExhausted();
        assertEquals(1, fixture.hub.stats().connections());
        millisUntilPing(client, false);
        fixture.time.advance(Duration.ofSeconds(11));
        client.wire.takeClose(4000);
    }

    @Test
    @Tag("R31")
    void event_tenSecondsCountFromWhenThePingWasWritten() {
        TestConnection client = fixture.event("123");
        client.wire.holdWrites();
        fixture.hub.publish(Address.user(UserKey.of(123)), HubFixture.seen(1));
        fixture.time.runUntilQuiet();
        client.wire.releaseWrite();
        long first = 0;
        while (client.wire.heldFrames().isEmpty()) {
            fixture.time.advance(STEP);
            first += STEP.toMillis();
            assertTrue(first < 31_000, "no ping");
        }
        fixture.time.advance(Duration.ofSeconds(8));
        client.wire.releaseWrites();
        fixture.time.advance(Duration.ofSeconds(8));
        client.take("message:seen");
        client.take("ping");
        client.wire.assertExhausted();
        fixture.time.advance(Duration.ofSeconds(4));
        client.wire.takeClose(4000);
    }

    @Test
    @Tag("R31")
    void envelope_protocolPings_deadSixtySecondsAfterTheLastPong() {
        TestConnection client = fixture.envelope("123");
        long first = millisUntilPing(client, true);
        assertTrue(first > 27_000 && first <= 54_200, "after " + first);
        client.listener().pong();
        fixture.time.advance(Duration.ofMillis(53_500));
        client.wire.assertExhausted();
        fixture.time.advance(Duration.ofMillis(700));
        client.wire.takePing();
        for (int i = 0; i < 55; i++) {
            fixture.time.advance(STEP);
            client.say("{\"type\":\"PING\"}");
            client.take("PONG");
        }
        fixture.time.advance(Duration.ofMillis(1_500));
        client.wire.takeClose(4000);
    }

    @Test
    @Tag("R31")
    void firstPings_ofTenThousandOpenedAtOnce_areSpread() {
        fixture.close();
        fixture = new HubFixture(
                builder -> builder.connectionLimits(new ConnectionLimits(20_000, ConnectionLimits.TooMany.REFUSE_NEW)));
        for (String path : List.of(HubFixture.EVENT, HubFixture.ENVELOPE)) {
            List<TestConnection> clients = new ArrayList<>();
            for (int i = 0; i < 10_000; i++) {
                TestConnection client = new TestConnection(fixture.time, path.equals(HubFixture.ENVELOPE));
                client.opened(fixture.handshake(path, "token=" + i, Map.of(), List.of()));
                clients.add(client);
            }
            fixture.time.runUntilQuiet();
            clients.forEach(client -> client.wire.takeFrames());
            int most = 0;
            int pinged = 0;
            for (int step = 0; pinged < clients.size(); step++) {
                assertTrue(step < 560, pinged + " pinged");
                fixture.time.advance(STEP);
                int now = 0;
                for (TestConnection client : clients) {
                    if (client.wire.takePings() > 0) {
                        now++;
                        client.answerPings();
                    }
                }
                pinged += now;
                most = Math.max(most, now);
            }
            assertTrue(most <= clients.size() / 50, most + " in one step");
            clients.forEach(TestConnection::cut);
            fixture.assertEmpty();
        }
    }

    @Test
    @Tag("R32")
    void idle_closesWith4001_afterFiveMinutesWithoutAMessage_eitherWay() {
        TestConnection client = fixture.event("123");
        live(client, Duration.ofMinutes(4));
        fixture.hub.publish(Address.user(UserKey.of(123)), HubFixture.seen(1));
        fixture.time.runUntilQuiet();
        client.take("message:seen");
        live(client, Duration.ofMinutes(4));
        client.say("ack", "{\"messageId\":\"p00000000000000000000\"}");
        live(client, Duration.ofMillis(5 * 60_000 - 200));
        client.wire.assertExhausted();
        live(client, Duration.ofMillis(1_300));
        client.wire.takeClose(4001);
    }

    @Test
    @Tag("R32")
    void idle_isOffInTheEnvelopeDialect_andCanBeSet() {
        TestConnection client = fixture.envelope("123");
        live(client, Duration.ofMinutes(20));
        client.wire.assertExhausted();
        fixture.close();
        EnvelopeDialect envelope = EnvelopeDialect.standard();
        fixture = new HubFixture(
                Endpoint.of(HubFixture.EVENT, EventDialect.standard()),
                Endpoint.of(HubFixture.ENVELOPE, envelope)
                        .withPolicy(envelope.policy().withIdle(Duration.ofSeconds(10))),
                builder -> builder);
        TestConnection idle = fixture.envelope("123");
        fixture.time.advance(Duration.ofMillis(11_100));
        idle.wire.takeClose(4001);
    }

    /** Lets time pass with every ping answered. */
    private void live(TestConnection client, Duration duration) {
        for (long left = duration.toMillis(); left > 0; left -= 5_000) {
            fixture.time.advance(Duration.ofMillis(Math.min(5_000, left)));
            client.answerPings();
        }
    }

    private long millisUntilPing(TestConnection client, boolean protocol) {
        long millis = 0;
        while (client.wire.takePings() == 0) {
            fixture.time.advance(STEP);
            millis += STEP.toMillis();
            assertTrue(millis < 60_000, "no ping within a minute, protocol=" + protocol);
        }
        return millis;
    }
}
