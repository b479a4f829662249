package io.tidings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tidings.auth.Authentication;
import io.tidings.auth.Identity;
import io.tidings.dialect.EnvelopeDialect;
import io.tidings.dialect.EventDialect;
import io.tidings.message.UserKey;
import io.tidings.policy.Budget;
import io.tidings.policy.RateLimits;
import io.tidings.spi.HubObserver;
import io.tidings.spi.Permit;
import io.tidings.spi.RateLimiter;
import io.tidings.testkit.ManualTime;
import io.tidings.testkit.RecordedFrame;
import io.tidings.testkit.RecordingConnection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What a user may ask for within a minute, by whichever connection, and what comes of more. */
@Tag("R50")
class HubRatesTest {

    private static final String SEND = "{\"type\":\"message:send\",\"data\":{\"receiverId\":1,\"content\":\"x\"}}";
    private static final String ENVELOPE_SEND =
            "{\"type\":\"SEND_MESSAGE\",\"payload\":{\"receiverId\":1,\"content\":\"x\"}}";
    private static final String ACK = "{\"type\":\"ack\",\"data\":{\"messageId\":\"p00000000000000000000\"}}";

    private final ScriptedListener host = new ScriptedListener();
    private final List<String> limited = new ArrayList<>();
    private HubFixture fixture = quiet(this::observed);

    private static HubFixture quiet(UnaryOperator<HubBuilder> options) {
        return new HubFixture(
                new ManualTime(),
                Cluster.quiet(HubFixture.EVENT, EventDialect.standard()),
                Cluster.quiet(HubFixture.ENVELOPE, EnvelopeDialect.standard()),
                options);
    }

    private HubBuilder observed(HubBuilder builder) {
        return builder.listener(host).observer(new HubObserver() {
            @Override
            public void limited(String what) {
                limited.add(what);
            }
        });
    }

    private void rebuild(UnaryOperator<HubBuilder> options) {
        fixture.close();
        fixture = quiet(builder -> options.apply(observed(builder)));
    }

    @AfterEach
    void nothingIsLeft() {
        fixture.close();
    }

    private static void say(TestConnection client, String text, int times) {
        for (int i = 0; i < times; i++) {
            client.say(text);
        }
    }

    private static RecordedFrame assertLimited(RecordedFrame frame, int retryAfter) {
        String at = frame.type().equals("ERROR") ? "/payload" : "/error";
        assertEquals("RATE_LIMIT", frame.at(at + "/code").asText(), frame.text());
        assertEquals(retryAfter, frame.at(at + "/retryAfter").asInt(), frame.text());
        return frame;
    }

    private int requests() {
        return (int) host.takeCalls().stream().filter("message.send"::equals).count();
    }

    // --- Messages

    @Test
    void theHundredthMessageOfAMinute_isDone_theNextIsRefused_andSaysWhenToTryAgain() {
        TestConnection client = fixture.event("123");
        say(client, SEND, 100);
        client.wire.assertExhausted();
        assertEquals(100, requests());
        RecordedFrame refused =
                client.say(SEND.replace("\"data\"", "\"id\":\"r1\",\"data\"")).take("error");
        assertLimited(refused, 60);
        assertEquals("r1", refused.at("/error/id").asText());
        assertEquals(0, requests());
        assertEquals(List.of("messages"), limited);
        client.wire.assertExhausted();
    }

    @Test
    void theWindow_slides() {
        TestConnection client = fixture.envelope("123");
        say(client, ENVELOPE_SEND, 60);
        fixture.time.advance(Duration.ofSeconds(40));
        say(client, ENVELOPE_SEND, 40);
        assertLimited(client.say(ENVELOPE_SEND).take("ERROR"), 20);
        fixture.time.advance(Duration.ofSeconds(20).minusMillis(1));
        assertLimited(client.say(ENVELOPE_SEND).take("ERROR"), 1);
        fixture.time.advance(Duration.ofMillis(1));
        assertEquals(100, requests());
        say(client, ENVELOPE_SEND, 60);
        assertEquals(60, requests());
        assertLimited(client.say(ENVELOPE_SEND).take("ERROR"), 40);
        client.wire.assertExhausted();
    }

