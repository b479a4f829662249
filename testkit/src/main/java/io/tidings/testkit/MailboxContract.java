package io.tidings.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tidings.mailbox.Attachment;
import io.tidings.mailbox.CursorMove;
import io.tidings.mailbox.Mailbox;
import io.tidings.message.Position;
import io.tidings.message.UserKey;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Proves a {@link Mailbox}. Adopted by saying how to open one and how to move its time:
 *
 * <pre>{@code
 * class InMemoryMailboxContractTest extends MailboxContract {
 *
 *     private final ManualTime time = new ManualTime();
 *
 *     @Override
 *     protected Mailbox open(Limits limits) {
 *         return InMemoryMailbox.builder()
 *                 .retention(limits.retention())
 *                 .maxPerUser(limits.maxPerUser())
 *                 .idempotencyWindow(limits.idempotencyWindow())
 *                 .maxDevices(limits.maxDevices())
 *                 .ticker(time)
 *                 .build();
 *     }
 *
 *     @Override
 *     protected void advance(Duration by) {
 *         time.advance(by);
 *     }
 * }
 * }</pre>
 *
 * <p>What not every mailbox can do is asked for by further hooks ({@code openWithRoomFor}, {@code openBeside}, {@code lose},
 * {@code timeCanBeMoved}); what needs a hook that is left alone is skipped. Split over its superclasses for length alone.
 */
public abstract class MailboxContract extends MailboxNodesContract {

    @Test
    @Tag("R42")
    void firstDevice_beginsAtStart() throws Exception {
        Mailbox mailbox = opened();
        fill(mailbox, ANN, 3);
        assertEquals(Position.START, attach(mailbox, ANN, "phone", "a").cursor());
        assertEquals(Position.START, attach(mailbox, BOB, "phone", "a").cursor());
    }

    @Test
    @Tag("R42")
    void newDevice_beginsAtTheFurthestCursor() throws Exception {
        Mailbox mailbox = opened();
        List<Position> positions = fill(mailbox, ANN, 5);
        moveTo(mailbox, ANN, "phone", positions.get(3));
        moveTo(mailbox, ANN, "laptop", positions.get(3));
        attach(mailbox, ANN, "watch", "a");
        moveTo(mailbox, ANN, "phone", positions.get(4));
        assertEquals(positions.get(4), attach(mailbox, ANN, "tablet", "a").cursor());
        assertEquals(positions.get(3), attach(mailbox, ANN, "laptop", "b").cursor());
    }

    @Test
    @Tag("R44")
    void cursor_stays_whenTheDeviceComesBack() throws Exception {
        Mailbox mailbox = opened();
        List<Position> positions = fill(mailbox, ANN, 5);
        moveTo(mailbox, ANN, "phone", positions.get(1));
        moveTo(mailbox, ANN, "laptop", positions.get(4));
        assertEquals(positions.get(1), attach(mailbox, ANN, "phone", "new page").cursor());
        assertEquals(positions.get(1), attach(mailbox, ANN, "phone", "new page").cursor());
    }

    @Test
    @Tag("R44")
    void cursor_neverMovesBackward() throws Exception {
        Mailbox mailbox = opened();
        List<Position> positions = fill(mailbox, ANN, 5);
        Attachment phone = attach(mailbox, ANN, "phone", "a");
        for (int to : new int[] {3, 1, 3, 2}) {
            await(mailbox.moveCursors(List.of(move(ANN, "phone", "a", phone, positions.get(to)))));
        }
        await(mailbox.moveCursors(List.of(move(ANN, "phone", "a", phone, Position.START))));
        assertEquals(positions.get(3), cursor(mailbox, ANN, "phone"));
        await(mailbox.moveCursors(List.of(
                move(ANN, "phone", "a", phone, positions.get(4)), move(ANN, "phone", "a", phone, positions.get(0)))));
        assertEquals(positions.get(4), cursor(mailbox, ANN, "phone"));
    }

    @Test
    @Tag("R48")
    void attachingAgain_fencesTheEarlierConnection() throws Exception {
        Mailbox mailbox = opened();
        List<Position> positions = fill(mailbox, ANN, 5);
        Attachment earlier = attach(mailbox, ANN, "phone", "a");
        Attachment later = attach(mailbox, ANN, "phone", "a");
        assertTrue(
                later.generation() > earlier.generation(),
                "generation " + later.generation() + " after " + earlier.generation());
        await(mailbox.moveCursors(List.of(move(ANN, "phone", "a", earlier, positions.get(4)))));
        assertEquals(Position.START, cursor(mailbox, ANN, "phone"));
        await(mailbox.moveCursors(List.of(move(ANN, "phone", "a", later, positions.get(1)))));
        assertEquals(positions.get(1), cursor(mailbox, ANN, "phone"));
    }

