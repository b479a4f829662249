package io.tidings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tidings.auth.Authentication;
import io.tidings.auth.Identity;
import io.tidings.dialect.EnvelopeDialect;
import io.tidings.dialect.EventDialect;
import io.tidings.dialect.Frame;
import io.tidings.inmemory.InMemoryMailbox;
import io.tidings.message.Address;
import io.tidings.message.CloseReason;
import io.tidings.message.UserKey;
import io.tidings.spi.TransportConnection;
import io.tidings.testkit.ManualTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Parts that break their contract, or fail at an odd moment, harm what they belong to and nothing else. */
class HubFailuresTest {

    /** Breaks as it is told to; everything written is lost on it. */
    private static class BrokenTransport implements TransportConnection {
        volatile boolean broken;

        @Override
        public void write(Frame[] frames, int count, WriteCallback callback) {
            if (broken) {
                throw new IllegalStateException("write");
            }
            callback.written(null);
        }

        @Override
        public void ping() {}

        @Override
        public void close(int code, String reason) {}

        @Override
        public void abort() {
            if (broken) {
                throw new IllegalStateException("abort");
            }
        }

        @Override
        public @Nullable Executor lane() {
            return null;
        }
    }

    /** An executor that may be full, or gone. */
    private static final class Refusing implements Executor {
        private final Executor executor;
        volatile boolean refusing;

        Refusing(Executor executor) {
            this.executor = executor;
        }

        @Override
        public void execute(Runnable task) {
            if (refusing) {
                throw new RejectedExecutionException("full");
            }
            executor.execute(task);
        }
    }

    private static void open(HubFixture fixture, String token, TransportConnection transport) {
        fixture.handshake(HubFixture.EVENT, "token=" + token, Map.of(), List.of())
                .open(transport);
        fixture.time.runUntilQuiet();
    }

    @Test
    void aTransportThatThrows_losesItsConnection_andNoOther() {
        ManualTime time = new ManualTime();
        try (HubFixture fixture = in(time, builder -> builder.lanes(List.of(time.executor())))) {
            TestConnection before = fixture.event("1");
            BrokenTransport broken = new BrokenTransport();
            open(fixture, "2", broken);
            TestConnection after = fixture.event("3");
            broken.broken = true;
            fixture.hub.publish(Address.everyone(), HubFixture.seen(1));
            time.runUntilQuiet();
            before.take("message:seen");
            after.take("message:seen");
            assertEquals(List.of(), fixture.hub.connections(UserKey.of("2")));
            assertEquals(2, fixture.hub.stats().connections());
        }
    }

    @Test
    void aTransportThatCannotEvenAbort_doesNotKeepTheHubOpen() {
        try (HubFixture fixture = new HubFixture()) {
            BrokenTransport broken = new BrokenTransport();
            open(fixture, "1", broken);
            broken.broken = true;
        }
    }

    @Test
    void aTransportsLaneThatEnded_leavesTheOthersAlone() {
        ManualTime time = new ManualTime();
        Refusing lane = new Refusing(time.executor());
        try (HubFixture fixture = in(time, builder -> builder)) {
            open(fixture, "1", new BrokenTransport() {
                @Override
                public Executor lane() {
                    return lane;
                }
            });
            TestConnection other = fixture.event("2");
            lane.refusing = true;
            for (int i = 0; i <= Lane.MAX_WAITING; i++) {
                assertInstanceOf(
                        PublishResult.Accepted.class, fixture.hub.publish(Address.everyone(), HubFixture.unread(i)));
                time.runUntilQuiet();
            }
            assertEquals(Lane.MAX_WAITING + 1, other.wire.takeFrames().size());
            lane.refusing = false;
        }
    }

    @Test
    void anExecutorThatIsFull_delaysTheLastCall_butDoesNotLoseIt() {
        ManualTime time = new ManualTime();
        Refusing executor = new Refusing(time.executor());
        ScriptedListener listener = new ScriptedListener();
        try (HubFixture fixture = in(time, builder -> builder.executor(executor).listener(listener))) {
            TestConnection client = fixture.event("1");
            executor.refusing = true;
            client.cut();
            executor.refusing = false;
            time.advance(Duration.ofSeconds(2));
            assertEquals(List.of("connected", "disconnected 1006"), listener.takeCalls());
        }
    }

