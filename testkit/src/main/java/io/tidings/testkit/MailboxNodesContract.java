package io.tidings.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tidings.mailbox.Appended;
import io.tidings.mailbox.Attachment;
import io.tidings.mailbox.Mailbox;
import io.tidings.message.Position;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What {@link MailboxContract} asks of a mailbox that several nodes share. */
@Tag("R47")
abstract class MailboxNodesContract extends MailboxHistoryContract {

    private static final int EACH = 40;

    @Test
    @Tag("R47")
    void otherNodes_seeTheSame() throws Exception {
        Mailbox mailbox = opened();
        Mailbox beside = openedOrSkipped(openBeside(mailbox), "nodes do not share the mailbox");
        assertTrue(mailbox.shared());
        assertTrue(beside.shared());
        Position first = store(mailbox, keyed(ANN, "1", "k")).position();
        assertTrue(store(beside, keyed(ANN, "1", "k")).repeated());
        Position second = store(beside, append(ANN, "2")).position();
        assertEquals(first.next(), second);
        assertEquals(second, head(mailbox, ANN));
        assertEquals(numbers(1, 2), texts(read(mailbox, ANN, Position.START)));
        Attachment earlier = attach(mailbox, ANN, "phone", "a");
        Attachment later = attach(beside, ANN, "phone", "a");
        assertTrue(later.generation() > earlier.generation());
        await(mailbox.moveCursors(List.of(move(ANN, "phone", "a", earlier, second))));
        assertEquals(Position.START, cursor(beside, ANN, "phone"));
        await(beside.moveCursors(List.of(move(ANN, "phone", "a", later, first))));
        assertEquals(first, cursor(mailbox, ANN, "phone"));
    }

    @Test
    void nodesThatAppendTogether_leaveNoHoles_andAppendRepeatsOnce() throws Exception {
        Mailbox mailbox = opened();
        Mailbox beside = openedOrSkipped(openBeside(mailbox), "nodes do not share the mailbox");
        Map<String, Position> positions = new ConcurrentHashMap<>();
        Set<Position> given = ConcurrentHashMap.newKeySet();
        AtomicInteger appended = new AtomicInteger();
        List<Callable<Void>> bodies = new ArrayList<>();
        for (Mailbox node : List.of(mailbox, beside)) {
            bodies.add(() -> {
                for (int i = 1; i <= EACH; i++) {
                    for (Appended.Stored stored : List.of(
                            store(node, keyed(ANN, "keyed", "k" + i)),
                            store(node, numbered(ANN, "numbered", "s", i)))) {
                        appended.addAndGet(stored.repeated() ? 0 : 1);
                    }
                    Position keyed = store(node, keyed(ANN, "keyed", "k" + i)).position();
                    Position earlier = positions.putIfAbsent("k" + i, keyed);
                    assertTrue(earlier == null || earlier.equals(keyed), "a repeat had another position");
                }
                return null;
            });
            bodies.add(() -> {
                for (int i = 1; i <= EACH; i++) {
                    assertTrue(given.add(store(node, append(ANN, "plain")).position()), "a position was given twice");
                    appended.incrementAndGet();
                }
                return null;
            });
        }
        together(bodies);
        assertEquals(4 * EACH, appended.get());
        for (Mailbox node : List.of(mailbox, beside)) {
            assertEquals(
                    LongStream.rangeClosed(1, 4 * EACH).boxed().toList(),
                    read(node, ANN, Position.START).entries().stream()
                            .map(entry -> entry.position().offset())
                            .toList());
        }
    }

    @Test
    @Tag("R48")
    void generations_growOverAllNodes() throws Exception {
        Mailbox mailbox = opened();
        Mailbox beside = openedOrSkipped(openBeside(mailbox), "nodes do not share the mailbox");
        long earlier = Long.MIN_VALUE;
        for (int i = 0; i < 20; i++) {
            long generation =
                    attach(i % 3 == 0 ? beside : mailbox, ANN, "phone", "a").generation();
            assertTrue(generation > earlier, "generation " + generation + " after " + earlier);
            earlier = generation;
        }
    }

    @Test
    @Tag("R43")
    void newEpoch_holdsForAllNodes() throws Exception {
        Mailbox mailbox = opened();
        Mailbox beside = openedOrSkipped(openBeside(mailbox), "nodes do not share the mailbox");
        Position head = fill(mailbox, ANN, 3).get(2);
        assertEquals(head, head(beside, ANN));
        assertNotNull(read(mailbox, ANN, head.next()).gap());
        Position next = store(beside, append(ANN, "4")).position();
        assertTrue(next.epoch() > head.epoch());
        assertEquals(4, next.offset());
        assertEquals(List.of("4"), texts(read(beside, ANN, head)));
        assertEquals(List.of("4"), texts(read(mailbox, ANN, head)));
    }

    @Test
    void nodeThatCloses_leavesTheOthersTheirMailbox() throws Exception {
        Mailbox mailbox = opened();
        Mailbox beside = openedOrSkipped(openBeside(mailbox), "nodes do not share the mailbox");
        fill(beside, ANN, 2);
        beside.close();
        assertEquals(numbers(1, 2), texts(read(mailbox, ANN, Position.START)));
        assertEquals(3, store(mailbox, append(ANN, "3")).position().offset());
    }
}
