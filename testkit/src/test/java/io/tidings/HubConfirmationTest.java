package io.tidings;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.tidings.dialect.Dialect;
import io.tidings.dialect.EnvelopeDialect;
import io.tidings.dialect.EventDialect;
import io.tidings.inmemory.InMemoryMailbox;
import io.tidings.message.Address;
import io.tidings.message.MessageId;
import io.tidings.message.Position;
import io.tidings.message.UserKey;
import io.tidings.policy.Heartbeat;
import io.tidings.policy.HeartbeatPolicy;
import io.tidings.policy.QueueLimits;
import io.tidings.testkit.ManualTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What a client's word proves, whichever way it crosses with what is being written. */
@Tag("R44")
class HubConfirmationTest {

    private static final String START = MessageId.of(Position.START).toString();
    private static final Duration INTERVAL = Duration.ofSeconds(20);

    private final ManualTime time = new ManualTime();
    private final List<String> told = new ArrayList<>();
    private final HubFixture fixture = new HubFixture(
            time,
            probing(HubFixture.EVENT, EventDialect.standard(), HeartbeatPolicy.Probe.FRAME),
            probing(HubFixture.ENVELOPE, EnvelopeDialect.standard(), HeartbeatPolicy.Probe.PROTOCOL),
            builder -> builder.mailbox(InMemoryMailbox.builder().ticker(time).build())
                    .queueLimits(QueueLimits.STANDARD.withWriteTimeout(Duration.ofHours(1)))
                    .deliveryListener(new DeliveryListener() {
                        @Override
                        public void delivered(Connection connection, MessageId after, MessageId upTo) {
                            told.add("delivered " + after.low() + ".." + upTo.low());
                        }

                        @Override
                        public void acknowledged(Connection connection, MessageId after, MessageId upTo) {
                            told.add("acknowledged " + after.low() + ".." + upTo.low());
                        }
                    }));

    private static Endpoint probing(String path, Dialect dialect, HeartbeatPolicy.Probe probe) {
        Heartbeat heartbeat = new Heartbeat(probe, INTERVAL, Duration.ofDays(1), Heartbeat.Since.PROBE);
        return Endpoint.of(path, dialect)
                .withPolicy(dialect.policy().withHeartbeat(heartbeat).withIdle(Duration.ZERO));
    }

    @AfterEach
    void nothingIsLeft() {
        fixture.close();
    }

    private MessageId send(int id) {
        return ((SendResult.Accepted) fixture.send("123", id)).id();
    }

    private String startOf(String device) {
        TestConnection again = fixture.open(HubFixture.EVENT, "token=123@" + device);
        String start = again.take("connected").at("/lastMessageId").asText();
        again.cut();
        return start;
    }

    /** A client that gets one message behind another whose write is not over when a probe is due. */
    private TestConnection pingedBeforeItsMessage(TestConnection client, String pong) {
        client.wire.ignorePings();
        client.wire.holdWrites();
        fixture.hub.publish(Address.user(UserKey.of(123)), HubFixture.seen(1));
        time.runUntilQuiet();
        send(1);
        time.advance(INTERVAL.plusSeconds(1));
        client.wire.releaseWrite();
        time.runUntilQuiet();
        // The ping is out, or in one batch with the message and before it.
        if (pong == null) {
            client.listener().pong();
        } else {
            client.wire.releaseWrite();
            time.runUntilQuiet();
            client.say(pong);
        }
        time.runUntilQuiet();
        return client;
    }

    @Test
    void aPong_confirmsNothingThatWentOutBehindThePing() {
        TestConnection client = fixture.envelope("123@phone");
        pingedBeforeItsMessage(client, null).cut();
        assertEquals(START, startOf("phone"));
    }

    @Test
    void aPong_confirmsNothingThatFollowedThePing_inOneWrite() {
        TestConnection client = fixture.event("123@phone");
        pingedBeforeItsMessage(client, "{\"type\":\"pong\"}").cut();
        assertEquals(START, startOf("phone"));
    }

    @Test
    void aPong_confirmsWhatWasWrittenBeforeThePing() {
        for (String device : List.of("phone", "tablet")) {
            TestConnection client =
                    device.equals("phone") ? fixture.event("123@phone") : fixture.envelope("123@tablet");
            client.wire.ignorePings();
            MessageId id = send(1);
            time.advance(INTERVAL.plusSeconds(1));
            client.answerPings();
            time.advance(Duration.ofSeconds(3));
            assertEquals(id.toString(), startOf(device), "is stored in time, not when the connection ends");
            client.cut();
        }
    }

