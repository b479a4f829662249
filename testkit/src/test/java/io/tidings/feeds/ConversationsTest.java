package io.tidings.feeds;

import static io.tidings.feeds.FeedsFixture.data;
import static io.tidings.feeds.FeedsFixture.payload;
import static io.tidings.feeds.FeedsFixture.user;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tidings.Connection;
import io.tidings.Request;
import io.tidings.TestConnection;
import io.tidings.message.Kinds;
import io.tidings.message.UserKey;
import java.util.List;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class ConversationsTest {

    private final FeedsFixture fixture = new FeedsFixture();

    @AfterEach
    void close() {
        fixture.close();
    }

    @Test
    @Tag("R60")
    void aMessage_reachesTheReceiverAlone_beforeTheirCount() {
        TestConnection phone = fixture.event("789@phone");
        TestConnection web = fixture.envelope("789@web");
        TestConnection sender = fixture.event("123");

        ChatMessage message = fixture.send(123, 789, "hello");

        JsonNode told = data(phone, "message:new");
        assertEquals(message.id(), told.path("id").longValue());
        assertEquals(123, told.path("senderId").longValue());
        assertEquals(789, told.path("receiverId").longValue());
        assertEquals("hello", told.path("content").textValue());
        assertEquals("2025-01-01T00:00:00Z", told.path("createdAt").textValue());
        assertEquals(false, told.path("seen").booleanValue());
        JsonNode count = data(phone, "message:unread_count");
        assertEquals(1, count.path("count").intValue());
        assertEquals(1, count.path("version").intValue());
        assertEquals("hello", payload(web, "NEW_MESSAGE").path("content").textValue());
        assertEquals(1, payload(web, "UNREAD_MESSAGES_UPDATE").path("count").intValue());
        sender.wire.assertExhausted();
        phone.wire.assertExhausted();
        web.wire.assertExhausted();
    }

    @Test
    @Tag("R60")
    void aMessage_waitsForAReceiverWhoIsAway_withTheCount() {
        fixture.send(123, 789, "one");
        fixture.send(123, 789, "two");

        TestConnection late = fixture.hubs.open(io.tidings.HubFixture.EVENT, "token=789");

        late.take("connected");
        assertEquals("one", data(late, "message:new").path("content").textValue());
        assertEquals("two", data(late, "message:new").path("content").textValue());
        late.take("delivery:live");
        assertEquals(2, data(late, "message:unread_count").path("count").intValue());
        late.wire.assertExhausted();
    }

    @Test
    @Tag("R60")
    void aMessageToOneself_isToldAndCountedOnce() {
        TestConnection own = fixture.event("5");
        fixture.send(5, 5, "note");
        data(own, "message:new");
        assertEquals(1, data(own, "message:unread_count").path("count").intValue());
        own.wire.assertExhausted();
    }

    @Test
    @Tag("R60")
    void blankContent_isRefused_andNothingIsStored() {
        for (String blank : List.of("", " ", "\n\t ")) {
            String said = assertThrows(
                            IllegalArgumentException.class,
                            () -> fixture.feeds.conversations().send(user(1), user(2), blank))
                    .getMessage();
            assertTrue(said.startsWith("content "), said);
        }
        assertThrows(
                IllegalArgumentException.class,
                () -> fixture.feeds.conversations().send(user(1), user(2), "x".repeat(5_001)));
        fixture.send(1, 2, "x".repeat(5_000));
        assertEquals(
                1,
                fixture.done(fixture.feeds.conversations().messages(user(2), null, 0, 10))
                        .size());
        TestConnection client = fixture.event("1");
        client.say("{\"type\":\"message:send\",\"id\":\"a\",\"data\":{\"receiverId\":2,\"content\":\" \"}}");
        JsonNode error = client.take("error").json().path("error");
        assertEquals("INVALID_MESSAGE", error.path("code").textValue());
        assertEquals("content", error.path("field").textValue());
    }

    @Test
    @Tag("R60")
    void anotherTenant_cannotBeWrittenTo() {
        assertThrows(
                IllegalArgumentException.class,
                () -> fixture.feeds.conversations().send(new UserKey("a", "1"), new UserKey("b", "1"), "hello"));
    }

    @Test
    @Tag("R46")
    void aKey_thatIsRepeated_givesTheFirstMessage_andTellsNobody() {
        TestConnection receiver = fixture.event("2");
        ChatMessage first = fixture.done(fixture.feeds.conversations().send(user(1), user(2), "a", "k"));
        data(receiver, "message:new");
        data(receiver, "message:unread_count");

        ChatMessage again = fixture.done(fixture.feeds.conversations().send(user(1), user(2), "b", "k"));

        assertEquals(first, again);
        receiver.wire.assertExhausted();
        ChatMessage others = fixture.done(fixture.feeds.conversations().send(user(3), user(2), "c", "k"));
        assertTrue(others.id() > first.id());
        assertEquals("c", data(receiver, "message:new").path("content").textValue());
    }

    @Test
    @Tag("R46")
    void aRequestOfAnInstance_thatIsRepeatedOnAnotherNode_isDoneOnce_forFiveMinutesAndNotForTwelve() {
        io.tidings.Connection connection = connection();
        fixture.time.advance(java.time.Duration.ofMinutes(4));
        JsonNode first = requested(connection);
        fixture.time.advance(java.time.Duration.ofMinutes(5));
        assertEquals(first, requested(connection));
        fixture.time.advance(java.time.Duration.ofMinutes(12));
        assertTrue(
                requested(connection).path("id").longValue() > first.path("id").longValue());
    }

    /** Asked directly, because the hub of one node answers repeats itself. */
    private JsonNode requested(io.tidings.Connection connection) {
        com.fasterxml.jackson.databind.node.ObjectNode body =
                com.fasterxml.jackson.databind.node.JsonNodeFactory.instance.objectNode();
        body.put("receiverId", 2).put("content", "a");
        return ((io.tidings.Reply.Done) fixture.done(fixture.feeds
                        .listener()
                        .request(connection, new io.tidings.Request("message.send", body, "1"))))
                .data();
    }

    private io.tidings.Connection connection() {
        fixture.event("1");
        return fixture.hubs.hub.connections(user(1)).get(0);
    }

    @Test
    @Tag("R61")
    void seenMessages_areToldToEachSenderOnce_withTheirsAlone() {
        TestConnection one = fixture.event("1");
        TestConnection two = fixture.event("2");
        TestConnection phone = fixture.event("9@phone");
        TestConnection web = fixture.event("9@web");
        long a = fixture.send(1, 9, "a").id();
        long b = fixture.send(2, 9, "b").id();
        long c = fixture.send(1, 9, "c").id();
        long elsewhere = fixture.send(1, 2, "d").id();
        phone.wire.takeFrames();
        web.wire.takeFrames();
        two.wire.takeFrames();

        List<Long> marked = fixture.done(
                fixture.feeds.conversations().markSeen(user(9), null, List.of(a, b, c, elsewhere, 4_711L)));

        assertEquals(List.of(a, b, c), marked);
        JsonNode told = data(one, "message:seen");
        assertEquals("[" + a + "," + c + "]", told.path("messageIds").toString());
        assertEquals(9, told.path("seenBy").longValue());
        assertEquals("2025-01-01T00:00:00Z", told.path("seenAt").textValue());
        assertEquals("[" + b + "]", data(two, "message:seen").path("messageIds").toString());
        for (TestConnection device : List.of(phone, web)) {
            assertEquals(0, data(device, "message:unread_count").path("count").intValue());
            device.wire.assertExhausted();
        }
        one.wire.assertExhausted();
        two.wire.assertExhausted();
    }

    @Test
    @Tag("R61")
    void messagesThatAreSeen_areMarkedOnce() {
        TestConnection sender = fixture.event("1");
        TestConnection reader = fixture.event("2");
        long id = fixture.send(1, 2, "a").id();
        fixture.done(fixture.feeds.conversations().markSeen(user(2), user(1), List.of(id)));
        data(sender, "message:seen");
        reader.wire.takeFrames();

        assertEquals(List.of(), fixture.done(fixture.feeds.conversations().markSeen(user(2), user(1), List.of(id))));

        sender.wire.assertExhausted();
        reader.wire.assertExhausted();
    }

    @Test
    @Tag("R61")
    void nobodyMarksWhatOthersReceived_orWhatTheySentThemselves() {
        TestConnection sender = fixture.event("1");
        long id = fixture.send(1, 2, "a").id();
        for (UserKey stranger : List.of(user(3), user(1), new UserKey("other", "2"))) {
            assertEquals(List.of(), fixture.done(fixture.feeds.conversations().markSeen(stranger, null, List.of(id))));
            assertEquals(
                    List.of(), fixture.done(fixture.feeds.conversations().markSeen(stranger, user(1), List.of(id))));
        }
        sender.wire.assertExhausted();
        assertNull(fixture.done(fixture.feeds.conversations().messages(user(2), null, 0, 1))
                .get(0)
                .seenAt());
        assertEquals(
                1, fixture.done(fixture.feeds.conversations().unread(user(2))).count());
    }

    @Test
    @Tag("R61")
    void aConversation_isMarkedAlone() {
        long a = fixture.send(1, 9, "a").id();
        long b = fixture.send(2, 9, "b").id();
        assertEquals(List.of(a), fixture.done(fixture.feeds.conversations().markSeen(user(9), user(1), List.of(a, b))));
        assertEquals(
                1, fixture.done(fixture.feeds.conversations().unread(user(9))).count());
    }

    @Test
    @Tag("R61")
    void moreThanAThousandIds_areRefused() {
        List<Long> most =
                java.util.stream.LongStream.rangeClosed(1, 1_000).boxed().toList();
        assertEquals(List.of(), fixture.done(fixture.feeds.conversations().markSeen(user(9), null, most)));
        List<Long> more =
                java.util.stream.LongStream.rangeClosed(1, 1_001).boxed().toList();
        assertThrows(
                IllegalArgumentException.class,
                () -> fixture.feeds.conversations().markSeen(user(9), null, more));
    }

    @Test
    @Tag("R60")
    void clients_sendAndMark_overTheirConnections() {
        TestConnection sender = fixture.event("1");
        TestConnection receiver = fixture.envelope("2");
        sender.say("{\"type\":\"message:send\",\"id\":\"a\",\"data\":{\"receiverId\":2,\"content\":\"hi\"}}");
        long id = sender.take("result").json().at("/data/id").longValue();
        assertEquals(id, payload(receiver, "NEW_MESSAGE").path("id").longValue());
        payload(receiver, "UNREAD_MESSAGES_UPDATE");

        receiver.say(
                "MARK_MESSAGES_SEEN",
                "{\"conversationWith\":1,\"messageIds\":[" + id + ",\"x\",\"99999999999999999999\"]}");

        assertEquals(
                "[" + id + "]", data(sender, "message:seen").path("messageIds").toString());
        assertEquals(
                0, payload(receiver, "UNREAD_MESSAGES_UPDATE").path("count").intValue());
    }

    @Test
    @Tag("R60")
    void messages_areListedForBothSides_oldestFirst() {
        long a = fixture.send(1, 2, "a").id();
        long b = fixture.send(2, 1, "b").id();
        long c = fixture.send(3, 2, "c").id();
        var conversations = fixture.feeds.conversations();
        assertEquals(List.of(a, b, c), ids(fixture.done(conversations.messages(user(2), null, 0, 10))));
        assertEquals(List.of(a, b), ids(fixture.done(conversations.messages(user(2), user(1), 0, 10))));
        assertEquals(List.of(b), ids(fixture.done(conversations.messages(user(1), null, a, 10))));
        assertEquals(List.of(a), ids(fixture.done(conversations.messages(user(1), null, 0, 1))));
        assertThrows(IllegalArgumentException.class, () -> conversations.messages(user(1), null, 0, 0));
        assertThrows(IllegalArgumentException.class, () -> conversations.messages(user(1), null, 0, 1_001));
        fixture.done(conversations.messages(user(1), null, 0, 1_000));
    }

    @Test
    @Tag("R66")
    void aRequestThatIsRepeated_isDoneOnce_whereverItComesIn_andIdsAreTheInstancesOwn() {
        fixture.hubs.open(io.tidings.HubFixture.EVENT, "token=1&instance=a");
        fixture.hubs.open(io.tidings.HubFixture.EVENT, "token=1&instance=b");
        ObjectNode body =
                JsonNodeFactory.instance.objectNode().put("receiverId", "2").put("content", "hi");
        Request request = new Request(Kinds.SEND_MESSAGE.name(), body, "1");
        for (Connection connection : fixture.hubs.hub.connections(user(1))) {
            // The hub itself knows repeats for five minutes, and on one node.
            fixture.done(fixture.feeds.listener().request(connection, request));
            fixture.done(fixture.feeds.listener().request(connection, request));
        }
        assertEquals(
                2, fixture.done(fixture.feeds.conversations().unread(user(2))).count());
    }

    @Test
    @Tag("R61")
    void clients_markWithinTheConversationThatTheyName() {
        TestConnection reader = fixture.event("2");
        long ofOne = fixture.send(1, 2, "a").id();
        long ofThree = fixture.send(3, 2, "b").id();
        reader.say("message:mark_seen", "{\"conversationWith\":1,\"messageIds\":[" + ofOne + ',' + ofThree + "]}");
        fixture.time.runUntilQuiet();
        assertEquals(
                1, fixture.done(fixture.feeds.conversations().unread(user(2))).count());
    }

    @Test
    @Tag("R66")
    void aStoreThatFails_failsTheCall_andTellsNobody() {
        TestConnection receiver = fixture.event("2");
        fixture.store.close();
        assertThrows(CompletionException.class, () -> fixture.send(1, 2, "a"));
        receiver.wire.assertExhausted();
    }

    private static List<Long> ids(List<ChatMessage> messages) {
        return messages.stream().map(ChatMessage::id).toList();
    }
}