    @Test
    void tabs_shareTheirUsersBudget_inWhicheverDialect() {
        TestConnection event = fixture.event("123@laptop");
        TestConnection envelope = fixture.envelope("123@phone");
        say(event, SEND, 50);
        say(envelope, ENVELOPE_SEND, 50);
        assertLimited(event.say(SEND).take("error"), 60);
        assertLimited(envelope.say(ENVELOPE_SEND).take("ERROR"), 60);
        assertEquals(100, requests());
    }

    @Test
    void aNewConnection_bringsNoNewBudget() {
        TestConnection first = fixture.event("123");
        say(first, SEND, 100);
        first.cut();
        assertLimited(fixture.event("123").say(SEND).take("error"), 60);
    }

    @Test
    void users_andUsersOfTheSameNameInOtherTenants_areCountedApart() {
        say(fixture.event("123"), SEND, 100);
        TestConnection other = fixture.event("a/123");
        TestConnection neighbour = fixture.event("124");
        host.takeCalls();
        say(other, SEND, 100);
        say(neighbour, SEND, 100);
        assertEquals(200, requests());
        other.wire.assertExhausted();
        neighbour.wire.assertExhausted();
    }

    @Test
    void invalidFrames_areChargedLikeMessages() {
        TestConnection client = fixture.event("123");
        for (int i = 0; i < 10; i++) {
            say(client, "nonsense", 9);
            client.say(SEND);
        }
        assertEquals(90, client.wire.takeFrames().size());
        assertLimited(client.say(SEND).take("error"), 60);
        assertLimited(client.say("{\"type\":\"no\",\"id\":\"r1\"}").take("error"), 60);
        client.wire.assertExhausted();
    }

    @Test
    void subscriptions_areChargedLikeMessages() {
        TestConnection client = fixture.event("123");
        for (int i = 0; i < 100; i++) {
            client.say("category:subscribe", "{\"categories\":[\"A\"]}");
        }
        assertLimited(
                client.say("category:subscribe", "{\"categories\":[\"B\"]}").take("error"), 60);
        assertLimited(client.say("topic:subscribe", "{\"topics\":[\"B\"]}").take("error"), 60);
    }

    @Test
    void aKindWithABudgetOfItsOwn_isChargedToNoOther() {
        rebuild(builder -> builder.rateLimits(RateLimits.builder()
                .messages(3)
                .kind("message.send", 5)
                .window(Duration.ofSeconds(10))
                .build()));
        TestConnection client = fixture.event("123");
        say(client, SEND, 5);
        assertLimited(client.say(SEND).take("error"), 10);
        for (int i = 0; i < 3; i++) {
            client.say("message:mark_seen", "{\"conversationWith\":1,\"messageIds\":[1]}");
        }
        client.wire.assertExhausted();
        assertLimited(
                client.say("message:mark_seen", "{\"conversationWith\":1,\"messageIds\":[1]}")
                        .take("error"),
                10);
        assertEquals(List.of("message.send", "messages"), limited);
    }

    @Test
    void unlimited_refusesNothing() {
        rebuild(builder -> builder.rateLimits(RateLimits.NONE));
        TestConnection client = fixture.event("123");
        say(client, SEND, 2_000);
        assertEquals(2_000, requests());
        client.wire.assertExhausted();
    }

    // --- The protocol's own frames

