package io.tidings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tidings.auth.Authentication;
import io.tidings.dialect.EventDialect;
import io.tidings.inmemory.InMemoryBroker;
import io.tidings.inmemory.InMemoryMailbox;
import io.tidings.message.Address;
import io.tidings.message.CloseReason;
import io.tidings.message.Topic;
import io.tidings.message.UserKey;
import io.tidings.policy.AcknowledgementPolicy;
import io.tidings.spi.Broker;
import io.tidings.testkit.RecordedFrame;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Hubs side by side: what is sent on one reaches the connections of all, once. */
class HubBrokerTest {

    private static final UserKey USER = UserKey.of(123);

    /** A node of the cluster, counted from 1, has the broker before it. */
    private final List<HeldBroker> brokers = new ArrayList<>();

    private Cluster cluster = new Cluster(3, holding());

    private UnaryOperator<Broker> holding() {
        return broker -> {
            HeldBroker held = new HeldBroker(broker);
            brokers.add(held);
            return held;
        };
    }

    @AfterEach
    void nothingIsLeft() {
        cluster.close();
        for (HeldBroker broker : brokers) {
            assertEquals(Set.of(), broker.subscriptions());
        }
    }

    private void publish(int node, Address address, int id) {
        cluster.node(node).hub.publish(address, HubFixture.seen(id));
        cluster.time.runUntilQuiet();
    }

    private static void take(TestConnection client, int... ids) {
        for (int id : ids) {
            RecordedFrame frame = client.wire.takeFrame();
            int found = frame.type().equals("message:new")
                    ? frame.at("/data/id").asInt()
                    : frame.at("/data/messageIds/0").asInt();
            assertEquals(id, found, frame.text());
        }
        client.wire.assertExhausted();
    }

    // --- What crosses

    @Test
    @Tag("R41")
    void durableAndTransient_reachEveryNode_once_underOneId() {
        List<TestConnection> clients = List.of(
                cluster.node(1).event("123"),
                cluster.node(1).event("123"),
                cluster.node(2).event("123"),
                cluster.node(3).event("123"));
        TestConnection other = cluster.node(2).event("124");
        String id = cluster.send(1, USER, 1).id().toString();
        publish(3, Address.user(USER), 2);
        cluster.send(2, USER, 3);
        for (TestConnection client : clients) {
            RecordedFrame first = client.take("message:new");
            assertEquals(id, first.at("/id").asText());
            take(client, 2, 3);
        }
        take(other);
    }

    @Test
    @Tag("R40")
    void topicsTenantsAndEveryone_crossToWhomTheyAreFor() {
        TestConnection one = cluster.node(1).event("a/1").say("topic:subscribe", "{\"topics\":[\"news\"]}");
        TestConnection two = cluster.node(2).event("a/2").say("topic:subscribe", "{\"topics\":[\"news\"]}");
        TestConnection elsewhere = cluster.node(2).event("b/1").say("topic:subscribe", "{\"topics\":[\"news\"]}");
        publish(3, Address.topic(new Topic("a", "news")), 1);
        publish(1, Address.tenant("a"), 2);
        publish(2, Address.everyone(), 3);
        take(one, 1, 2, 3);
        take(two, 1, 2, 3);
        take(elsewhere, 3);
        two.say("topic:unsubscribe", "{\"topics\":[\"news\"]}");
        publish(1, Address.topic(new Topic("a", "news")), 4);
        take(one, 4);
        take(two);
    }

    @Test
    @Tag("R40")
    void anInstance_isLeftOutOnEveryNode() {
        // An instance of one user is on one node.
        TestConnection tab = open(1, "123&instance=tab");
        List<TestConnection> tabsOfOthers = List.of(open(2, "124&instance=tab"), open(3, "125&instance=tab"));
        List<TestConnection> others = new ArrayList<>();
        cluster.nodes.forEach(node -> others.add(node.event("123")));
        publish(2, Address.user(USER).minus("tab"), 1);
        publish(2, Address.tenant("").minus("tab"), 2);
        publish(3, Address.everyone().minus("tab"), 3);
        cluster.node(3).send(USER, HubFixture.chat(4), SendOptions.NONE.minus("tab"));
        cluster.send(2, USER, 5);
        take(tab, 5);
        tabsOfOthers.forEach(other -> take(other));
        others.forEach(other -> take(other, 1, 2, 3, 4, 5));
    }

