package io.tidings.examples.standalone;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.tidings.policy.RateLimits;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Notifications: who is told, in which words, how many are unseen; many messages at once; who is there. */
class AcceptanceNotificationsTest extends AcceptanceFixture {

    @Override
    RateLimits limits() {
        return RateLimits.NONE;
    }

    @Test
    @Tag("R63")
    void likeCommentAndFollow_notifyTheOwner_inBothDialectsWords() {
        Map<String, String> sentences =
                Map.of("like", "likes “My video”", "comment", "commented on “My video”", "follow", "follows you");
        try (LiveClient event = event(2);
                LiveClient envelope = envelope(2)) {
            int count = 0;
            for (String type : List.of("like", "comment", "follow")) {
                long id = interact(1, type, 2);
                count++;
                JsonNode said = event.frame("notification:new").path("data");
                assertEquals(id, said.path("id").asLong());
                assertEquals(type, said.path("type").asText());
                assertEquals("user-1", said.at("/actor/username").asText());
                assertEquals("My video", said.at("/target/title").asText());
                assertFalse(said.path("seen").asBoolean(true));
                JsonNode unseen = event.frame("notification:unseen_count");
                assertCount(count, unseen);
                assertEquals(count, unseen.at("/data/byCategory/SOCIAL").asInt());
                JsonNode written = envelope.await("NEW_NOTIFICATION").path("payload");
                assertEquals(id, written.path("id").asLong());
                assertEquals("INFO", written.path("type").asText());
                assertEquals("SOCIAL", written.path("category").asText());
                assertEquals("user-1", written.path("title").asText());
                assertEquals(sentences.get(type), written.path("message").asText());
                assertCount(count, envelope.frame("UNREAD_COUNT_UPDATE"));
            }
        }
    }

    @Test
    @Tag("R63")
    @Tag("R65")
    void unseenNotifications_areCountedByCategory_alikeOnEveryWay() {
        interact(1, "like", 2);
        interact(3, "follow", 2);
        server.post(
                server.token("user=9&scope=notify"),
                NOTIFICATIONS,
                "{'userId':2,'title':'t','message':'m','category':'TASK'}");
        JsonNode read = get(2, NOTIFICATIONS + "unseen_count");
        assertEquals(3, read.path("count").asInt());
        assertEquals("{\"SOCIAL\":2,\"TASK\":1}", read.path("byCategory").toString());
        // Who connects is told at once.
        try (LiveClient event = event(2);
                LiveClient envelope = envelope(2)) {
            JsonNode said = event.await("notification:unseen_count").path("data");
            assertEquals(read, said);
            JsonNode written = envelope.await("UNREAD_COUNT_UPDATE").path("payload");
            assertEquals(3, written.path("totalUnread").asInt());
            assertEquals(read.path("byCategory"), written.path("byCategory"));
            assertEquals(read.path("version"), written.path("version"));
        }
    }

    @Test
    @Tag("R64")
    void seenNotifications_areToldToAllDevices_andCountedOnce() {
        long first = interact(1, "like", 2);
        long second = interact(1, "comment", 2);
        try (LiveClient phone = event(2);
                LiveClient desktop = envelope(2)) {
            assertCount(2, phone.await("notification:unseen_count"));
            phone.say("{'type':'notification:mark_seen','id':'s','data':{'notificationIds':[" + first + "," + first
                    + "]}}");
            assertEquals(
                    "[" + first + "]",
                    phone.await("notification:seen").at("/data/notificationIds").toString());
            assertCount(1, phone.await("notification:unseen_count"));
            JsonNode read = desktop.await("NOTIFICATION_READ").path("payload");
            assertEquals("[" + first + "]", read.path("notificationIds").toString());
            assertEquals(1, read.path("remainingUnread").asInt());
            // Seen already: nothing changes, and nobody is told.
            server.post(token(2), NOTIFICATIONS + "seen", "{'notificationIds':[" + first + "]}");
            HttpResponse<String> rest =
                    server.post(token(2), NOTIFICATIONS + "seen", "{'notificationIds':[" + second + "]}");
            assertEquals(204, rest.statusCode(), rest.body());
            assertEquals(
                    "[" + second + "]",
                    phone.await("notification:seen").at("/data/notificationIds").toString());
            assertCount(0, phone.await("notification:unseen_count"));
        }
        assertEquals("[]", get(2, NOTIFICATIONS + "?unseen=true").path("items").toString());
        assertEquals(second, get(2, NOTIFICATIONS).at("/items/0/id").asLong(), "newest first");
    }

