package io.tidings;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.tidings.auth.Authorizer;
import io.tidings.auth.Identity;
import io.tidings.message.Address;
import io.tidings.message.Kinds;
import io.tidings.message.Message;
import io.tidings.message.Topic;
import io.tidings.message.UserKey;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What connections ask to be told of: categories of notifications, and topics. */
class HubSubscriptionsTest {

    static final UserKey USER = UserKey.of(123);

    private HubFixture fixture = new HubFixture();

    @AfterEach
    void nothingIsLeft() {
        fixture.close();
    }

    static Message notification(int id, @Nullable String category) {
        return Message.of(Kinds.NOTIFICATION_NEW)
                .set("id", id)
                .set("userId", 123)
                .set("kind", "system")
                .set("category", category)
                .set("createdAt", Instant.parse("2024-01-15T10:30:00Z"))
                .set("seen", false)
                .build();
    }

    private static Message unseen(int count) {
        return Message.of(Kinds.UNSEEN_COUNT).set("count", count).build();
    }

    private SendResult.Accepted send(int id, @Nullable String category) {
        return (SendResult.Accepted) fixture.send(USER, notification(id, category), SendOptions.NONE);
    }

    private static String list(String field, int from, int to) {
        return IntStream.rangeClosed(from, to)
                .mapToObj(i -> "\"c" + i + "\"")
                .collect(Collectors.joining(",", "{\"" + field + "\":[", "]}"));
    }

    private static void takeNotifications(TestConnection client, int... ids) {
        for (int id : ids) {
            assertEquals(id, client.take("notification:new").at("/data/id").asInt());
        }
        client.wire.assertExhausted();
    }

    // --- Categories

    @Test
    @Tag("R12")
    void everyCategory_untilTheFirstSubscription_thenTheNamedAndTheUncategorised_thenNoneButThose() {
        TestConnection client = fixture.envelope("123");
        send(1, "TASK");
        client.take("NEW_NOTIFICATION");
        client.say("SUBSCRIBE", "{\"categories\":[\"TASK\",\"CRM\"]}");
        client.say("SUBSCRIBE", "{\"categories\":[\"HR\"]}");
        for (String category : List.of("TASK", "CRM", "HR")) {
            send(2, category);
            assertEquals(
                    category,
                    client.take("NEW_NOTIFICATION").at("/payload/category").asText());
        }
        send(3, "SOCIAL");
        send(4, null);
        assertEquals(4, client.take("NEW_NOTIFICATION").at("/payload/id").asInt());
        client.say("UNSUBSCRIBE", "{\"categories\":[\"TASK\",\"CRM\",\"HR\"]}");
        send(5, "TASK");
        send(6, null);
        assertEquals(6, client.take("NEW_NOTIFICATION").at("/payload/id").asInt());
        client.say("SUBSCRIBE", "{\"categories\":[\"TASK\"]}");
        send(7, "TASK");
        assertEquals(7, client.take("NEW_NOTIFICATION").at("/payload/id").asInt());
        client.wire.assertExhausted();
    }

    @Test
    @Tag("R12")
    void categories_areEachConnectionsOwn() {
        TestConnection all = fixture.event("123");
        TestConnection some = fixture.event("123").say("category:subscribe", "{\"categories\":[\"TASK\"]}");
        send(1, "CRM");
        send(2, "TASK");
        takeNotifications(all, 1, 2);
        takeNotifications(some, 2);
    }

    @Test
    @Tag("R12")
    void counts_areNotFiltered() {
        TestConnection client = fixture.event("123").say("category:subscribe", "{\"categories\":[\"TASK\"]}");
        fixture.hub.publish(Address.user(USER), unseen(5));
        fixture.time.runUntilQuiet();
        client.take("notification:unseen_count");
        client.wire.assertExhausted();
    }

    @Test
    @Tag("R12")
    void transientMessages_areFilteredToo_toWhateverAddress() {
        TestConnection client = fixture.event("123").say("category:subscribe", "{\"categories\":[\"TASK\"]}");
        List<Address> addresses =
                List.of(Address.user(USER), Address.connection(client.id()), Address.tenant(""), Address.everyone());
        for (Address address : addresses) {
            fixture.hub.publish(address, notification(1, "CRM"));
            fixture.hub.publish(address, notification(2, "TASK"));
            fixture.time.runUntilQuiet();
            takeNotifications(client, 2);
        }
    }

