package io.tidings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.tidings.auth.Authorizer;
import io.tidings.auth.Identity;
import io.tidings.message.ErrorCode;
import io.tidings.policy.RateLimits;
import io.tidings.testkit.RecordedFrame;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What clients ask for is answered, once, under their id; what is wrong with it harms nothing else. */
class HubRequestsTest {

    private static final String SECRET = "jdbc:secret@db";
    private static final String SEND = "{\"type\":\"message:send\",\"data\":{\"receiverId\":1,\"content\":\"hello\"}}";
    private static final String ENVELOPE_SEND =
            "{\"type\":\"SEND_MESSAGE\",\"messageId\":\"r1\",\"payload\":{\"receiverId\":1,\"content\":\"hello\"}}";

    private final ScriptedListener host = new ScriptedListener();
    private HubFixture fixture = new HubFixture(builder -> builder.listener(host));

    @AfterEach
    void nothingIsLeft() {
        fixture.close();
    }

    private static String send(String id) {
        return "{\"type\":\"message:send\",\"id\":\"" + id + "\",\"data\":{\"receiverId\":1,\"content\":\"hello\"}}";
    }

    private static void assertError(RecordedFrame frame, ErrorCode code, @Nullable String field, @Nullable String id) {
        JsonNode error = frame.type().equals("ERROR") ? frame.at("/payload") : frame.at("/error");
        assertEquals(code.name(), error.path("code").asText(), frame.text());
        assertEquals(field, error.path("field").textValue(), frame.text());
        assertEquals(id, error.path("id").textValue(), frame.text());
        assertTrue(!error.path("message").asText().isEmpty(), frame.text());
    }

    // --- Answers

    @Test
    @Tag("R21")
    void done_isAnsweredByOneResult_underTheRequestsId_inBothDialects() {
        host.answer = request -> CompletableFuture.completedFuture(
                new Reply.Done(JsonNodeFactory.instance.objectNode().put("stored", 5)));
        TestConnection event = fixture.event("123");
        TestConnection envelope = fixture.envelope("123");
        RecordedFrame result = event.say(send("r1")).take("result");
        assertEquals("r1", result.at("/id").asText());
        assertEquals(5, result.at("/data/stored").asInt());
        result = envelope.say(ENVELOPE_SEND).take("RESULT");
        assertEquals("r1", result.at("/payload/id").asText());
        assertEquals(5, result.at("/payload/data/stored").asInt());
        event.wire.assertExhausted();
        envelope.wire.assertExhausted();
    }

    @Test
    @Tag("R21")
    void done_withoutAnId_isAnsweredByNothing() {
        TestConnection client = fixture.event("123").say(SEND);
        assertEquals(List.of("connected", "message.send"), host.takeCalls());
        client.wire.assertExhausted();
    }

    @Test
    @Tag("R22")
    void refused_isAnsweredByOneError_underTheRequestsId_inBothDialects() {
        host.answer = request ->
                CompletableFuture.completedFuture(new Reply.Refused(ErrorCode.FORBIDDEN, "Not a friend", "receiverId"));
        TestConnection event = fixture.event("123");
        TestConnection envelope = fixture.envelope("123");
        RecordedFrame error = event.say(send("r1")).take("error");
        assertError(error, ErrorCode.FORBIDDEN, "receiverId", "r1");
        assertEquals("2025-01-01T00:00:00Z", error.at("/error/timestamp").asText());
        assertError(event.say(SEND).take("error"), ErrorCode.FORBIDDEN, "receiverId", null);
        error = envelope.say(ENVELOPE_SEND).take("ERROR");
        assertError(error, ErrorCode.FORBIDDEN, "receiverId", "r1");
        assertEquals(fixture.time.epochMillis(), error.at("/timestamp").asLong());
        event.wire.assertExhausted();
        envelope.wire.assertExhausted();
    }

