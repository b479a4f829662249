package io.tidings.examples.standalone;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.tidings.auth.Authorizer;
import io.tidings.auth.Identity;
import io.tidings.message.UserKey;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** REST over real sockets, on every container. */
@ParameterizedClass
@EnumSource(Container.class)
@Tag("R67")
class RestTest {

    private static final String MESSAGES = "/api/v1/messages/";
    private static final String NOTIFICATIONS = "/api/v1/notifications/";
    private static final String INTERACTIONS = "/api/v1/interactions";

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
    }

    private String token() {
        return server.token("user=1");
    }

    private JsonNode events(String user, String query) {
        HttpResponse<String> response = server.getAs(server.token("user=" + user), "/api/v1/events?" + query);
        assertEquals(200, response.statusCode(), response.body());
        return TestServer.json(response.body());
    }

    /** A user's mailbox, when so many messages are in it: they come there a little after the answer to who sent them. */
    private List<JsonNode> mailbox(String user, int count) {
        if (count > 0) {
            try (LiveClient client = server.event(server.token("user=" + user))) {
                client.durable(count);
            }
        }
        List<JsonNode> items = new ArrayList<>();
        events(user, "").path("items").forEach(items::add);
        assertEquals(count, items.size(), items.toString());
        return items;
    }

    /** Asserts status, code and shape of an error, and the field that it names, or null for none. */
    static void assertError(int status, String code, @Nullable String field, HttpResponse<String> response) {
        assertEquals(status, response.statusCode(), response.body());
        assertEquals(
                "application/json",
                response.headers().firstValue("Content-Type").orElse(""));
        JsonNode error = TestServer.json(response.body()).path("error");
        assertEquals(code, error.path("code").asText(), response.body());
        assertFalse(error.path("message").asText().isEmpty());
        Instant.parse(error.path("timestamp").asText());
        assertEquals(field == null ? "" : field, error.path("field").asText(), response.body());
    }

    static void assertInvalid(@Nullable String field, HttpResponse<String> response) {
        assertError(400, "INVALID_MESSAGE", field, response);
    }

    @Test
    @Tag("R60")
    void postedMessage_isAnsweredAsItWasStored() {
        HttpResponse<String> posted = server.post(token(), MESSAGES, "{'receiverId':'2','content':'hi','extra':1}");
        assertEquals(201, posted.statusCode(), posted.body());
        JsonNode message = TestServer.json(posted.body());
        assertTrue(message.path("id").isIntegralNumber());
        assertTrue(message.path("senderId").isIntegralNumber());
        assertTrue(message.path("receiverId").isIntegralNumber());
        assertEquals("hi", message.path("content").asText());
        assertFalse(message.has("extra"));
        assertEquals(message, mailbox("2", 1).get(0).path("data"));
    }

    @Test
    @Tag("R46")
    void sameIdempotencyKey_isDoneOnceAndAnsweredAlike() {
        String body = "{'receiverId':2,'content':'x'}";
        HttpResponse<String> first = server.post(token(), MESSAGES, body, "Idempotency-Key", "k");
        HttpResponse<String> again = server.post(token(), MESSAGES, body, "Idempotency-Key", "k");
        assertEquals(201, again.statusCode());
        assertEquals(first.body(), again.body());
        mailbox("2", 1);
    }

    @Test
    @Tag("R46")
    void idempotencyKey_countsForOneUserAndRouteAlone() {
        String body = "{'receiverId':2,'content':'x'}";
        String follow = "{'type':'follow','ownerId':2,'target':{'type':'user','id':2,'title':'t'}}";
        server.post(token(), MESSAGES, body, "Idempotency-Key", "k");
        server.post(server.token("user=3"), MESSAGES, body, "Idempotency-Key", "k");
        server.post(token(), INTERACTIONS, follow, "Idempotency-Key", "k");
        server.post(token(), MESSAGES, body, "Idempotency-Key", "l");
        server.post(token(), MESSAGES, body);
        mailbox("2", 5);
    }

    @Test
    void idempotencyKey_hasUpTo128Characters() {
        String body = "{'receiverId':2,'content':'x'}";
        assertInvalid("Idempotency-Key", server.post(token(), MESSAGES, body, "Idempotency-Key", "k".repeat(129)));
        assertInvalid("Idempotency-Key", server.post(token(), MESSAGES, body, "Idempotency-Key", ""));
        assertEquals(
                201,
                server.post(token(), MESSAGES, body, "Idempotency-Key", "k".repeat(128))
                        .statusCode());
    }

    @Test
    @Tag("R4")
    void withoutAGoodToken_everyRouteOfTheApiAnswers401() {
        String expired = server.token("user=1&ttl=-60");
        for (String authorization :
                List.of("Bearer", "Basic x", "Bearer x", "Bearer a b", token(), "Bearer " + expired)) {
            for (String path :
                    List.of(MESSAGES, MESSAGES + "seen", NOTIFICATIONS, NOTIFICATIONS + "seen", INTERACTIONS)) {
                HttpRequest.Builder post = HttpRequest.newBuilder(URI.create(server.server.url() + path))
                        .POST(HttpRequest.BodyPublishers.ofString("{}"));
                HttpResponse<String> refused = server.send(post, "Authorization", authorization);
                assertError(401, "UNAUTHORIZED", null, refused);
                assertEquals(
                        "Bearer",
                        refused.headers().firstValue("WWW-Authenticate").orElse(""));
            }
            for (String path : List.of(
                    "/api/v1/events",
                    MESSAGES + "inbox",
                    MESSAGES + "unread_count",
                    NOTIFICATIONS,
                    NOTIFICATIONS + "unseen_count",
                    "/api/v1/presence?users=1")) {
                assertError(401, "UNAUTHORIZED", null, server.get(path, "Authorization", authorization));
            }
        }
        assertError(401, "UNAUTHORIZED", null, server.get("/api/v1/events"));
        assertError(401, "UNAUTHORIZED", null, server.get("/api/v1/events?token=" + token()));
        assertEquals(
                200,
                server.get("/api/v1/events", "Authorization", "bearer  " + token())
                        .statusCode());
    }

    @Test
    @Tag("R53")
    void notifying_needsTheScope() {
        String body = "{'userId':2,'title':'t','message':'m'}";
        for (String scope : List.of("", "notifyy", "read", "NOTIFY")) {
            String token = server.token("user=1&scope=" + scope);
            assertError(403, "FORBIDDEN", null, server.post(token, NOTIFICATIONS, body));
            assertError(403, "FORBIDDEN", null, server.post(token, NOTIFICATIONS, "not JSON"));
        }
        mailbox("2", 0);
        String token = server.token("user=1&scope=notify");
        assertEquals(201, server.post(token, NOTIFICATIONS, body).statusCode());
        mailbox("2", 1);
    }

    @Test
    void notificationWithoutTheOptionalFields_isOfLevelInfo() {
        String token = server.token("user=1&scope=notify");
        HttpResponse<String> posted = server.post(token, NOTIFICATIONS, "{'userId':2,'title':'t','message':'m'}");
        JsonNode sent = TestServer.json(posted.body());
        assertEquals("INFO", sent.path("level").asText());
        assertEquals("OTHER", sent.path("category").asText());
        assertEquals("NORMAL", sent.path("priority").asText());
        assertFalse(sent.has("actionUrl"));
    }

    @Test
    @Tag("R51")
    void fieldOfAMessageThatDoesNotHold_isNamed() {
        assertInvalid("receiverId", server.post(token(), MESSAGES, "{'content':'x'}"));
        assertInvalid("receiverId", server.post(token(), MESSAGES, "{'receiverId':1.5,'content':'x'}"));
        assertInvalid("content", server.post(token(), MESSAGES, "{'receiverId':2}"));
        assertInvalid("content", server.post(token(), MESSAGES, "{'receiverId':2,'content':7}"));
        String content = "x".repeat(5_001);
        assertInvalid("content", server.post(token(), MESSAGES, "{'receiverId':2,'content':'" + content + "'}"));
        mailbox("2", 0);
    }

    @Test
    @Tag("R51")
    @Tag("R52")
    void fieldOfANotificationThatDoesNotHold_isNamed() {
        String token = server.token("user=1&scope=notify");
        assertInvalid("userId", server.post(token, NOTIFICATIONS, "{'title':'t','message':'m'}"));
        assertInvalid("title", server.post(token, NOTIFICATIONS, "{'userId':2,'message':'m'}"));
        assertInvalid("message", server.post(token, NOTIFICATIONS, "{'userId':2,'title':'t'}"));
        String body = "{'userId':2,'title':'t','message':'m',";
        assertInvalid("type", server.post(token, NOTIFICATIONS, body + "'type':'info'}"));
        assertInvalid("priority", server.post(token, NOTIFICATIONS, body + "'priority':'MAX'}"));
        assertInvalid("category", server.post(token, NOTIFICATIONS, body + "'category':'" + "c".repeat(129) + "'}"));
        assertInvalid("actionUrl", server.post(token, NOTIFICATIONS, body + "'actionUrl':'javascript:alert(1)'}"));
        mailbox("2", 0);
    }

    @Test
    @Tag("R51")
    @Tag("R52")
    void fieldOfAnInteractionThatDoesNotHold_isNamed() {
        assertInvalid("type", server.post(token(), INTERACTIONS, "{'type':'poke','ownerId':2,'target':{}}"));
        assertInvalid("ownerId", server.post(token(), INTERACTIONS, "{'type':'like','target':{}}"));
        assertInvalid("target", server.post(token(), INTERACTIONS, "{'type':'like','ownerId':2}"));
        String body = "{'type':'like','ownerId':2,'target':{'type':'v','id':1,";
        assertInvalid("target.title", server.post(token(), INTERACTIONS, body + "'x':1}}"));
        assertInvalid("target.title", server.post(token(), INTERACTIONS, body + "'title':'" + "t".repeat(201) + "'}}"));
        assertInvalid(
                "target.thumbUrl", server.post(token(), INTERACTIONS, body + "'title':'t','thumbUrl':'data:x'}}"));
        mailbox("2", 0);
    }

    @Test
    @Tag("R51")
    void valuesAtTheirLimits_areTaken() {
        String token = server.token("user=" + "u".repeat(128));
        String content = "x".repeat(4_999) + "😀";
        String target = "{'type':'v','id':1,'title':'" + "t".repeat(200) + "'}";
        HttpResponse<String> sent = server.post(token, MESSAGES, "{'receiverId':2,'content':'" + content + "'}");
        assertEquals(201, sent.statusCode(), sent.body());
        HttpResponse<String> mentioned =
                server.post(token, INTERACTIONS, "{'type':'mention','ownerId':2,'target':" + target + "}");
        assertEquals(201, mentioned.statusCode(), mentioned.body());
        mailbox("2", 2);
    }

    @Test
    @Tag("R51")
    void bodyThatIsNoGoodJson_isRefused() {
        List<String> bodies = List.of(
                "",
                "x",
                "[]",
                "null",
                "{'receiverId':2",
                "{'receiverId':2,'content':'a'} {}",
                "{'receiverId':2,'content':'a','content':'b'}",
                "{'receiverId':2,'content':'\\ud800'}",
                "{'receiverId':2,'content':'a','deep':" + "[".repeat(32) + "]".repeat(32) + "}");
        for (String body : bodies) {
            assertInvalid(null, server.post(token(), MESSAGES, body));
        }
        String body = "{\"receiverId\":2,\"content\":\"é\"}";
        assertInvalid(null, server.postBytes(token(), MESSAGES, body.getBytes(StandardCharsets.ISO_8859_1)));
        assertInvalid(null, server.postBytes(token(), MESSAGES, body.getBytes(StandardCharsets.UTF_16)));
        mailbox("2", 0);
        String deep = "{'receiverId':2,'content':'a','deep':" + "[".repeat(31) + "]".repeat(31) + "}";
        assertEquals(201, server.post(token(), MESSAGES, deep).statusCode());
    }

    @Test
    void bodyOver64KiB_isRefusedWith413() throws IOException {
        // Nothing of the body is sent: a connection that ends under it may take the answer along.
        URI url = URI.create(server.server.url());
        try (Socket socket = new Socket(url.getHost(), url.getPort())) {
            socket.setSoTimeout((int) LiveClient.PATIENCE.toMillis());
            String head = "POST " + MESSAGES + " HTTP/1.1\r\nHost: x\r\nContent-Length: 65537\r\n\r\n";
            socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertTrue(answer.startsWith("HTTP/1.1 413 "), answer);
            JsonNode body = TestServer.json(answer.substring(answer.indexOf("\r\n\r\n")));
            assertEquals("INVALID_MESSAGE", body.at("/error/code").asText());
        }
        assertInvalid(null, server.postBytes(token(), MESSAGES, new byte[64 * 1024]));
    }

    @Test
    void unknownPathOrMethod_isRefused() {
        assertError(404, "INVALID_MESSAGE", null, server.get("/nope"));
        assertError(404, "INVALID_MESSAGE", null, server.getAs(token(), "/api/v1/messages/outbox"));
        HttpResponse<String> wrong = server.getAs(token(), MESSAGES);
        assertError(405, "INVALID_MESSAGE", null, wrong);
        assertEquals("POST", wrong.headers().firstValue("Allow").orElse(""));
    }

    @Test
    @Tag("R6")
    void pagesOfAllowedOrigins_mayUseTheRoutes_andOthersAreToldNothing() {
        String path = MESSAGES + "unread_count";
        assertEquals(Optional.of("https://any.example"), allowed(server.get(path, "Origin", "https://any.example")));
        server.close();
        server = TestServer.start(container, "--allow-origin", "https://app.example");
        String token = "Bearer " + token();
        HttpResponse<String> told = server.get(path, "Origin", "https://app.example", "Authorization", token);
        assertEquals(200, told.statusCode());
        assertEquals(Optional.of("https://app.example"), allowed(told));
        assertEquals(
                Optional.of("https://app.example"),
                allowed(server.get(path, "Origin", "https://app.example")),
                "refusals too");
        assertEquals(Optional.empty(), allowed(server.get(path, "Origin", "https://evil.example")));
        assertEquals(204, preflight(path, "https://app.example").statusCode());
        assertEquals(403, preflight(path, "https://evil.example").statusCode());
    }

    private HttpResponse<String> preflight(String path, String origin) {
        HttpRequest.Builder options = HttpRequest.newBuilder(URI.create(server.server.url() + path))
                .method("OPTIONS", HttpRequest.BodyPublishers.noBody());
        return server.send(options, "Origin", origin, "Access-Control-Request-Method", "GET");
    }

    private static Optional<String> allowed(HttpResponse<String> response) {
        return response.headers().firstValue("Access-Control-Allow-Origin");
    }

    @Test
    @Tag("R43")
    void events_arePagesOfTheMailbox() {
        for (String content : List.of("a", "b", "c")) {
            server.post(token(), MESSAGES, "{'receiverId':2,'content':'" + content + "'}");
        }
        mailbox("2", 3);
        JsonNode first = events("2", "limit=2");
        assertEquals(2, first.path("items").size());
        assertEquals("a", first.at("/items/0/data/content").asText());
        assertEquals(first.path("next"), first.at("/items/1/id"));
        assertFalse(first.has("gap"));
        JsonNode second = events("2", "limit=2&after=" + first.path("next").asText());
        assertEquals(1, second.path("items").size());
        assertEquals("c", second.at("/items/0/data/content").asText());
        JsonNode third = events("2", "after=" + second.path("next").asText());
        assertEquals(0, third.path("items").size());
        assertEquals(second.path("next"), third.path("next"));
    }

    @Test
    @Tag("R43")
    void events_areTheFramesThatAConnectionGets() {
        server.post(token(), MESSAGES, "{'receiverId':2,'content':'a'}");
        try (LiveClient client = server.event(server.token("user=2"))) {
            assertEquals(client.durable(1), mailbox("2", 1));
        }
    }

    @Test
    @Tag("R43")
    void eventsAfterWhatCannotBeContinued_tellTheGapAndWhatIsHeld() {
        server.post(token(), MESSAGES, "{'receiverId':2,'content':'a'}");
        mailbox("2", 1);
        for (String after : List.of("nonsense", "t00000000000000000001")) {
            JsonNode page = events("2", "after=" + after);
            assertEquals(1, page.path("items").size());
            assertEquals(after, page.at("/gap/from").asText());
            assertEquals("unknown", page.at("/gap/reason").asText());
            assertTrue(page.at("/gap/to").asText().compareTo(page.path("next").asText()) < 0);
        }
        JsonNode page = events("2", "after=p00000000010000000001");
        assertEquals("epoch", page.at("/gap/reason").asText());
        assertEquals(1, page.path("items").size());
        JsonNode empty = events("5", "after=nonsense");
        assertEquals("p00000000000000000000", empty.at("/gap/to").asText());
        assertEquals("p00000000000000000000", empty.path("next").asText());
    }

    @Test
    void eventsWithABadParameter_areRefused() {
        for (String limit : List.of("0", "1001", "x", "-1", "1.5", "99999999999")) {
            assertInvalid("limit", server.getAs(token(), "/api/v1/events?limit=" + limit));
        }
        assertEquals(200, server.getAs(token(), "/api/v1/events?limit=1000").statusCode());
        assertInvalid("after", server.getAs(token(), "/api/v1/events?after=" + "p".repeat(129)));
    }

    @Test
    @Tag("R53")
    void whatTheHostForbids_isRefusedWith403_andChangesNothing_overRestAndWebSocket() {
        server.close();
        server = TestServer.start(
                new Authorizer() {
                    @Override
                    public CompletionStage<Boolean> mayReach(Identity from, UserKey to, String kind) {
                        return CompletableFuture.completedFuture(!to.user().equals("2"));
                    }
                },
                container);
        String token = server.token("user=1&scope=notify");
        String target = "'target':{'type':'v','id':1,'title':'t'}}";
        for (String user : List.of("2", "3")) {
            List<HttpResponse<String>> answers = List.of(
                    server.post(token, MESSAGES, "{'receiverId':" + user + ",'content':'x'}"),
                    server.post(token, NOTIFICATIONS, "{'userId':" + user + ",'title':'t','message':'m'}"),
                    server.post(token, INTERACTIONS, "{'type':'like','ownerId':" + user + "," + target));
            for (HttpResponse<String> answer : answers) {
                if (user.equals("2")) {
                    assertError(403, "FORBIDDEN", null, answer);
                } else {
                    assertEquals(201, answer.statusCode(), answer.body());
                }
            }
            try (LiveClient client = server.event(token)) {
                client.say("{'type':'message:send','id':'r','data':{'receiverId':" + user + ",'content':'x'}}");
                client.next(user.equals("2") ? "error" : "result");
            }
        }
        mailbox("2", 0);
        mailbox("3", 4);
    }

    @Test
    @Tag("R52")
    void textOfClients_isSanitised_overRestAndWebSocket() {
        String token = server.token("user=1&scope=notify");
        String text = "<b>Tom</b> & a < b<script>alert(1)</script>";
        server.post(token, MESSAGES, "{'receiverId':2,'content':'" + text + "'}");
        server.post(token, NOTIFICATIONS, "{'userId':2,'title':'" + text + "','message':'" + text + "'}");
        server.post(
                token, INTERACTIONS, "{'type':'like','ownerId':2,'target':{'type':'v','id':1,'title':'" + text + "'}}");
        try (LiveClient client = server.event(token)) {
            client.say("{'type':'message:send','id':'r','data':{'receiverId':2,'content':'" + text + "'}}");
            client.next("result");
        }
        List<String> texts = new ArrayList<>();
        for (JsonNode frame : mailbox("2", 4)) {
            for (String at : List.of("/data/content", "/data/message", "/data/target/title")) {
                texts.add(frame.at(at).asText());
            }
        }
        texts.removeIf(String::isEmpty);
        String clean = "Tom & a < b";
        assertEquals(List.of(clean, clean, "likes “" + clean + "”", clean, clean), texts);
    }
}