    @Test
    @Tag("R63")
    void ownAction_isAnsweredWith204_andNotifiesNobody() {
        try (LiveClient owner = event(1)) {
            for (String type : List.of("like", "comment", "follow")) {
                HttpResponse<String> own = server.post(token(1), INTERACTIONS, interaction(type, 1));
                assertEquals(204, own.statusCode(), own.body());
                assertEquals("", own.body());
            }
            send(2, 1, "next");
            assertEquals("next", owner.frame("message:new").at("/data/content").asText());
        }
        assertEquals(0, get(1, NOTIFICATIONS + "unseen_count").path("count").asInt());
    }

    @Test
    @Tag("R60")
    void aHundredMessagesAtOnce_arriveInOrder_andAreCounted() {
        try (LiveClient sender = event(1);
                LiveClient receiver = event(2)) {
            for (int i = 1; i <= 100; i++) {
                sender.say("{'type':'message:send','id':'r" + i + "','data':{'receiverId':2,'content':'" + i + "'}}");
            }
            long last = 0;
            for (int i = 1; i <= 100; i++) {
                JsonNode message = receiver.next("message:new").path("data");
                assertEquals(Integer.toString(i), message.path("content").asText());
                assertTrue(message.path("id").asLong() > last, message.toString());
                last = message.path("id").asLong();
            }
            JsonNode count = receiver.await("message:unread_count");
            while (count.at("/data/count").asLong() < 100) {
                count = receiver.await("message:unread_count");
            }
            assertCount(100, count);
            assertEquals(100, get(2, MESSAGES + "unread_count").path("count").asLong());
        }
    }

    @Test
    @Tag("R68")
    void presence_isToldToWhoWatches_andAnsweredToWhoAsks_withinTheTenant() {
        try (LiveClient watcher = event(1)) {
            watcher.say("{'type':'topic:subscribe','id':'t','data':{'topics':['presence:2']}}");
            assertEquals("t", watcher.next("result").path("id").asText());
            assertFalse(presenceOf2(token(1)).path("online").asBoolean(true));
            try (LiveClient other = server.event(server.token("user=2&device=phone"))) {
                JsonNode changed = watcher.next("presence:changed").path("data");
                assertEquals(2, changed.path("userId").asInt());
                assertTrue(changed.path("online").asBoolean());
                JsonNode found = presenceOf2(token(1));
                assertTrue(found.path("online").asBoolean());
                assertEquals("[\"phone\"]", found.path("devices").toString());
                assertFalse(
                        presenceOf2(server.token("user=1&tenant=b"))
                                .path("online")
                                .asBoolean(true),
                        "that is another user 2");
            }
        }
    }

    private JsonNode presenceOf2(String token) {
        HttpResponse<String> answer = server.getAs(token, "/api/v1/presence?users=2");
        assertEquals(200, answer.statusCode(), answer.body());
        return TestServer.json(answer.body()).at("/items/0");
    }

    @Test
    @Tag("R53")
    @Tag("R68")
    void topicsOtherThanPresence_areRefused() {
        try (LiveClient client = event(1)) {
            for (String topic : List.of("video/456", "presence", "presence:", "Presence:2")) {
                client.say("{'type':'topic:subscribe','id':'t','data':{'topics':['" + topic + "']}}");
                assertEquals("FORBIDDEN", client.next("error").at("/error/code").asText(), topic);
            }
        }
    }
}