    @Test
    @Tag("R40")
    void aConnection_isAddressedOnItsOwnNodeAlone() {
        TestConnection one = cluster.node(1).event("123");
        publish(2, Address.connection(one.id()), 1);
        take(one);
        publish(1, Address.connection(one.id()), 2);
        take(one, 2);
    }

    @Test
    @Tag("R43")
    void aClient_resumesOnAnyNode() {
        TestConnection one = cluster.node(1).event("123");
        String first = cluster.send(2, USER, 1).id().toString();
        cluster.send(3, USER, 2);
        take(one, 1, 2);
        one.cut();
        TestConnection two = cluster.node(2).open(HubFixture.EVENT, "token=123&lastMessageId=" + first);
        two.take("connected");
        assertEquals(2, two.take("message:new").at("/data/id").asInt());
        two.take("delivery:live");
        cluster.send(1, USER, 3);
        take(two, 3);
    }

    @Test
    @Tag("R48")
    void acknowledgements_ofAnInstanceThatIsOnAnotherNodeNow_countForNothing() {
        TestConnection one = cluster.node(1)
                .open(HubFixture.EVENT, "token=123@phone&instance=tab")
                .live();
        String id = cluster.send(1, USER, 1).id().toString();
        take(one, 1);
        TestConnection two = cluster.node(2).open(HubFixture.EVENT, "token=123@phone&instance=tab");
        two.take("connected");
        two.take("message:new");
        two.take("delivery:live");
        one.wire.takeClose(4502);
        one.say("ack", "{\"messageId\":\"" + id + "\"}");
        one.cut();
        cluster.time.advance(AcknowledgementPolicy.STANDARD.storeAfter());
        TestConnection three = cluster.node(3).open(HubFixture.EVENT, "token=123@tablet");
        assertEquals(
                "p00000000000000000000",
                three.take("connected").at("/lastMessageId").asText());
    }

    @Test
    @Tag("R48")
    void anInstanceThatComesToAnotherNode_replacesItsConnection_andNoOtherTab() {
        TestConnection tab = open(1, "123@phone&instance=tab");
        TestConnection sameDevice = open(1, "123@phone&instance=other");
        TestConnection sameNode = open(2, "123@phone&instance=third");
        TestConnection unnamed = open(1, "123@phone");
        TestConnection otherUser = open(1, "124@phone&instance=tab");
        TestConnection otherTenant = open(1, "a/123@phone&instance=tab");
        TestConnection again = open(2, "123@phone&instance=tab");
        tab.wire.takeClose(4502);
        cluster.send(1, USER, 1);
        for (TestConnection open : List.of(sameDevice, sameNode, unnamed, again)) {
            take(open, 1);
            open.wire.assertExhausted();
        }
        for (TestConnection open : List.of(otherUser, otherTenant, tab)) {
            open.wire.assertExhausted();
        }
    }

    @Test
    @Tag("R48")
    void aLateWordOfAnEarlierAttachment_replacesNothing() {
        TestConnection one = open(1, "123@phone&instance=tab");
        brokers.get(2).hold();
        TestConnection two = open(2, "123@phone&instance=tab");
        one.wire.takeClose(4502);
        TestConnection three = open(3, "123@phone&instance=tab");
        two.wire.takeClose(4502);
        brokers.get(2).release();
        cluster.time.runUntilQuiet();
        three.wire.assertExhausted();
    }

    @Test
    @Tag("R48")
    void anAttachmentHeardOf_whileAnEarlierIsUnderWay_replacesThatToo() {
        CompletableFuture<Void> attach = new CompletableFuture<>();
        HeldMailbox slow = new HeldMailbox(cluster.lent());
        slow.holdAttach = attach;
        HubFixture node =
                cluster.add(builder -> builder.node("slow").mailbox(slow).broker(cluster.network.broker()));
        TestConnection early = node.open(HubFixture.EVENT, "token=123@phone&instance=tab");
        TestConnection late = open(1, "123@phone&instance=tab");
        early.wire.assertExhausted();
        attach.complete(null);
        cluster.time.runUntilQuiet();
        early.wire.takeClose(4502);
        late.wire.assertExhausted();
    }