    @Test
    void theAcknowledgementOfAMessage_whoseWriteIsNotOver_counts() {
        TestConnection client = fixture.event("123@phone").say("ack", "{\"messageId\":\"" + START + "\"}");
        client.wire.ignorePings();
        told.clear();
        client.wire.holdWrites();
        MessageId id = send(1);
        client.say("ack", "{\"messageId\":\"" + id + "\"}");
        assertEquals(List.of(), told);
        client.wire.releaseWrites();
        time.runUntilQuiet();
        assertEquals(List.of("delivered 0..1", "acknowledged 0..1"), told);
        client.take("message:new");
        for (int i = 0; i < 30; i++) {
            time.advance(Duration.ofSeconds(5));
            client.answerPings();
        }
        client.wire.assertExhausted();
        assertEquals(List.of("delivered 0..1", "acknowledged 0..1"), told);
        client.cut();
        assertEquals(id.toString(), startOf("phone"));
    }

    @Test
    void theAcknowledgementOfAMessage_whoseWriteFails_movesNoCursor() {
        TestConnection client = fixture.event("123@phone").say("ack", "{\"messageId\":\"" + START + "\"}");
        client.wire.ignorePings();
        client.wire.holdWrites();
        MessageId id = send(1);
        client.say("ack", "{\"messageId\":\"" + id + "\"}");
        client.cut();
        assertEquals(START.toString(), startOf("phone"));
    }

    @Test
    void whatWasAcknowledgedBeforeItsWriteWasOver_isStoredBehind_asEverythingIs() {
        TestConnection client = fixture.event("123@phone").say("ack", "{\"messageId\":\"" + START + "\"}");
        client.wire.ignorePings();
        client.wire.holdWrites();
        MessageId id = send(1);
        client.say("ack", "{\"messageId\":\"" + id + "\"}");
        time.advance(Duration.ofSeconds(3));
        client.wire.releaseWrites();
        time.advance(Duration.ofSeconds(3));
        TestConnection other = fixture.open(HubFixture.EVENT, "token=123@phone");
        assertEquals(
                id.toString(),
                other.take("connected").json().path("lastMessageId").asText());
        other.cut();
        client.cut();
    }

    @Test
    void anAcknowledgementBeyondWhatIsBeingWritten_countsAsFarAsThat() {
        TestConnection client = fixture.event("123@phone").say("ack", "{\"messageId\":\"" + START + "\"}");
        client.wire.ignorePings();
        client.wire.holdWrites();
        MessageId first = send(1);
        send(2);
        client.say("ack", "{\"messageId\":\"pVVVVVVVVVVVVVVVVVVVV\"}");
        client.wire.releaseWrites();
        client.cut();
        assertEquals(first.toString(), startOf("phone"));
    }

    @Test
    void whatIsAlreadyBeingWritten_whenItIsWrittenAgain_isAllThatIsWrittenThrice() {
        TestConnection client = fixture.event("123@phone").say("ack", "{\"messageId\":\"" + START + "\"}");
        client.wire.ignorePings();
        send(1);
        assertEquals(1, client.take("message:new").at("/data/id").asInt());
        client.wire.holdWrites();
        send(2);
        send(3);
        time.advance(Duration.ofSeconds(31));
        client.wire.releaseWrites();
        time.runUntilQuiet();
        for (int id : new int[] {2, 1, 2, 3}) {
            assertEquals(id, client.take("message:new").at("/data/id").asInt());
        }
        client.wire.assertExhausted();
    }

    @Test
    void closing_withMessagesUnacknowledged_writesNothingBehindThem() {
        TestConnection client = fixture.event("123@phone").say("ack", "{\"messageId\":\"" + START + "\"}");
        client.wire.ignorePings();
        send(1);
        client.take("message:new");
        time.advance(Duration.ofSeconds(31));
        client.take("message:new");
        client.wire.holdWrites();
        send(2);
        send(3);
        time.advance(Duration.ofSeconds(31));
        client.wire.releaseWrites();
        time.runUntilQuiet();
        assertEquals(2, client.take("message:new").at("/data/id").asInt());
        client.wire.takeClose(4005);
    }
}
