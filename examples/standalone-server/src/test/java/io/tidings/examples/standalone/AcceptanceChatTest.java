package io.tidings.examples.standalone;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Messages between users: sent, seen, typed, counted, limited. */
class AcceptanceChatTest extends AcceptanceFixture {

    @Test
    @Tag("R60")
    void messageToAUserWhoIsThere_isToldToTheReceiverAlone_andThenCounted() {
        try (LiveClient sender = event(1);
                LiveClient receiver = event(2);
                LiveClient bystander = event(3)) {
            long id = send(1, 2, "hello");
            JsonNode message = receiver.frame("message:new").path("data");
            assertEquals(id, message.path("id").asLong());
            assertEquals("hello", message.path("content").asText());
            JsonNode count = receiver.frame("message:unread_count");
            assertCount(1, count);
            // Whoever was told of it by mistake was told before this.
            for (LiveClient other : List.of(sender, bystander)) {
                send(2, other == sender ? 1 : 3, "next");
                assertEquals(
                        "next", other.frame("message:new").at("/data/content").asText());
            }
            send(1, 2, "again");
            receiver.frame("message:new");
            JsonNode next = receiver.frame("message:unread_count");
            assertCount(2, next);
            assertTrue(
                    next.at("/data/version").asLong()
                            > count.at("/data/version").asLong(),
                    next.toString());
        }
    }

    @Test
    @Tag("R42")
    @Tag("R60")
    @Tag("R65")
    void messageToAUserWhoIsAway_isThereWhenTheUserConnects_withTheCount() {
        send(1, 2, "first");
        send(1, 2, "second");
        try (LiveClient event = event(2);
                LiveClient envelope = envelope(2)) {
            assertEquals(List.of("first", "second"), contents(event.durable(2).stream()));
            assertCount(2, event.await("message:unread_count"));
            assertCount(2, envelope.await("UNREAD_MESSAGES_UPDATE"));
        }
    }

    @Test
    @Tag("R61")
    void seenMessages_areToldToTheirSender_andCountedOnAllOfTheReadersDevices() {
        try (LiveClient sender = event(1);
                LiveClient phone = event(2);
                LiveClient desktop = envelope(2)) {
            long first = send(1, 2, "a");
            long second = send(1, 2, "b");
            phone.frame("message:new");
            phone.frame("message:unread_count");
            phone.frame("message:new");
            assertCount(2, phone.frame("message:unread_count"));
            phone.say("{'type':'message:mark_seen','data':{'conversationWith':1,'messageIds':[" + first + "]}}");
            JsonNode seen = sender.frame("message:seen").path("data");
            assertEquals("[" + first + "]", seen.path("messageIds").toString());
            assertEquals(2, seen.path("seenBy").asInt());
            assertCount(1, phone.frame("message:unread_count"));
            desktop.say("{'type':'MARK_MESSAGES_SEEN','payload':{'conversationWith':1,'messageIds':[" + first + ","
                    + second + "]}}");
            assertEquals(
                    "[" + second + "]",
                    sender.frame("message:seen").at("/data/messageIds").toString(),
                    "only what was new");
            assertCount(0, phone.frame("message:unread_count"));
            JsonNode last = desktop.await("UNREAD_MESSAGES_UPDATE");
            while (last.at("/payload/count").asLong() != 0) {
                last = desktop.await("UNREAD_MESSAGES_UPDATE");
            }
            assertEquals(0, get(2, MESSAGES + "unread_count").path("count").asLong());
            assertTrue(get(1, MESSAGES + "inbox").at("/items/1/seen").asBoolean());
        }
    }

    @Test
    @Tag("R62")
    void typing_isRelayed_andEndsByItselfAfterThreeSeconds() {
        try (LiveClient typist = event(1);
                LiveClient reader = envelope(2)) {
            // Before the server is told: however late what it says arrives, it lasts from later than this.
            long start = System.nanoTime();
            type(typist);
            JsonNode begun = reader.next("TYPING").path("payload");
            assertTrue(begun.path("isTyping").asBoolean());
            assertEquals(1, begun.path("userId").asInt());
            assertEquals(2, begun.path("conversationWith").asInt());
            assertFalse(reader.next("TYPING").at("/payload/isTyping").asBoolean(true));
            assertTrue(System.nanoTime() - start > SOON.toNanos(), "too early");
        }
    }

    @Test
    @Tag("R62")
    void typing_endsWithTheTypistsConnection() {
        try (LiveClient reader = event(2)) {
            assertEndsSoon(reader, typist -> {
                typist.socket.reset();
                return null;
            });
        }
    }

    @Test
    @Tag("R60")
    @Tag("R62")
    void typing_endsWithTheMessage_andBehindIt() {
        try (LiveClient reader = event(2)) {
            assertEndsSoon(reader, typist -> {
                typist.say("{'type':'message:send','data':{'receiverId':2,'content':'done'}}");
                return reader.next();
            });
        }
    }