    @Test
    void acknowledgements_haveACeilingOfTheirOwn_ofSixHundred() {
        TestConnection client = fixture.event("123");
        say(client, SEND, 100);
        say(client, ACK, 200);
        for (int i = 0; i < 200; i++) {
            client.say("{\"type\":\"pong\"}");
            client.say("resume", "{\"lastMessageId\":\"p00000000000000000000\"}")
                    .take("delivery:live");
        }
        client.wire.assertExhausted();
        assertLimited(client.say(ACK).take("error"), 60);
        assertLimited(client.say("{\"type\":\"pong\"}").take("error"), 60);
        assertLimited(client.say("auth:refresh", "{\"token\":\"123\"}").take("error"), 60);
        assertEquals(List.of("control", "control", "control"), limited);
        fixture.time.advance(Duration.ofSeconds(1));
        assertLimited(client.say(SEND).take("error"), 59);
        client.wire.assertExhausted();
    }

    @Test
    void pings_ofTheEnvelope_haveTheCeilingToo_andLeaveTheMessagesAlone() {
        TestConnection client = fixture.envelope("123");
        for (int i = 0; i < 600; i++) {
            client.say("{\"type\":\"PING\"}").take("PONG");
        }
        assertLimited(client.say("{\"type\":\"PING\"}").take("ERROR"), 60);
        say(client, ENVELOPE_SEND, 100);
        assertEquals(100, requests());
        client.wire.assertExhausted();
    }

    @Test
    void renewals_areCheckedOneAtATime() {
        List<CompletableFuture<Authentication>> checks = new ArrayList<>();
        boolean[] held = {false};
        rebuild(builder -> builder.authenticator(token -> {
            CompletableFuture<Authentication> check = new CompletableFuture<>();
            checks.add(check);
            if (!held[0]) {
                check.complete(accepted());
            }
            return check;
        }));
        TestConnection client = fixture.event("123");
        held[0] = true;
        client.say("auth:refresh", "{\"token\":\"a\"}");
        client.wire.assertExhausted();
        assertLimited(client.say("auth:refresh", "{\"token\":\"b\"}").take("error"), 1);
        assertEquals(2, checks.size(), "the second was not looked at");
        checks.get(1).complete(accepted());
        fixture.time.runUntilQuiet();
        client.take("auth:refreshed");
        client.say("auth:refresh", "{\"token\":\"c\"}");
        assertEquals(3, checks.size());
        checks.get(2).completeExceptionally(new IllegalStateException("out of order"));
        fixture.time.runUntilQuiet();
        assertEquals("INTERNAL_ERROR", client.take("error").at("/error/code").asText());
        held[0] = false;
        client.say("auth:refresh", "{\"token\":\"d\"}").take("auth:refreshed");
        client.wire.assertExhausted();
    }

    @Test
    void aRenewalThatIsNeverAnswered_isWaitedForThirtySeconds() {
        List<String> checked = new ArrayList<>();
        rebuild(builder -> builder.authenticator(token -> {
            checked.add(token);
            return checked.size() == 1 ? CompletableFuture.completedFuture(accepted()) : new CompletableFuture<>();
        }));
        TestConnection client = fixture.event("123").say("auth:refresh", "{\"token\":\"a\"}");
        fixture.time.advance(Duration.ofSeconds(30).minusMillis(1));
        assertLimited(client.say("auth:refresh", "{\"token\":\"b\"}").take("error"), 1);
        fixture.time.advance(Duration.ofMillis(1));
        client.say("auth:refresh", "{\"token\":\"c\"}");
        client.wire.assertExhausted();
        assertEquals(List.of("123", "a", "c"), checked);
    }

    private static Authentication accepted() {
        return new Authentication.Accepted(Identity.of(UserKey.of(123)));
    }

    // --- Refusals

    @Test
    @Tag("R37")
    void theHundredthRefusalOfAMinute_closesWith4029_andTheDelay() {
        TestConnection client = fixture.event("123");
        say(client, SEND, 199);
        assertEquals(99, client.wire.takeFrames().size());
        fixture.time.advance(Duration.ofSeconds(25));
        client.say(SEND);
        assertLimited(client.take("error"), 35);
        RecordingConnection.Close close = client.wire.takeClose(4029);
        assertEquals("rate limit;delayMs=35000", close.reason());
        client.say(SEND);
        assertEquals(100, requests());
        client.cut();
        client.wire.assertExhausted();
    }