    @Test
    @Tag("R48")
    void otherInstancesOfTheDevice_areNotFenced() throws Exception {
        Mailbox mailbox = opened();
        List<Position> positions = fill(mailbox, ANN, 5);
        Attachment first = attach(mailbox, ANN, "phone", "tab 1");
        Attachment second = attach(mailbox, ANN, "phone", "tab 2");
        await(mailbox.moveCursors(List.of(move(ANN, "phone", "tab 1", first, positions.get(1)))));
        assertEquals(positions.get(1), cursor(mailbox, ANN, "phone"));
        await(mailbox.moveCursors(List.of(move(ANN, "phone", "tab 2", second, positions.get(2)))));
        assertEquals(positions.get(2), cursor(mailbox, ANN, "phone"));
        await(mailbox.moveCursors(List.of(move(ANN, "phone", "tab 1", first, positions.get(3)))));
        assertEquals(positions.get(3), cursor(mailbox, ANN, "phone"));
    }

    @Test
    @Tag("R48")
    void sameNamesOfAnotherUserOrDevice_areNotFenced() throws Exception {
        Mailbox mailbox = opened();
        UserKey other = new UserKey("tenant", "ann");
        Position ann = fill(mailbox, ANN, 3).get(2);
        Position stranger = fill(mailbox, other, 2).get(1);
        Attachment phone = attach(mailbox, ANN, "phone", "a");
        Attachment laptop = attach(mailbox, ANN, "laptop", "a");
        Attachment strangers = attach(mailbox, other, "phone", "a");
        attach(mailbox, ANN, "laptop", "a");
        await(mailbox.moveCursors(List.of(
                move(ANN, "laptop", "a", laptop, ann),
                move(ANN, "phone", "a", phone, ann),
                move(other, "phone", "a", strangers, stranger))));
        assertEquals(Position.START, cursor(mailbox, ANN, "laptop"));
        assertEquals(ann, cursor(mailbox, ANN, "phone"));
        assertEquals(stranger, cursor(mailbox, other, "phone"));
    }

    @Test
    @Tag("R44")
    void movesOfNobody_changeNothing_andSpareTheOthers() throws Exception {
        Mailbox mailbox = opened();
        List<Position> positions = fill(mailbox, ANN, 5);
        Attachment phone = attach(mailbox, ANN, "phone", "a");
        Position to = positions.get(2);
        await(mailbox.moveCursors(List.of(
                move(UserKey.of("nobody"), "phone", "a", phone, to),
                move(ANN, "unknown", "a", phone, to),
                move(ANN, "phone", "unknown", phone, positions.get(3)),
                new CursorMove(ANN, "phone", "a", phone.generation() + 1, positions.get(4)),
                move(ANN, "phone", "a", phone, positions.get(0)))));
        assertEquals(positions.get(0), cursor(mailbox, ANN, "phone"));
        assertEquals(Position.START, head(mailbox, UserKey.of("nobody")));
    }

    @Test
    @Tag("R44")
    void moveBeyondTheHead_changesNothing() throws Exception {
        Mailbox mailbox = opened();
        List<Position> positions = fill(mailbox, ANN, 3);
        Attachment phone = attach(mailbox, ANN, "phone", "a");
        await(mailbox.moveCursors(List.of(
                move(ANN, "phone", "a", phone, positions.get(2).next()),
                move(ANN, "phone", "a", phone, positions.get(1)),
                move(ANN, "phone", "a", phone, new Position(positions.get(2).epoch() + 1, 1)))));
        assertEquals(positions.get(1), cursor(mailbox, ANN, "phone"));
        await(mailbox.moveCursors(List.of(move(ANN, "phone", "a", phone, positions.get(2)))));
        assertEquals(positions.get(2), cursor(mailbox, ANN, "phone"));
    }

