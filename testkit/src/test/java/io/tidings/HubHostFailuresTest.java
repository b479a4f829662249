package io.tidings;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.tidings.dialect.EnvelopeDialect;
import io.tidings.dialect.EventDialect;
import io.tidings.message.Address;
import io.tidings.message.CloseReason;
import io.tidings.message.UserKey;
import io.tidings.policy.HeartbeatPolicy;
import io.tidings.policy.QueueLimits;
import io.tidings.spi.HubObserver;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Whatever a host hangs into a hub may break its promises: it harms itself and nobody else. */
class HubHostFailuresTest {

    /** Judges well until it does not. */
    private record Breaking(AtomicBoolean broken) implements HeartbeatPolicy {

        private static final HeartbeatPolicy SOUND =
                EventDialect.standard().policy().heartbeat();

        @Override
        public Probe probe() {
            return SOUND.probe();
        }

        @Override
        public Duration firstProbe(RandomGenerator random) {
            return SOUND.firstProbe(random);
        }

        @Override
        public Duration interval() {
            return SOUND.interval();
        }

        @Override
        public Duration timeout() {
            return SOUND.timeout();
        }

        @Override
        public long deadAtNanos(long lastAnswerNanos, boolean probeWritten, long probeNanos) {
            if (broken.get()) {
                throw new IllegalStateException("broken");
            }
            return SOUND.deadAtNanos(lastAnswerNanos, probeWritten, probeNanos);
        }
    }

    @Test
    @Tag("R35")
    void aHeartbeatPolicyThatThrows_stopsNobodyElses() {
        Breaking policy = new Breaking(new AtomicBoolean());
        Endpoint event = Endpoint.of(HubFixture.EVENT, EventDialect.standard());
        HubFixture fixture = new HubFixture(
                event.withPolicy(event.policy().withHeartbeat(policy)),
                Endpoint.of(HubFixture.ENVELOPE, EnvelopeDialect.standard()),
                builder -> builder);
        TestConnection broken = fixture.event("123");
        TestConnection sound = fixture.envelope("123");
        policy.broken.set(true);
        fixture.time.advance(Duration.ofSeconds(54));
        sound.wire.takePing();
        broken.wire.assertExhausted();
        policy.broken.set(false);
        fixture.time.advance(Duration.ofSeconds(2));
        broken.take("ping");
        fixture.close();
    }

    @Test
    @Tag("R35")
    void anObserverThatThrows_stopsNeitherHeartbeatsNorMessages() {
        HubFixture fixture = new HubFixture(builder -> builder.queueLimits(QueueLimits.STANDARD.withSize(64 * 1024, 16))
                .observer(new HubObserver() {
                    @Override
                    public void opened(String dialect) {
                        throw new IllegalStateException("opened");
                    }

                    @Override
                    public void closed(String dialect, int code) {
                        throw new IllegalStateException("closed");
                    }

                    @Override
                    public void received(String kind) {
                        throw new IllegalStateException("received");
                    }

                    @Override
                    public void queued(String kind, int recipients) {
                        throw new IllegalStateException("queued");
                    }

                    @Override
                    public void dropped(Drop reason, int count) {
                        throw new IllegalStateException("dropped");
                    }
                }));
        TestConnection client = fixture.event("123");
        client.wire.holdWrites();
        for (int i = 1; i <= 20; i++) {
            fixture.hub.publish(Address.everyone(), HubFixture.seen(i));
        }
        fixture.time.advance(Duration.ofSeconds(1));
        client.wire.releaseWrites();
        fixture.time.runUntilQuiet();
        assertEquals(16, client.wire.takeFrames().size());
        SendResult sent = fixture.send("123", 1);
        assertEquals(true, sent instanceof SendResult.Accepted);
        assertEquals(true, fixture.send("123", 2) instanceof SendResult.Accepted);
        fixture.time.advance(Duration.ofSeconds(30));
        assertEquals(
                1,
                client.wire.takeFrames().stream()
                        .filter(frame -> frame.type().equals("ping"))
                        .count());
        client.say("{\"type\":\"pong\"}");
        client.cut();
        fixture.assertEmpty();
        fixture.close();
    }

    @Test
    @Tag("R35")
    void aListenerThatThrowsInItsOtherCalls_harmsNothing() {
        HubFixture fixture = new HubFixture(builder -> builder.listener(new HubListener() {
            @Override
            public void connected(Connection connection) {
                throw new IllegalStateException("connected");
            }

            @Override
            public void disconnected(Connection connection, CloseReason reason, Duration lasted) {
                throw new IllegalStateException("disconnected");
            }
        }));
        TestConnection client = fixture.event("123");
        fixture.hub.publish(Address.user(UserKey.of(123)), HubFixture.seen(1));
        fixture.time.runUntilQuiet();
        client.take("message:seen");
        client.cut();
        fixture.assertEmpty();
        fixture.close();
    }
}
