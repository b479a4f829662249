package io.tidings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tidings.dialect.EnvelopeDialect;
import io.tidings.dialect.EventDialect;
import io.tidings.dialect.Frame;
import io.tidings.message.Address;
import io.tidings.message.CloseReason;
import io.tidings.message.UserKey;
import io.tidings.policy.QueueLimits;
import io.tidings.policy.QueueLimits.Overflow;
import io.tidings.spi.HubObserver;
import io.tidings.spi.Ticker;
import io.tidings.spi.TransportConnection;
import io.tidings.testkit.ManualTime;
import io.tidings.testkit.RecordingConnection;
import java.io.IOException;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** One slow client costs only itself. */
class HubQueueTest {

    private static final Address USER = Address.user(UserKey.of(123));

    private final Map<HubObserver.Drop, Integer> drops = new EnumMap<>(HubObserver.Drop.class);
    private HubFixture fixture = withQueue(16, Overflow.DROP_OLDEST);

    @AfterEach
    void nothingIsLeft() {
        fixture.close();
    }

    private HubFixture withQueue(int frames, Overflow overflow) {
        return new HubFixture(builder -> builder.queueLimits(
                        QueueLimits.STANDARD.withSize(1 << 20, frames).withOverflow(overflow))
                .observer(new HubObserver() {
                    @Override
                    public void dropped(Drop reason, int count) {
                        drops.merge(reason, count, Integer::sum);
                    }
                }));
    }

    private void publish(int from, int to) {
        for (int i = from; i <= to; i++) {
            assertInstanceOf(PublishResult.Accepted.class, fixture.hub.publish(USER, HubFixture.seen(i)));
            fixture.time.runUntilQuiet();
        }
    }

    private static int id(TestConnection client) {
        return client.take("message:seen").at("/data/messageIds/0").asInt();
    }

    @Test
    @Tag("R33")
    void overflow_dropsTheOldest_andTheLastThatFitsIsKept() {
        TestConnection client = fixture.event("123");
        client.wire.holdWrites();
        publish(1, 16);
        assertEquals(16, fixture.hub.stats().queuedFrames());
        fixture.time.advance(Duration.ofMillis(100));
        assertEquals(Map.of(), drops, "the last that fits");
        publish(17, 20);
        fixture.time.advance(Duration.ofMillis(100));
        assertEquals(Map.of(HubObserver.Drop.OLDEST, 4), drops);
        client.wire.releaseWrites();
        fixture.time.runUntilQuiet();
        assertEquals(1, id(client), "was being written");
        for (int i = 6; i <= 20; i++) {
            assertEquals(i, id(client));
        }
        client.wire.assertExhausted();
        assertEquals(0, fixture.hub.stats().queuedFrames());
        assertEquals(0, fixture.hub.stats().queuedBytes());
    }

    @Test
    @Tag("R33")
    void overflow_dropsTheNewest_whenTheHostChose() {
        fixture.close();
        fixture = withQueue(16, Overflow.DROP_NEWEST);
        TestConnection client = fixture.event("123");
        client.wire.holdWrites();
        publish(1, 20);
        client.wire.releaseWrites();
        fixture.time.advance(Duration.ofMillis(100));
        assertEquals(Map.of(HubObserver.Drop.NEWEST, 4), drops);
        for (int i = 1; i <= 16; i++) {
            assertEquals(i, id(client));
        }
        client.wire.assertExhausted();
    }

    @Test
    @Tag("R33")
    void overflow_disconnectsWith4002_whenTheHostChose() {
        fixture.close();
        fixture = withQueue(16, Overflow.DISCONNECT);
        TestConnection client = fixture.event("123");
        TestConnection other = fixture.event("123");
        client.wire.holdWrites();
        publish(1, 16);
        assertEquals(2, fixture.hub.stats().connections());
        publish(17, 17);
        assertEquals(1, fixture.hub.stats().connections());
        client.wire.releaseWrites();
        fixture.time.runUntilQuiet();
        assertEquals(1, id(client));
        client.wire.takeClose(4002);
        for (int i = 1; i <= 17; i++) {
            assertEquals(i, id(other), "the others get everything");
        }
    }

