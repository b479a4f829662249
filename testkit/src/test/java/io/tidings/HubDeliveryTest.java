package io.tidings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.tidings.message.Address;
import io.tidings.message.MessageId;
import io.tidings.message.Topic;
import io.tidings.message.UserKey;
import io.tidings.policy.QueueLimits;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What is sent and published reaches whom it should, in order, once. */
class HubDeliveryTest {

    private HubFixture fixture = new HubFixture();

    @AfterEach
    void nothingIsLeft() {
        fixture.close();
    }

    @Test
    @Tag("R7")
    void connected_isTheFirstFrame_withAllItLists() {
        TestConnection client = fixture.open(HubFixture.EVENT, "token=123");
        var connected = client.take("connected").json();
        assertEquals(123, connected.path("userId").asInt());
        assertEquals(true, connected.path("userId").isNumber());
        assertEquals("Connected successfully", connected.path("message").asText());
        assertEquals("p00000000000000000000", connected.path("lastMessageId").asText());
        assertEquals(30_000, connected.path("pingIntervalMs").asInt());
        assertEquals(10_000, connected.path("pongTimeoutMs").asInt());
        assertEquals(500, connected.path("reconnectWindowMs").asInt());
        assertEquals(true, connected.path("tenantId").isMissingNode());
        client.take("delivery:live");
        client.wire.assertExhausted();
    }

    @Test
    @Tag("R41")
    void send_reachesEveryConnectionOfTheUser_inBothDialects_underOneId() {
        TestConnection event = fixture.event("123");
        TestConnection envelope = fixture.envelope("123");
        TestConnection other = fixture.event("124");
        SendResult.Accepted sent = assertInstanceOf(SendResult.Accepted.class, fixture.send("123", 1));
        assertEquals(sent.id().toString(), event.take("message:new").at("/id").asText());
        assertEquals(
                sent.id().toString(),
                envelope.take("NEW_MESSAGE").at("/messageId").asText());
        event.wire.assertExhausted();
        envelope.wire.assertExhausted();
        other.wire.assertExhausted();
    }

    @Test
    @Tag("R42")
    void send_toNobody_waitsInOrder() {
        fixture.send("123", 1);
        fixture.send("123", 2);
        TestConnection client = fixture.open(HubFixture.EVENT, "token=123");
        client.take("connected");
        assertEquals(1, client.take("message:new").at("/data/id").asInt());
        assertEquals(2, client.take("message:new").at("/data/id").asInt());
        client.take("delivery:live");
        client.wire.assertExhausted();
    }

    @Test
    @Tag("R43")
    void resume_byQuery_deliversExactlyWhatWasMissed() {
        MessageId first = ((SendResult.Accepted) fixture.send("123", 1)).id();
        fixture.send("123", 2);
        fixture.send("123", 3);
        TestConnection client = fixture.open(HubFixture.EVENT, "token=123&lastMessageId=" + first);
        assertEquals(
                first.toString(), client.take("connected").at("/lastMessageId").asText());
        assertEquals(2, client.take("message:new").at("/data/id").asInt());
        assertEquals(3, client.take("message:new").at("/data/id").asInt());
        client.take("delivery:live");
        client.wire.assertExhausted();
    }

    @Test
    @Tag("R43")
    void resume_byFrame_deliversAgain_thenLive() {
        TestConnection client = fixture.event("123");
        MessageId first = ((SendResult.Accepted) fixture.send("123", 1)).id();
        fixture.send("123", 2);
        client.take("message:new");
        client.take("message:new");
        client.say("resume", "{\"lastMessageId\":\"" + first + "\"}");
        assertEquals(2, client.take("message:new").at("/data/id").asInt());
        assertEquals(((SendResult.Accepted) fixture.send("123", 3)).id().high(), first.high());
        client.take("delivery:live");
        assertEquals(3, client.take("message:new").at("/data/id").asInt());
        client.wire.assertExhausted();
    }

    @Test
    @Tag("R43")
    void resume_fromSomethingUnreadable_tellsTheGap_thenWhatIsHeld() {
        fixture.send("123", 1);
        TestConnection client = fixture.open(HubFixture.EVENT, "token=123&lastMessageId=nonsense");
        client.take("connected");
        var gap = client.take("delivery:gap");
        assertEquals("nonsense", gap.at("/data/from").asText());
        assertEquals("unknown", gap.at("/data/reason").asText());
        client.take("message:new");
        client.take("delivery:live");
        client.wire.assertExhausted();
    }

