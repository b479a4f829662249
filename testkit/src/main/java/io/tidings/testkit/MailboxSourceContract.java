package io.tidings.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tidings.mailbox.Append;
import io.tidings.mailbox.Appended;
import io.tidings.mailbox.Idempotency;
import io.tidings.mailbox.Mailbox;
import io.tidings.message.Position;
import io.tidings.message.UserKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What {@link MailboxContract} asks of numbered sources ({@link Idempotency.Sequence}). */
@Tag("R46")
abstract class MailboxSourceContract extends MailboxAppendContract {

    private static final int THREADS = 4;

    @Test
    void sequence_aboveAll_isAppended_andAnyOtherIsARepeat() throws Exception {
        Mailbox mailbox = opened();
        Position first = stored(mailbox, 5);
        assertEquals(1, first.offset());
        Position before = new Position(first.epoch(), 0);
        assertEquals(first, repeated(mailbox, 5), "its message is held");
        assertEquals(before, repeated(mailbox, 3), "there never was such a message");
        assertEquals(first.next(), stored(mailbox, 9));
        assertEquals(first, repeated(mailbox, 5));
        assertEquals(before, repeated(mailbox, 7));
        assertEquals(before, repeated(mailbox, 0));
        assertEquals(first.next(), repeated(mailbox, 9));
        assertEquals(first.next().next(), stored(mailbox, 10));
        assertEquals(List.of("5", "9", "10"), texts(read(mailbox, ANN, Position.START)));
    }

    @Test
    void sequence_isARepeat_withoutAWindow() throws Exception {
        assumeTimeCanBeMoved();
        Mailbox mailbox = opened();
        Position first = stored(mailbox, 1);
        Position second = stored(mailbox, 2);
        advance(Limits.STANDARD.idempotencyWindow().multipliedBy(3));
        assertEquals(first, repeated(mailbox, 1));
        assertEquals(second, repeated(mailbox, 2));
    }

    @Test
    void repeatOfAMessageNotHeld_isAnsweredWithThePositionBeforeTheOldest() throws Exception {
        Mailbox mailbox = opened(Limits.STANDARD.withMaxPerUser(3));
        List<Position> positions = new ArrayList<>();
        for (int sequence = 1; sequence <= 5; sequence++) {
            positions.add(stored(mailbox, sequence));
        }
        assertEquals(positions.get(1), repeated(mailbox, 1));
        assertEquals(positions.get(1), repeated(mailbox, 2));
        assertEquals(positions.get(2), repeated(mailbox, 3));
        assertEquals(positions.get(4), repeated(mailbox, 5));
        assumeTimeCanBeMoved();
        advance(Limits.STANDARD.retention().plus(Duration.ofDays(15)));
        for (int sequence = 1; sequence <= 5; sequence++) {
            assertEquals(positions.get(4), repeated(mailbox, sequence), "nothing is held");
        }
        assertEquals(positions.get(4).next(), stored(mailbox, 6));
    }

    @Test
    void sequences_belongToASource_ofOneUserOfOneTenant() throws Exception {
        Mailbox mailbox = opened();
        for (UserKey user : List.of(ANN, BOB, new UserKey("other", "ann"))) {
            long offset = 0;
            for (String source : List.of("orders", "Orders", "orders ", "5")) {
                Appended.Stored stored = store(mailbox, numbered(user, "text", source, 5));
                assertFalse(stored.repeated(), user + " repeats nothing of " + source);
                assertEquals(++offset, stored.position().offset());
            }
            assertFalse(store(mailbox, keyed(user, "text", "5")).repeated(), "a key is no sequence");
            assertFalse(store(mailbox, keyed(user, "text", "orders")).repeated(), "a key is no source");
            assertTrue(store(mailbox, numbered(user, "text", "orders", 5)).repeated());
        }
    }

    @Test
    void sequence_mayBeAnyFromZero_andASourceAnyName() throws Exception {
        Mailbox mailbox = opened();
        for (String source : List.of("0", "a\u0000b", "\ud83d\ude00", "'; --", "a/b:c", "\u00e9".repeat(64))) {
            for (long sequence : new long[] {0, 1, Integer.MAX_VALUE + 1L, Long.MAX_VALUE}) {
                assertFalse(
                        store(mailbox, numbered(ANN, "text", source, sequence)).repeated(), source + sequence);
                assertTrue(
                        store(mailbox, numbered(ANN, "text", source, sequence)).repeated(), source + sequence);
            }
        }
    }