    @Test
    @Tag("R12")
    void categories_inTheQuery_holdFromTheFirstMessage() {
        send(1, "TASK");
        send(2, "CRM");
        send(3, null);
        send(4, "a b");
        TestConnection client = fixture.open(HubFixture.EVENT, "token=123&categories=TASK,%20a%20b%20,,");
        client.take("connected");
        for (int id : new int[] {1, 3, 4}) {
            assertEquals(id, client.take("notification:new").at("/data/id").asInt());
        }
        client.take("delivery:live");
        send(5, "CRM");
        send(6, "TASK");
        takeNotifications(client, 6);
    }

    @Test
    @Tag("R12")
    void categories_holdForResumeToo_alsoWhereWholePagesAreFilteredOut() {
        SendResult.Accepted first = send(1, "TASK");
        for (int i = 2; i <= 2 * Engine.PAGE + 50; i++) {
            send(i, "CRM");
        }
        send(1_000, "TASK");
        TestConnection client = fixture.open(HubFixture.EVENT, "token=123&categories=TASK&lastMessageId=" + first.id());
        client.take("connected");
        assertEquals(1_000, client.take("notification:new").at("/data/id").asInt());
        client.take("delivery:live");
        client.say("resume", "{\"lastMessageId\":\"" + first.id() + "\"}");
        assertEquals(1_000, client.take("notification:new").at("/data/id").asInt());
        client.take("delivery:live");
        client.wire.assertExhausted();
    }

    @Test
    @Tag("R12")
    void whatIsFilteredOut_movesThePosition_soThatAcknowledgingAndResumingGoOn() {
        TestConnection client = fixture.open(HubFixture.EVENT, "token=123@phone&categories=TASK")
                .live();
        send(1, "CRM");
        send(2, "TASK");
        send(3, "CRM");
        SendResult.Accepted last = send(4, "TASK");
        takeNotifications(client, 2, 4);
        client.say("ack", "{\"messageId\":\"" + last.id() + "\"}");
        send(5, "CRM");
        send(6, "TASK");
        takeNotifications(client, 6);
        client.cut();
        TestConnection again = fixture.open(HubFixture.EVENT, "token=123@phone");
        assertEquals(
                last.id().toString(),
                again.take("connected").at("/lastMessageId").asText());
        assertEquals(5, again.take("notification:new").at("/data/id").asInt());
        assertEquals(6, again.take("notification:new").at("/data/id").asInt());
        again.take("delivery:live");
        again.wire.assertExhausted();
    }

    @Test
    @Tag("R12")
    void aHundredCategories_areTaken_oneMoreIsRefused_andChangesNothing() {
        TestConnection client = fixture.event("123");
        client.say("category:subscribe", list("categories", 1, 99));
        client.say("category:subscribe", list("categories", 50, 100));
        client.say("category:subscribe", list("categories", 101, 101));
        var error = client.take("error");
        assertEquals("INVALID_MESSAGE", error.at("/error/code").asText());
        assertEquals("categories", error.at("/error/field").asText());
        send(1, "c101");
        send(2, "c100");
        takeNotifications(client, 2);
        client.say("category:subscribe", list("categories", 1, 101));
        assertEquals("data.categories", client.take("error").at("/error/field").asText());
        client.say("category:unsubscribe", list("categories", 1, 1));
        client.say("category:subscribe", list("categories", 101, 101));
        send(3, "c101");
        takeNotifications(client, 3);
    }

    // --- Topics

    private void rebuild(Authorizer authorizer) {
        fixture.close();
        fixture = new HubFixture(builder -> builder.authorizer(authorizer));
    }

    private void publish(String topic) {
        fixture.hub.publish(Address.topic(Topic.of(topic)), HubFixture.seen(1));
        fixture.time.runUntilQuiet();
    }

    private static void assertForbidden(TestConnection client, String id) {
        var error = client.take("error");
        assertEquals("FORBIDDEN", error.at("/error/code").asText());
        assertEquals(id, error.at("/error/id").asText());
        client.wire.assertExhausted();
    }