    @Test
    void anExecutorThatIsFull_takesTheRequestWithTheNext() {
        ManualTime time = new ManualTime();
        Refusing executor = new Refusing(time.executor());
        ScriptedListener listener = new ScriptedListener();
        try (HubFixture fixture = in(
                time, builder -> builder.executor(executor).listener(listener).authorizer(new AllTopics()))) {
            TestConnection client = fixture.event("1");
            listener.takeCalls();
            executor.refusing = true;
            client.say(REQUEST.replace("ID", "a"));
            executor.refusing = false;
            client.say(REQUEST.replace("ID", "b"));
            assertEquals(List.of("a", "b"), listener.takeCalls());
            client.wire.takeFrames();
        }
    }

    private static final String REQUEST =
            "{\"type\":\"message:send\",\"id\":\"ID\",\"data\":{\"receiverId\":2,\"content\":\"x\"}}";

    @Test
    void anExecutorThatIsGone_doesNotKeepTheHubOpen() {
        ManualTime time = new ManualTime();
        Refusing executor = new Refusing(time.executor());
        try (HubFixture fixture = in(time, builder -> builder.executor(executor))) {
            TestConnection first = fixture.event("1");
            TestConnection second = fixture.event("2");
            executor.refusing = true;
            fixture.hub.close();
            time.runUntilQuiet();
            first.wire.takeClose(CloseReason.RESTART.code());
            second.wire.takeClose(CloseReason.RESTART.code());
        }
    }

    @Test
    void aHubThatClosesWhileAConnectionOpens_keepsNothingOfIt() {
        try (HubFixture fixture = new HubFixture()) {
            AtomicBoolean closed = new AtomicBoolean();
            open(fixture, "1", new BrokenTransport() {
                @Override
                public @Nullable Executor lane() {
                    fixture.hub.close();
                    return null;
                }

                @Override
                public void close(int code, String reason) {
                    closed.set(code == CloseReason.RESTART.code());
                }
            });
            assertTrue(closed.get());
            assertTrue(fixture.hub.connections(UserKey.of("1")).isEmpty()
                    && fixture.hub.stats().unauthenticated() == 0);
        }
    }

    @Test
    void aClientThatResumesAgainAndAgain_waitsForOnePage() {
        ManualTime time = new ManualTime();
        HeldMailbox mailbox =
                new HeldMailbox(InMemoryMailbox.builder().ticker(time).build());
        try (HubFixture fixture = in(time, builder -> builder.mailbox(mailbox))) {
            TestConnection client = fixture.event("1");
            fixture.send("1", 1);
            client.take("message:new");
            CompletableFuture<Void> held = new CompletableFuture<>();
            mailbox.holdRead = held;
            int before = mailbox.reads.get();
            for (int i = 0; i < 1_000; i++) {
                client.say("resume", "{\"lastMessageId\":\"" + (i % 2 == 0 ? "nothing" : "else") + "\"}");
            }
            mailbox.holdRead = HeldMailbox.NOW;
            held.complete(null);
            time.runUntilQuiet();
            assertTrue(mailbox.reads.get() - before <= 3, () -> mailbox.reads.get() - before + " reads");
            client.wire.takeFrames();
        }
    }

    @Test
    void aMailboxThatNeverSaysWhereToStart_isWaitedForSoLong_andNoLonger() {
        ManualTime time = new ManualTime();
        HeldMailbox mailbox =
                new HeldMailbox(InMemoryMailbox.builder().ticker(time).build());
        try (HubFixture fixture = in(time, builder -> builder.mailbox(mailbox))) {
            mailbox.holdAttach = new CompletableFuture<>();
            TestConnection client = fixture.open(HubFixture.EVENT, "token=1");
            time.advance(HubConnection.OPENING_TIME.minusMillis(1));
            client.wire.assertExhausted();
            time.advance(Duration.ofSeconds(2));
            client.wire.takeClose(CloseReason.TRY_AGAIN_LATER.code());
            client.cut();
            fixture.assertEmpty();
        }
    }

    @Test
    void anAuthenticatorThatAnswersNothing_failsTheConnection() {
        ManualTime time = new ManualTime();
        try (HubFixture fixture = in(time, builder -> builder.authenticator(token -> null))) {
            fixture.open(HubFixture.EVENT, "token=1").wire.takeClose(CloseReason.INTERNAL_ERROR.code());
            fixture.open(HubFixture.EVENT, "")
                    .say("auth", "{\"token\":\"1\"}")
                    .wire
                    .takeClose(CloseReason.INTERNAL_ERROR.code());
        }
    }

