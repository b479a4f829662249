package io.tidings;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.tidings.dialect.EnvelopeDialect;
import io.tidings.dialect.EventDialect;
import io.tidings.message.ErrorCode;
import io.tidings.message.UserKey;
import io.tidings.policy.RateLimits;
import io.tidings.testkit.ManualTime;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A request that is repeated under its id is done once and answered as often as it is asked. */
@Tag("R21")
class HubRepeatsTest {

    private static final Duration ALMOST = Answers.KEPT.minusSeconds(1);

    private final ScriptedListener host = new ScriptedListener();
    private int done;
    private HubFixture fixture;

    @BeforeEach
    void open() {
        fixture = new HubFixture(
                new ManualTime(),
                Cluster.quiet(HubFixture.EVENT, EventDialect.standard()),
                Cluster.quiet(HubFixture.ENVELOPE, EnvelopeDialect.standard()),
                builder -> builder.listener(host).authorizer(new AllTopics()));
        host.answer = request -> CompletableFuture.completedFuture(
                new Reply.Done(JsonNodeFactory.instance.objectNode().put("number", ++done)));
    }

    @AfterEach
    void nothingIsLeft() {
        fixture.close();
    }

    private static String send(String id) {
        return "{\"type\":\"message:send\",\"id\":\"" + id + "\",\"data\":{\"receiverId\":1,\"content\":\"hello\"}}";
    }

    private TestConnection tab(String token) {
        TestConnection tab = fixture.open(HubFixture.EVENT, "token=" + token).live();
        host.takeCalls();
        return tab;
    }

    private static void takeResult(TestConnection client, int number) {
        assertEquals(number, client.take("result").at("/data/number").asInt());
        client.wire.assertExhausted();
    }

    @Test
    void aRepeat_isAnsweredAgain_notDoneAgain_forFiveMinutes() {
        TestConnection client = tab("123&instance=tab");
        takeResult(client.say(send("r1")), 1);
        takeResult(client.say(send("r1")), 1);
        fixture.time.advance(ALMOST);
        takeResult(client.say(send("r1")), 1);
        fixture.time.advance(Duration.ofSeconds(1));
        takeResult(client.say(send("r1")), 2);
        takeResult(client.say(send("r2")), 3);
    }

    @Test
    void aRepeatAfterAReconnectOfTheInstance_isAnsweredAgain_inTheDialectOfTheNewConnection() {
        TestConnection first = tab("123&instance=tab");
        takeResult(first.say(send("r1")), 1);
        first.cut();
        TestConnection second = tab("123&instance=tab");
        takeResult(second.say(send("r1")), 1);
        second.cut();
        TestConnection third =
                fixture.open(HubFixture.ENVELOPE, "token=123&instance=tab").live();
        third.say(
                "{\"type\":\"SEND_MESSAGE\",\"messageId\":\"r1\",\"payload\":{\"receiverId\":1,\"content\":\"hello\"}}");
        assertEquals(1, third.take("RESULT").at("/payload/data/number").asInt());
    }

    @Test
    void otherInstancesAndUsers_haveIdsOfTheirOwn() {
        takeResult(tab("123&instance=tab").say(send("r1")), 1);
        takeResult(tab("123&instance=other").say(send("r1")), 2);
        takeResult(tab("124&instance=tab").say(send("r1")), 3);
        takeResult(tab("a/123&instance=tab").say(send("r1")), 4);
        takeResult(tab("123").say(send("r1")), 5);
        takeResult(tab("123").say(send("r1")), 6);
    }

    @Test
    void aRepeatWhileTheFirstIsUnderWay_getsTheOneAnswer() {
        CompletableFuture<Reply> reply = new CompletableFuture<>();
        host.answer = request -> reply;
        TestConnection client = tab("123&instance=tab");
        client.say(send("r1")).say(send("r1"));
        client.wire.assertExhausted();
        reply.complete(new Reply.Done(JsonNodeFactory.instance.objectNode().put("number", 7)));
        fixture.time.runUntilQuiet();
        takeResult(client, 7);
        assertEquals(List.of("r1"), host.takeCalls());
    }

    @Test
    void aRepeatOnANewConnection_whileTheFirstIsUnderWay_isAnsweredThere() {
        CompletableFuture<Reply> reply = new CompletableFuture<>();
        host.answer = request -> reply;
        TestConnection first = tab("123&instance=tab");
        first.say(send("r1"));
        first.cut();
        TestConnection second =
                fixture.open(HubFixture.EVENT, "token=123&instance=tab").live();
        second.say(send("r1"));
        reply.complete(new Reply.Done(JsonNodeFactory.instance.objectNode().put("number", 7)));
        fixture.time.runUntilQuiet();
        takeResult(second, 7);
        assertEquals(1, host.takeCalls().stream().filter("r1"::equals).count());
    }