    @Test
    @Tag("R21")
    void anIntegerId_isAnsweredAsItsDigits() {
        TestConnection client = fixture.event("123");
        client.say("{\"type\":\"message:send\",\"id\":7,\"data\":{\"receiverId\":1,\"content\":\"x\"}}");
        assertEquals("7", client.take("result").at("/id").asText());
    }

    @ParameterizedTest
    @Tag("R21")
    @CsvSource(delimiter = '|', textBlock = """
        category:subscribe     | {"categories":["TASK"]}
        category:unsubscribe   | {"categories":["TASK"]}
        topic:unsubscribe      | {"topics":["a"]}
        message:mark_seen      | {"conversationWith":1,"messageIds":[1]}
        message:typing         | {"conversationWith":1,"isTyping":true}
        notification:mark_seen | {"notificationIds":[1]}
        ack                    | {"messageId":"p00000000000000000000"}
        ack                    | {"messageId":"msg-uuid-123"}
        """)
    void everyRequestWithAnId_isAnsweredByOneResult(String type, String body) {
        TestConnection client = fixture.event("123");
        client.say("{\"type\":\"" + type + "\",\"id\":\"r1\",\"data\":" + body + "}");
        assertEquals("r1", client.take("result").at("/id").asText());
        client.say(type, body);
        client.wire.assertExhausted();
    }

    @Test
    @Tag("R21")
    void resumeAndRenewal_withAnId_areAnsweredByOneResultToo() {
        TestConnection client = fixture.event("123");
        client.say("{\"type\":\"resume\",\"id\":\"r1\",\"data\":{\"lastMessageId\":\"p00000000000000000000\"}}");
        assertEquals("r1", client.take("result").at("/id").asText());
        client.take("delivery:live");
        client.say("{\"type\":\"auth:refresh\",\"id\":\"r2\",\"data\":{\"token\":\"123\"}}");
        client.take("auth:refreshed");
        assertEquals("r2", client.take("result").at("/id").asText());
        client.say("{\"type\":\"auth:refresh\",\"id\":\"r3\",\"data\":{\"token\":\"bad\"}}");
        assertError(client.take("error"), ErrorCode.UNAUTHORIZED, null, "r3");
        client.wire.assertExhausted();
    }

    @Test
    @Tag("R11")
    void ping_isAnsweredByPong_inTheEnvelope() {
        TestConnection client = fixture.envelope("123");
        RecordedFrame pong = client.say("PING", "{}").take("PONG");
        assertEquals("{}", pong.at("/payload").toString());
        assertEquals(fixture.time.epochMillis(), pong.at("/timestamp").asLong());
        client.say("{\"type\":\"PING\"}").take("PONG");
        client.wire.assertExhausted();
    }

    @Test
    @Tag("R21")
    void pong_hasNoAnswer_evenUnasked() {
        TestConnection client = fixture.event("123");
        client.say("{\"type\":\"pong\",\"timestamp\":\"2024-01-15T10:30:00Z\"}");
        client.say("{\"type\":\"pong\"}");
        client.wire.assertExhausted();
        assertEquals(List.of("connected"), host.takeCalls());
    }

    @Test
    @Tag("R53")
    void forbiddenRequests_changeNothing_andTheHostDoesNotHearOfThem() {
        List<CompletionStage<Boolean>> answers = new ArrayList<>();
        answers.add(CompletableFuture.completedFuture(false));
        answers.add(CompletableFuture.failedFuture(new IllegalStateException(SECRET)));
        rebuild(new Authorizer() {
            @Override
            public CompletionStage<Boolean> mayRequest(Identity identity, String kind) {
                assertEquals("message.send", kind);
                if (answers.isEmpty()) {
                    throw new IllegalStateException(SECRET);
                }
                return answers.remove(0);
            }
        });
        TestConnection client = fixture.event("123");
        for (int i = 1; i <= 3; i++) {
            RecordedFrame error = client.say(send("r" + i)).take("error");
            assertError(error, ErrorCode.FORBIDDEN, null, "r" + i);
            assertTrue(!error.text().contains(SECRET), error.text());
        }
        assertEquals(List.of("connected"), host.takeCalls());
        client.wire.assertExhausted();
    }