    /**
     * It would end by itself after 3 s; a slow machine has some more tries to be faster than that.
     *
     * @param end lets it end; what comes before it has ended, if anything does
     */
    private void assertEndsSoon(LiveClient reader, Function<LiveClient, @Nullable JsonNode> end) {
        for (int attempt = 0; attempt < 10; attempt++) {
            try (LiveClient typist = event(1)) {
                long start = System.nanoTime();
                type(typist);
                assertTrue(reader.next("message:typing").at("/data/isTyping").asBoolean());
                JsonNode first = end.apply(typist);
                JsonNode second = reader.next();
                boolean soon = System.nanoTime() - start < SOON.toNanos();
                boolean behind = first == null || first.path("type").asText().equals("message:new");
                JsonNode ended = behind ? second : first;
                assertEquals("message:typing", ended.path("type").asText(), ended.toString());
                assertFalse(ended.at("/data/isTyping").asBoolean(true));
                if (soon) {
                    assertTrue(behind, "before the message");
                    return;
                }
            }
        }
        throw new AssertionError("typing ended by itself only");
    }

    private static void type(LiveClient typist) {
        typist.say("{'type':'message:typing','data':{'conversationWith':2,'isTyping':true}}");
    }

    @Test
    @Tag("R50")
    void aHundredRequestsAMinute_pass_whicheverWayTheyCome_andTheNextIsRefusedOnBoth() {
        String token = token(1);
        try (LiveClient client = server.event(token)) {
            for (int i = 1; i <= 50; i++) {
                client.say("{'type':'message:send','id':'r" + i + "','data':{'receiverId':2,'content':'x'}}");
                assertEquals(201, post(token).statusCode());
            }
            for (int i = 1; i <= 50; i++) {
                assertEquals("r" + i, client.next("result").path("id").asText());
            }
            client.say("{'type':'message:send','id':'over','data':{'receiverId':2,'content':'x'}}");
            JsonNode error = client.next("error").path("error");
            assertEquals("RATE_LIMIT", error.path("code").asText());
            assertEquals("over", error.path("id").asText());
            assertWithinAMinute(error.path("retryAfter").asLong());
            HttpResponse<String> refused = post(token);
            assertEquals(429, refused.statusCode(), refused.body());
            assertWithinAMinute(
                    Long.parseLong(refused.headers().firstValue("Retry-After").orElseThrow()));
        }
        assertEquals(100, get(2, MESSAGES + "unread_count").path("count").asLong(), "what was refused is not stored");
    }

    private HttpResponse<String> post(String token) {
        return server.post(token, MESSAGES, "{'receiverId':2,'content':'x'}");
    }

    private static void assertWithinAMinute(long seconds) {
        assertTrue(seconds >= 1 && seconds <= 60, () -> "again in " + seconds + " s");
    }

    @Test
    @Tag("R51")
    @Tag("R60")
    void contentOf5000CodePoints_arrivesWhole_andOneMoreIsRefused() {
        String most = "😀".repeat(5_000);
        try (LiveClient sender = event(1);
                LiveClient receiver = event(2)) {
            sender.say("{'type':'message:send','id':'a','data':{'receiverId':2,'content':'" + most + "'}}");
            assertEquals("a", sender.next("result").path("id").asText());
            assertEquals(most, receiver.next("message:new").at("/data/content").asText());
            send(1, 2, most);
            assertEquals(most, receiver.next("message:new").at("/data/content").asText());

            sender.say("{'type':'message:send','id':'b','data':{'receiverId':2,'content':'" + most + "x'}}");
            JsonNode error = sender.next("error").path("error");
            assertEquals("INVALID_MESSAGE", error.path("code").asText());
            assertEquals("data.content", error.path("field").asText());
            HttpResponse<String> refused =
                    server.post(token(1), MESSAGES, "{'receiverId':2,'content':'" + most + "x'}");
            RestTest.assertInvalid("content", refused);
            assertEquals(
                    List.of(most, most),
                    List.of(
                            get(2, MESSAGES + "inbox").at("/items/0/content").asText(),
                            get(2, MESSAGES + "inbox").at("/items/1/content").asText()));
            assertEquals(2, get(2, MESSAGES + "inbox").path("items").size());
        }
    }

    @Test
    @Tag("R46")
    @Tag("R60")
    void sameIdempotencyKey_isOneRowAndOneEvent_andAnsweredAlike() {
        String body = "{'receiverId':2,'content':'once'}";
        try (LiveClient receiver = event(2)) {
            String token = token(1);
            HttpResponse<String> first = server.post(token, MESSAGES, body, "Idempotency-Key", "k-1");
            HttpResponse<String> again = server.post(token, MESSAGES, body, "Idempotency-Key", "k-1");
            assertEquals(201, first.statusCode(), first.body());
            assertEquals(201, again.statusCode(), again.body());
            assertEquals(first.body(), again.body());
            send(1, 2, "next");
            assertEquals(
                    "once", receiver.frame("message:new").at("/data/content").asText());
            assertCount(1, receiver.frame("message:unread_count"));
            assertEquals(
                    "next", receiver.frame("message:new").at("/data/content").asText());
            assertCount(2, receiver.frame("message:unread_count"));
        }
        assertEquals(2, get(2, MESSAGES + "inbox").path("items").size());
    }
}