    @Test
    void whoFloodsFasterThanErrorsAreWritten_isClosedWith4029_too() {
        TestConnection client = fixture.event("123");
        client.wire.holdWrites();
        say(client, SEND, 199);
        fixture.time.runUntilQuiet();
        client.say(SEND);
        client.wire.releaseWrites();
        fixture.time.runUntilQuiet();
        int errors = client.wire.takeFrames().size();
        assertTrue(errors > 0 && errors <= 2 * OutboundQueue.MAX_CONTROL, "errors " + errors);
        client.wire.takeClose(4029);
        assertEquals(100, requests());
    }

    @Test
    void refusals_ofLongerThanAMinuteAgo_areForgiven() {
        TestConnection client = fixture.event("123");
        say(client, SEND, 199);
        client.wire.takeFrames();
        fixture.time.advance(Duration.ofSeconds(60));
        say(client, SEND, 199);
        assertEquals(200, requests());
        assertTrue(!client.wire.isEnded());
        client.wire.takeFrames();
        client.say(SEND).take("error");
        client.wire.takeClose(4029);
    }

    @Test
    @Tag("R37")
    void whoComesBackTooEarly_isClosedAgainWithTheFirstRefusal_andWhoWaitsIsNot() {
        TestConnection client = fixture.event("123");
        say(client, SEND, 200);
        client.wire.takeFrames();
        client.wire.takeClose(4029);
        client.cut();
        TestConnection early = fixture.event("123");
        fixture.time.advance(Duration.ofSeconds(20));
        assertLimited(early.say(SEND).take("error"), 40);
        assertEquals("rate limit;delayMs=40000", early.wire.takeClose(4029).reason());
        early.cut();
        fixture.time.advance(Duration.ofSeconds(40));
        host.takeCalls();
        TestConnection later = fixture.event("123").say(SEND);
        assertEquals(1, requests());
        later.wire.assertExhausted();
    }

    @Test
    void anotherTab_isNotClosed_unlessItIsRefusedItself() {
        TestConnection bad = fixture.event("123");
        TestConnection good = fixture.event("123");
        say(bad, SEND, 200);
        bad.wire.takeFrames();
        bad.wire.takeClose(4029);
        fixture.send("123", 1);
        good.take("message:new");
        good.say(ACK);
        good.wire.assertExhausted();
    }

    @Test
    void earlyFrames_beyondTheLimitOfRefusals_closeTheConnection() {
        CompletableFuture<Authentication> held = new CompletableFuture<>();
        rebuild(builder -> builder.authenticator(token -> held)
                .rateLimits(RateLimits.builder().refusals(10).build()));
        TestConnection client = fixture.open(HubFixture.EVENT, "token=123");
        say(client, SEND, 32 + 9);
        client.wire.assertExhausted();
        client.say(SEND);
        for (int i = 0; i < 10; i++) {
            assertLimited(client.take("error"), 1);
        }
        assertEquals("rate limit;delayMs=1000", client.wire.takeClose(4029).reason());
        held.complete(accepted());
        fixture.time.runUntilQuiet();
        assertEquals(0, fixture.hub.stats().unauthenticated());
        client.cut();
        client.wire.assertExhausted();
    }

    @Test
    void earlyFrames_areChargedWhenTheyAreDone() {
        CompletableFuture<Authentication> held = new CompletableFuture<>();
        rebuild(builder -> builder.authenticator(token -> held)
                .rateLimits(RateLimits.builder().messages(20).build()));
        TestConnection client = fixture.open(HubFixture.EVENT, "token=123");
        say(client, SEND, 25);
        held.complete(accepted());
        fixture.time.runUntilQuiet();
        assertEquals(20, requests());
        client.take("connected");
        for (int i = 0; i < 5; i++) {
            assertLimited(client.take("error"), 60);
        }
        client.take("delivery:live");
        client.wire.assertExhausted();
    }