    @Test
    @Tag("R44")
    void manyMoves_takeEffectTogether() throws Exception {
        Mailbox mailbox = opened();
        List<CursorMove> moves = new ArrayList<>();
        List<UserKey> users = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            UserKey user = UserKey.of("user " + i);
            users.add(user);
            Attachment phone = attach(mailbox, user, "phone", "a");
            moves.add(move(user, "phone", "a", phone, fill(mailbox, user, 2).get(i % 2)));
        }
        await(mailbox.moveCursors(moves));
        for (int i = 0; i < 100; i++) {
            assertEquals(1 + i % 2, cursor(mailbox, users.get(i), "phone").offset(), "user " + i);
        }
    }

    @Test
    @Tag("R48")
    void deviceThatWasPushedOut_staysFenced() throws Exception {
        Mailbox mailbox = opened(Limits.STANDARD.withMaxDevices(1));
        Position head = fill(mailbox, ANN, 2).get(1);
        Attachment earlier = attach(mailbox, ANN, "phone", "a");
        attach(mailbox, ANN, "laptop", "a");
        Attachment later = attach(mailbox, ANN, "phone", "a");
        assertTrue(
                later.generation() > earlier.generation(),
                "generation " + later.generation() + " after " + earlier.generation());
        await(mailbox.moveCursors(List.of(move(ANN, "phone", "a", earlier, head))));
        assertEquals(Position.START, cursor(mailbox, ANN, "phone"));
    }

    @Test
    @Tag("R48")
    void namesThatLookAlike_areNotTheSame() throws Exception {
        Mailbox mailbox = opened(Limits.STANDARD.withMaxDevices(50));
        List<Position> positions = fill(mailbox, ANN, 20);
        List<String> names = List.of(
                "a",
                "A",
                "a ",
                "a\u0000",
                "a\u0000b",
                "\u00e9",
                "e\u0301",
                "'; --",
                "a/b",
                "a:b",
                "%",
                "_",
                "\ud83d\ude00",
                "null");
        List<CursorMove> moves = new ArrayList<>();
        for (int i = 0; i < names.size(); i++) {
            Attachment attached = attach(mailbox, ANN, names.get(i), names.get(i));
            moves.add(move(ANN, names.get(i), names.get(i), attached, positions.get(i)));
            moves.add(move(ANN, names.get(i), names.get((i + 1) % names.size()), attached, positions.get(19)));
        }
        await(mailbox.moveCursors(moves));
        for (int i = 0; i < names.size(); i++) {
            assertEquals(positions.get(i), cursor(mailbox, ANN, names.get(i)), "device " + names.get(i));
        }
    }

    @Test
    @Tag("R30")
    void deviceBeyondTheCap_pushesOutTheOneAttachedLongestAgo() throws Exception {
        Mailbox mailbox = opened(Limits.STANDARD.withMaxDevices(3));
        List<Position> positions = fill(mailbox, ANN, 5);
        List<Attachment> attached = new ArrayList<>();
        for (int device = 1; device <= 3; device++) {
            attached.add(attach(mailbox, ANN, "device " + device, "a"));
        }
        moveTo(mailbox, ANN, "device 1", positions.get(0));
        moveTo(mailbox, ANN, "device 2", positions.get(1));
        moveTo(mailbox, ANN, "device 3", positions.get(2));
        for (int device = 1; device <= 3; device++) {
            assertEquals(positions.get(device - 1), cursor(mailbox, ANN, "device " + device), "device " + device);
        }
        cursor(mailbox, ANN, "device 1");
        assertEquals(positions.get(2), attach(mailbox, ANN, "device 4", "a").cursor());
        assertEquals(positions.get(0), cursor(mailbox, ANN, "device 1"));
        assertEquals(positions.get(2), cursor(mailbox, ANN, "device 3"));
        await(mailbox.moveCursors(
                List.of(new CursorMove(ANN, "device 2", "a", attached.get(1).generation(), positions.get(4)))));
        assertEquals(positions.get(2), cursor(mailbox, ANN, "device 2"), "device 2 is new again");
    }

    @Test
    @Tag("R30")
    void cap_ofDevices_holdsForEachUserAlone() throws Exception {
        Mailbox mailbox = opened(Limits.STANDARD.withMaxDevices(1));
        Position ann = fill(mailbox, ANN, 2).get(0);
        moveTo(mailbox, ANN, "phone", ann);
        attach(mailbox, BOB, "phone", "a");
        attach(mailbox, BOB, "laptop", "a");
        assertEquals(ann, cursor(mailbox, ANN, "phone"));
    }

    @Test
    @Tag("R48")
    void concurrentAttaches_haveGenerationsOfTheirOwn() throws Exception {
        Mailbox mailbox = opened();
        Set<Long> generations = ConcurrentHashMap.newKeySet();
        together(Collections.nCopies(4, (Callable<Void>) () -> {
            long earlier = Long.MIN_VALUE;
            for (int i = 0; i < 25; i++) {
                long generation = attach(mailbox, ANN, "phone", "a").generation();
                assertTrue(generation > earlier, "generations grow");
                assertTrue(generations.add(generation), "a generation was given twice");
                earlier = generation;
            }
            return null;
        }));
    }

    @Test
    void names_have1To128Characters() throws Exception {
        Mailbox mailbox = opened();
        String longest = "\u00e9".repeat(128);
        assertEquals(Position.START, attach(mailbox, ANN, longest, longest).cursor());
        for (String name : List.of("", longest + "x")) {
            assertFails(() -> mailbox.attach(ANN, name, "a"), "a device of " + name.length() + " characters");
            assertFails(() -> mailbox.attach(ANN, "phone", name), "an instance of " + name.length() + " characters");
        }
    }

    @Test
    void closing_happensOnce_andEndsEverything() throws Exception {
        Mailbox mailbox = opened();
        fill(mailbox, ANN, 1);
        mailbox.close();
        mailbox.close();
        assertFails(() -> mailbox.append(List.of(append(ANN, "2"))), "an append to a closed mailbox");
        assertFails(() -> mailbox.read(ANN, Position.START, 1), "a read of a closed mailbox");
        assertFails(() -> mailbox.heads(List.of(ANN)), "heads of a closed mailbox");
        assertFails(() -> mailbox.attach(ANN, "phone", "a"), "an attach to a closed mailbox");
        CursorMove move = new CursorMove(ANN, "phone", "a", 1, new Position(1, 1));
        assertFails(() -> mailbox.moveCursors(List.of(move)), "a move in a closed mailbox");
    }

    private void moveTo(Mailbox mailbox, UserKey user, String device, Position position) throws Exception {
        Attachment attached = attach(mailbox, user, device, "mover");
        await(mailbox.moveCursors(List.of(move(user, device, "mover", attached, position))));
    }
}
