package io.tidings.examples.standalone;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.tidings.Hub;
import io.tidings.testkit.HandshakeRefused;
import io.tidings.testkit.RawWebSocketClient;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Both dialects over real sockets, on every container. */
@ParameterizedClass
@EnumSource(Container.class)
class DialectsTest {

    @Parameter
    Container container;

    private TestServer server;

    @BeforeEach
    void start() {
        server = TestServer.start(container);
    }

    @AfterEach
    void stop() {
        server.close();
        assertTrue(
                server.server.hub().stats().isEmpty(),
                () -> server.server.hub().stats().toString());
    }

    private HttpResponse<String> post(String user, String path, String body) {
        return server.post(server.token("user=" + user), path, body);
    }

    /** The contents of what came, whatever the dialect. */
    private static List<String> contents(List<JsonNode> frames, String envelope) {
        return frames.stream()
                .map(frame -> frame.path(envelope).path("content").asText())
                .toList();
    }

    @Test
    @Tag("R1")
    @Tag("R7")
    void devToken_opensBothDialects() {
        String token = server.token("user=123&tenant=7");
        try (LiveClient event = server.event(token);
                LiveClient envelope = server.envelope(token)) {
            assertEquals(123, event.connected.path("userId").asInt());
            assertEquals(7, event.connected.path("tenantId").asInt());
            assertEquals(123, envelope.connected.path("payload").path("userId").asInt());
        }
    }

    @Test
    @Tag("R4")
    void badToken_isToldInTheDialectsWordsAndClosedWith4500() {
        for (String token : List.of("nonsense", server.token("user=1&ttl=-60"), server.token("user=1") + "x")) {
            try (RawWebSocketClient event = server.open("/api/v1/ws?token=" + token);
                    RawWebSocketClient envelope = server.open("/notification/ws?token=" + token)) {
                JsonNode said = TestServer.json(event.nextText(LiveClient.PATIENCE));
                assertEquals("error", said.path("type").asText());
                assertEquals("UNAUTHORIZED", said.path("error").path("code").asText());
                assertEquals(4500, event.expectClose(LiveClient.PATIENCE).code());
                JsonNode written = TestServer.json(envelope.nextText(LiveClient.PATIENCE));
                assertEquals("ERROR", written.path("type").asText());
                assertEquals(
                        "UNAUTHORIZED", written.path("payload").path("code").asText());
                assertEquals(4500, envelope.expectClose(LiveClient.PATIENCE).code());
            }
        }
    }

    @Test
    @Tag("R60")
    void message_reachesTheReceiverAlone_inEachDialectsWords() {
        try (LiveClient sender = server.event(server.token("user=1"));
                LiveClient other = server.event(server.token("user=3"));
                LiveClient event = server.event(server.token("user=2"));
                LiveClient envelope = server.envelope(server.token("user=2"))) {
            sender.say("{'type':'message:send','id':'c-1','data':{'receiverId':2,'content':'a < b'}}");
            JsonNode result = sender.next("result");
            assertEquals("c-1", result.path("id").asText());
            assertTrue(result.path("data").path("id").isIntegralNumber(), result.toString());

            JsonNode said = event.next("message:new").path("data");
            assertEquals(result.path("data").path("id"), said.path("id"));
            assertEquals(1, said.path("senderId").asInt());
            assertEquals(2, said.path("receiverId").asInt());
            assertEquals("a < b", said.path("content").asText());
            assertFalse(said.path("seen").asBoolean(true));
            Instant createdAt = Instant.parse(said.path("createdAt").asText());

            JsonNode written = envelope.next("NEW_MESSAGE").path("payload");
            assertEquals(said.path("id"), written.path("id"));
            assertEquals(createdAt.toEpochMilli(), written.path("createdAt").asLong());

            // Sender and bystander hear of the next message first.
            post("2", "/api/v1/messages/", "{'receiverId':1,'content':'next'}");
            post("2", "/api/v1/messages/", "{'receiverId':3,'content':'next'}");
            assertEquals("next", sender.next().path("data").path("content").asText());
            assertEquals("next", other.next().path("data").path("content").asText());
        }
    }