    // --- Typing

    private static void type(TestConnection client, int conversation, boolean types) {
        client.say("message:typing", "{\"conversationWith\":" + conversation + ",\"isTyping\":" + types + "}");
    }

    private List<Boolean> typing() {
        List<Boolean> repeats = new ArrayList<>();
        host.answer = request -> {
            repeats.add(request.repeat());
            return CompletableFuture.completedFuture(Reply.DONE);
        };
        return repeats;
    }

    @Test
    @Tag("R62")
    void theTenthChangeOfTyping_isRelayed_excessIsDropped_afterOneWarning() {
        List<Boolean> repeats = typing();
        TestConnection client = fixture.event("123");
        for (int i = 0; i < 10; i++) {
            type(client, 1, i % 2 == 0);
        }
        assertEquals(Collections.nCopies(10, false), repeats);
        client.wire.assertExhausted();
        type(client, 1, true);
        assertLimited(client.take("error"), 60);
        for (int i = 0; i < 300; i++) {
            type(client, i, true);
        }
        client.wire.assertExhausted();
        assertEquals(10, repeats.size());
        fixture.time.advance(Duration.ofSeconds(60));
        type(client, 1, true);
        assertEquals(11, repeats.size());
        client.wire.assertExhausted();
    }

    @Test
    @Tag("R62")
    void repeatsOfTyping_costNoChange_andTheHostKnowsThem() {
        List<Boolean> repeats = typing();
        TestConnection client = fixture.event("123");
        TestConnection tab = fixture.event("123");
        type(client, 1, true);
        for (int i = 0; i < 100; i++) {
            type(i % 2 == 0 ? client : tab, 1, true);
            fixture.time.advance(Duration.ofMillis(100));
        }
        assertEquals(101, repeats.size());
        assertEquals(100, Collections.frequency(repeats, true));
        repeats.clear();
        type(tab, 1, false);
        type(client, 1, false);
        type(client, 2, false);
        assertEquals(List.of(false, true, true), repeats);
        say(client, SEND, 100);
        assertEquals(100, requests(), "typing is no message");
    }

    @Test
    @Tag("R62")
    void typing_endsByItselfAfterThreeSeconds_soThatItIsAChangeToSayItAgain() {
        List<Boolean> repeats = typing();
        TestConnection client = fixture.event("123");
        type(client, 1, true);
        fixture.time.advance(Duration.ofMillis(2_999));
        type(client, 1, true);
        fixture.time.advance(Duration.ofMillis(3_000));
        type(client, 1, true);
        fixture.time.advance(Duration.ofMillis(3_000));
        type(client, 1, false);
        assertEquals(List.of(false, true, false, true), repeats);
    }

    @Test
    @Tag("R62")
    void typing_ofWhatWasDropped_isNotTakenToBeSo() {
        rebuild(builder -> builder.rateLimits(RateLimits.builder().typing(1).build()));
        List<Boolean> repeats = typing();
        TestConnection client = fixture.event("123");
        type(client, 1, true);
        type(client, 1, false);
        client.take("error");
        type(client, 1, true);
        assertEquals(List.of(false, true), repeats);
    }

    @Test
    void droppedTyping_withARequestId_isAnsweredEachTime() {
        rebuild(builder -> builder.rateLimits(RateLimits.builder().typing(1).build()));
        TestConnection client = fixture.event("123");
        type(client, 1, true);
        for (int i = 2; i < 5; i++) {
            client.say("{\"type\":\"message:typing\",\"id\":\"r" + i + "\",\"data\":{\"conversationWith\":" + i
                    + ",\"isTyping\":true}}");
            assertEquals(
                    "r" + i,
                    assertLimited(client.take("error"), 60).at("/error/id").asText());
        }
    }