    private void rebuild(Authorizer authorizer) {
        fixture.close();
        fixture = new HubFixture(builder -> builder.listener(host).authorizer(authorizer));
    }

    @Test
    @Tag("R21")
    void aHostThatTakesNoRequests_refusesThem() {
        fixture.close();
        fixture = new HubFixture();
        TestConnection client = fixture.event("123");
        assertError(client.say(send("r1")).take("error"), ErrorCode.INVALID_MESSAGE, "type", "r1");
    }

    // --- Invalid frames

    @ParameterizedTest
    @Tag("R51")
    @CsvSource(delimiter = '|', textBlock = """
        {"type":"message:send","id":"r1","data":{"receiverId":1}}                    | data.content       | r1
        {"type":"message:send","id":"r1","data":{"receiverId":true,"content":"x"}}   | data.receiverId    | r1
        {"type":"message:send","id":"r1"}                                            | data               | r1
        {"type":"message:send","id":"r1","data":[]}                                  | data               | r1
        {"type":"message:mark_seen","data":{"conversationWith":1,"messageIds":[{}]}} | data.messageIds    |
        {"type":"message:typing","data":{"conversationWith":1,"isTyping":"yes"}}     | data.isTyping      |
        {"type":"ack","data":{}}                                                     | data.messageId     |
        {"type":"resume","data":{"lastMessageId":5}}                                 | data.lastMessageId |
        {"type":"topic:subscribe","data":{"topics":"a"}}                             | data.topics        |
        {"type":"category:subscribe","data":{"categories":[""]}}                     | data.categories    |
        {"type":"message:sent","id":"r1","data":{}}                                  | type               | r1
        {"type":5}                                                                   | type               |
        {"id":"r1"}                                                                  | type               | r1
        {"type":"ack","id":{},"data":{"messageId":"p"}}                              | id                 |
        [1]                                                                          |                    |
        nonsense                                                                     |                    |
        """)
    void invalid_namesTheField_andTheConnectionStays(String frame, @Nullable String field, @Nullable String id) {
        TestConnection client = fixture.event("123");
        assertError(client.say(frame).take("error"), ErrorCode.INVALID_MESSAGE, field, id);
        client.say(send("r2"));
        assertEquals("r2", client.take("result").at("/id").asText());
        client.wire.assertExhausted();
    }

    @Test
    @Tag("R51")
    void invalid_namesTheFieldAsTheEnvelopeCallsIt() {
        TestConnection client = fixture.envelope("123");
        client.say("{\"type\":\"SEND_MESSAGE\",\"messageId\":\"r1\",\"payload\":{\"receiverId\":1}}");
        assertError(client.take("ERROR"), ErrorCode.INVALID_MESSAGE, "payload.content", "r1");
        client.say("{\"type\":\"message:send\",\"payload\":{}}");
        assertError(client.take("ERROR"), ErrorCode.INVALID_MESSAGE, "type", null);
    }

    @Test
    @Tag("R51")
    void nesting_ofThirtyTwoIsRead_oneMoreIsRefused() {
        TestConnection client = fixture.event("123");
        String inner = "\"extra\":" + "[".repeat(30) + "]".repeat(30);
        client.say("{\"type\":\"ack\",\"id\":\"r1\",\"data\":{\"messageId\":\"x\"," + inner + "}}");
        client.take("result");
        inner = "\"extra\":" + "[".repeat(31) + "]".repeat(31);
        client.say("{\"type\":\"ack\",\"id\":\"r1\",\"data\":{\"messageId\":\"x\"," + inner + "}}");
        assertError(client.take("error"), ErrorCode.INVALID_MESSAGE, null, null);
    }

