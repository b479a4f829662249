package io.tidings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.tidings.message.Address;
import io.tidings.message.Topic;
import io.tidings.message.UserKey;
import io.tidings.testkit.RecordedFrame;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What is published reaches exactly whom it is addressed to, under one id, minus an instance. */
class HubAddressesTest {

    private final HubFixture fixture = new HubFixture(builder -> builder.authorizer(new AllTopics()));
    private final Map<String, TestConnection> clients = new LinkedHashMap<>();

    /** Two tenants and the default one, with a user 1 each who has two tabs in a topic, and a user 2. */
    @BeforeEach
    void connect() {
        for (String prefix : List.of("", "a/", "b/")) {
            open(prefix + "1", "one", HubFixture.EVENT);
            open(prefix + "1", "two", HubFixture.ENVELOPE);
            open(prefix + "2", "one", HubFixture.EVENT);
            client(prefix + "1:one").say("topic:subscribe", "{\"topics\":[\"news\"]}");
            client(prefix + "1:two").say("SUBSCRIBE_TOPICS", "{\"topics\":[\"news\"]}");
        }
    }

    private void open(String token, String instance, String path) {
        TestConnection client = fixture.open(path, "token=" + token + "&instance=" + instance);
        clients.put(token + ':' + instance, client.live());
    }

    private TestConnection client(String name) {
        TestConnection client = clients.get(name);
        if (client == null) {
            throw new AssertionError("no client " + name);
        }
        return client;
    }

    @AfterEach
    void nothingIsLeft() {
        fixture.close();
    }

    /** Publishes, and says who was reached. */
    private TreeSet<String> publish(Address address) {
        PublishResult.Accepted accepted =
                assertInstanceOf(PublishResult.Accepted.class, fixture.hub.publish(address, HubFixture.seen(1)));
        fixture.time.runUntilQuiet();
        TreeSet<String> reached = new TreeSet<>();
        clients.forEach((name, client) -> {
            List<RecordedFrame> frames = new ArrayList<>(client.wire.takeFrames());
            if (!frames.isEmpty()) {
                RecordedFrame frame = frames.remove(0);
                String id = frame.type().equals("MESSAGE_SEEN") ? "/messageId" : "/id";
                assertEquals(accepted.id().toString(), frame.at(id).asText());
                assertEquals(List.of(), frames);
                reached.add(name);
            }
            client.wire.assertExhausted();
        });
        return reached;
    }

    private static TreeSet<String> names(String... names) {
        return new TreeSet<>(List.of(names));
    }

    @Test
    @Tag("R40")
    void aUser_isReachedOnEveryConnection_inTheirTenantAlone() {
        UserKey user = new UserKey("a", "1");
        assertEquals(names("1:one", "1:two"), publish(Address.user(UserKey.of(1))));
        assertEquals(names("a/1:one", "a/1:two"), publish(Address.user(user)));
        assertEquals(names("a/1:two"), publish(Address.user(user).minus("one")));
        assertEquals(names("a/1:one", "a/1:two"), publish(Address.user(user).minus("three")));
        assertEquals(names(), publish(Address.user(new UserKey("c", "1"))));
    }

    @Test
    @Tag("R40")
    void aTenant_isReachedAlone_theDefaultTenantIsOneToo() {
        assertEquals(names("a/1:one", "a/1:two", "a/2:one"), publish(Address.tenant("a")));
        assertEquals(names("1:one", "1:two", "2:one"), publish(Address.tenant("")));
        assertEquals(names("b/1:two"), publish(Address.tenant("b").minus("one")));
        assertEquals(names(), publish(Address.tenant("c")));
    }

    @Test
    @Tag("R40")
    void aTopic_isReachedInItsTenantAlone() {
        assertEquals(names("1:one", "1:two"), publish(Address.topic(Topic.of("news"))));
        assertEquals(names("b/1:one", "b/1:two"), publish(Address.topic(new Topic("b", "news"))));
        assertEquals(
                names("b/1:one"), publish(Address.topic(new Topic("b", "news")).minus("two")));
        assertEquals(names(), publish(Address.topic(new Topic("b", "other"))));
        assertEquals(names(), publish(Address.topic(new Topic("c", "news"))));
    }

    @Test
    @Tag("R40")
    void everyone_isEveryone() {
        assertEquals(new TreeSet<>(clients.keySet()), publish(Address.everyone()));
        assertEquals(
                names("1:two", "a/1:two", "b/1:two"), publish(Address.everyone().minus("one")));
    }

    @Test
    @Tag("R40")
    void oneConnection_isReachedAlone_anUnknownOneIsNobody() {
        TestConnection client = client("a/1:two");
        assertEquals(names("a/1:two"), publish(Address.connection(client.id())));
        assertEquals(names(), publish(Address.connection("nobody")));
        client.cut();
        assertEquals(names(), publish(Address.connection(client.id())));
    }

    @Test
    @Tag("R41")
    void durable_reachesEveryConnectionButTheInstanceLeftOut_alsoWhenReadLater() {
        UserKey user = new UserKey("a", "1");
        fixture.send(user, HubFixture.chat(1), SendOptions.NONE.minus("one"));
        fixture.send(user, HubFixture.chat(2), SendOptions.NONE);
        TestConnection old = client("a/1:one");
        assertEquals(2, old.take("message:new").at("/data/id").asInt());
        assertEquals(1, client("a/1:two").take("NEW_MESSAGE").at("/payload/id").asInt());
        assertEquals(2, client("a/1:two").take("NEW_MESSAGE").at("/payload/id").asInt());
        TestConnection one =
                fixture.open(HubFixture.EVENT, "token=a/1&instance=one&device=x&lastMessageId=p00000000000000000000");
        one.take("connected");
        assertEquals(2, one.take("message:new").at("/data/id").asInt());
        one.take("delivery:live");
        one.wire.assertExhausted();
        assertEquals(4502, old.wire.takeClose().code());
        old.cut();
        clients.values().forEach(client -> client.wire.assertExhausted());
    }

    @Test
    @Tag("R46")
    void aRepeat_returnsTheFirstId_andIsToldOnce_perTenantAndUser() {
        SendOptions once = SendOptions.NONE.idempotent("order-5");
        UserKey user = new UserKey("a", "2");
        SendResult.Accepted first = (SendResult.Accepted) fixture.send(user, HubFixture.chat(1), once);
        SendResult.Accepted second = (SendResult.Accepted) fixture.send(user, HubFixture.chat(1), once);
        assertEquals(false, first.repeated());
        assertEquals(new SendResult.Accepted(first.id(), true), second);
        client("a/2:one").take("message:new");
        fixture.send(new UserKey("b", "2"), HubFixture.chat(1), once);
        client("b/2:one").take("message:new");
        clients.values().forEach(client -> client.wire.assertExhausted());
    }
}