    private TestConnection open(int node, String token) {
        return cluster.node(node).open(HubFixture.EVENT, "token=" + token).live();
    }

    // --- Subscriptions

    @Test
    @Tag("R70")
    void aNode_subscribesToWhatItHasConnectionsOf_andNoMore() {
        assertEquals(Set.of(), brokers.get(0).subscriptions());
        TestConnection first = cluster.node(1).event("a/1");
        TestConnection second = cluster.node(1).event("a/1").say("topic:subscribe", "{\"topics\":[\"x\"]}");
        Address user = Address.user(new UserKey("a", "1"));
        assertEquals(
                Set.of(user, Address.tenant("a"), Address.topic(new Topic("a", "x"))),
                brokers.get(0).subscriptions());
        first.cut();
        assertEquals(3, brokers.get(0).subscriptions().size());
        second.cut();
        assertEquals(Set.of(), brokers.get(0).subscriptions());
    }

    @Test
    @Tag("R70")
    void aUserThatGoesAndComesBack_whileTheBrokerIsSlow_stillGetsMessages() {
        HeldBroker slow = brokers.get(1);
        TestConnection first = cluster.node(2).event("123");
        CompletableFuture<Void> later = new CompletableFuture<>();
        slow.holdSubscriptions = later;
        first.cut();
        TestConnection second = cluster.node(2).open(HubFixture.EVENT, "token=123");
        second.cut();
        TestConnection third = cluster.node(2).open(HubFixture.EVENT, "token=123");
        slow.holdSubscriptions = CompletableFuture.completedFuture(null);
        later.complete(null);
        cluster.time.runUntilQuiet();
        third.live();
        publish(1, Address.user(USER), 1);
        cluster.send(3, USER, 2);
        take(third, 1, 2);
        assertEquals(2, slow.subscriptions().size());
    }

    @Test
    @Tag("R72")
    void aBrokerThatIsAway_keepsNobodyOut() {
        HeldBroker away = brokers.get(1);
        CompletableFuture<Void> later = new CompletableFuture<>();
        away.holdSubscriptions = later;
        away.hold();
        away.failure = new IllegalStateException("away");
        TestConnection client = cluster.node(2).open(HubFixture.EVENT, "token=123");
        cluster.time.advance(Duration.ofSeconds(1));
        client.live();
        publish(2, Address.user(USER), 1);
        cluster.send(2, USER, 2);
        cluster.send(1, USER, 3);
        take(client, 1, 2);
        away.lose();
        away.release();
        away.failure = null;
        later.complete(null);
        away.recover();
        cluster.time.advance(Duration.ofMillis(HeadCheck.RECOVERY_MILLIS + Watch.STEP_MILLIS));
        take(client, 3);
    }

    @Test
    @Tag("R35")
    void aConnectionThatTheHostClosesAsItOpens_leavesNoSubscription() {
        HeldBroker broker = new HeldBroker(cluster.network.broker());
        HubFixture node = cluster.add(builder -> builder.node("n4")
                .mailbox(InMemoryMailbox.builder().sharedBetweenHubs().build())
                .broker(broker)
                .executor(Runnable::run)
                .listener(new HubListener() {
                    @Override
                    public void connected(Connection connection) {
                        connection.close(CloseReason.CLOSED_BY_HOST);
                    }
                }));
        TestConnection client = node.open(HubFixture.EVENT, "token=123");
        assertEquals(4505, client.wire.takeClose().code());
        client.cut();
        assertEquals(Set.of(), broker.subscriptions());
        brokers.add(broker);
    }

    // --- Faults

    @Test
    @Tag("R72")
    void aLostLastHint_isMadeGoodWithinThirtySeconds() {
        TestConnection client = cluster.node(2).event("123");
        brokers.get(1).hold();
        cluster.send(1, USER, 1);
        cluster.send(1, USER, 2);
        brokers.get(1).lose();
        cluster.time.advance(Duration.ofMillis(HeadCheck.ROUND_MILLIS));
        take(client, 1, 2);
    }