    @Test
    void typing_isBoundedByTheCeilingInTheEnd() {
        TestConnection client = fixture.event("123");
        for (int i = 0; i < 600; i++) {
            type(client, i, true);
        }
        client.take("error");
        client.wire.assertExhausted();
        type(client, 1, true);
        assertLimited(client.take("error"), 60);
    }

    @Test
    void conversationsThatAUserTypesIn_areForgottenBeyondThirtyTwo() {
        Typing typing = new Typing();
        for (int i = 0; i <= Typing.MOST; i++) {
            assertTrue(typing.isChange("c" + i, true, i));
            typing.is("c" + i, true, i);
        }
        assertTrue(typing.isChange("c0", true, 50), "forgotten");
        assertTrue(!typing.isChange("c1", true, 50), "known");
    }

    // --- Other ways in

    @Test
    void requestsOfOtherWays_areChargedToTheSameBudgets_andReadsToTheirOwn() {
        UserKey user = UserKey.of(123);
        TestConnection client = fixture.event("123");
        say(client, SEND, 99);
        assertEquals(Permit.GRANTED, fixture.hub.permit(user, "message.send"));
        assertEquals(new Permit.Refused(Duration.ofSeconds(60)), fixture.hub.permit(user, "message.send"));
        assertLimited(client.say(SEND).take("error"), 60);
        for (int i = 0; i < 600; i++) {
            assertEquals(Permit.GRANTED, fixture.hub.permitRead(user));
        }
        assertInstanceOf(Permit.Refused.class, fixture.hub.permitRead(user));
        assertEquals(Permit.GRANTED, fixture.hub.permitRead(new UserKey("a", "123")));
        assertEquals(List.of("messages", "messages", "reads"), limited);
    }

    // --- Limiters of the host's

    @Test
    @Tag("R35")
    void anObserverThatThrows_changesNothing() {
        rebuild(builder -> builder.observer(new HubObserver() {
            @Override
            public void limited(String what) {
                throw new IllegalStateException("out of order");
            }
        }));
        TestConnection client = fixture.event("123");
        say(client, SEND, 100);
        assertLimited(client.say(SEND).take("error"), 60);
        client.wire.assertExhausted();
    }

    @Test
    void aHostsLimiter_isAsked_andClosedWithTheHub() {
        List<String> asked = new ArrayList<>();
        rebuild(builder -> builder.rateLimiter(new RateLimiter() {
            @Override
            public Permit acquire(UserKey user, Budget budget) {
                asked.add(user + " " + budget.name() + ' ' + budget.permits());
                return new Permit.Refused(Duration.ofMillis(1));
            }

            @Override
            public void close() {
                asked.add("closed");
            }
        }));
        TestConnection client = fixture.event("123");
        assertLimited(client.say(SEND).take("error"), 1);
        client.say("{\"type\":\"pong\"}");
        assertEquals(List.of("123 messages 100", "123 control 600"), asked);
        fixture.close();
        assertEquals("closed", asked.get(2));
        fixture = new HubFixture();
    }

    @Test
    void aLimiterThatThrows_leavesTheCountToTheHub() {
        rebuild(builder -> builder.rateLimiter((user, budget) -> {
            throw new IllegalStateException("out of order");
        }));
        TestConnection client = fixture.event("123");
        say(client, SEND, 100);
        assertEquals(100, requests());
        assertLimited(client.say(SEND).take("error"), 60);
    }

    @Test
    @SuppressWarnings("NullAway")
    void aLimiterThatAnswersNothing_orFailsBadly_leavesTheCountToTheHub() {
        rebuild(builder -> builder.rateLimiter((user, budget) -> null));
        say(fixture.event("123"), SEND, 100);
        assertEquals(100, requests());
        assertInstanceOf(Permit.Refused.class, fixture.hub.permit(UserKey.of(123), "message.send"));
        assertEquals(Permit.GRANTED, fixture.hub.permit(UserKey.of(124), "message.send"));
        rebuild(builder -> builder.rateLimiter((user, budget) -> {
            throw new StackOverflowError("out of order");
        }));
        TestConnection client = fixture.event("123");
        say(client, SEND, 100);
        assertEquals(100, requests());
        assertLimited(client.say(SEND).take("error"), 60);
    }