    @Test
    @Tag("R33")
    void overflow_isCountedInBytesToo() {
        fixture.close();
        fixture = new HubFixture(builder -> builder.queueLimits(QueueLimits.STANDARD.withSize(1_024, 1_000)));
        TestConnection client = fixture.event("123");
        client.wire.holdWrites();
        publish(1, 50);
        assertTrue(
                fixture.hub.stats().queuedBytes() <= 1_024, fixture.hub.stats().toString());
        assertTrue(fixture.hub.stats().queuedBytes() > 700, fixture.hub.stats().toString());
        client.wire.releaseWrites();
        fixture.time.runUntilQuiet();
        int last = 0;
        for (var frame : client.wire.takeFrames()) {
            last = frame.at("/data/messageIds/0").asInt();
        }
        assertEquals(50, last);
    }

    @Test
    @Tag("R34")
    void keyed_keepsTheNewestOfEachKey_howeverFullTheQueue() {
        TestConnection client = fixture.event("123");
        client.wire.holdWrites();
        for (int i = 1; i <= 16; i++) {
            fixture.send("123", i);
        }
        for (int i = 1; i <= 5; i++) {
            fixture.hub.publish(USER, HubFixture.unread(i));
            fixture.hub.publish(USER, HubFixture.typing("8"));
            fixture.hub.publish(USER, HubFixture.typing("9"));
            fixture.time.runUntilQuiet();
        }
        client.wire.releaseWrites();
        fixture.time.runUntilQuiet();
        for (int i = 1; i <= 16; i++) {
            assertEquals(i, client.take("message:new").at("/data/id").asInt());
        }
        assertEquals(5, client.take("message:unread_count").at("/data/count").asInt());
        assertEquals(8, client.take("message:typing").at("/data/userId").asInt());
        assertEquals(9, client.take("message:typing").at("/data/userId").asInt());
        client.wire.assertExhausted();
    }

    @Test
    @Tag("R33")
    @Tag("R34")
    void conflated_andLeftBehind_areCountedByTheirReason() {
        TestConnection client = fixture.event("123");
        client.wire.holdWrites();
        publish(1, 1);
        for (int i = 1; i <= 3; i++) {
            fixture.hub.publish(USER, HubFixture.unread(i));
        }
        publish(2, 3);
        fixture.time.advance(Duration.ofMillis(100));
        assertEquals(Map.of(HubObserver.Drop.CONFLATED, 2), drops);
        client.cut();
        fixture.time.advance(Duration.ofMillis(100));
        assertEquals(Map.of(HubObserver.Drop.CONFLATED, 2, HubObserver.Drop.CLOSED, 3), drops);
    }

    @Test
    @Tag("R33")
    @Tag("R34")
    void keyed_outsideOfTheQueue_isBoundedInBytes_andTheOldestKeyGivesWay() {
        fixture.close();
        fixture = new HubFixture(builder -> builder.queueLimits(QueueLimits.STANDARD.withSize(4_096, 16))
                .observer(new HubObserver() {
                    @Override
                    public void dropped(Drop reason, int count) {
                        drops.merge(reason, count, Integer::sum);
                    }
                }));
        TestConnection client = fixture.event("123");
        client.wire.holdWrites();
        for (int i = 1; i <= 16; i++) {
            fixture.send("123", i);
        }
        long full = fixture.hub.stats().queuedBytes();
        String name = "u".repeat(100);
        int sent = 0;
        long before;
        do {
            before = fixture.hub.stats().queuedBytes();
            fixture.hub.publish(USER, HubFixture.typing(name + sent));
            fixture.time.advance(Duration.ofMillis(100));
            sent++;
        } while (fixture.hub.stats().queuedBytes() > before);
        assertTrue(before - full <= 1_024 && before - full > 700, "held " + (before - full));
        assertEquals(Map.of(HubObserver.Drop.OLDEST, 1), drops, "the first that does not fit");
        fixture.hub.publish(USER, HubFixture.typing(name + (sent - 1)));
        fixture.time.advance(Duration.ofMillis(100));
        assertEquals(1, drops.get(HubObserver.Drop.OLDEST), "the same key takes no more room");
        client.wire.releaseWrites();
        fixture.time.runUntilQuiet();
        for (int i = 1; i <= 16; i++) {
            client.take("message:new");
        }
        for (int i = 1; i < sent; i++) {
            assertEquals(
                    name + i, client.take("message:typing").at("/data/userId").asText());
        }
        client.wire.assertExhausted();
        assertEquals(0, fixture.hub.stats().queuedBytes());
    }