    @Test
    @Tag("R72")
    void aBrokerThatFlaps_leavesNobodyOut() {
        List<TestConnection> clients = new ArrayList<>();
        for (int user = 1; user <= 40; user++) {
            clients.add(cluster.node(2).event("u" + user));
        }
        brokers.get(1).hold();
        for (int user = 1; user <= 40; user++) {
            cluster.send(1, UserKey.of("u" + user), user);
        }
        brokers.get(1).lose();
        for (int i = 0; i < 10; i++) {
            brokers.get(1).recover();
            cluster.time.advance(Duration.ofMillis(HeadCheck.RECOVERY_MILLIS / 5));
        }
        for (int user = 1; user <= 40; user++) {
            take(clients.get(user - 1), user);
        }
    }

    @Test
    @Tag("R41")
    void doubledAndReorderedHints_changeNothing() {
        TestConnection client = cluster.node(2).event("123");
        HeldBroker broker = brokers.get(1);
        broker.hold();
        for (int id = 1; id <= 5; id++) {
            cluster.send(1, USER, id);
        }
        for (int which : new int[] {4, 2, 0, 1, 0}) {
            broker.deliver(which);
        }
        cluster.time.advance(Duration.ofMillis(20));
        take(client, 1, 2, 3, 4, 5);
    }

    @Test
    @Tag("R34")
    void aCount_doesNotOvertakeAMessageThatIsKnownToBeMissing() {
        TestConnection client = cluster.node(2).event("123");
        HeldBroker broker = brokers.get(1);
        broker.hold();
        for (int id = 1; id <= 3; id++) {
            cluster.send(1, USER, id);
        }
        cluster.node(1).hub.publish(Address.user(USER), HubFixture.unread(3));
        broker.deliver(1);
        broker.deliver(2);
        cluster.time.runUntilQuiet();
        take(client);
        broker.deliver(0);
        cluster.time.runUntilQuiet();
        take(client, 1);
        cluster.time.advance(Duration.ofMillis(20));
        assertEquals(2, client.take("message:new").at("/data/id").asInt());
        assertEquals(3, client.take("message:new").at("/data/id").asInt());
        assertEquals(3, client.take("message:unread_count").at("/data/count").asInt());
        client.wire.assertExhausted();
    }

    @Test
    @Tag("R34")
    void aCount_thatWaitedForAMissingMessage_goesOutWhenItsHintComes() {
        TestConnection client = cluster.node(2).event("123");
        HeldBroker broker = brokers.get(1);
        broker.hold();
        cluster.send(1, USER, 1);
        cluster.send(1, USER, 2);
        cluster.node(1).hub.publish(Address.user(USER), HubFixture.unread(2));
        broker.deliver(1);
        broker.deliver(1);
        broker.deliver(0);
        cluster.time.runUntilQuiet();
        take(client, 1);
        brokers.get(1).recover();
        cluster.time.advance(Duration.ofMillis(20));
        assertEquals(2, client.take("message:new").at("/data/id").asInt());
        client.take("message:unread_count");
        client.wire.assertExhausted();
    }

    @Test
    @Tag("R47")
    void aBroker_withAMailboxThatNodesDoNotShare_isRefused() {
        HubBuilder builder = Hub.builder()
                .endpoint(Endpoint.of("/ws", EventDialect.standard()))
                .authenticator(token ->
                        CompletableFuture.completedFuture(new Authentication.Refused(Authentication.Reason.MALFORMED)))
                .broker(new InMemoryBroker.Network().broker());
        String problem = "a mailbox that all nodes share";
        assertTrue(assertThrows(IllegalArgumentException.class, builder::build)
                .getMessage()
                .contains(problem));
        builder.mailbox(InMemoryMailbox.builder().build());
        assertTrue(assertThrows(IllegalArgumentException.class, builder::build)
                .getMessage()
                .contains(problem));
        builder.mailbox(InMemoryMailbox.builder().sharedBetweenHubs().build());
        builder.build().close();
    }
}
