package io.tidings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tidings.inmemory.InMemoryMailbox;
import io.tidings.message.MessageId;
import io.tidings.message.Position;
import io.tidings.testkit.RecordedFrame;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A client that has seen more than the mailbox holds proves that messages were lost; the others notice nothing. */
@Tag("R43")
class HubHistoryTest {

    private final HubFixture fixture = new HubFixture(builder ->
            builder.mailbox(InMemoryMailbox.builder().sharedBetweenHubs().build()));
    private Position head = Position.START;

    @BeforeEach
    void threeMessages() {
        for (int id = 1; id <= 3; id++) {
            head = ((SendResult.Accepted) fixture.send("123", id)).id().position();
        }
    }

    @AfterEach
    void nothingIsLeft() {
        fixture.close();
    }

    private TestConnection from(Position position) {
        return fixture.open(HubFixture.EVENT, "token=123&lastMessageId=" + MessageId.of(position));
    }

    private TestConnection liveAt(Position position) {
        TestConnection client = from(position);
        client.take("connected");
        client.take("delivery:live");
        client.wire.ignorePings();
        return client;
    }

    /** Connects with the id of a message that was lost, and takes what follows. */
    private TestConnection knowsMore() {
        TestConnection client = from(head.next());
        client.take("connected");
        RecordedFrame gap = client.take("delivery:gap");
        assertEquals("unknown", gap.at("/data/reason").asText());
        for (int id = 1; id <= 3; id++) {
            RecordedFrame message = client.take("message:new");
            assertEquals(id, message.at("/data/id").asInt());
            assertTrue(position(message).epoch() > head.epoch(), "an id is given again");
        }
        client.take("delivery:live");
        client.wire.ignorePings();
        return client;
    }

    private static Position position(RecordedFrame message) {
        return MessageId.positionIn(message.at("/id").asText()).orElseThrow();
    }

    private void next(TestConnection client, int id) {
        RecordedFrame message = client.take("message:new");
        assertEquals(id, message.at("/data/id").asInt());
        assertEquals(id, position(message).offset());
        assertTrue(position(message).epoch() > head.epoch());
    }

    @Test
    void whoIsLive_getsTheNextMessageOnce_andIsToldOfNoGap() {
        TestConnection client = liveAt(head);
        TestConnection other = knowsMore();
        fixture.send("123", 4);
        fixture.time.advance(Duration.ofMillis(20));
        fixture.send("123", 5);
        for (TestConnection each : new TestConnection[] {client, other}) {
            next(each, 4);
            next(each, 5);
            each.wire.assertExhausted();
        }
    }

    @Test
    void whoIsLive_movesToTheNewEpoch_whenHeadsAreCompared() {
        TestConnection client = liveAt(head);
        TestConnection other = knowsMore();
        for (int i = 0; i < 7; i++) {
            fixture.time.advance(Duration.ofSeconds(9));
            client.answerPings();
            other.answerPings();
            fixture.time.runUntilQuiet();
        }
        // No hint is missing any more: nobody waits 20 ms.
        fixture.send("123", 4);
        next(client, 4);
        next(other, 4);
        client.wire.assertExhausted();
        other.wire.assertExhausted();
    }

    @Test
    void whoComesBack_fromTheEpochBefore_getsWhatIsMissing_withoutAGap() {
        knowsMore();
        fixture.send("123", 4);
        for (int offset = 0; offset <= 3; offset++) {
            TestConnection client = from(new Position(head.epoch(), offset));
            client.take("connected");
            for (int id = offset + 1; id <= 4; id++) {
                next(client, id);
            }
            client.take("delivery:live");
            client.wire.assertExhausted();
        }
    }

    @Test
    void whoComesBack_withWhatWasLost_isToldOfAGap_everyTime() {
        knowsMore();
        TestConnection another = from(head.next());
        another.take("connected");
        assertEquals("unknown", another.take("delivery:gap").at("/data/reason").asText());
        for (int id = 1; id <= 3; id++) {
            next(another, id);
        }
        another.take("delivery:live");
        another.wire.assertExhausted();
    }
}