    @Test
    @Tag("R33")
    @Tag("R34")
    void keyed_outsideOfTheQueue_areAtMost256_andAreGoneWithTheirConnection() {
        TestConnection client = fixture.event("123");
        client.wire.holdWrites();
        for (int i = 1; i <= 16; i++) {
            fixture.send("123", i);
        }
        for (int i = 1; i <= 256; i++) {
            fixture.hub.publish(USER, HubFixture.typing("u" + i));
        }
        fixture.time.advance(Duration.ofMillis(100));
        assertEquals(Map.of(), drops, "the last that fits");
        assertEquals(16 + 256, fixture.hub.stats().queuedFrames());
        fixture.hub.publish(USER, HubFixture.typing("u257"));
        fixture.time.advance(Duration.ofMillis(100));
        assertEquals(Map.of(HubObserver.Drop.OLDEST, 1), drops);
        assertEquals(16 + 256, fixture.hub.stats().queuedFrames());
        fixture.hub.connections(UserKey.of(123)).get(0).close(CloseReason.FORBIDDEN);
        fixture.time.runUntilQuiet();
        fixture.time.advance(Duration.ofSeconds(20));
        assertEquals(0, fixture.hub.stats().queuedFrames());
        assertEquals(0, fixture.hub.stats().queuedBytes());
    }

    @Test
    @Tag("R34")
    void keyed_waitsUntilLive_soThatACountNeverPrecedesItsMessage() {
        TestConnection client = fixture.event("123");
        client.wire.holdWrites();
        for (int i = 1; i <= 40; i++) {
            fixture.send("123", i);
        }
        fixture.hub.publish(USER, HubFixture.unread(40));
        fixture.time.runUntilQuiet();
        client.wire.releaseWrites();
        fixture.time.runUntilQuiet();
        for (int i = 1; i <= 40; i++) {
            assertEquals(i, client.take("message:new").at("/data/id").asInt());
        }
        assertEquals(40, client.take("message:unread_count").at("/data/count").asInt());
        client.wire.assertExhausted();
    }

    @Test
    @Tag("R33")
    void control_goesFirst() {
        TestConnection client = fixture.envelope("123");
        client.wire.holdWrites();
        fixture.send("123", 1);
        fixture.send("123", 2);
        client.say("{\"type\":\"PING\"}");
        client.wire.releaseWrites();
        fixture.time.runUntilQuiet();
        client.take("NEW_MESSAGE");
        client.take("PONG");
        client.take("NEW_MESSAGE");
        client.wire.assertExhausted();
    }

    @Test
    @Tag("R33")
    void control_leftUnread_isBounded_andClosesWith4002() {
        TestConnection client = fixture.envelope("123");
        client.wire.holdWrites();
        client.say("{\"type\":\"PING\"}");
        for (int i = 0; i < 128; i++) {
            client.say("{\"type\":\"PING\"}");
        }
        assertEquals(1, fixture.hub.stats().connections(), "the last that fits");
        client.say("{\"type\":\"PING\"}");
        assertEquals(0, fixture.hub.stats().connections());
        client.wire.releaseWrites();
        fixture.time.runUntilQuiet();
        client.wire.takeFrames();
        client.wire.takeClose(4002);
    }

    @Test
    @Tag("R33")
    void write_unfinishedAfterTenSeconds_closesWith4003_andIsCut() {
        TestConnection client = fixture.event("123");
        TestConnection other = fixture.event("123");
        client.wire.holdWrites();
        publish(1, 1);
        fixture.time.advance(Duration.ofMillis(9_900));
        assertEquals(2, fixture.hub.stats().connections());
        fixture.time.advance(Duration.ofMillis(1_200));
        client.wire.takeClose(4003);
        assertEquals(1, fixture.hub.stats().connections());
        fixture.time.advance(Duration.ofSeconds(6));
        client.wire.takeAbort();
        assertEquals(0, fixture.hub.stats().closing());
        assertEquals(0, fixture.hub.stats().queuedFrames());
        other.take("message:seen");
    }