    @Test
    @Tag("R37")
    void whateverALimiterSaysOfTheTime_clientsAreToldFromASecondToAnHour() {
        for (Duration says : List.of(
                Duration.ofSeconds(Long.MAX_VALUE, 999_999_999),
                Duration.ofSeconds(1L << 32),
                Duration.ZERO,
                Duration.ofSeconds(Long.MIN_VALUE))) {
            boolean isLong = says.compareTo(Duration.ZERO) > 0;
            rebuild(builder -> builder.rateLimiter((user, budget) -> new Permit.Refused(says)));
            TestConnection client = fixture.event("123");
            say(client, SEND, 99);
            client.wire.takeFrames().forEach(frame -> assertLimited(frame, isLong ? 3_600 : 1));
            assertLimited(client.say(SEND).take("error"), isLong ? 3_600 : 1);
            assertEquals(
                    "rate limit;delayMs=" + (isLong ? 3_600_000 : 60_000),
                    client.wire.takeClose(4029).reason());
            Permit permit = fixture.hub.permit(UserKey.of(124), "message.send");
            assertEquals(new Permit.Refused(isLong ? Duration.ofHours(1) : Duration.ofMillis(1)), permit);
        }
    }

    @Test
    void parts_ofASecond_areRoundedUp() {
        TestConnection client = fixture.event("123");
        say(client, SEND, 100);
        fixture.time.advance(Duration.ofMillis(500));
        assertLimited(client.say(SEND).take("error"), 60);
        fixture.time.advance(Duration.ofMillis(500));
        assertLimited(client.say(SEND).take("error"), 59);
    }

    @Test
    @Tag("R37")
    void theDelay_isTheLongerOfTheBudgets_andOfTheRefusals() {
        rebuild(builder ->
                builder.rateLimits(RateLimits.builder().messages(1).refusals(3).build()));
        TestConnection client = fixture.event("123");
        say(client, SEND, 1);
        fixture.time.advance(Duration.ofSeconds(30));
        say(client, SEND, 3);
        client.wire.takeFrames();
        assertEquals("rate limit;delayMs=60000", client.wire.takeClose(4029).reason(), "the refusals are younger");
        client.cut();
        rebuild(builder ->
                builder.rateLimits(RateLimits.builder().messages(1).refusals(3).build()));
        TestConnection other = fixture.event("123");
        say(other, SEND, 1);
        fixture.time.advance(Duration.ofSeconds(20));
        say(other, SEND, 2);
        fixture.time.advance(Duration.ofSeconds(40));
        say(other, SEND, 2);
        other.wire.takeFrames();
        assertEquals("rate limit;delayMs=60000", other.wire.takeClose(4029).reason(), "the message is younger");
    }

    @Test
    @Tag("R37")
    void oneRefusal_isTheFirstAndTheLast_whereTheHostWantsItSo_andTwoAreTwo() {
        rebuild(builder ->
                builder.rateLimits(RateLimits.builder().messages(1).refusals(1).build()));
        TestConnection client = fixture.event("123").say(SEND);
        client.wire.assertExhausted();
        assertLimited(client.say(SEND).take("error"), 60);
        client.wire.takeClose(4029);
        rebuild(builder ->
                builder.rateLimits(RateLimits.builder().messages(1).refusals(2).build()));
        TestConnection other = fixture.event("123").say(SEND);
        assertLimited(other.say(SEND).take("error"), 60);
        other.wire.assertExhausted();
        assertLimited(other.say(SEND).take("error"), 60);
        other.wire.takeClose(4029);
        other.say(SEND);
        other.wire.assertExhausted();
        assertEquals(List.of("messages", "messages", "messages"), limited, "who is closed is not heard any more");
    }

