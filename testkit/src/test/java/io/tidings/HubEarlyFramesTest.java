package io.tidings;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.tidings.auth.Authenticator;
import io.tidings.inmemory.InMemoryMailbox;
import io.tidings.policy.RateLimits;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Clients that do not wait for {@code connected}: what they say meanwhile is done after it, in order, or refused. */
class HubEarlyFramesTest {

    private final ScriptedListener host = new ScriptedListener();
    private final CompletableFuture<Void> checked = new CompletableFuture<>();
    private HubFixture fixture =
            new HubFixture(builder -> builder.listener(host).authenticator(later()));

    @AfterEach
    void nothingIsLeft() {
        fixture.close();
    }

    /** Knows who a token is when the test says so. */
    private Authenticator later() {
        return token -> checked.thenCompose(now -> fixture.tokens().authenticate(token));
    }

    private void check() {
        checked.complete(null);
        fixture.time.runUntilQuiet();
    }

    private static String send(int id) {
        return "{\"type\":\"message:send\",\"id\":\"r" + id + "\",\"data\":{\"receiverId\":1,\"content\":\"hello\"}}";
    }

    private static List<String> ids(String prefix, int count) {
        return IntStream.rangeClosed(1, count).mapToObj(i -> prefix + i).toList();
    }

    @Test
    @Tag("R21")
    void earlyFrames_areDoneInOrder_afterConnected_moreThanThirtyTwoAreRefused() {
        TestConnection client = fixture.open(HubFixture.EVENT, "token=123");
        for (int i = 1; i <= 33; i++) {
            client.say(send(i));
        }
        client.wire.assertExhausted();
        assertEquals(List.of(), host.takeCalls());
        check();
        client.take("connected");
        var error = client.take("error");
        assertEquals("RATE_LIMIT", error.at("/error/code").asText());
        assertEquals("r33", error.at("/error/id").asText());
        assertEquals(1, error.at("/error/retryAfter").asInt());
        List<String> others = client.wire.takeFrames().stream()
                .map(frame -> frame.type() + frame.at("/id").asText())
                .toList();
        assertEquals(33, others.size());
        assertEquals(
                ids("resultr", 32),
                others.stream().filter(frame -> !frame.equals("delivery:live")).toList());
        assertEquals(
                Stream.concat(Stream.of("connected"), ids("r", 32).stream()).toList(), host.takeCalls());
        client.say(send(34));
        assertEquals("r34", client.take("result").at("/id").asText());
        client.wire.assertExhausted();
    }

    @Test
    @Tag("R7")
    void connected_isTheFirstFrame_alsoAfterEarlyInvalidOnes() {
        TestConnection client = fixture.open(HubFixture.EVENT, "token=123");
        client.say("nonsense").say("{\"type\":\"no\"}");
        check();
        client.take("connected");
        client.take("error");
        client.take("error");
        client.take("delivery:live");
        client.wire.assertExhausted();
    }

    @Test
    @Tag("R7")
    void connected_isTheFirstFrame_alsoAfterAsManyRefusalsAsAQueueHolds() {
        fixture.close();
        fixture = new HubFixture(
                builder -> builder.listener(host).authenticator(later()).rateLimits(RateLimits.NONE));
        TestConnection client = fixture.open(HubFixture.EVENT, "token=123");
        for (int i = 1; i <= 32 + OutboundQueue.MAX_CONTROL; i++) {
            client.say("{\"type\":\"pong\"}");
        }
        check();
        client.take("connected");
        for (int i = 1; i <= OutboundQueue.MAX_CONTROL; i++) {
            client.take("error");
        }
        client.take("delivery:live");
        client.wire.assertExhausted();
    }

    @Test
    @Tag("R51")
    void twentyEarlyInvalidFrames_closeWith4504() {
        TestConnection client = fixture.open(HubFixture.EVENT, "token=123");
        for (int i = 1; i <= 20; i++) {
            client.say("nonsense");
        }
        for (int i = 1; i <= 20; i++) {
            client.take("error");
        }
        assertEquals(4504, client.wire.takeClose().code());
        check();
        assertEquals(List.of(), host.takeCalls());
        client.cut();
        client.wire.assertExhausted();
        fixture.assertEmpty();
    }

