package io.tidings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tidings.dialect.EnvelopeDialect;
import io.tidings.dialect.EventDialect;
import io.tidings.inmemory.InMemoryMailbox;
import io.tidings.mailbox.Append;
import io.tidings.mailbox.Appended;
import io.tidings.mailbox.Attachment;
import io.tidings.mailbox.CursorMove;
import io.tidings.mailbox.Mailbox;
import io.tidings.mailbox.Page;
import io.tidings.message.MessageId;
import io.tidings.message.Position;
import io.tidings.message.UserKey;
import io.tidings.policy.AcknowledgementPolicy;
import io.tidings.testkit.ManualTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Cursors are stored behind the acknowledgements, and what the mailbox does not take is kept. */
@Tag("R44")
class HubCursorsTest {

    private static final Duration STEP = Duration.ofMillis(100);
    private static final Duration ROUND = Duration.ofSeconds(5);

    private final ManualTime time = new ManualTime();
    private final Moody mailbox =
            new Moody(InMemoryMailbox.builder().ticker(time).build());
    private final HubFixture fixture = new HubFixture(
            time,
            Cluster.quiet(HubFixture.EVENT, EventDialect.standard()),
            Cluster.quiet(HubFixture.ENVELOPE, EnvelopeDialect.standard()),
            builder -> builder.mailbox(mailbox)
                    .acknowledgementPolicy(AcknowledgementPolicy.STANDARD.withStoreAfter(ROUND)));

    /** A mailbox that takes cursors or not. */
    private static final class Moody implements Mailbox {
        private final Mailbox mailbox;
        private final List<List<CursorMove>> asked = new ArrayList<>();
        private boolean throwing;
        private boolean failing;
        private Error error;
        private int failures;

        Moody(Mailbox mailbox) {
            this.mailbox = mailbox;
        }

        @Override
        public CompletionStage<Void> moveCursors(List<CursorMove> moves) {
            asked.add(moves);
            if (throwing) {
                throw new IllegalStateException("away");
            }
            if (error != null) {
                throw error;
            }
            return failing || failures-- > 0
                    ? CompletableFuture.failedFuture(new IllegalStateException("away"))
                    : mailbox.moveCursors(moves);
        }

        @Override
        public CompletionStage<List<Appended>> append(List<Append> appends) {
            return mailbox.append(appends);
        }

        @Override
        public CompletionStage<Page> read(UserKey user, Position after, int limit) {
            return mailbox.read(user, after, limit);
        }

        @Override
        public CompletionStage<List<Position>> heads(List<UserKey> users) {
            return mailbox.heads(users);
        }

        @Override
        public CompletionStage<Attachment> attach(UserKey user, String device, String instance) {
            return mailbox.attach(user, device, instance);
        }

        @Override
        public boolean shared() {
            return mailbox.shared();
        }

        @Override
        public void close() {
            mailbox.close();
        }
    }

    @AfterEach
    void nothingIsLeft() {
        fixture.close();
    }

    private MessageId sendAndTake(TestConnection client, int id) {
        MessageId sent = ((SendResult.Accepted) fixture.send("123", id)).id();
        client.take("message:new");
        return sent;
    }

    private static void acknowledge(TestConnection client, MessageId id) {
        client.say("ack", "{\"messageId\":\"" + id + "\"}");
    }

    private List<Position> positions() {
        return mailbox.asked.stream()
                .flatMap(List::stream)
                .map(CursorMove::position)
                .toList();
    }

    private String startOf(String device) {
        TestConnection again = fixture.open(HubFixture.EVENT, "token=123@" + device);
        String start = again.take("connected").at("/lastMessageId").asText();
        again.cut();
        return start;
    }

    @Test
    void acknowledgements_areStoredTogether_oncePerRound() {
        time.advance(STEP.multipliedBy(2));
        TestConnection phone = fixture.event("123@phone");
        TestConnection tablet = fixture.event("123@tablet");
        for (int i = 1; i <= 3; i++) {
            MessageId id = sendAndTake(phone, i);
            tablet.take("message:new");
            acknowledge(phone, id);
            acknowledge(tablet, id);
        }
        time.advance(ROUND.minus(STEP.multipliedBy(4)));
        assertEquals(List.of(), mailbox.asked);
        time.advance(STEP.multipliedBy(4));
        assertEquals(1, mailbox.asked.size());
        assertEquals(2, mailbox.asked.get(0).size());
        time.advance(ROUND.multipliedBy(2));
        assertEquals(1, mailbox.asked.size());
    }

    @Test
    void whatTheMailboxDidNotTake_isWrittenInTheNextRound_theNewestAlone() {
        TestConnection phone = fixture.event("123@phone");
        mailbox.failing = true;
        acknowledge(phone, sendAndTake(phone, 1));
        time.advance(ROUND);
        MessageId second = sendAndTake(phone, 2);
        acknowledge(phone, second);
        mailbox.failing = false;
        mailbox.asked.clear();
        time.advance(ROUND);
        assertEquals(List.of(second.position()), positions());
        assertEquals(second.toString(), startOf("phone"));
    }

