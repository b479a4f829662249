package io.tidings.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tidings.mailbox.Gap;
import io.tidings.mailbox.Mailbox;
import io.tidings.mailbox.Page;
import io.tidings.message.Position;
import io.tidings.message.UserKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What {@link MailboxContract} asks of reads and heads: pages, gaps, epochs. */
abstract class MailboxReadContract extends MailboxSourceContract {

    @Test
    @Tag("R43")
    void pages_coverEverythingOnce() throws Exception {
        Mailbox mailbox = opened();
        Position head = fill(mailbox, ANN, 25).get(24);
        List<Integer> sizes = new ArrayList<>();
        List<String> seen = new ArrayList<>();
        Position next = Position.START;
        Page page;
        do {
            page = read(mailbox, ANN, next, 10);
            assertNoGap(page);
            assertEquals(head, page.head());
            sizes.add(page.entries().size());
            seen.addAll(texts(page));
            next = page.next();
        } while (!page.atHead());
        assertEquals(List.of(10, 10, 5), sizes);
        assertEquals(numbers(1, 25), seen);
    }

    @Test
    @Tag("R43")
    void page_beginsAfterThePosition_andEndsAtTheLimit() throws Exception {
        Mailbox mailbox = opened();
        List<Position> positions = fill(mailbox, ANN, 10);
        assertEquals(List.of("5"), texts(read(mailbox, ANN, positions.get(3), 1)));
        assertEquals(numbers(5, 9), texts(read(mailbox, ANN, positions.get(3), 5)));
        assertEquals(numbers(5, 10), texts(read(mailbox, ANN, positions.get(3), 6)));
        assertEquals(numbers(5, 10), texts(read(mailbox, ANN, positions.get(3), 7)));
        assertEquals(
                numbers(1, 10),
                texts(read(mailbox, ANN, new Position(positions.get(0).epoch(), 0), 10)));
        assertNoGap(read(mailbox, ANN, new Position(positions.get(0).epoch(), 0), 10));
    }

    @Test
    @Tag("R43")
    void atTheHead_thePageIsEmpty() throws Exception {
        Mailbox mailbox = opened();
        Position head = fill(mailbox, ANN, 3).get(2);
        Page page = read(mailbox, ANN, head);
        assertNoGap(page);
        assertEquals(List.of(), page.entries());
        assertEquals(head, page.next());
        assertTrue(page.atHead());
        assertFalse(read(mailbox, ANN, Position.START, 2).atHead());
    }

    @Test
    @Tag("R43")
    void withoutAMailbox_thereIsNothing() throws Exception {
        Mailbox mailbox = opened();
        Page page = read(mailbox, ANN, Position.START);
        assertNoGap(page);
        assertEquals(List.of(), page.entries());
        assertEquals(Position.START, page.next());
        assertEquals(Position.START, page.head());
    }

    @Test
    @Tag("R43")
    void withoutAMailbox_aPositionIsAGap() throws Exception {
        Mailbox mailbox = opened();
        Page page = read(mailbox, ANN, new Position(5, 5));
        Gap gap = page.gap();
        assertNotNull(gap);
        assertTrue(gap.reason() == Gap.Reason.UNKNOWN || gap.reason() == Gap.Reason.EPOCH, "reason " + gap.reason());
        assertEquals(List.of(), page.entries());
        assertNoGap(read(mailbox, ANN, page.next()));
    }

    @Test
    @Tag("R43")
    void pagesOfOne_areAsGoodAsAnyOther() throws Exception {
        Mailbox mailbox = opened();
        Position head = fill(mailbox, ANN, 30).get(29);
        Position next = Position.START;
        for (int i = 1; i <= 30; i++) {
            Page page = read(mailbox, ANN, next, 1);
            assertNoGap(page);
            assertEquals(numbers(i, i), texts(page));
            assertEquals(i == 30, page.atHead());
            next = page.next();
        }
        assertEquals(head, next);
        assertEquals(numbers(1, 30), texts(read(mailbox, ANN, Position.START, Integer.MAX_VALUE)));
    }

