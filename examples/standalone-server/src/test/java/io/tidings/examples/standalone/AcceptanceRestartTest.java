package io.tidings.examples.standalone;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.tidings.policy.RateLimits;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server that goes and comes back on the same database. A process that is killed: {@link StandaloneServerTest}. */
class AcceptanceRestartTest {

    private static final String MESSAGES = "/api/v1/messages/";
    private static final String NOTIFICATIONS = "/api/v1/notifications/";

    @TempDir
    Path directory;

    private String database;
    private TestServer server;

    @BeforeEach
    void start() throws Exception {
        database = database();
        server = launch();
    }

    /** A database of this test's own. */
    String database() throws Exception {
        return "jdbc:sqlite:" + directory.resolve("tidings.db");
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private TestServer launch(String... more) {
        String[] arguments = new String[2 + more.length];
        arguments[0] = "--database";
        arguments[1] = database;
        System.arraycopy(more, 0, arguments, 2, more.length);
        return TestServer.start(RateLimits.NONE, Container.TYRUS, arguments);
    }

    private void restart(String... more) {
        server.close();
        server = launch(more);
    }

    private String token(int user) {
        return server.token("user=" + user);
    }

    private JsonNode get(int user, String path) {
        HttpResponse<String> answer = server.getAs(token(user), path);
        assertEquals(200, answer.statusCode(), answer.body());
        return TestServer.json(answer.body());
    }

    private HttpResponse<String> send(int from, int to, String content, String key) {
        HttpResponse<String> answer = server.post(
                token(from), MESSAGES, "{'receiverId':" + to + ",'content':'" + content + "'}", "Idempotency-Key", key);
        assertEquals(201, answer.statusCode(), answer.body());
        return answer;
    }

    private LiveClient eventAfter(int user, String last) {
        return LiveClient.event(server.open("/api/v1/ws?token=" + token(user) + "&lastMessageId=" + last));
    }

    private static List<String> contents(List<JsonNode> frames) {
        return frames.stream().map(frame -> frame.at("/data/content").asText()).toList();
    }

    @Test
    @Tag("R46")
    @Tag("R47")
    @Tag("R66")
    void restart_keepsHistoryCountsKeys_andWhatWasNotDelivered() {
        String last;
        try (LiveClient receiver = server.event(token(2))) {
            send(1, 2, "delivered", "k-0");
            last = receiver.next("message:new").path("id").asText();
        }
        HttpResponse<String> first = send(1, 2, "not delivered", "k-1");
        server.post(
                token(1),
                "/api/v1/interactions",
                "{'type':'like','ownerId':2,'target':{'type':'video','id':456,'title':'t'}}");
        JsonNode inbox = get(2, MESSAGES + "inbox").path("items");
        JsonNode list = get(2, NOTIFICATIONS).path("items");
        JsonNode unread = get(2, MESSAGES + "unread_count");
        JsonNode unseen = get(2, NOTIFICATIONS + "unseen_count");
        restart();
        assertEquals(inbox, get(2, MESSAGES + "inbox").path("items"));
        assertEquals(2, inbox.size());
        assertEquals(list, get(2, NOTIFICATIONS).path("items"));
        assertEquals(1, list.size());
        assertEquals(unread, get(2, MESSAGES + "unread_count"));
        assertEquals(unseen, get(2, NOTIFICATIONS + "unseen_count"));
        assertEquals(first.body(), send(1, 2, "not delivered", "k-1").body());
        try (LiveClient receiver = eventAfter(2, last)) {
            List<JsonNode> missed = receiver.durable(2);
            assertEquals("not delivered", missed.get(0).at("/data/content").asText());
            assertEquals("notification:new", missed.get(1).path("type").asText());
            send(1, 2, "after", "k-2");
            JsonNode after = receiver.next("message:new");
            assertEquals("after", after.at("/data/content").asText());
            assertTrue(after.at("/data/id").asLong() > inbox.at("/1/id").asLong(), "ids go on growing");
            JsonNode count = receiver.await("message:unread_count");
            while (count.at("/data/count").asLong() < 3) {
                count = receiver.await("message:unread_count");
            }
            assertTrue(
                    count.at("/data/version").asLong() > unread.path("version").asLong());
        }
    }

    @Test
    @Tag("R47")
    @Tag("R66")
    void mailboxInMemory_forgetsPositionsAndKeepsTheRest() {
        restart("--mailbox", "memory");
        String last;
        try (LiveClient receiver = server.event(token(2))) {
            send(1, 2, "before", "k-0");
            last = receiver.next("message:new").path("id").asText();
        }
        restart("--mailbox", "memory");
        try (LiveClient receiver = eventAfter(2, last)) {
            assertEquals("delivery:gap", receiver.missed.get(0).path("type").asText());
            assertEquals(
                    List.of("before"),
                    List.of(get(2, MESSAGES + "inbox").at("/items/0/content").asText()));
            send(1, 2, "after", "k-1");
            assertEquals(List.of("after"), contents(receiver.durable(1)));
        }
    }

    @Test
    @Tag("R66")
    void mailboxThatWasInMemory_takesUpTheDatabaseAgain() {
        send(1, 2, "a", "k-0");
        restart("--mailbox", "memory");
        send(1, 2, "b", "k-1");
        restart();
        send(1, 2, "c", "k-2");
        assertEquals(3, get(2, MESSAGES + "unread_count").path("count").asLong());
        try (LiveClient receiver = server.event(token(2))) {
            List<String> told = contents(receiver.durable(2));
            assertEquals("a", told.get(0));
            assertEquals("c", told.get(1));
        }
    }
}