    @Test
    @Tag("R12")
    void earlySubscriptions_holdForWhatComesAfterwards() {
        TestConnection client = fixture.open(HubFixture.EVENT, "token=123");
        client.say("category:subscribe", "{\"categories\":[\"TASK\"]}");
        check();
        client.live();
        fixture.send(HubSubscriptionsTest.USER, HubSubscriptionsTest.notification(1, "CRM"), SendOptions.NONE);
        fixture.send(HubSubscriptionsTest.USER, HubSubscriptionsTest.notification(2, "TASK"), SendOptions.NONE);
        assertEquals(2, client.take("notification:new").at("/data/id").asInt());
        client.wire.assertExhausted();
    }

    @Test
    @Tag("R35")
    void earlyFrames_ofAConnectionThatEndsBeforeItIsReady_areNotDone() {
        TestConnection client = fixture.open(HubFixture.EVENT, "token=123").say(send(1));
        client.cut();
        check();
        assertEquals(List.of(), host.takeCalls());
        fixture.assertEmpty();
        client.wire.assertExhausted();
    }

    @Test
    @Tag("R35")
    void earlyFrames_ofAConnectionThatEndsWhileItsCursorIsFetched_areNotDoneAfterDisconnected() {
        fixture.close();
        CompletableFuture<Void> attached = new CompletableFuture<>();
        HeldMailbox mailbox = new HeldMailbox(InMemoryMailbox.builder().build());
        mailbox.holdAttach = attached;
        fixture = new HubFixture(builder -> builder.listener(host).mailbox(mailbox));
        TestConnection client = fixture.open(HubFixture.EVENT, "token=123").say(send(1));
        assertEquals(1, fixture.hub.stats().connections());
        client.cut();
        attached.complete(null);
        fixture.time.runUntilQuiet();
        assertEquals(List.of("connected", "disconnected 1006"), host.takeCalls());
        client.wire.assertExhausted();
        fixture.assertEmpty();
    }

    @Test
    @Tag("R36")
    void aConnectionThatIsUpgradedAfterTheHubWasClosed_isSentAway() {
        checked.complete(null);
        TestConnection client = new TestConnection(fixture.time, false);
        var handshake = fixture.handshake(HubFixture.EVENT, "token=123", Map.of(), List.of());
        fixture.hub.close();
        client.opened(handshake);
        fixture.time.runUntilQuiet();
        assertEquals(1012, client.wire.takeClose().code());
        client.say(send(1)).cut();
        client.wire.assertExhausted();
        assertEquals(List.of(), host.takeCalls());
    }

    @Test
    @Tag("R36")
    void aConnectionThatIsStillBeingChecked_whenTheHubCloses_isSentAway() {
        TestConnection client = fixture.open(HubFixture.EVENT, "token=123");
        fixture.hub.close();
        fixture.time.runUntilQuiet();
        assertEquals(1012, client.wire.takeClose().code());
        check();
        client.wire.assertExhausted();
        assertEquals(List.of(), host.takeCalls());
    }

    @Test
    @Tag("R4")
    void aTokenThatIsRefusedLate_isToldAndNothingIsDone() {
        TestConnection client =
                fixture.open(HubFixture.EVENT, "token=bad").say(send(1)).say("nonsense");
        check();
        assertEquals("INVALID_MESSAGE", client.take("error").at("/error/code").asText());
        assertEquals("UNAUTHORIZED", client.take("error").at("/error/code").asText());
        assertEquals(4500, client.wire.takeClose().code());
        assertEquals(List.of(), host.takeCalls());
        client.cut();
        client.wire.assertExhausted();
    }

    @Test
    @Tag("R35")
    void aCheckThatNeverEnds_isEndedAfterTenSeconds() {
        TestConnection client = fixture.open(HubFixture.EVENT, "token=123");
        fixture.time.advance(Duration.ofSeconds(10).minusMillis(1));
        client.wire.assertExhausted();
        fixture.time.advance(Duration.ofMillis(1 + Watch.STEP_MILLIS));
        client.take("error");
        assertEquals(4500, client.wire.takeClose().code());
        check();
        fixture.time.advance(HubConnection.CLOSING_TIME.plusMillis(Watch.STEP_MILLIS));
        client.wire.takeAbort();
        client.wire.assertExhausted();
    }
}