    @Test
    @Tag("R46")
    void aRepeatFromANumberedSource_isDeliveredOnce_andAnsweredWithTheFirstId() {
        TestConnection client = fixture.event("123");
        SendOptions seventh = SendOptions.NONE.sequenced("outbox", 7);
        SendResult.Accepted first = (SendResult.Accepted) fixture.send(UserKey.of(123), HubFixture.chat(1), seventh);
        client.take("message:new");
        fixture.time.advance(Duration.ofMinutes(10));
        client.wire.takeFrames();
        client = fixture.open(HubFixture.EVENT, "token=123&lastMessageId=" + first.id())
                .live();
        SendResult.Accepted again = (SendResult.Accepted) fixture.send(UserKey.of(123), HubFixture.chat(1), seventh);
        assertEquals(first.id(), again.id());
        assertEquals(true, again.repeated());
        fixture.send(UserKey.of(123), HubFixture.chat(2), SendOptions.NONE.sequenced("outbox", 8));
        assertEquals(2, client.take("message:new").at("/data/id").asInt());
        client.wire.assertExhausted();
    }

    @Test
    @Tag("R44")
    void ack_movesTheDevicesCursor_soThatItIsNotToldAgain() {
        TestConnection client = fixture.event("123@phone");
        MessageId first = ((SendResult.Accepted) fixture.send("123", 1)).id();
        fixture.send("123", 2);
        client.take("message:new");
        client.take("message:new");
        client.say("ack", "{\"messageId\":\"" + first + "\"}");
        client.cut();
        TestConnection again = fixture.open(HubFixture.EVENT, "token=123@phone");
        again.take("connected");
        assertEquals(2, again.take("message:new").at("/data/id").asInt());
        again.take("delivery:live");
        again.wire.assertExhausted();
    }

    @Test
    @Tag("R40")
    void publish_toATopic_reachesSubscribersOfTheTenantAlone() {
        fixture.close();
        fixture = new HubFixture(builder -> builder.authorizer(new AllTopics()));
        TestConnection in = fixture.event("a/1");
        TestConnection out = fixture.event("a/2");
        TestConnection elsewhere = fixture.event("b/1");
        in.say("topic:subscribe", "{\"topics\":[\"video/456\"]}");
        elsewhere.say("topic:subscribe", "{\"topics\":[\"video/456\"]}");
        fixture.hub.publish(Address.topic(new Topic("a", "video/456")), HubFixture.seen(1));
        fixture.time.runUntilQuiet();
        in.take("message:seen");
        in.wire.assertExhausted();
        out.wire.assertExhausted();
        elsewhere.wire.assertExhausted();
    }

    @Test
    @Tag("R34")
    void keyed_theNewestReplacesTheQueuedOne_andMovesToTheTail() {
        TestConnection client = fixture.event("123");
        client.wire.holdWrites();
        fixture.send("123", 1);
        fixture.hub.publish(Address.user(UserKey.of(123)), HubFixture.unread(1));
        fixture.send("123", 2);
        fixture.hub.publish(Address.user(UserKey.of(123)), HubFixture.unread(2));
        fixture.time.runUntilQuiet();
        client.wire.releaseWrites();
        fixture.time.runUntilQuiet();
        client.take("message:new");
        assertEquals(2, client.take("message:new").at("/data/id").asInt());
        assertEquals(2, client.take("message:unread_count").at("/data/count").asInt());
        client.wire.assertExhausted();
    }

    @Test
    @Tag("R33")
    void overflow_ofDurable_readsOnFromTheMailbox_withoutLossOrDouble() {
        fixture.close();
        fixture = new HubFixture(builder -> builder.queueLimits(QueueLimits.STANDARD.withSize(64 * 1024, 16)));
        TestConnection client = fixture.event("123");
        client.wire.holdWrites();
        for (int i = 1; i <= 200; i++) {
            fixture.send("123", i);
        }
        assertEquals(
                true,
                fixture.hub.stats().queuedFrames() <= 16,
                fixture.hub.stats().toString());
        client.wire.releaseWrites();
        fixture.time.runUntilQuiet();
        for (int i = 1; i <= 200; i++) {
            assertEquals(i, client.take("message:new").at("/data/id").asInt());
        }
        client.wire.assertExhausted();
    }
}