    @Test
    @Tag("R51")
    void content_ofFiveThousandCodePointsIsTaken_oneMoreIsRefused() {
        TestConnection client = fixture.event("123");
        String content = "\uD83D\uDE00".repeat(5_000);
        client.say("message:send", "{\"receiverId\":1,\"content\":\"" + content + "\"}");
        assertEquals(List.of("connected", "message.send"), host.takeCalls());
        client.say("message:send", "{\"receiverId\":1,\"content\":\"" + content + "x\"}");
        assertError(client.take("error"), ErrorCode.INVALID_MESSAGE, "data.content", null);
        assertEquals(List.of(), host.takeCalls());
    }

    @Test
    @Tag("R51")
    void nineteenInvalidInARow_areSurvived_theTwentiethCloses_aValidOneBetweenStartsAnew() {
        TestConnection client = fixture.event("123");
        sayInvalid(client, 19);
        client.say("{\"type\":\"pong\"}");
        sayInvalid(client, 19);
        client.say(SEND);
        sayInvalid(client, 20);
        assertEquals(4504, client.wire.takeClose().code());
        client.say(SEND);
        assertEquals(List.of("connected", "message.send", "disconnected 4504"), host.takeCalls());
        client.cut();
        client.wire.assertExhausted();
        fixture.assertEmpty();
    }

    private static void sayInvalid(TestConnection client, int times) {
        for (int i = 0; i < times; i++) {
            assertError(client.say("{\"type\":\"no\"}").take("error"), ErrorCode.INVALID_MESSAGE, "type", null);
        }
    }

    // --- Handlers that misbehave

    @Test
    @Tag("R35")
    void aHandlerThatFails_affectsOnlyItsFrame_andTellsNothing() {
        host.answer = request -> switch (String.valueOf(request.id())) {
            case "throws" -> throw new IllegalStateException(SECRET);
            case "overflows" -> throw new StackOverflowError(SECRET);
            case "null" -> null;
            case "fails" -> CompletableFuture.failedFuture(new IllegalStateException(SECRET));
            case "nothing" -> CompletableFuture.completedFuture(null);
            case "long" ->
                CompletableFuture.completedFuture(new Reply.Refused(ErrorCode.FORBIDDEN, "x".repeat(5_001), null));
            default -> CompletableFuture.completedFuture(Reply.DONE);
        };
        TestConnection client = fixture.event("123");
        TestConnection other = fixture.event("123");
        for (String id : List.of("throws", "overflows", "null", "fails", "nothing", "long")) {
            client.say(send(id));
            RecordedFrame error = client.take("error");
            assertError(error, ErrorCode.INTERNAL_ERROR, null, id);
            assertTrue(!error.text().contains(SECRET) && !error.text().contains("Exception"), error.text());
            assertEquals(
                    "fine", client.say(send("fine")).take("result").at("/id").asText());
        }
        fixture.send("123", 1);
        client.take("message:new");
        other.take("message:new");
        client.wire.assertExhausted();
        other.wire.assertExhausted();
    }

    @Test
    @Tag("R35")
    void aHandlerThatNeverAnswers_holdsUpItsOwnQueueAlone() {
        Queue<CompletableFuture<Reply>> running = hold();
        TestConnection client = fixture.event("123").say(send("r1")).say(send("r2"));
        assertEquals(List.of("connected", "r1"), host.takeCalls());
        TestConnection other = fixture.event("123").say(send("r3"));
        assertEquals(List.of("connected", "r3"), host.takeCalls());
        fixture.send("123", 1);
        String id = client.take("message:new").at("/id").asText();
        other.take("message:new");
        client.say("{\"type\":\"ack\",\"id\":\"r4\",\"data\":{\"messageId\":\"" + id + "\"}}");
        assertEquals("r4", client.take("result").at("/id").asText());
        client.cut();
        assertEquals(1, fixture.hub.stats().connections());
        other.wire.assertExhausted();
        while (!running.isEmpty()) {
            running.remove().complete(Reply.DONE);
            fixture.time.runUntilQuiet();
        }
    }