    @Test
    @Tag("R60")
    void messageOfAnEnvelopeClient_isAnsweredInItsWords() {
        try (LiveClient envelope = server.envelope(server.token("user=1"));
                LiveClient event = server.event(server.token("user=2"))) {
            envelope.say("{'type':'SEND_MESSAGE','payload':{'receiverId':2,'content':'x'},'messageId':'c-1'}");
            JsonNode result = envelope.next("RESULT").path("payload");
            assertEquals("c-1", result.path("id").asText());
            assertEquals(
                    result.path("data").path("id"),
                    event.next("message:new").path("data").path("id"));
        }
    }

    @Test
    @DisplayName(
            "a repeated request of the same instance is answered again and done once; another instance's is its own")
    void repeatedRequest_isDoneOnce() {
        String ofA = "/api/v1/ws?instance=a&token=" + server.token("user=1");
        String ofB = "/api/v1/ws?instance=b&token=" + server.token("user=1");
        try (LiveClient receiver = server.event(server.token("user=2"))) {
            long first = send(ofA);
            assertEquals(first, send(ofA));
            long another = send(ofB);
            assertTrue(another > first, "another message");
            assertEquals(
                    first, receiver.next("message:new").path("data").path("id").asLong());
            assertEquals(
                    another,
                    receiver.next("message:new").path("data").path("id").asLong());
        }
    }

    private long send(String target) {
        try (LiveClient client = LiveClient.event(server.open(target))) {
            client.say("{'type':'message:send','id':'c-1','data':{'receiverId':2,'content':'x'}}");
            return client.next("result").path("data").path("id").asLong();
        }
    }

    @Test
    void typing_reachesTheOtherSide() {
        try (LiveClient typist = server.envelope(server.token("user=1"));
                LiveClient event = server.event(server.token("user=2"));
                LiveClient envelope = server.envelope(server.token("user=2"))) {
            typist.say("{'type':'TYPING','payload':{'conversationWith':2,'isTyping':true}}");
            JsonNode typing = event.next("message:typing").path("data");
            assertEquals(1, typing.path("userId").asInt());
            assertEquals(2, typing.path("conversationWith").asInt());
            assertTrue(typing.path("isTyping").asBoolean());
            assertEquals(
                    1, envelope.next("TYPING").path("payload").path("userId").asInt());
        }
    }

    private long id(HttpResponse<String> posted) {
        assertEquals(201, posted.statusCode(), posted.body());
        return TestServer.json(posted.body()).path("id").asLong();
    }

    @Test
    @Tag("R61")
    void messagesSeen_areToldToTheirSender() {
        long first = id(post("1", "/api/v1/messages/", "{'receiverId':2,'content':'a'}"));
        long second = id(post("1", "/api/v1/messages/", "{'receiverId':2,'content':'b'}"));
        String ids = "[" + first + "," + second + "]";
        try (LiveClient reader = server.event(server.token("user=2"));
                LiveClient event = server.event(server.token("user=1"));
                LiveClient envelope = server.envelope(server.token("user=1"))) {
            reader.say(
                    "{'type':'message:mark_seen','id':'s-1','data':{'conversationWith':1,'messageIds':" + ids + "}}");
            assertEquals("s-1", reader.await("result").path("id").asText());
            JsonNode seen = event.next("message:seen").path("data");
            assertEquals(ids, seen.path("messageIds").toString());
            assertEquals(2, seen.path("seenBy").asInt());
            Instant seenAt = Instant.parse(seen.path("seenAt").asText());
            JsonNode written = envelope.next("MESSAGE_SEEN").path("payload");
            assertEquals(ids, written.path("messageIds").toString());
            assertEquals(seenAt.toEpochMilli(), written.path("seenAt").asLong());
        }
    }

    @Test
    @Tag("R64")
    void notificationsSeen_areToldToAllOfTheUsersDevices() {
        String follow = "{'type':'follow','ownerId':2,'target':{'type':'user','id':2,'title':'t'}}";
        long id = id(post("1", "/api/v1/interactions", follow));
        try (LiveClient event = server.event(server.token("user=2&device=phone"));
                LiveClient envelope = server.envelope(server.token("user=2&device=web"))) {
            envelope.say("{'type':'MARK_NOTIFICATIONS_READ','payload':{'notificationIds':[" + id + "]}}");
            JsonNode said = event.await("notification:seen").path("data");
            assertEquals("[" + id + "]", said.path("notificationIds").toString());
            JsonNode written = envelope.await("NOTIFICATION_READ").path("payload");
            assertEquals("[" + id + "]", written.path("notificationIds").toString());
        }
    }