    @Test
    @Tag("R53")
    void topics_areRefusedByDefault() {
        TestConnection client = fixture.event("123");
        client.say("{\"type\":\"topic:subscribe\",\"id\":\"r1\",\"data\":{\"topics\":[\"a\"]}}");
        assertForbidden(client, "r1");
        publish("a");
        client.wire.assertExhausted();
        assertEquals(2, fixture.hub.stats().memberships());
    }

    @Test
    @Tag("R53")
    void aList_ofWhichOneTopicIsRefused_changesNothing() {
        rebuild(new Authorizer() {
            @Override
            public CompletionStage<Boolean> maySubscribe(Identity identity, Topic topic) {
                assertEquals("", topic.tenant());
                return switch (topic.name()) {
                    case "fails" -> CompletableFuture.failedFuture(new IllegalStateException("secret"));
                    case "throws" -> throw new IllegalStateException("secret");
                    default -> CompletableFuture.completedFuture(topic.name().equals("open"));
                };
            }
        });
        TestConnection client = fixture.event("123");
        for (String other : List.of("closed", "fails", "throws")) {
            client.say(
                    "{\"type\":\"topic:subscribe\",\"id\":\"r1\",\"data\":{\"topics\":[\"open\",\"" + other + "\"]}}");
            assertForbidden(client, "r1");
        }
        publish("open");
        client.wire.assertExhausted();
        client.say("{\"type\":\"topic:subscribe\",\"id\":\"r2\",\"data\":{\"topics\":[\"open\"]}}");
        assertEquals("r2", client.take("result").at("/id").asText());
        publish("open");
        client.take("message:seen");
        publish("closed");
        client.wire.assertExhausted();
    }

    @Test
    @Tag("R40")
    void topics_areJoinedOnce_andLeft() {
        rebuild(new AllTopics());
        TestConnection client = fixture.envelope("123");
        TestConnection other = fixture.envelope("124");
        client.say("SUBSCRIBE_TOPICS", "{\"topics\":[\"a\",\"b\",\"a\"]}");
        client.say("SUBSCRIBE_TOPICS", "{\"topics\":[\"a\"]}");
        other.say("SUBSCRIBE_TOPICS", "{\"topics\":[\"b\"]}");
        assertEquals(7, fixture.hub.stats().memberships());
        publish("a");
        client.take("MESSAGE_SEEN");
        publish("b");
        client.take("MESSAGE_SEEN");
        other.take("MESSAGE_SEEN");
        client.say("UNSUBSCRIBE_TOPICS", "{\"topics\":[\"a\",\"never\",\"a\"]}");
        publish("a");
        publish("b");
        client.take("MESSAGE_SEEN");
        other.take("MESSAGE_SEEN");
        client.wire.assertExhausted();
        other.wire.assertExhausted();
        client.cut();
        publish("b");
        other.take("MESSAGE_SEEN");
        assertEquals(3, fixture.hub.stats().memberships());
    }

    @Test
    @Tag("R40")
    void aHundredTopics_areJoined_oneMoreIsRefused_andChangesNothing() {
        rebuild(new AllTopics());
        TestConnection client = fixture.event("123");
        client.say("topic:subscribe", list("topics", 1, 100));
        client.say("topic:subscribe", list("topics", 100, 101));
        var error = client.take("error");
        assertEquals("INVALID_MESSAGE", error.at("/error/code").asText());
        assertEquals("topics", error.at("/error/field").asText());
        assertEquals(102, fixture.hub.stats().memberships());
        publish("c101");
        publish("c100");
        client.take("message:seen");
        client.wire.assertExhausted();
        client.say("topic:unsubscribe", list("topics", 1, 1));
        client.say("topic:subscribe", list("topics", 101, 101));
        publish("c101");
        client.take("message:seen");
        client.wire.assertExhausted();
    }

    @Test
    @Tag("R35")
    void aTopicThatIsAllowedAfterTheConnectionEnded_leavesNothing() {
        CompletableFuture<Boolean> allowed = new CompletableFuture<>();
        rebuild(new Authorizer() {
            @Override
            public CompletionStage<Boolean> maySubscribe(Identity identity, Topic topic) {
                return allowed;
            }
        });
        TestConnection client = fixture.event("123").say("topic:subscribe", "{\"topics\":[\"a\"]}");
        client.cut();
        allowed.complete(true);
        fixture.time.runUntilQuiet();
        fixture.assertEmpty();
        client.wire.assertExhausted();
    }
}