    @Test
    @Tag("R43")
    void anotherEpoch_isAGapOfReasonEpoch() throws Exception {
        Mailbox mailbox = opened();
        Position head = fill(mailbox, ANN, 3).get(2);
        Position earlier = new Position(head.epoch() - 1, 2);
        Page page = read(mailbox, ANN, earlier);
        assertEquals(new Gap(earlier, new Position(head.epoch(), 0), Gap.Reason.EPOCH), page.gap());
        assertEquals(numbers(1, 3), texts(page));
        Position later = new Position(head.epoch() + 1, 2);
        Gap gap = read(mailbox, ANN, later).gap();
        assertNotNull(gap);
        assertTrue(gap.reason() == Gap.Reason.UNKNOWN || gap.reason() == Gap.Reason.EPOCH, "reason " + gap.reason());
    }

    @Test
    @Tag("R42")
    void upToTheCap_nothingIsTrimmed() throws Exception {
        Mailbox mailbox = opened(Limits.STANDARD.withMaxPerUser(10));
        fill(mailbox, ANN, 10);
        Page page = read(mailbox, ANN, Position.START);
        assertNoGap(page);
        assertEquals(numbers(1, 10), texts(page));
    }

    @Test
    @Tag("R42")
    @Tag("R43")
    void trimmedMessages_areAGapOfReasonTrimmed() throws Exception {
        Mailbox mailbox = opened(Limits.STANDARD.withMaxPerUser(10));
        List<Position> positions = new ArrayList<>(fill(mailbox, ANN, 12));
        positions.addAll(fill(mailbox, ANN, 13, 3));
        Position lastGone = positions.get(4);
        for (Position after : List.of(Position.START, positions.get(0), positions.get(3))) {
            Page page = read(mailbox, ANN, after, 4);
            assertEquals(new Gap(after, lastGone, Gap.Reason.TRIMMED), page.gap());
            assertEquals(numbers(6, 9), texts(page));
        }
        Page page = read(mailbox, ANN, lastGone);
        assertNoGap(page);
        assertEquals(numbers(6, 15), texts(page));
    }

    @Test
    @Tag("R42")
    void cap_holdsForEachUserAlone() throws Exception {
        Mailbox mailbox = opened(Limits.STANDARD.withMaxPerUser(3));
        fill(mailbox, BOB, 3);
        fill(mailbox, ANN, 5);
        assertEquals(numbers(3, 5), texts(read(mailbox, ANN, Position.START)));
        assertEquals(numbers(1, 3), texts(read(mailbox, BOB, Position.START)));
    }

    @Test
    @Tag("R42")
    @Tag("R43")
    void expiredMessages_areAGapOfReasonExpired() throws Exception {
        assumeTimeCanBeMoved();
        Mailbox mailbox = opened();
        Duration retention = Limits.STANDARD.retention();
        List<Position> positions = new ArrayList<>(fill(mailbox, ANN, 3));
        advance(retention.dividedBy(2));
        positions.addAll(fill(mailbox, ANN, 4, 2));
        advance(retention.dividedBy(2).minusSeconds(1));
        Page kept = read(mailbox, ANN, Position.START);
        assertNoGap(kept);
        assertEquals(numbers(1, 5), texts(kept));
        advance(Duration.ofSeconds(2));
        Position lastGone = positions.get(2);
        for (Position after : List.of(Position.START, positions.get(0), positions.get(1))) {
            Page page = read(mailbox, ANN, after);
            assertEquals(new Gap(after, lastGone, Gap.Reason.EXPIRED), page.gap());
            assertEquals(numbers(4, 5), texts(page));
        }
        Page page = read(mailbox, ANN, lastGone);
        assertNoGap(page);
        assertEquals(numbers(4, 5), texts(page));
    }

    @Test
    @Tag("R42")
    @Tag("R43")
    void whenAllHaveExpired_theHeadStays_andTheEpochGoesOn() throws Exception {
        assumeTimeCanBeMoved();
        Mailbox mailbox = opened();
        List<Position> positions = fill(mailbox, ANN, 3);
        Position head = positions.get(2);
        advance(Limits.STANDARD.retention().plusSeconds(1));
        Page gone = read(mailbox, ANN, positions.get(0));
        assertEquals(new Gap(positions.get(0), head, Gap.Reason.EXPIRED), gone.gap());
        assertEquals(List.of(), gone.entries());
        assertEquals(head, head(mailbox, ANN));
        assertNoGap(read(mailbox, ANN, head));
        assertEquals(head.next(), store(mailbox, append(ANN, "4")).position());
        Page page = read(mailbox, ANN, head);
        assertNoGap(page);
        assertEquals(List.of("4"), texts(page));
    }