    @Test
    void nothingSeen_isDoneAndToldToNobody() {
        try (LiveClient reader = server.event(server.token("user=2"));
                LiveClient sender = server.event(server.token("user=1"))) {
            reader.say("{'type':'message:mark_seen','id':'a','data':{'conversationWith':1,'messageIds':[]}}");
            assertEquals("a", reader.next("result").path("id").asText());
            reader.say("{'type':'notification:mark_seen','id':'b','data':{'notificationIds':[]}}");
            assertEquals("b", reader.next("result").path("id").asText());
            post("2", "/api/v1/messages/", "{'receiverId':1,'content':'next'}");
            sender.next("message:new");
        }
    }

    @Test
    @Tag("R51")
    void invalidFrame_isAnsweredWithTheField_andTheConnectionStays() {
        try (LiveClient client = server.event(server.token("user=1"))) {
            client.say("{'type':'message:send','id':'c-1','data':{'content':'x'}}");
            JsonNode error = client.next("error").path("error");
            assertEquals("INVALID_MESSAGE", error.path("code").asText());
            assertEquals("data.receiverId", error.path("field").asText());
            assertEquals("c-1", error.path("id").asText());
            client.say("{'type':'message:send','id':'c-2','data':{'receiverId':2,'content':'x'}}");
            client.next("result");
        }
    }

    @Test
    @DisplayName("a notification that a service posts reaches both dialects, each in its own words")
    void postedNotification_reachesBothDialects() {
        try (LiveClient event = server.event(server.token("user=2"));
                LiveClient envelope = server.envelope(server.token("user=2"))) {
            String body = "{'userId':2,'title':'Deploy','message':'Done','type':'SUCCESS','category':'OPS',"
                    + "'priority':'HIGH','actionUrl':'/deploys/1'}";
            HttpResponse<String> posted =
                    server.post(server.token("user=9&scope=read%20notify"), "/api/v1/notifications/", body);
            assertEquals(201, posted.statusCode(), posted.body());
            JsonNode said = event.next("notification:new").path("data");
            assertEquals(said, TestServer.json(posted.body()));
            assertTrue(said.path("id").isIntegralNumber());
            assertEquals(2, said.path("userId").asInt());
            assertEquals("system", said.path("type").asText());
            assertEquals("SUCCESS", said.path("level").asText());
            JsonNode written = envelope.next("NEW_NOTIFICATION").path("payload");
            assertEquals(said.path("id"), written.path("id"));
            assertEquals("SUCCESS", written.path("type").asText());
            assertEquals("Deploy", written.path("title").asText());
            assertEquals("Done", written.path("message").asText());
            assertEquals("OPS", written.path("category").asText());
            assertEquals("HIGH", written.path("priority").asText());
            assertEquals("/deploys/1", written.path("actionUrl").asText());
        }
    }

    @Test
    @Tag("R63")
    void interaction_reachesTheOwnerInBothDialects() {
        try (LiveClient event = server.event(server.token("user=2"));
                LiveClient envelope = server.envelope(server.token("user=2"))) {
            String target = "{'type':'video','id':456,'title':'My video','thumbUrl':'/t.jpg'}";
            HttpResponse<String> posted =
                    post("1", "/api/v1/interactions", "{'type':'like','ownerId':2,'target':" + target + "}");
            assertEquals(201, posted.statusCode(), posted.body());
            JsonNode said = event.next("notification:new").path("data");
            assertEquals(said, TestServer.json(posted.body()));
            assertEquals("like", said.path("type").asText());
            assertEquals(456, said.path("refId").asInt());
            assertEquals(TestServer.json("{\"id\":1,\"username\":\"user-1\"}"), said.path("actor"));
            assertEquals(TestServer.json(target.replace('\'', '"')), said.path("target"));
            JsonNode written = envelope.next("NEW_NOTIFICATION").path("payload");
            assertEquals("INFO", written.path("type").asText());
            assertEquals("SOCIAL", written.path("category").asText());
            assertEquals("NORMAL", written.path("priority").asText());
            assertEquals("user-1", written.path("title").asText());
            assertEquals("likes “My video”", written.path("message").asText());
        }
    }

