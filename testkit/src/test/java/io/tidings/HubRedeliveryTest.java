package io.tidings;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.tidings.dialect.EnvelopeDialect;
import io.tidings.dialect.EventDialect;
import io.tidings.inmemory.InMemoryMailbox;
import io.tidings.message.Address;
import io.tidings.message.MessageId;
import io.tidings.message.Position;
import io.tidings.message.UserKey;
import io.tidings.policy.AcknowledgementPolicy;
import io.tidings.testkit.ManualTime;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What stays unacknowledged is written again, once, and then the connection closes. */
@Tag("R44")
class HubRedeliveryTest {

    private static final UserKey USER = UserKey.of(123);

    /** The watch comes every 100 ms. */
    private static final Duration STEP = Duration.ofMillis(100);

    private static final Duration DEADLINE = AcknowledgementPolicy.STANDARD.redeliverAfter();

    private final ManualTime time = new ManualTime();
    private final HeldMailbox mailbox =
            new HeldMailbox(InMemoryMailbox.builder().ticker(time).build());
    private final HubFixture fixture = new HubFixture(
            time,
            Cluster.quiet(HubFixture.EVENT, EventDialect.standard()),
            Cluster.quiet(HubFixture.ENVELOPE, EnvelopeDialect.standard()),
            builder -> builder.mailbox(mailbox));

    @AfterEach
    void nothingIsLeft() {
        fixture.close();
    }

    /** A client that has said that it acknowledges. */
    private TestConnection acknowledging() {
        return acknowledge(fixture.event("123@phone"), MessageId.of(Position.START));
    }

    private static TestConnection acknowledge(TestConnection client, MessageId id) {
        return client.say("ack", "{\"messageId\":\"" + id + "\"}");
    }

    private MessageId send(int id) {
        return ((SendResult.Accepted) fixture.send("123", id)).id();
    }

    private static void take(TestConnection client, int... ids) {
        for (int id : ids) {
            assertEquals(id, client.take("message:new").at("/data/id").asInt());
        }
        client.wire.assertExhausted();
    }

    private void almost(Duration duration) {
        time.advance(duration.minus(STEP.multipliedBy(3)));
    }

    @Test
    void unacknowledged_isWrittenAgainAtTheDeadline_underItsId_andThenClosedWith4005() {
        TestConnection client = acknowledging();
        String id = send(1).toString();
        assertEquals(id, client.take("message:new").at("/id").asText());
        almost(DEADLINE);
        client.wire.assertExhausted();
        time.advance(STEP.multipliedBy(4));
        assertEquals(id, client.take("message:new").at("/id").asText());
        almost(DEADLINE);
        client.wire.assertExhausted();
        time.advance(STEP.multipliedBy(4));
        client.wire.takeClose(4005);
    }

    @Test
    void acknowledgedJustInTime_isNotWrittenAgain() {
        TestConnection client = acknowledging();
        MessageId id = send(1);
        take(client, 1);
        almost(DEADLINE);
        acknowledge(client, id);
        time.advance(DEADLINE.multipliedBy(3));
        client.wire.assertExhausted();
    }

    @Test
    void acknowledgedAfterTheSecondWriting_itStaysOpen_andTheNextIsWrittenAgainToo() {
        TestConnection client = acknowledging();
        MessageId first = send(1);
        take(client, 1);
        time.advance(DEADLINE.plus(STEP));
        take(client, 1);
        almost(DEADLINE);
        acknowledge(client, first);
        MessageId second = send(2);
        take(client, 2);
        time.advance(DEADLINE.plus(STEP));
        take(client, 2);
        acknowledge(client, second);
        time.advance(DEADLINE.multipliedBy(3));
        client.wire.assertExhausted();
    }

    @Test
    void onlyWhatIsOutstanding_isWrittenAgain() {
        TestConnection client = acknowledging();
        send(1);
        MessageId second = send(2);
        send(3);
        take(client, 1, 2, 3);
        acknowledge(client, second);
        time.advance(DEADLINE.plus(STEP));
        take(client, 3);
    }

    @Test
    void aClientThatNeverAcknowledges_getsNothingTwice() {
        TestConnection client = fixture.event("123@phone");
        send(1);
        take(client, 1);
        time.advance(DEADLINE.multipliedBy(10));
        client.wire.assertExhausted();
    }

    @Test
    void aMessageThatComesWhileItIsReadAgain_isBehind_once() {
        TestConnection client = acknowledging();
        send(1);
        send(2);
        take(client, 1, 2);
        CompletableFuture<Void> read = new CompletableFuture<>();
        mailbox.holdRead = read;
        time.advance(DEADLINE.plus(STEP));
        send(3);
        mailbox.holdRead = HeldMailbox.NOW;
        read.complete(null);
        time.runUntilQuiet();
        take(client, 1, 2, 3);
    }