    @Test
    @Tag("R33")
    void write_finishedWithinTenSeconds_goesOn() {
        TestConnection client = fixture.event("123");
        client.wire.holdWrites();
        publish(1, 2);
        fixture.time.advance(Duration.ofMillis(9_900));
        client.wire.releaseWrite();
        fixture.time.runUntilQuiet();
        fixture.time.advance(Duration.ofMillis(4_900));
        client.wire.releaseWrites();
        fixture.time.runUntilQuiet();
        assertEquals(1, id(client));
        assertEquals(2, id(client));
        client.wire.assertExhausted();
    }

    @Test
    @Tag("R33")
    void writesInARow_haveTenSecondsEach() {
        fixture.close();
        ManualTime time = new ManualTime();
        AtomicLong late = new AtomicLong();
        fixture = new HubFixture(
                time,
                Endpoint.of(HubFixture.EVENT, EventDialect.standard()),
                Endpoint.of(HubFixture.ENVELOPE, EnvelopeDialect.standard()),
                builder -> builder.ticker(new Ticker() {
                    @Override
                    public long nanos() {
                        return time.nanos() + late.get();
                    }

                    @Override
                    public long epochMillis() {
                        return time.epochMillis();
                    }
                }));
        RecordingConnection wire = new RecordingConnection();
        AtomicInteger writes = new AtomicInteger();
        fixture.handshake(HubFixture.EVENT, "token=123", Map.of(), List.of()).open(new TransportConnection() {
            @Override
            public void write(Frame[] frames, int count, WriteCallback callback) {
                if (writes.incrementAndGet() == 4) {
                    wire.holdWrites();
                } else {
                    late.addAndGet(Duration.ofSeconds(4).toNanos());
                }
                wire.write(frames, count, callback);
            }

            @Override
            public void ping() {}

            @Override
            public void close(int code, String reason) {
                wire.close(code, reason);
            }

            @Override
            public void abort() {
                wire.abort();
            }

            @Override
            public @Nullable Executor lane() {
                return null;
            }
        });
        time.runUntilQuiet();
        writes.set(0);
        for (int i = 1; i <= 3 * 64 + 1; i++) {
            fixture.hub.publish(USER, HubFixture.seen(i));
        }
        time.runUntilQuiet();
        assertEquals(4, writes.get());
        time.advance(Duration.ofMillis(9_900));
        assertFalse(wire.isEnded());
        time.advance(Duration.ofMillis(1_200));
        assertTrue(wire.isEnded());
    }

    @Test
    @Tag("R35")
    void write_failed_endsTheConnection_withoutWaitingForTheContainer() {
        TestConnection client = fixture.event("123");
        client.wire.failWrites(new IOException("reset"));
        publish(1, 1);
        client.wire.takeAbort();
        assertEquals(0, fixture.hub.stats().connections());
        assertEquals(0, fixture.hub.stats().queuedFrames());
    }

    @Test
    @Tag("R33")
    void manyFrames_goInFewWrites() {
        TestConnection client = fixture.event("123");
        client.wire.holdWrites();
        for (int i = 1; i <= 10; i++) {
            fixture.send("123", i);
        }
        client.wire.releaseWrite();
        fixture.time.runUntilQuiet();
        assertEquals(9, client.wire.heldFrames().size());
        client.wire.releaseWrites();
    }

    @Test
    @Tag("R45")
    void liveMessages_duringALongResume_areNeitherLostDoubledNorReordered() {
        for (int i = 1; i <= 300; i++) {
            fixture.send("123", i);
        }
        TestConnection client = new TestConnection(fixture.time, false);
        client.wire.holdWrites();
        client.opened(fixture.handshake(HubFixture.EVENT, "token=123", Map.of(), List.of()));
        fixture.time.runUntilQuiet();
        for (int i = 301; i <= 400; i++) {
            client.wire.releaseWrite();
            fixture.send("123", i);
            assertTrue(
                    fixture.hub.stats().queuedFrames() <= 16,
                    fixture.hub.stats().toString());
        }
        client.wire.releaseWrites();
        fixture.time.runUntilQuiet();
        client.take("connected");
        int next = 1;
        int lives = 0;
        for (var frame : client.wire.takeFrames()) {
            if (frame.type().equals("delivery:live")) {
                lives++;
            } else {
                assertEquals(next++, frame.at("/data/id").asInt());
            }
        }
        assertEquals(401, next);
        assertEquals(1, lives);
    }
}
