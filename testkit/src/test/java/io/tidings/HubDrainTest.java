package io.tidings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tidings.dialect.EnvelopeDialect;
import io.tidings.dialect.EventDialect;
import io.tidings.inmemory.InMemoryMailbox;
import io.tidings.mailbox.Mailbox;
import io.tidings.message.Address;
import io.tidings.message.CloseReason;
import io.tidings.message.UserKey;
import io.tidings.policy.Budget;
import io.tidings.policy.DrainPolicy;
import io.tidings.policy.QueueLimits;
import io.tidings.spi.Broker;
import io.tidings.spi.Handshake;
import io.tidings.spi.Permit;
import io.tidings.spi.RateLimiter;
import io.tidings.spi.Scheduler;
import io.tidings.spi.Ticker;
import io.tidings.spi.TransportConnection;
import io.tidings.testkit.ManualTime;
import io.tidings.testkit.RecordedFrame;
import io.tidings.testkit.RecordingConnection;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A hub that stops sends everybody away in an orderly manner: paced, with all that was queued, and in time. */
@Tag("R36")
class HubDrainTest {

    private static final Duration STEP = Drain.STEP;
    private static final String SEND =
            "{\"type\":\"message:send\",\"id\":\"ID\",\"data\":{\"receiverId\":2,\"content\":\"x\"}}";

    private final ManualTime time = new ManualTime();

    private HubFixture hub(UnaryOperator<HubBuilder> options) {
        return new HubFixture(
                time,
                Endpoint.of(HubFixture.EVENT, EventDialect.standard()),
                Endpoint.of(HubFixture.ENVELOPE, EnvelopeDialect.standard()),
                options);
    }

    private static UnaryOperator<HubBuilder> policy(DrainPolicy policy) {
        return builder -> builder.drainPolicy(policy);
    }

    private static CompletableFuture<DrainResult> drain(HubFixture fixture) {
        return fixture.hub.drain().toCompletableFuture();
    }

    private static int delay(RecordingConnection.Close close) {
        assertEquals(1012, close.code());
        assertTrue(close.reason().matches("drain;delayMs=[0-9]+"), close.reason());
        return Integer.parseInt(close.reason().substring("drain;delayMs=".length()));
    }

    // --- Pace

    @Test
    void twoThousandConnections_closeTwoHundredATenthOfASecond_behindAllThatWasQueued() {
        assertEquals(drainTwoThousand(), new HubDrainTest().drainTwoThousand(), "the same chance, the same delays");
    }

