package io.tidings.examples.standalone;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import io.tidings.policy.RateLimits;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** A server that keeps nothing, on two containers that have little in common, and what users do to it over real sockets. */
@ParameterizedClass
@EnumSource(
        value = Container.class,
        names = {"TYRUS", "JETTY"})
abstract class AcceptanceFixture {

    static final String MESSAGES = "/api/v1/messages/";
    static final String NOTIFICATIONS = "/api/v1/notifications/";
    static final String INTERACTIONS = "/api/v1/interactions";

    /** Shorter than typing lasts by itself. */
    static final Duration SOON = Duration.ofMillis(2_500);

    @Parameter
    Container container;

    TestServer server;

    @BeforeEach
    void start() {
        server = TestServer.start(limits(), container);
    }

    /** How fast users may ask. */
    RateLimits limits() {
        return RateLimits.STANDARD;
    }

    @AfterEach
    void stop() {
        server.close();
    }

    String token(int user) {
        return server.token("user=" + user);
    }

    LiveClient event(int user) {
        return server.event(token(user));
    }

    LiveClient envelope(int user) {
        return server.envelope(token(user));
    }

    /** A connection of the event dialect that goes on after a message. */
    LiveClient eventAfter(int user, String lastMessageId) {
        return LiveClient.event(server.open("/api/v1/ws?token=" + token(user) + "&lastMessageId=" + lastMessageId));
    }

    JsonNode get(int user, String path) {
        HttpResponse<String> answer = server.getAs(token(user), path);
        assertEquals(200, answer.statusCode(), answer.body());
        return TestServer.json(answer.body());
    }

    /** Posts what is done; the body of the answer. */
    JsonNode post(int user, String path, String body, String... headers) {
        HttpResponse<String> answer = server.post(token(user), path, body, headers);
        assertEquals(201, answer.statusCode(), answer.body());
        return TestServer.json(answer.body());
    }

    /** Sends a message over REST; its id. */
    long send(int from, int to, String content) {
        return post(from, MESSAGES, "{'receiverId':" + to + ",'content':'" + content + "'}")
                .path("id")
                .asLong();
    }

    /** Does something to what another owns; the notification's id. */
    long interact(int actor, String type, int owner) {
        return post(actor, INTERACTIONS, interaction(type, owner)).path("id").asLong();
    }

    static String interaction(String type, int owner) {
        return "{'type':'" + type + "','ownerId':" + owner + ",'target':{'type':'video','id':456,'title':'My video'}}";
    }

    static List<String> contents(Stream<JsonNode> frames) {
        return frames.map(frame -> frame.at("/data/content").asText()).toList();
    }

    /** Asserts a count of either kind in either dialect. */
    static void assertCount(long expected, JsonNode frame) {
        JsonNode body = frame.has("data") ? frame.path("data") : frame.path("payload");
        String field = frame.path("type").asText().equals("UNREAD_COUNT_UPDATE") ? "totalUnread" : "count";
        assertEquals(expected, body.path(field).asLong(-1), frame.toString());
    }
}