    @Test
    @Tag("R35")
    void aHandlerThatNeverAnswers_countsAsFailedAfterThirtySeconds() {
        Queue<CompletableFuture<Reply>> running = hold();
        TestConnection client = fixture.envelope("123");
        String send = ENVELOPE_SEND;
        client.say(send).say(send.replace("r1", "r2")).say(send.replace("r1", "r3"));
        fixture.time.advance(SerialQueue.MAX_TIME.minusMillis(1));
        client.wire.assertExhausted();
        fixture.time.advance(Duration.ofMillis(1));
        assertError(client.take("ERROR"), ErrorCode.INTERNAL_ERROR, null, "r1");
        assertEquals(List.of("connected", "r1", "r2"), host.takeCalls());
        running.remove().complete(Reply.DONE);
        fixture.time.runUntilQuiet();
        client.wire.assertExhausted();
        finish(running);
        assertEquals("r2", client.take("RESULT").at("/payload/id").asText());
        client.cut();
        fixture.time.advance(SerialQueue.MAX_TIME);
        assertEquals(List.of("r3", "disconnected 1006"), host.takeCalls());
        client.wire.assertExhausted();
    }

    /** Lets requests wait until the test completes their futures, of which there is never more than one. */
    private Queue<CompletableFuture<Reply>> hold() {
        Queue<CompletableFuture<Reply>> running = new ArrayDeque<>();
        host.answer = request -> {
            CompletableFuture<Reply> reply = new CompletableFuture<>();
            running.add(reply);
            return reply;
        };
        return running;
    }

    private void finish(Queue<CompletableFuture<Reply>> running) {
        assertEquals(1, running.size());
        running.remove().complete(Reply.DONE);
        fixture.time.runUntilQuiet();
    }

    @Test
    @Tag("R35")
    void requests_areDoneOneAtATime_inOrder_andBeyondAHundredAndTwentyEightWaitingRefused() {
        fixture.close();
        fixture = new HubFixture(builder -> builder.listener(host).rateLimits(RateLimits.NONE));
        Queue<CompletableFuture<Reply>> running = hold();
        TestConnection client = fixture.event("123");
        for (int i = 0; i <= 128; i++) {
            client.say(send("r" + i));
        }
        client.wire.assertExhausted();
        assertEquals(List.of("connected", "r0"), host.takeCalls());
        RecordedFrame error = client.say(send("r129")).take("error");
        assertError(error, ErrorCode.RATE_LIMIT, null, "r129");
        assertEquals(1, error.at("/error/retryAfter").asInt());
        for (int i = 0; i <= 128; i++) {
            finish(running);
            assertEquals("r" + i, client.take("result").at("/id").asText());
        }
        assertEquals(IntStream.rangeClosed(1, 128).mapToObj(i -> "r" + i).toList(), host.takeCalls());
        client.say(send("r130"));
        assertEquals(List.of("r130"), host.takeCalls());
        finish(running);
        client.take("result");
        client.wire.assertExhausted();
    }

    @Test
    @Tag("R50")
    void burstOfAWholeBudget_isTaken_howeverSlowTheHost() {
        Queue<CompletableFuture<Reply>> running = hold();
        TestConnection client = fixture.event("123");
        for (int i = 0; i < 100; i++) {
            client.say(send("r" + i));
        }
        client.wire.assertExhausted();
        assertError(client.say(send("r100")).take("error"), ErrorCode.RATE_LIMIT, null, "r100");
        for (int i = 0; i < 100; i++) {
            finish(running);
            assertEquals("r" + i, client.take("result").at("/id").asText());
        }
        client.wire.assertExhausted();
    }

    @Test
    @Tag("R35")
    void disconnected_isTheLastCall_afterWhatWaits() {
        Queue<CompletableFuture<Reply>> running = hold();
        TestConnection client = fixture.event("123").say(send("r1")).say(send("r2"));
        client.cut();
        client.say(send("r3"));
        finish(running);
        finish(running);
        assertEquals(List.of("connected", "r1", "r2", "disconnected 1006"), host.takeCalls());
        client.wire.assertExhausted();
    }
}