    /** The delays, sorted. */
    private List<Integer> drainTwoThousand() {
        int count = 2_000;
        try (HubFixture fixture = hub(builder -> builder)) {
            List<TestConnection> clients = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                clients.add(fixture.event("u" + i));
            }
            List<TestConnection> slow = new ArrayList<>();
            for (int i = 0; i < count; i += 7) {
                slow.add(clients.get(i));
                clients.get(i).wire.holdWrites();
            }
            for (int i = 1; i <= 3; i++) {
                fixture.hub.publish(Address.everyone(), HubFixture.seen(i));
            }
            time.runUntilQuiet();
            for (int i = 0; i < count; i++) {
                fixture.send("u" + i, i);
            }
            CompletableFuture<DrainResult> drained = drain(fixture);
            time.runUntilQuiet();
            for (int begun = count / 10; begun < count; begun += count / 10) {
                assertEquals(begun, fixture.hub.stats().closing());
                assertEquals(count - begun, fixture.hub.stats().connections());
                time.advance(STEP);
            }
            assertEquals(count, fixture.hub.stats().closing());
            assertFalse(slow.get(0).wire.isEnded());
            slow.forEach(client -> client.wire.releaseWrites());
            time.runUntilQuiet();
            List<Integer> delays = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                TestConnection client = clients.get(i);
                for (int id = 1; id <= 3; id++) {
                    assertEquals(
                            id,
                            client.take("message:seen").at("/data/messageIds/0").asInt());
                }
                assertEquals(i, client.take("message:new").at("/data/id").asInt());
                delays.add(delay(client.wire.takeClose()));
                client.wire.assertExhausted();
                assertFalse(drained.isDone());
                client.cut();
            }
            time.advance(STEP);
            assertEquals(new DrainResult(count, 0, STEP.multipliedBy(10)), drained.join());
            assertSpread(delays, 1_000);
            return delays.stream().sorted().toList();
        }
    }

    /** A tenth of the delays in each tenth of the time, give or take more than chance would ever. */
    private static void assertSpread(List<Integer> delays, int millis) {
        int[] tenths = new int[10];
        for (int delay : delays) {
            assertTrue(delay >= 0 && delay <= millis, "delay " + delay);
            tenths[Math.min(9, delay * 10 / millis)]++;
        }
        int expected = delays.size() / 10;
        for (int tenth : tenths) {
            assertEquals(expected, tenth, 5 * Math.sqrt(expected), "in a tenth of the delays");
        }
    }

    @Test
    void delaysOfFewClients_areSpreadOverHalfASecond() {
        List<Integer> delays = new ArrayList<>();
        try (HubFixture fixture = hub(builder -> builder)) {
            List<TestConnection> clients = new ArrayList<>();
            for (int i = 0; i < 500; i++) {
                clients.add(fixture.envelope("u" + i));
            }
            fixture.hub.drain();
            time.advance(STEP.multipliedBy(3));
            clients.forEach(client -> delays.add(delay(client.wire.takeClose())));
        }
        assertSpread(delays, 500);
    }

    @Test
    void moreThanTheDeadlineHasRoomFor_areAskedFaster_butComeBackNoFaster() {
        DrainPolicy policy = new DrainPolicy(10, Duration.ofMillis(500), Duration.ofSeconds(3));
        List<Integer> delays = new ArrayList<>();
        try (HubFixture fixture = hub(policy(policy))) {
            List<TestConnection> clients = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                clients.add(fixture.event("u" + i));
            }
            CompletableFuture<DrainResult> drained = drain(fixture);
            time.runUntilQuiet();
            for (int begun = 5; begun <= 100; begun += 5) {
                assertEquals(begun, fixture.hub.stats().closing());
                time.advance(STEP);
            }
            for (TestConnection client : clients) {
                delays.add(delay(client.wire.takeClose()));
                client.cut();
            }
            time.advance(STEP);
            assertEquals(100, drained.join().closed());
        }
        assertTrue(delays.stream().mapToInt(delay -> delay).max().orElse(0) > 9_000, "spread over 10 s: " + delays);
        assertTrue(delays.stream().allMatch(delay -> delay <= 10_000), "spread over 10 s: " + delays);
    }

    @Test
    void aTimerThatComesLate_doesNotCloseAllThatItMissedAtOnce() {
        List<Runnable> late = new ArrayList<>();
        boolean[] holding = new boolean[1];
        Scheduler scheduler = (delay, task) -> {
            if (holding[0] && delay.equals(STEP)) {
                late.add(task);
                return () -> {};
            }
            return time.schedule(delay, task);
        };
        try (HubFixture fixture = hub(builder -> builder.scheduler(scheduler))) {
            List<TestConnection> clients = new ArrayList<>();
            for (int i = 0; i < 1_000; i++) {
                clients.add(fixture.event("u" + i));
            }
            holding[0] = true;
            CompletableFuture<DrainResult> drained = drain(fixture);
            time.advance(STEP.multipliedBy(5));
            assertEquals(200, fixture.hub.stats().closing());
            holding[0] = false;
            late.forEach(Runnable::run);
            time.runUntilQuiet();
            assertEquals(600, fixture.hub.stats().closing());
            clients.forEach(TestConnection::cut);
            time.advance(STEP);
            assertEquals(1_000, drained.join().closed());
        }
    }

    // --- What there is to wait for

    @Test
    void aFanOutFromBeforeTheDrain_isStillQueued() {
        try (HubFixture fixture = hub(builder -> builder)) {
            TestConnection client = fixture.event("1");
            fixture.hub.publish(Address.everyone(), HubFixture.seen(1));
            fixture.hub.drain();
            time.runUntilQuiet();
            client.take("message:seen");
            client.wire.takeClose(1012);
        }
    }

    @Test
    void aCountThatWaitsForWhatItCounts_goesOutBehindIt_beforeTheClose() {
        HeldMailbox mailbox =
                new HeldMailbox(InMemoryMailbox.builder().ticker(time).build());
        try (HubFixture fixture = hub(builder -> builder.mailbox(mailbox))) {
            fixture.send("1", 1);
            CompletableFuture<Void> held = new CompletableFuture<>();
            mailbox.holdRead = held;
            TestConnection client = fixture.open(HubFixture.EVENT, "token=1");
            client.take("connected");
            fixture.hub.publish(Address.user(UserKey.of("1")), HubFixture.unread(1));
            CompletableFuture<DrainResult> drained = drain(fixture);
            time.advance(Duration.ofSeconds(3));
            client.wire.assertExhausted();
            held.complete(null);
            time.advance(STEP);
            assertEquals(
                    List.of("message:new", "delivery:live", "message:unread_count"),
                    client.wire.takeFrames().stream().map(RecordedFrame::type).toList());
            client.wire.takeClose(1012);
            client.cut();
            time.advance(STEP);
            assertEquals(1, drained.join().closed());
        }
    }

    @Test
    void aConnectionThatReads_needNotReadAll() {
        HeldMailbox mailbox =
                new HeldMailbox(InMemoryMailbox.builder().ticker(time).build());
        try (HubFixture fixture = hub(builder -> builder.mailbox(mailbox))) {
            fixture.send("1", 1);
            mailbox.holdRead = new CompletableFuture<>();
            TestConnection client = fixture.open(HubFixture.EVENT, "token=1");
            client.take("connected");
            fixture.hub.publish(Address.user(UserKey.of("1")), HubFixture.seen(1));
            fixture.hub.drain();
            time.runUntilQuiet();
            client.take("message:seen");
            client.wire.takeClose(1012);
            client.wire.assertExhausted();
            mailbox.holdRead.complete(null);
        }
    }

    @Test
    void requestsUnderWay_areAnswered_beforeTheClose() {
        ScriptedListener host = new ScriptedListener();
        CompletableFuture<Reply> reply = new CompletableFuture<>();
        host.answer = request -> "a".equals(request.id()) ? reply : CompletableFuture.completedFuture(Reply.DONE);
        try (HubFixture fixture = hub(builder -> builder.listener(host))) {
            TestConnection busy =
                    fixture.event("1").say(SEND.replace("ID", "a")).say(SEND.replace("ID", "b"));
            TestConnection idle = fixture.event("2");
            CompletableFuture<DrainResult> drained = drain(fixture);
            time.advance(Duration.ofSeconds(20));
            idle.wire.takeClose(1012);
            assertEquals(
                    List.of(),
                    busy.wire.takeFrames().stream()
                            .filter(frame -> frame.type().equals("result"))
                            .toList());
            reply.complete(Reply.DONE);
            time.advance(STEP);
            assertEquals("a", busy.take("result").at("/id").asText());
            assertEquals("b", busy.take("result").at("/id").asText());
            busy.wire.takeClose(1012);
            busy.cut();
            time.advance(STEP);
            assertEquals(new DrainResult(2, 0, Duration.ofMillis(20_200)), drained.join());
        }
    }

    @Test
    void aClientThatGoesOnAsking_isNotWaitedFor() {
        ScriptedListener host = new ScriptedListener();
        List<CompletableFuture<Reply>> replies = new ArrayList<>();
        host.answer = request -> {
            replies.add(new CompletableFuture<>());
            return replies.get(replies.size() - 1);
        };
        try (HubFixture fixture = hub(builder -> builder.listener(host))) {
            TestConnection client = fixture.event("1").say(SEND.replace("ID", "a"));
            fixture.hub.drain();
            time.runUntilQuiet();
            client.say(SEND.replace("ID", "b"));
            replies.get(0).complete(Reply.DONE);
            time.advance(STEP);
            assertEquals("a", client.take("result").at("/id").asText());
            client.wire.takeClose(1012);
        }
    }

    @Test
    void aRequestThatIsNotAnswered_isWaitedForUntilTheLastCall() {
        ScriptedListener host = new ScriptedListener();
        host.answer = request -> new CompletableFuture<>();
        try (HubFixture fixture = hub(builder -> builder.listener(host))) {
            TestConnection client = fixture.envelope("1");
            client.say(
                    "{\"type\":\"SEND_MESSAGE\",\"messageId\":\"a\",\"payload\":{\"receiverId\":1,\"content\":\"x\"}}");
            fixture.hub.drain();
            time.advance(DrainPolicy.STANDARD
                    .deadline()
                    .minus(HubConnection.CLOSING_TIME)
                    .minusMillis(1));
            client.wire.assertExhausted();
            time.advance(Duration.ofMillis(1));
            client.wire.takeClose(1012);
            time.advance(HubConnection.CLOSING_TIME);
            client.wire.takeAbort();
        }
    }

    // --- Clients that do not read

    @Test
    void aClientThatDoesNotRead_holdsNobodyUp_andIsCutByTheWriteTimeout() {
        try (HubFixture fixture = hub(builder -> builder)) {
            TestConnection stuck = fixture.event("1");
            TestConnection other = fixture.event("2");
            stuck.wire.holdWrites();
            fixture.hub.publish(Address.everyone(), HubFixture.seen(1));
            CompletableFuture<DrainResult> drained = drain(fixture);
            time.runUntilQuiet();
            other.take("message:seen");
            other.wire.takeClose(1012);
            other.cut();
            time.advance(Duration.ofSeconds(14));
            assertFalse(drained.isDone());
            time.advance(Duration.ofSeconds(2));
            stuck.wire.takeClose(1012);
            stuck.wire.takeAbort();
            assertEquals(2, drained.join().closed());
        }
    }

    @Test
    void whatIsLeftAtTheDeadline_isAborted_andNotBefore() {
        Duration deadline = DrainPolicy.STANDARD.deadline();
        try (HubFixture fixture = hub(patient())) {
            TestConnection stuck = fixture.event("1");
            TestConnection late = fixture.event("2");
            stuck.wire.holdWrites();
            late.wire.holdWrites();
            fixture.hub.publish(Address.everyone(), HubFixture.seen(1));
            CompletableFuture<DrainResult> drained = drain(fixture);
            time.advance(deadline.minusMillis(1));
            late.wire.releaseWrites();
            time.runUntilQuiet();
            late.take("message:seen");
            late.wire.takeClose(1012);
            late.cut();
            stuck.wire.assertExhausted();
            assertFalse(drained.isDone());
            time.advance(Duration.ofMillis(1));
            stuck.wire.takeAbort();
            stuck.wire.assertExhausted();
            assertEquals(new DrainResult(1, 1, deadline), drained.join());
            assertTrue(fixture.hub.connections(UserKey.of("1")).isEmpty());
        }
    }

    @Test
    void aDeadlineThatIsNoWholeNumberOfSteps_isKept() {
        try (HubFixture fixture = hub(policy(DrainPolicy.STANDARD.withDeadline(Duration.ofMillis(250))))) {
            TestConnection client = fixture.event("1");
            CompletableFuture<DrainResult> drained = drain(fixture);
            time.advance(Duration.ofMillis(249));
            client.wire.takeClose(1012);
            client.wire.assertExhausted();
            time.advance(Duration.ofMillis(1));
            client.wire.takeAbort();
            assertEquals(new DrainResult(0, 1, Duration.ofMillis(250)), drained.join());
        }
    }

    private static UnaryOperator<HubBuilder> patient() {
        return builder -> builder.queueLimits(QueueLimits.STANDARD.withWriteTimeout(Duration.ofMinutes(5)));
    }

    // --- Beginnings and ends

    @Test
    void withoutConnections_itIsDoneAtOnce() {
        try (HubFixture fixture = hub(builder -> builder)) {
            int timers = time.pendingTimers();
            assertEquals(new DrainResult(0, 0, Duration.ZERO), drain(fixture).join());
            time.assertPendingTimers(timers);
        }
    }

    @Test
    void aSecondDrain_andAClose_areTheFirst() {
        try (HubFixture fixture = hub(builder -> builder)) {
            TestConnection client = fixture.event("1");
            CompletableFuture<DrainResult> first = drain(fixture);
            time.advance(Duration.ofSeconds(1));
            CompletableFuture<DrainResult> second = drain(fixture);
            fixture.hub.close();
            time.advance(Duration.ofSeconds(1));
            client.wire.takeClose(1012);
            client.cut();
            time.advance(STEP);
            assertEquals(first.join(), second.join());
            assertEquals(new DrainResult(1, 0, Duration.ofMillis(2_100)), first.join());
            assertEquals(first.join(), drain(fixture).join());
            client.wire.assertExhausted();
        }
    }

    @Test
    void whoWasGivenTheResult_cannotCompleteIt() {
        try (HubFixture fixture = hub(builder -> builder)) {
            TestConnection client = fixture.event("1");
            drain(fixture).complete(new DrainResult(7, 7, Duration.ZERO));
            assertFalse(drain(fixture).isDone());
            client.cut();
            time.advance(STEP);
            assertEquals(1, drain(fixture).join().closed());
        }
    }

    @Test
    void whoComesDuringTheDrain_isRefused_orSentAwayWithADelay() {
        try (HubFixture fixture = hub(builder -> builder)) {
            TestConnection open = fixture.event("1");
            Handshake begun = fixture.handshake(HubFixture.EVENT, "token=2", Map.of(), List.of());
            CompletableFuture<DrainResult> drained = drain(fixture);
            assertEquals(
                    503,
                    fixture.handshake(HubFixture.EVENT, "token=3", Map.of(), List.of())
                            .immediate());
            TestConnection late = new TestConnection(time, false);
            late.opened(begun);
            time.runUntilQuiet();
            assertTrue(delay(late.wire.takeClose()) <= 500);
            late.say(SEND).cut();
            late.wire.assertExhausted();
            open.cut();
            time.advance(STEP);
            assertEquals(1, drained.join().closed());
            assertEquals(
                    503,
                    fixture.handshake(HubFixture.EVENT, "token=3", Map.of(), List.of())
                            .immediate());
        }
    }

    @Test
    void whoAuthenticates_opens_orCloses_endsToo() {
        HeldMailbox mailbox =
                new HeldMailbox(InMemoryMailbox.builder().ticker(time).build());
        try (HubFixture fixture = hub(builder -> builder.mailbox(mailbox))) {
            TestConnection authenticating = fixture.open(HubFixture.EVENT, "");
            mailbox.holdAttach = new CompletableFuture<>();
            TestConnection opening = fixture.open(HubFixture.EVENT, "token=2");
            TestConnection openingLate = fixture.open(HubFixture.EVENT, "token=3");
            fixture.hub.publish(Address.user(UserKey.of("3")), HubFixture.seen(1));
            CompletableFuture<Void> attached = mailbox.holdAttach;
            mailbox.holdAttach = HeldMailbox.NOW;
            TestConnection closing = fixture.event("4");
            fixture.hub.connections(UserKey.of("4")).get(0).close(CloseReason.CLOSED_BY_HOST);
            time.runUntilQuiet();
            CompletableFuture<DrainResult> drained = drain(fixture);
            time.advance(Duration.ofSeconds(1));
            authenticating.wire.takeClose(1012);
            opening.wire.takeClose(1012);
            closing.wire.takeClose(4505);
            openingLate.wire.assertExhausted();
            attached.complete(null);
            time.advance(STEP);
            openingLate.take("connected");
            openingLate.take("message:seen");
            List.of(authenticating, opening, closing, openingLate).forEach(TestConnection::cut);
            time.advance(STEP);
            assertEquals(4, drained.join().closed());
            assertTrue(fixture.hub.stats().connections() == 0
                    && fixture.hub.stats().unauthenticated() == 0);
        }
    }

    @Test
    void aDrainedHub_stillSends_aClosedOneDoesNot() {
        try (HubFixture fixture = hub(builder -> builder)) {
            TestConnection client = fixture.event("1");
            fixture.hub.close();
            assertInstanceOf(SendResult.Accepted.class, fixture.send("1", 1));
            assertInstanceOf(PublishResult.Accepted.class, fixture.hub.publish(Address.everyone(), HubFixture.seen(1)));
            client.take("message:new");
            client.wire.takeClose(1012);
            client.cut();
            time.advance(STEP);
            assertInstanceOf(SendResult.Rejected.class, fixture.send("1", 2));
            assertInstanceOf(
                    PublishResult.Overloaded.class, fixture.hub.publish(Address.everyone(), HubFixture.seen(2)));
        }
        try (HubFixture fixture = hub(builder -> builder)) {
            drain(fixture).join();
            assertInstanceOf(SendResult.Accepted.class, fixture.send("1", 1));
        }
    }

    // --- Letting go

    @Test
    @Tag("R41")
    void close_waitsForAppendsUnderWay_beforeItClosesTheMailbox() {
        HeldMailbox mailbox =
                new HeldMailbox(InMemoryMailbox.builder().ticker(time).build());
        HubFixture fixture = hub(builder -> builder.mailbox(mailbox));
        CompletableFuture<Void> held = new CompletableFuture<>();
        mailbox.holdAppend = held;
        CompletableFuture<SendResult> first = send(fixture);
        CompletableFuture<SendResult> second = send(fixture);
        fixture.hub.close();
        assertInstanceOf(SendResult.Rejected.class, send(fixture).join());
        time.advance(Duration.ofSeconds(29));
        assertFalse(mailbox.closed || fixture.hub.closed().toCompletableFuture().isDone());
        held.complete(null);
        time.advance(STEP);
        assertInstanceOf(SendResult.Accepted.class, first.join());
        assertInstanceOf(SendResult.Accepted.class, second.join());
        assertTrue(mailbox.closed && fixture.hub.closed().toCompletableFuture().isDone());
        fixture.close();
    }

    private static CompletableFuture<SendResult> send(HubFixture fixture) {
        return fixture.hub.send(UserKey.of("1"), HubFixture.chat(1)).toCompletableFuture();
    }

    @Test
    @Tag("R44")
    void close_waitsForCursors_beforeItClosesTheMailbox() {
        HeldMailbox mailbox =
                new HeldMailbox(InMemoryMailbox.builder().ticker(time).build());
        HubFixture fixture = hub(builder -> builder.mailbox(mailbox));
        TestConnection client = fixture.event("1");
        fixture.send("1", 1);
        String id = client.take("message:new").at("/id").asText();
        client.say("ack", "{\"messageId\":\"" + id + "\"}");
        CompletableFuture<Void> held = new CompletableFuture<>();
        mailbox.holdCursors = held;
        fixture.hub.close();
        time.runUntilQuiet();
        client.wire.takeClose(1012);
        client.cut();
        time.advance(Duration.ofSeconds(5));
        assertFalse(mailbox.closed);
        held.complete(null);
        time.advance(STEP);
        assertTrue(mailbox.closed);
        fixture.close();
    }

    @Test
    void aMailboxThatDoesNotAnswer_isClosedAtTheDeadline() {
        HeldMailbox mailbox =
                new HeldMailbox(InMemoryMailbox.builder().ticker(time).build());
        HubFixture fixture = hub(builder -> builder.mailbox(mailbox));
        mailbox.holdAppend = new CompletableFuture<>();
        CompletableFuture<SendResult> sent = send(fixture);
        fixture.hub.close();
        time.advance(DrainPolicy.STANDARD.deadline().minusMillis(1));
        assertFalse(mailbox.closed);
        time.advance(STEP);
        assertTrue(mailbox.closed);
        mailbox.holdAppend.complete(null);
        assertTrue(sent.orTimeout(60, TimeUnit.SECONDS).isDone());
        fixture.close();
    }

    @Test
    void aMailboxThatDoesNotAnswer_hasTwoSecondsAfterADrainThatTookAllTheTime() {
        HeldMailbox mailbox =
                new HeldMailbox(InMemoryMailbox.builder().ticker(time).build());
        HubFixture fixture = hub(builder -> patient().apply(builder).mailbox(mailbox));
        TestConnection stuck = fixture.event("1");
        stuck.wire.holdWrites();
        fixture.hub.publish(Address.everyone(), HubFixture.seen(1));
        mailbox.holdAppend = new CompletableFuture<>();
        send(fixture);
        fixture.hub.close();
        time.advance(DrainPolicy.STANDARD.deadline().plus(Shutdown.LEAST_TIME).minusMillis(1));
        stuck.wire.takeAbort();
        assertFalse(mailbox.closed);
        time.advance(STEP);
        assertTrue(mailbox.closed);
        mailbox.holdAppend.complete(null);
        fixture.close();
    }

    // --- Extremes

    @Test
    void aSpreadOfNothing_isADrainAllTheSame() {
        try (HubFixture fixture = hub(policy(new DrainPolicy(1_000_000, Duration.ZERO, Duration.ofSeconds(1))))) {
            List<TestConnection> clients = List.of(fixture.event("1"), fixture.envelope("2"));
            CompletableFuture<DrainResult> drained = drain(fixture);
            assertEquals(
                    503,
                    fixture.handshake(HubFixture.EVENT, "token=3", Map.of(), List.of())
                            .immediate());
            time.runUntilQuiet();
            for (TestConnection client : clients) {
                assertEquals(0, delay(client.wire.takeClose()));
                client.cut();
            }
            time.advance(STEP);
            assertEquals(2, drained.join().closed());
        }
    }

    @Test
    void aSlowPace_isKept_fromTheFirstOn() {
        try (HubFixture fixture = hub(policy(DrainPolicy.STANDARD.withPerSecond(1)))) {
            List<TestConnection> clients = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                clients.add(fixture.event("u" + i));
            }
            fixture.hub.drain();
            time.runUntilQuiet();
            for (int asked = 1; asked <= 3; asked++) {
                assertEquals(asked, fixture.hub.stats().closing());
                time.advance(Duration.ofMillis(800));
                assertEquals(asked, fixture.hub.stats().closing());
                time.advance(Duration.ofMillis(200));
            }
            clients.forEach(client -> delay(client.wire.takeClose()));
            clients.forEach(TestConnection::cut);
        }
    }

    @Test
    void aTimerThatComesAfterTheLastCall_asksEverybody() {
        List<Runnable> late = new ArrayList<>();
        boolean[] holding = new boolean[1];
        Scheduler scheduler = (delay, task) -> {
            if (holding[0] && delay.equals(STEP)) {
                late.add(task);
                return () -> {};
            }
            return time.schedule(delay, task);
        };
        try (HubFixture fixture = hub(builder -> builder.scheduler(scheduler))) {
            List<TestConnection> clients = new ArrayList<>();
            for (int i = 0; i < 2_000; i++) {
                clients.add(fixture.event("u" + i));
            }
            holding[0] = true;
            fixture.hub.drain();
            time.advance(DrainPolicy.STANDARD.deadline().minus(HubConnection.CLOSING_TIME));
            assertEquals(200, fixture.hub.stats().closing());
            holding[0] = false;
            late.forEach(Runnable::run);
            time.runUntilQuiet();
            assertEquals(0, fixture.hub.stats().connections());
            clients.forEach(TestConnection::cut);
        }
    }

    @Test
    void aLaneThatIsGone_holdsNobodyUp() {
        boolean[] gone = new boolean[1];
        Executor lane = time.executor();
        HubFixture fixture = hub(builder -> builder.lanes(List.of(task -> {
            if (gone[0]) {
                throw new RejectedExecutionException("gone");
            }
            lane.execute(task);
        })));
        fixture.event("1");
        gone[0] = true;
        CompletableFuture<DrainResult> drained = drain(fixture);
        time.runUntilQuiet();
        assertEquals(1, fixture.hub.stats().closing());
        time.advance(Duration.ofSeconds(16));
        assertEquals(1, drained.join().closed());
    }

    @Test
    void aLaneThatFails_holdsTheDrainUntilTheDeadline_andNoLonger() {
        boolean[] broken = new boolean[1];
        Executor lane = time.executor();
        try (HubFixture fixture = hub(builder -> builder.lanes(List.of(task -> {
            if (broken[0]) {
                throw new IllegalStateException("broken");
            }
            lane.execute(task);
        })))) {
            TestConnection first = fixture.event("1");
            fixture.event("2");
            CompletableFuture<Void> closed = fixture.hub.closed().toCompletableFuture();
            broken[0] = true;
            fixture.hub.close();
            time.advance(Duration.ofSeconds(1));
            broken[0] = false;
            time.advance(STEP);
            assertEquals(2, fixture.hub.stats().closing());
            first.cut();
            broken[0] = true;
            time.advance(DrainPolicy.STANDARD.deadline().plus(Shutdown.LEAST_TIME));
            assertTrue(closed.isDone());
            broken[0] = false;
        }
    }

    @Test
    void aMailboxThatFailsToClose_howeverBadly_keepsTheHubFromNothing() {
        for (Supplier<Throwable> failure : List.<Supplier<Throwable>>of(
                () -> new NoClassDefFoundError("gone"), () -> new IllegalStateException("gone"))) {
            List<String> closed = new ArrayList<>();
            Mailbox mailbox = (Mailbox) Proxy.newProxyInstance(
                    Mailbox.class.getClassLoader(), new Class<?>[] {Mailbox.class}, (proxy, method, arguments) -> {
                        if (method.getName().equals("close")) {
                            closed.add("mailbox");
                            throw failure.get();
                        }
                        return method.getName().equals("shared") ? false : CompletableFuture.completedFuture(List.of());
                    });
            HubFixture fixture = hub(builder -> builder.mailbox(mailbox).rateLimiter(new RateLimiter() {
                @Override
                public Permit acquire(UserKey user, Budget budget) {
                    return Permit.GRANTED;
                }

                @Override
                public void close() {
                    closed.add("limiter");
                }
            }));
            fixture.hub.close();
            time.runUntilQuiet();
            assertTrue(fixture.hub.closed().toCompletableFuture().isDone());
            assertEquals(List.of("mailbox", "limiter"), closed);
            fixture.close();
        }
    }

    @Test
    void aTransportThatThrowsWhenItIsCut_keepsNeitherTheOthersNorTheDrain() {
        List<String> cut = new ArrayList<>();
        TransportConnection broken = (TransportConnection) Proxy.newProxyInstance(
                TransportConnection.class.getClassLoader(),
                new Class<?>[] {TransportConnection.class},
                (proxy, method, arguments) -> {
                    if (method.getName().equals("abort")) {
                        cut.add("cut");
                        throw new IllegalStateException("out of order");
                    }
                    return null;
                });
        try (HubFixture fixture = hub(patient())) {
            for (int i = 0; i < 3; i++) {
                fixture.handshake(HubFixture.EVENT, "token=1", Map.of(), List.of())
                        .open(broken);
            }
            time.runUntilQuiet();
            CompletableFuture<DrainResult> drained = drain(fixture);
            time.advance(DrainPolicy.STANDARD.deadline());
            assertEquals(new DrainResult(0, 3, DrainPolicy.STANDARD.deadline()), drained.join());
            assertEquals(3, cut.size());
        }
    }

    @Test
    void requestsThatAnExecutorHadNoRoomFor_areMadeWhenTheirConnectionsTurnComes() {
        boolean[] full = new boolean[1];
        Executor handlers = time.executor();
        try (HubFixture fixture =
                hub(builder -> builder.listener(new ScriptedListener()).executor(task -> {
                    if (full[0]) {
                        throw new RejectedExecutionException("full");
                    }
                    handlers.execute(task);
                }))) {
            TestConnection client = fixture.event("1");
            full[0] = true;
            client.say(SEND.replace("ID", "a"));
            full[0] = false;
            fixture.hub.drain();
            time.advance(STEP);
            assertEquals("a", client.take("result").at("/id").asText());
            client.wire.takeClose(1012);
            client.cut();
        }
    }

    @Test
    void close_letsGoOfEverything_once() {
        List<String> closed = new ArrayList<>();
        InvocationHandler parts = (proxy, method, arguments) -> {
            if (method.getName().equals("close")) {
                closed.add(proxy instanceof Mailbox ? "mailbox" : "broker");
                return null;
            }
            return method.getReturnType() == boolean.class ? true : CompletableFuture.completedFuture(null);
        };
        ClassLoader loader = HubDrainTest.class.getClassLoader();
        Mailbox mailbox = (Mailbox) Proxy.newProxyInstance(loader, new Class<?>[] {Mailbox.class}, parts);
        Broker broker = (Broker) Proxy.newProxyInstance(
                loader,
                new Class<?>[] {Broker.class},
                (proxy, method, arguments) ->
                        method.getName().equals("start") ? null : parts.invoke(proxy, method, arguments));
        HubFixture fixture = hub(builder -> builder.mailbox(mailbox).broker(broker));
        fixture.hub.close();
        fixture.hub.close();
        time.runUntilQuiet();
        fixture.hub.close();
        fixture.close();
        assertEquals(List.of("broker", "mailbox"), closed);
    }

    @Test
    @Tag("R41")
    void aMessageThatIsSent_whileTheHubLetsGoOfItsMailbox_isRejected_andNeverAppended() {
        Runnable[] meanwhile = {() -> {}};
        Ticker ticker = new Ticker() {
            @Override
            public long nanos() {
                return time.nanos();
            }

            /** The time of a message is asked for once it was let in. */
            @Override
            public long epochMillis() {
                meanwhile[0].run();
                return time.epochMillis();
            }
        };
        HeldMailbox mailbox =
                new HeldMailbox(InMemoryMailbox.builder().ticker(time).build());
        HubFixture fixture = hub(builder -> builder.mailbox(mailbox).ticker(ticker));
        meanwhile[0] = () -> {
            meanwhile[0] = () -> {};
            fixture.hub.close();
            assertTrue(mailbox.closed);
        };
        assertInstanceOf(SendResult.Rejected.class, send(fixture).join());
        fixture.close();
    }

    @Test
    void aHubsOwnThreads_endWithIt() throws InterruptedException, ExecutionException, TimeoutException {
        Set<Thread> before = Set.copyOf(Thread.getAllStackTraces().keySet());
        Hub hub = Hub.builder()
                .endpoint(Endpoint.of(HubFixture.EVENT, EventDialect.standard()))
                .authenticator(token -> new CompletableFuture<>())
                .build();
        hub.publish(Address.everyone(), HubFixture.seen(1));
        List<Thread> own = Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> !before.contains(thread) && thread.getName().startsWith("tidings-"))
                .toList();
        assertTrue(own.stream().anyMatch(thread -> thread.getName().startsWith("tidings-timer")), own::toString);
        assertTrue(own.stream().anyMatch(thread -> thread.getName().startsWith("tidings-lane")), own::toString);
        hub.close();
        hub.closed().toCompletableFuture().get(10, TimeUnit.SECONDS);
        for (Thread thread : own) {
            thread.join(Duration.ofSeconds(10).toMillis());
            assertFalse(thread.isAlive(), thread::getName);
        }
    }
}
