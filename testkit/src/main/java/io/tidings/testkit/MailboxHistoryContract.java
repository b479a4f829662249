package io.tidings.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tidings.mailbox.Attachment;
import io.tidings.mailbox.Gap;
import io.tidings.mailbox.Mailbox;
import io.tidings.mailbox.Page;
import io.tidings.message.Position;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What {@link MailboxContract} asks when somebody has seen what the mailbox no longer knows: a new epoch. */
@Tag("R43")
abstract class MailboxHistoryContract extends MailboxReadContract {

    @Test
    void beyondTheHead_isAGapOfReasonUnknown() throws Exception {
        Mailbox mailbox = opened();
        Position head = fill(mailbox, ANN, 3).get(2);
        assertNoGap(read(mailbox, ANN, head));
        Page page = read(mailbox, ANN, head.next(), 2);
        assertEquals(new Gap(head.next(), beforeAll(page), Gap.Reason.UNKNOWN), page.gap());
        assertEquals(numbers(1, 2), texts(page));
        Position farthest = new Position(page.head().epoch(), Position.MAX);
        page = read(mailbox, ANN, farthest, 2);
        assertEquals(new Gap(farthest, beforeAll(page), Gap.Reason.UNKNOWN), page.gap());
        assertEquals(numbers(1, 2), texts(page));
    }

    @Test
    void beyondTheHead_beginsANewEpoch_inWhichOffsetsGoOn() throws Exception {
        Mailbox mailbox = opened();
        Position head = fill(mailbox, ANN, 3).get(2);
        Position other = fill(mailbox, BOB, 3).get(2);
        read(mailbox, ANN, head);
        read(mailbox, ANN, new Position(head.epoch() + 1, 1));
        assertEquals(head, head(mailbox, ANN), "nothing was lost");
        Position later = read(mailbox, ANN, head.next()).head();
        assertTrue(later.epoch() > head.epoch(), "epoch " + later.epoch() + " after " + head.epoch());
        assertEquals(3, later.offset());
        assertEquals(later, head(mailbox, ANN));
        assertEquals(later.next(), store(mailbox, append(ANN, "4")).position());
        assertEquals(other, head(mailbox, BOB));
    }

    @Test
    void epochBefore_goesOnWithoutAGap_upToWhereItEnded() throws Exception {
        Mailbox mailbox = opened();
        List<Position> positions = fill(mailbox, ANN, 3);
        long before = positions.get(0).epoch();
        Position head = read(mailbox, ANN, positions.get(2).next()).head();
        Page empty = read(mailbox, ANN, positions.get(2));
        assertNoGap(empty);
        assertEquals(head, empty.next());
        assertTrue(empty.atHead());
        fill(mailbox, ANN, 4, 2);
        for (long offset = 0; offset <= 3; offset++) {
            Page page = read(mailbox, ANN, new Position(before, offset));
            assertNoGap(page);
            assertEquals(numbers(offset + 1, 5), texts(page));
        }
        for (long offset : new long[] {4, 5, 6}) {
            Page page = read(mailbox, ANN, new Position(before, offset), 2);
            Gap gap = page.gap();
            assertNotNull(gap, "offset " + offset + " was lost");
            assertTrue(gap.reason() != Gap.Reason.TRIMMED && gap.reason() != Gap.Reason.EXPIRED, "" + gap.reason());
            assertEquals(numbers(1, 2), texts(page));
        }
        assertEquals(head.epoch(), head(mailbox, ANN).epoch(), "the epoch before is over");
    }

    @Test
    void epochBefore_hasGaps_whereMessagesAreGone() throws Exception {
        Mailbox mailbox = opened(Limits.STANDARD.withMaxPerUser(5));
        List<Position> positions = fill(mailbox, ANN, 5);
        long epoch = read(mailbox, ANN, positions.get(4).next()).head().epoch();
        fill(mailbox, ANN, 6, 3);
        Position lastGone = new Position(epoch, 3);
        Page page = read(mailbox, ANN, positions.get(1));
        assertEquals(new Gap(positions.get(1), lastGone, Gap.Reason.TRIMMED), page.gap());
        assertEquals(numbers(4, 8), texts(page));
        Page whole = read(mailbox, ANN, positions.get(2));
        assertNoGap(whole);
        assertEquals(numbers(4, 8), texts(whole));
        Page start = read(mailbox, ANN, Position.START);
        assertEquals(new Gap(Position.START, lastGone, Gap.Reason.TRIMMED), start.gap());
    }

    @Test
    void manyWhoKnowMore_beginOneEpoch() throws Exception {
        for (int round = 0; round < 5; round++) {
            Mailbox mailbox = opened();
            Position head = fill(mailbox, ANN, 3).get(2);
            together(Collections.nCopies(4, (Callable<Void>) () -> {
                assertNotNull(read(mailbox, ANN, head.next()).gap());
                return null;
            }));
            assertNoGap(read(mailbox, ANN, head));
        }
    }

    @Test
    void newEpoch_keepsCursors_andTheyGoOn() throws Exception {
        Mailbox mailbox = opened();
        List<Position> positions = fill(mailbox, ANN, 3);
        Attachment phone = attach(mailbox, ANN, "phone", "a");
        await(mailbox.moveCursors(List.of(move(ANN, "phone", "a", phone, positions.get(0)))));
        read(mailbox, ANN, positions.get(2).next());
        assertEquals(1, cursor(mailbox, ANN, "phone").offset());
        await(mailbox.moveCursors(List.of(move(ANN, "phone", "a", phone, positions.get(1)))));
        assertEquals(2, cursor(mailbox, ANN, "phone").offset());
        assertEquals(numbers(3, 3), texts(read(mailbox, ANN, cursor(mailbox, ANN, "phone"))));
        Position next = store(mailbox, append(ANN, "4")).position();
        await(mailbox.moveCursors(List.of(move(ANN, "phone", "a", phone, next))));
        assertEquals(next, cursor(mailbox, ANN, "phone"));
    }

    @Test
    @Tag("R46")
    void newEpoch_keepsWhatRepeatsAreToldBy() throws Exception {
        Mailbox mailbox = opened();
        Position keyed = store(mailbox, keyed(ANN, "1", "k")).position();
        store(mailbox, numbered(ANN, "2", "s", 7));
        Position head = read(mailbox, ANN, new Position(keyed.epoch(), 3)).head();
        assertTrue(head.epoch() > keyed.epoch());
        assertTrue(store(mailbox, keyed(ANN, "again", "k")).repeated());
        assertTrue(store(mailbox, numbered(ANN, "again", "s", 7)).repeated());
        assertEquals(head, head(mailbox, ANN));
    }

    private static Position beforeAll(Page page) {
        return new Position(page.head().epoch(), 0);
    }
}