    @Test
    void whatFailedAsTheConnectionEnded_isWrittenLater_alsoWhenTheMailboxThrows() {
        TestConnection phone = fixture.event("123@phone");
        MessageId id = sendAndTake(phone, 1);
        acknowledge(phone, id);
        mailbox.throwing = true;
        phone.cut();
        time.advance(ROUND.multipliedBy(3));
        mailbox.throwing = false;
        time.advance(ROUND);
        assertEquals(id.toString(), startOf("phone"));
    }

    @Test
    void aMoveThatFailsAgainAndAgain_isGivenUp() {
        TestConnection phone = fixture.event("123@phone");
        acknowledge(phone, sendAndTake(phone, 1));
        mailbox.failing = true;
        phone.cut();
        time.advance(ROUND.multipliedBy(Cursors.MAX_TRIES - 2));
        assertTrue(mailbox.asked.size() < Cursors.MAX_TRIES, () -> "asked " + mailbox.asked.size());
        time.advance(ROUND.multipliedBy(Cursors.MAX_TRIES));
        assertEquals(Cursors.MAX_TRIES, mailbox.asked.size());
        assertEquals("p00000000000000000000", startOf("phone"));
    }

    @Test
    void aHubThatCloses_writesWhatWasKept() {
        TestConnection phone = fixture.event("123@phone");
        MessageId id = sendAndTake(phone, 1);
        acknowledge(phone, id);
        mailbox.failing = true;
        phone.cut();
        mailbox.failing = false;
        mailbox.asked.clear();
        fixture.hub.close();
        time.advance(STEP);
        assertEquals(List.of(id.position()), positions());
    }

    @Test
    void manyThatMovedInOneRound_areWrittenInBatches_eachOnce() {
        int devices = 1_003;
        time.advance(STEP.multipliedBy(2));
        for (int i = 0; i < devices; i++) {
            TestConnection client = fixture.event("u" + i + "@phone");
            acknowledge(client, ((SendResult.Accepted) fixture.send("u" + i, 1)).id());
        }
        time.advance(ROUND);
        assertEquals(
                List.of(500, 500, 3), mailbox.asked.stream().map(List::size).toList());
        assertEquals(
                devices,
                mailbox.asked.stream()
                        .flatMap(List::stream)
                        .map(CursorMove::user)
                        .distinct()
                        .count());
    }

    @Test
    void whatIsKept_isBounded_andWrittenInBatches() {
        mailbox.failing = true;
        for (int i = 0; i <= Cursors.MAX_KEPT; i++) {
            TestConnection client = fixture.event("u" + i + "@phone");
            acknowledge(client, ((SendResult.Accepted) fixture.send("u" + i, 1)).id());
            client.cut();
        }
        mailbox.failing = false;
        mailbox.asked.clear();
        time.advance(ROUND);
        assertEquals(Cursors.MAX_KEPT, positions().size());
        assertTrue(mailbox.asked.stream().allMatch(moves -> moves.size() <= 500));
        mailbox.asked.clear();
        time.advance(ROUND.multipliedBy(2));
        assertEquals(List.of(), mailbox.asked);
    }

    @Test
    void anEarlierAttachmentsMove_doesNotHideTheLaters() {
        mailbox.failing = true;
        TestConnection tab =
                fixture.open(HubFixture.EVENT, "token=123@phone&instance=tab").live();
        MessageId first = sendAndTake(tab, 1);
        acknowledge(tab, sendAndTake(tab, 2));
        tab.cut();
        tab = fixture.open(
                HubFixture.EVENT, "token=123@phone&instance=tab&lastMessageId=" + MessageId.of(Position.START));
        tab.wire.takeFrames();
        acknowledge(tab, first);
        tab.cut();
        mailbox.failing = false;
        time.advance(ROUND);
        assertEquals(first.toString(), startOf("phone"), "only the newest attachment moves the cursor");
    }

    @Test
    void aMailboxThatThrowsAnError_hasTheMovesAgain() {
        TestConnection phone = fixture.event("123@phone");
        MessageId id = sendAndTake(phone, 1);
        acknowledge(phone, id);
        mailbox.error = new NoClassDefFoundError("driver");
        phone.cut();
        mailbox.error = null;
        time.advance(ROUND);
        assertEquals(id.toString(), startOf("phone"));
    }

    @Test
    void aHubThatCloses_triesOnceMore_afterItsLastWriteFailed() {
        TestConnection phone = fixture.event("123@phone");
        MessageId id = sendAndTake(phone, 1);
        acknowledge(phone, id);
        mailbox.failures = 2;
        fixture.hub.close();
        time.advance(Duration.ofSeconds(40));
        assertEquals(List.of(id.position(), id.position(), id.position()), positions());
    }
}