    @Test
    @Tag("R37")
    void everythingThatIsRefusedForComingTooOften_countsAsARefusal_butTypingDoesNot() {
        List<CompletableFuture<Reply>> held = new ArrayList<>();
        rebuild(builder -> builder.rateLimits(RateLimits.builder()
                .messages(SerialQueue.CAPACITY + 10)
                .typing(1)
                .refusals(12)
                .build()));
        host.answer = request -> {
            held.add(new CompletableFuture<>());
            return held.get(held.size() - 1);
        };
        TestConnection client = fixture.event("123");
        type(client, 1, true);
        for (int i = 2; i < 50; i++) {
            type(client, i, true);
        }
        assertLimited(client.take("error"), 60);
        say(client, SEND, SerialQueue.CAPACITY);
        client.wire.assertExhausted();
        for (int i = 0; i < 10; i++) {
            assertLimited(client.say(SEND).take("error"), 1);
        }
        assertLimited(client.say("nonsense").take("error"), 60);
        client.wire.assertExhausted();
        assertLimited(client.say("nonsense").take("error"), 60);
        client.wire.takeClose(4029);
        host.answer = request -> CompletableFuture.completedFuture(Reply.DONE);
        held.forEach(reply -> reply.complete(Reply.DONE));
    }

    @Test
    @Tag("R37")
    void renewalsBesideOneThatIsChecked_countAsRefusals() {
        CompletableFuture<Authentication> never = new CompletableFuture<>();
        boolean[] first = {true};
        rebuild(builder -> builder.rateLimits(RateLimits.builder().refusals(5).build())
                .authenticator(token -> {
                    boolean now = first[0];
                    first[0] = false;
                    return now ? CompletableFuture.completedFuture(accepted()) : never;
                }));
        TestConnection client = fixture.event("123");
        for (int i = 0; i < 5; i++) {
            client.say("auth:refresh", "{\"token\":\"a\"}");
        }
        assertEquals(4, client.wire.takeFrames().size());
        client.say("auth:refresh", "{\"token\":\"a\"}").take("error");
        client.wire.takeClose(4029);
    }

    @Test
    @Tag("R62")
    void typingThatTheHostWasNotToldOf_isStillAChange() {
        List<CompletableFuture<Reply>> held = new ArrayList<>();
        List<Boolean> repeats = new ArrayList<>();
        host.answer = request -> {
            repeats.add(request.repeat());
            held.add(new CompletableFuture<>());
            return held.get(held.size() - 1);
        };
        rebuild(builder ->
                builder.rateLimits(RateLimits.builder().messages(1_000).build()));
        TestConnection client = fixture.event("123");
        say(client, SEND, SerialQueue.CAPACITY + 1);
        type(client, 1, true);
        assertLimited(client.take("error"), 1);
        while (held.size() < SerialQueue.CAPACITY + 1) {
            held.get(held.size() - 1).complete(Reply.DONE);
            fixture.time.runUntilQuiet();
        }
        held.get(held.size() - 1).complete(Reply.DONE);
        fixture.time.runUntilQuiet();
        repeats.clear();
        type(client, 1, true);
        assertEquals(List.of(false), repeats);
        held.get(held.size() - 1).complete(Reply.DONE);
        fixture.time.runUntilQuiet();
        type(client, 1, true);
        assertEquals(List.of(false, true), repeats);
    }

    @Test
    void theConversationThatWasToldOfLeastLately_isForgottenFirst() {
        Typing typing = new Typing();
        for (int i = 0; i < Typing.MOST; i++) {
            typing.is("c" + i, true, i);
        }
        typing.is("c0", true, 40);
        typing.is("one more", true, 41);
        assertTrue(!typing.isChange("c0", true, 50), "told of again");
        assertTrue(typing.isChange("c1", true, 50), "forgotten");
    }
}