    @Test
    void aTokenThatEndsBeyondAllReckoning_doesNotEnd_andIsProbedAsOthersAre() {
        ManualTime time = new ManualTime();
        Identity identity = new Identity(UserKey.of("1"), null, Set.of(), Map.of(), Instant.MAX);
        try (HubFixture fixture = in(
                time,
                builder -> builder.authenticator(
                        token -> CompletableFuture.completedFuture(new Authentication.Accepted(identity))))) {
            TestConnection client = fixture.event("1");
            client.say("auth:refresh", "{\"token\":\"1\"}").take("auth:refreshed");
            time.advance(Duration.ofSeconds(31));
            client.take("ping");
        }
    }

    @Test
    void aRenewedTokenThatEndedBeforeAllReckoning_endsTheConnection() {
        ManualTime time = new ManualTime();
        try (HubFixture fixture = in(
                time,
                builder -> builder.authenticator(
                        token -> CompletableFuture.completedFuture(new Authentication.Accepted(new Identity(
                                UserKey.of("1"),
                                null,
                                Set.of(),
                                Map.of(),
                                token.equals("1") ? null : Instant.MIN)))))) {
            TestConnection client = fixture.event("1");
            client.say("auth:refresh", "{\"token\":\"2\"}").take("auth:refreshed");
            time.advance(Duration.ofSeconds(2));
            client.wire.takeClose(CloseReason.TOKEN_EXPIRED.code());
        }
    }

    @Test
    void aCallbackOnAnotherThread_beforeTheWriteHasReturned_isFollowedByTheRest() {
        ManualTime time = new ManualTime();
        AtomicInteger written = new AtomicInteger();
        try (HubFixture fixture = in(time, builder -> builder)) {
            open(fixture, "1", new BrokenTransport() {
                @Override
                public void write(Frame[] frames, int count, WriteCallback callback) {
                    written.addAndGet(count);
                    CompletableFuture.runAsync(() -> callback.written(null)).join();
                }
            });
            int before = written.get();
            for (int i = 1; i <= 100; i++) {
                fixture.hub.publish(Address.user(UserKey.of("1")), HubFixture.seen(i));
            }
            time.runUntilQuiet();
            assertEquals(100, written.get() - before);
        }
    }

    @Test
    void aQueueOfMoreThanOneTurn_isWrittenToItsEnd() {
        try (HubFixture fixture = new HubFixture()) {
            TestConnection client = fixture.event("1");
            client.wire.holdWrites();
            for (int i = 1; i <= 600; i++) {
                fixture.hub.publish(Address.user(UserKey.of("1")), HubFixture.seen(i));
            }
            fixture.time.runUntilQuiet();
            client.wire.releaseWrites();
            fixture.time.runUntilQuiet();
            assertEquals(600, client.wire.takeFrames().size());
        }
    }

    @Test
    void closing_waitsForAWriteUnderWay_longerThanForTheClosesAnswer() {
        try (HubFixture fixture = new HubFixture()) {
            TestConnection client = fixture.event("1");
            client.wire.holdWrites();
            fixture.hub.publish(Address.user(UserKey.of("1")), HubFixture.seen(1));
            fixture.time.runUntilQuiet();
            fixture.hub.close();
            fixture.time.advance(HubConnection.CLOSING_TIME.plusSeconds(3));
            client.wire.assertExhausted();
            client.wire.releaseWrites();
            fixture.time.runUntilQuiet();
            client.take("message:seen");
            client.wire.takeClose(CloseReason.RESTART.code());
        }
    }

    @Test
    void closing_countsTheTimeOfAWriteFromItsStart() {
        try (HubFixture fixture = new HubFixture()) {
            TestConnection client = fixture.event("1");
            client.wire.holdWrites();
            fixture.hub.publish(Address.user(UserKey.of("1")), HubFixture.seen(1));
            fixture.time.advance(Duration.ofSeconds(8));
            fixture.hub.close();
            fixture.time.advance(Duration.ofMillis(1_500));
            client.wire.assertExhausted();
            fixture.time.advance(Duration.ofSeconds(1));
            client.wire.takeClose(CloseReason.RESTART.code());
        }
    }

    private static HubFixture in(ManualTime time, UnaryOperator<HubBuilder> options) {
        return new HubFixture(
                time,
                Endpoint.of(HubFixture.EVENT, EventDialect.standard()),
                Endpoint.of(HubFixture.ENVELOPE, EnvelopeDialect.standard()),
                options);
    }
}