    @Test
    void repeatedSequence_withinABatch_isRecognised() throws Exception {
        Mailbox mailbox = opened();
        List<Appended> outcomes = await(mailbox.append(List.of(
                numbered(ANN, "1", "s", 1),
                numbered(BOB, "1", "s", 1),
                numbered(ANN, "again", "s", 1),
                numbered(ANN, "2", "s", 2),
                append(ANN, "3"),
                numbered(ANN, "again", "s", 2),
                numbered(ANN, "again", "s", 1))));
        Position first = new Position(head(mailbox, ANN).epoch(), 1);
        Position second = first.next();
        assertEquals(new Appended.Stored(first, false), outcomes.get(0));
        assertEquals(new Appended.Stored(head(mailbox, BOB), false), outcomes.get(1));
        assertEquals(new Appended.Stored(first, true), outcomes.get(2));
        assertEquals(new Appended.Stored(second, false), outcomes.get(3));
        assertEquals(new Appended.Stored(second.next(), false), outcomes.get(4));
        assertEquals(new Appended.Stored(second, true), outcomes.get(5));
        assertEquals(new Appended.Stored(first, true), outcomes.get(6));
        assertEquals(numbers(1, 3), texts(read(mailbox, ANN, Position.START)));
    }

    @Test
    void refusedMessage_isNoRepeatLater() throws Exception {
        assumeTimeCanBeMoved();
        Mailbox mailbox = openedOrSkipped(openWithRoomFor(1), "room is not limited");
        stored(mailbox, 1);
        assertInstanceOf(
                Appended.Full.class,
                await(mailbox.append(List.of(numbered(ANN, "2", "s", 2)))).get(0));
        advance(Limits.STANDARD.retention().plusSeconds(1));
        assertEquals(2, stored(mailbox, 2).offset());
    }

    @Test
    void sourceBeyondTheCap_isRefused_andSparesTheOthers() throws Exception {
        Mailbox mailbox = opened();
        List<Append> appends = new ArrayList<>(LongStream.rangeClosed(1, Idempotency.MAX_SOURCES + 1)
                .mapToObj(n -> numbered(ANN, Long.toString(n), "source " + n, 1))
                .toList());
        appends.add(numbered(BOB, "1", "one more", 1));
        appends.add(numbered(ANN, "65", "source 1", 2));
        List<Appended> outcomes = await(mailbox.append(appends));
        for (int i = 0; i < outcomes.size(); i++) {
            boolean refused = i == Idempotency.MAX_SOURCES;
            assertEquals(refused, outcomes.get(i) instanceof Appended.Full, "outcome " + i);
        }
        assertEquals(numbers(1, 65), texts(read(mailbox, ANN, Position.START)));
        assertTrue(store(mailbox, numbered(ANN, "again", "source 64", 1)).repeated());
        store(mailbox, append(ANN, "66"));
        store(mailbox, keyed(ANN, "67", "k"));
    }

    @Test
    void concurrentRepeatsOfASource_areAppendedOnce() throws Exception {
        Mailbox mailbox = opened();
        int last = 40;
        AtomicInteger appended = new AtomicInteger();
        Map<Long, Position> positions = new ConcurrentHashMap<>();
        together(Collections.nCopies(THREADS, (Callable<Void>) () -> {
            for (long sequence = 1; sequence <= last; sequence++) {
                Appended.Stored stored = store(mailbox, numbered(ANN, Long.toString(sequence), "s", sequence));
                appended.addAndGet(stored.repeated() ? 0 : 1);
                Position earlier = positions.putIfAbsent(sequence, stored.position());
                assertTrue(earlier == null || earlier.equals(stored.position()), "a repeat had another position");
            }
            return null;
        }));
        assertEquals(last, appended.get());
        assertEquals(numbers(1, last), texts(read(mailbox, ANN, Position.START)));
    }

    private Position stored(Mailbox mailbox, long sequence) throws Exception {
        Appended.Stored stored = store(mailbox, numbered(ANN, Long.toString(sequence), "s", sequence));
        assertFalse(stored.repeated(), sequence + " is new");
        return stored.position();
    }

    private Position repeated(Mailbox mailbox, long sequence) throws Exception {
        Appended.Stored stored = store(mailbox, numbered(ANN, "repeat", "s", sequence));
        assertTrue(stored.repeated(), sequence + " is a repeat");
        return stored.position();
    }
}