    @Test
    @Tag("R43")
    void heads_comeInTheOrderOfTheUsers() throws Exception {
        Mailbox mailbox = opened();
        Position ann = fill(mailbox, ANN, 3).get(2);
        Position bob = fill(mailbox, BOB, 2).get(1);
        UserKey nobody = UserKey.of("nobody");
        assertEquals(List.of(bob, Position.START, ann, bob), await(mailbox.heads(List.of(BOB, nobody, ANN, BOB))));
        List<UserKey> many = new ArrayList<>();
        List<Position> heads = new ArrayList<>();
        for (int i = 0; i < 600; i++) {
            many.add(i % 3 == 0 ? UserKey.of("nobody " + i) : i % 3 == 1 ? ANN : BOB);
            heads.add(i % 3 == 0 ? Position.START : i % 3 == 1 ? ann : bob);
        }
        assertEquals(heads, await(mailbox.heads(many)));
    }

    @Test
    @Tag("R43")
    void whatWasLost_isAGapOfReasonEpoch_andEpochsGrow() throws Exception {
        Mailbox mailbox = opened();
        long epoch = 0;
        Position lost = Position.START;
        fill(mailbox, BOB, 2);
        for (int life = 1; life <= 3; life++) {
            Position head = fill(mailbox, ANN, life).get(life - 1);
            assertEquals(life, head.offset(), "offsets of an epoch start at 1");
            assertTrue(head.epoch() > epoch, "epoch " + head.epoch() + " after " + epoch);
            if (life > 1) {
                Page page = read(mailbox, ANN, lost);
                assertEquals(new Gap(lost, new Position(head.epoch(), 0), Gap.Reason.EPOCH), page.gap());
                assertEquals(numbers(1, life), texts(page));
            }
            epoch = head.epoch();
            lost = head;
            Assumptions.assumeTrue(lose(mailbox, ANN), "the mailbox cannot be made to lose");
        }
        assertEquals(2, head(mailbox, BOB).offset());
    }

    /** Random appends, reads and passing of time against what they should have done; the seed is in the message of a failure. */
    @Test
    @Tag("R43")
    void whatever_happens_noGapIsSilent() throws Exception {
        for (long seed = 1; seed <= 3; seed++) {
            Random random = new Random(seed);
            Limits limits = Limits.STANDARD.withMaxPerUser(20);
            Mailbox mailbox = opened(limits);
            UserKey user = UserKey.of("user " + seed);
            Position head = Position.START;
            for (int step = 0; step < 100; step++) {
                if (random.nextInt(10) < 6) {
                    int count = 1 + random.nextInt(8);
                    head = fill(mailbox, user, head.offset() + 1, count).get(count - 1);
                } else if (timeCanBeMoved()) {
                    advance(limits.retention().dividedBy(1 + random.nextInt(6)));
                }
                if (!head.isStart()) {
                    checkReads(mailbox, user, random, head, "seed " + seed + ", step " + step);
                }
            }
        }
    }

    private void checkReads(Mailbox mailbox, UserKey user, Random random, Position head, String where)
            throws Exception {
        int held = read(mailbox, user, Position.START).entries().size();
        assertTrue(held <= 20, where);
        long oldest = head.offset() - held + 1;
        Position after = new Position(head.epoch(), random.nextLong(head.offset() + 1));
        Page page = read(mailbox, user, after, 1 + random.nextInt(30));
        assertEquals(head, page.head(), where);
        assertEquals(
                after.offset() + 1 < oldest, page.gap() != null, where + ": read from " + after + ", oldest " + oldest);
        long first = Math.max(after.offset() + 1, oldest);
        assertEquals(numbers(first, first + page.entries().size() - 1), texts(page), where);
    }

    @Test
    void impossibleLimit_fails() throws Exception {
        Mailbox mailbox = opened();
        fill(mailbox, ANN, 1);
        assertFails(() -> mailbox.read(ANN, Position.START, 0), "a limit of 0");
    }
}