    @Test
    void whatWasRefusedOrFailed_isDoneWhenItIsRepeated() {
        TestConnection client = tab("123&instance=tab");
        for (ErrorCode code : List.of(ErrorCode.FORBIDDEN, ErrorCode.INTERNAL_ERROR, ErrorCode.RATE_LIMIT)) {
            host.answer =
                    request -> CompletableFuture.completedFuture(new Reply.Refused(code, "Try again later", null));
            client.say(send("r1")).take("error");
        }
        host.answer = request -> CompletableFuture.failedFuture(new IllegalStateException("the host's own"));
        client.say(send("r1")).take("error");
        host.answer = request -> CompletableFuture.completedFuture(Reply.DONE);
        client.say(send("r1")).take("result");
        assertEquals(5, host.takeCalls().size());
        client.say("{\"type\":\"message:send\",\"id\":\"r2\",\"data\":{\"receiverId\":1}}")
                .take("error");
        client.say(send("r2")).take("result");
    }

    @Test
    void whatWasRefusedForARate_isDoneWhenItIsRepeatedLater() {
        fixture.close();
        fixture = new HubFixture(builder -> builder.listener(host)
                .rateLimits(RateLimits.builder().messages(1).build()));
        TestConnection client = tab("123&instance=tab");
        takeResult(client.say(send("r1")), 1);
        client.say(send("r2")).take("error");
        client.say(send("r1")).take("error");
        assertEquals(List.of("r1"), host.takeCalls());
    }

    @Test
    void whereTooManyWait_theRefusedOneIsDoneLater() {
        CompletableFuture<Reply> reply = new CompletableFuture<>();
        host.answer = request -> reply;
        fixture.close();
        fixture = new HubFixture(builder -> builder.listener(host).rateLimits(RateLimits.NONE));
        TestConnection client = tab("123&instance=tab");
        for (int i = 0; i <= SerialQueue.CAPACITY; i++) {
            client.say(send("r").replace("\"id\":\"r\",", ""));
        }
        client.say(send("late")).take("error");
        reply.complete(Reply.DONE);
        fixture.time.runUntilQuiet();
        client.wire.takeFrames();
        client.say(send("late"));
        assertEquals("late", client.take("result").at("/id").asText());
    }

    @Test
    void whatChangesAConnection_isNotChangedBackByARepeat_butChangedOnTheNextConnection() {
        TestConnection first = tab("123&instance=tab");
        String subscribe = "{\"type\":\"category:subscribe\",\"id\":\"s\",\"data\":{\"categories\":[\"TASK\"]}}";
        String unsubscribe = subscribe.replace("subscribe", "unsubscribe").replace("\"s\"", "\"u\"");
        first.say(subscribe).take("result");
        first.say(unsubscribe).take("result");
        first.say(subscribe).take("result");
        fixture.send(UserKey.of(123), HubSubscriptionsTest.notification(1, "TASK"), SendOptions.NONE);
        first.wire.assertExhausted();
        first.cut();
        TestConnection second = tab("123&instance=tab");
        second.say(subscribe).take("result");
        fixture.send(UserKey.of(123), HubSubscriptionsTest.notification(2, "HR"), SendOptions.NONE);
        second.wire.assertExhausted();
        fixture.send(UserKey.of(123), HubSubscriptionsTest.notification(3, "TASK"), SendOptions.NONE);
        assertEquals(3, second.take("notification:new").at("/data/id").asInt());
    }

    @Test
    void aRepeatedResume_isNotDoneAgain() {
        TestConnection client = tab("123&instance=tab");
        fixture.send("123", 1);
        client.take("message:new");
        String resume = "{\"type\":\"resume\",\"id\":\"r\",\"data\":{\"lastMessageId\":\"p00000000000000000000\"}}";
        client.say(resume).take("result");
        client.take("message:new");
        client.take("delivery:live");
        client.say(resume).take("result");
        client.wire.assertExhausted();
    }

    @Test
    void anAcknowledgement_isDoneAgain_underItsIdOnTheNextConnection() {
        TestConnection first = tab("123@phone&instance=tab");
        String one = ((SendResult.Accepted) fixture.send("123", 1)).id().toString();
        String two = ((SendResult.Accepted) fixture.send("123", 2)).id().toString();
        first.wire.takeFrames();
        String ack = "{\"type\":\"ack\",\"id\":\"a\",\"data\":{\"messageId\":\"ID\"}}";
        first.say(ack.replace("ID", one)).take("result");
        first.cut();
        TestConnection second = fixture.open(HubFixture.EVENT, "token=123@phone&instance=tab");
        assertEquals(one, second.take("connected").at("/lastMessageId").asText());
        second.wire.takeFrames();
        second.say(ack.replace("ID", two)).take("result");
        second.cut();
        TestConnection third = fixture.open(HubFixture.EVENT, "token=123@phone&instance=tab");
        assertEquals(two, third.take("connected").at("/lastMessageId").asText());
    }
}