    @Test
    void aMailboxThatIsAwayWhenItIsToBeReadAgain_isNoReasonToClose() {
        TestConnection client = acknowledging();
        send(1);
        take(client, 1);
        CompletableFuture<Void> read = new CompletableFuture<>();
        mailbox.holdRead = read;
        time.advance(DEADLINE.multipliedBy(4));
        client.wire.assertExhausted();
        mailbox.holdRead = HeldMailbox.NOW;
        read.complete(null);
        time.runUntilQuiet();
        take(client, 1);
        almost(DEADLINE);
        client.wire.assertExhausted();
    }

    @Test
    void anAcknowledgementWhileItIsReadAgain_counts() {
        TestConnection client = acknowledging();
        MessageId id = send(1);
        take(client, 1);
        CompletableFuture<Void> read = new CompletableFuture<>();
        mailbox.holdRead = read;
        time.advance(DEADLINE.plus(STEP));
        acknowledge(client, id);
        mailbox.holdRead = HeldMailbox.NOW;
        read.complete(null);
        time.runUntilQuiet();
        take(client, 1);
        time.advance(DEADLINE.multipliedBy(3));
        client.wire.assertExhausted();
        client.cut();
        fixture.event("123@phone").wire.assertExhausted();
    }

    @Test
    void aTailThatTheClientIsNotShown_isNotAwaited_andTheCursorFollows() {
        TestConnection client = acknowledging();
        client.say("category:subscribe", "{\"categories\":[\"TASK\"]}");
        MessageId id = send(1);
        fixture.send(USER, HubSubscriptionsTest.notification(2, "HR"), SendOptions.NONE);
        take(client, 1);
        acknowledge(client, id);
        fixture.send(USER, HubSubscriptionsTest.notification(3, "HR"), SendOptions.NONE);
        time.advance(DEADLINE.multipliedBy(3));
        client.wire.assertExhausted();
        client.cut();
        fixture.event("123@phone").wire.assertExhausted();
    }

    @Test
    void theSendersOwnTab_isNotAskedToAcknowledgeWhatItIsNotShown() {
        TestConnection client =
                fixture.open(HubFixture.EVENT, "token=123@phone&instance=tab").live();
        acknowledge(client, MessageId.of(Position.START));
        fixture.send(USER, HubFixture.chat(1), SendOptions.NONE.minus("tab"));
        time.advance(DEADLINE.multipliedBy(3));
        client.wire.assertExhausted();
    }

    @Test
    void whatIsNotShown_doesNotTakeTheCursorPastWhatIsOutstanding() {
        TestConnection client = acknowledging();
        client.say("category:subscribe", "{\"categories\":[\"TASK\"]}");
        send(1);
        fixture.send(USER, HubSubscriptionsTest.notification(2, "HR"), SendOptions.NONE);
        take(client, 1);
        client.cut();
        TestConnection again = fixture.open(HubFixture.EVENT, "token=123@phone");
        again.take("connected");
        again.take("message:new");
        again.take("notification:new");
        again.take("delivery:live");
    }

    @Test
    void acknowledgementsOfWhatWasNotWritten_countAsFarAsItWas_andWhatIsNoPositionNotAtAll() {
        TestConnection client = acknowledging();
        MessageId id = send(1);
        take(client, 1);
        MessageId olderEpoch = new MessageId(true, id.high() - 1, id.low());
        for (String wrong : List.of("nonsense", "t00000000000000000001", olderEpoch.toString(), "p0", "")) {
            client.say("ack", "{\"messageId\":\"" + wrong + "\"}");
            client.wire.takeFrames();
        }
        time.advance(DEADLINE.plus(STEP));
        take(client, 1);
        client.say("ack", "{\"messageId\":\"pVVVVVVVVVVVVVVVVVVVV\"}");
        MessageId second = send(2);
        take(client, 2);
        client.cut();
        TestConnection again = fixture.open(HubFixture.EVENT, "token=123@phone");
        again.take("connected");
        assertEquals(second.toString(), again.take("message:new").at("/id").asText());
        again.take("delivery:live");
    }

    @Test
    void aResume_beginsTheTimeAnew() {
        TestConnection client = acknowledging();
        MessageId first = send(1);
        send(2);
        take(client, 1, 2);
        almost(DEADLINE);
        client.say("resume", "{\"lastMessageId\":\"" + first + "\"}");
        client.take("message:new");
        client.take("delivery:live");
        almost(DEADLINE);
        client.wire.assertExhausted();
        time.advance(STEP.multipliedBy(4));
        take(client, 2);
    }

    @Test
    void otherTabs_areNotConcerned() {
        TestConnection client = acknowledging();
        TestConnection other = fixture.event("123@tablet");
        send(1);
        take(client, 1);
        take(other, 1);
        time.advance(DEADLINE.plus(STEP));
        take(client, 1);
        other.wire.assertExhausted();
    }

    @Test
    void transientMessages_areNotAwaited() {
        TestConnection client = acknowledging();
        fixture.hub.publish(Address.user(USER), HubFixture.unread(1));
        time.runUntilQuiet();
        client.take("message:unread_count");
        time.advance(DEADLINE.multipliedBy(3));
        client.wire.assertExhausted();
    }
}