    @Test
    @Tag("R63")
    void ownInteraction_notifiesNobody() {
        try (LiveClient owner = server.event(server.token("user=1"))) {
            String body = "{'type':'like','ownerId':'1','target':{'type':'v','id':4,'title':'t'}}";
            HttpResponse<String> posted = post("1", "/api/v1/interactions", body);
            assertEquals(204, posted.statusCode(), posted.body());
            assertEquals("", posted.body());
            post("2", "/api/v1/messages/", "{'receiverId':1,'content':'next'}");
            owner.next("message:new");
        }
    }

    @Test
    @Tag("R40")
    void tenants_neverSeeEachOther() {
        try (LiveClient mine = server.event(server.token("user=2&tenant=a"));
                LiveClient others = server.event(server.token("user=2&tenant=b"));
                LiveClient nobodys = server.event(server.token("user=2"))) {
            String ofA = server.token("user=1&tenant=a&scope=notify");
            server.post(ofA, "/api/v1/messages/", "{'receiverId':2,'content':'a'}");
            server.post(ofA, "/api/v1/notifications/", "{'userId':2,'title':'a','message':'a'}");
            mine.next("message:new");
            mine.next("notification:new");
            server.post(server.token("user=1&tenant=b"), "/api/v1/messages/", "{'receiverId':2,'content':'b'}");
            post("1", "/api/v1/messages/", "{'receiverId':2,'content':'none'}");
            assertEquals(
                    "b", others.next("message:new").path("data").path("content").asText());
            assertEquals(
                    "none",
                    nobodys.next("message:new").path("data").path("content").asText());
        }
    }

    @Test
    @Tag("R42")
    void messageForSomebodyAway_isThereWhenTheyConnect_inEitherDialect() {
        post("1", "/api/v1/messages/", "{'receiverId':2,'content':'first'}");
        post("1", "/api/v1/messages/", "{'receiverId':2,'content':'second'}");
        try (LiveClient event = server.event(server.token("user=2&device=phone"));
                LiveClient envelope = server.envelope(server.token("user=2&device=web"))) {
            assertEquals(List.of("first", "second"), contents(event.durable(2), "data"));
            assertEquals(List.of("first", "second"), contents(envelope.durable(2), "payload"));
        }
    }

    @Test
    @Tag("R6")
    void devMode_takesPagesOfAnyOrigin() {
        RawWebSocketClient.Builder page =
                server.socket("/api/v1/ws?token=" + server.token("user=1")).origin("https://elsewhere.example");
        try (LiveClient client = LiveClient.event(page.connect())) {
            assertEquals(1, client.connected.path("userId").asInt());
        }
    }

    @Test
    @Tag("R6")
    void allowedOrigins_areTheOnlyOnes() {
        try (TestServer strict = TestServer.start(container, "--allow-origin", "https://app.example")) {
            String target = "/notification/ws?token=" + strict.token("user=1");
            try (LiveClient page = LiveClient.envelope(
                    strict.socket(target).origin("https://app.example").connect())) {
                assertEquals(1, page.connected.path("payload").path("userId").asInt());
            }
            RawWebSocketClient.Builder elsewhere = strict.socket(target).origin("https://elsewhere.example");
            assertEquals(
                    403,
                    assertThrows(HandshakeRefused.class, elsewhere::connect).status());
        }
    }

    private void awaitInTheMailbox(int count) {
        long end = System.nanoTime() + LiveClient.PATIENCE.toNanos();
        String token = server.token("user=2");
        Hub hub = server.server.hub();
        while (mailboxSize(token) < count || hub.stats().appends() > 0) {
            assertTrue(System.nanoTime() < end, () -> "not in time: " + hub.stats());
            Thread.onSpinWait();
        }
    }

    private int mailboxSize(String token) {
        return TestServer.json(server.getAs(token, "/api/v1/events").body())
                .path("items")
                .size();
    }

    @Test
    @Tag("R36")
    void close_saysGoodbyeBehindWhatIsQueued() {
        try (LiveClient client = server.event(server.token("user=2"))) {
            post("1", "/api/v1/messages/", "{'receiverId':2,'content':'last'}");
            // The sender is answered before it is queued.
            awaitInTheMailbox(1);
            server.close();
            assertEquals(
                    "last",
                    client.next("message:new").path("data").path("content").asText());
            assertEquals(1012, client.socket.expectClose(LiveClient.PATIENCE).code());
        }
    }
}
