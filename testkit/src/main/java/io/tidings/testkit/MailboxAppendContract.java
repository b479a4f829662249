package io.tidings.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tidings.mailbox.Append;
import io.tidings.mailbox.Appended;
import io.tidings.mailbox.Entry;
import io.tidings.mailbox.Idempotency;
import io.tidings.mailbox.Mailbox;
import io.tidings.mailbox.Page;
import io.tidings.message.Message;
import io.tidings.message.Position;
import io.tidings.message.UserKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What {@link MailboxContract} asks of appends: order, offsets, repeats, room. */
abstract class MailboxAppendContract extends MailboxFixture {

    private static final int THREADS = 4;
    private static final int PER_THREAD = 50;

    @Test
    @Tag("R41")
    void offsets_startAtOne_andHaveNoHoles() throws Exception {
        Mailbox mailbox = opened();
        Position first = store(mailbox, append(ANN, "1")).position();
        assertEquals(1, first.offset());
        assertTrue(first.epoch() > 0, "an epoch of a mailbox is above 0");
        for (long offset = 2; offset <= 5; offset++) {
            assertEquals(
                    new Position(first.epoch(), offset),
                    store(mailbox, append(ANN, Long.toString(offset))).position());
        }
    }

    @Test
    @Tag("R41")
    void message_comesBackAsItWasGiven() throws Exception {
        Mailbox mailbox = opened();
        Message plain = message("plain");
        Message full = Message.of(TEXT)
                .set("text", "a < b & \"c\" \\ \u0000 \u00e9 \ud83d\ude00 \u2028 ' %s $1 {0}")
                .category("SO\u0000CIAL")
                .key("k:1 \u0000 \ud83d\ude00")
                .build()
                .madeAt(1);
        store(mailbox, new Append(ANN, plain, Idempotency.NONE, null));
        store(mailbox, new Append(ANN, full, new Idempotency.Key("key"), "tab\u00001"));
        List<Entry> entries = read(mailbox, ANN, Position.START).entries();
        assertEquals(2, entries.size());
        assertSame(plain, entries.get(0).message());
        assertEquals(null, entries.get(0).except());
        assertSame(full, entries.get(1).message());
        assertEquals("tab\u00001", entries.get(1).except());
    }

    @Test
    void largeMessage_comesBackAsItWasGiven() throws Exception {
        Mailbox mailbox = opened();
        List<Message> messages = List.of(message("\ud83d\ude00".repeat(60_000)), message("\u0001".repeat(40_000)));
        for (Message large : messages) {
            store(mailbox, new Append(ANN, large, Idempotency.NONE, null));
        }
        List<Entry> entries = read(mailbox, ANN, Position.START).entries();
        for (int i = 0; i < messages.size(); i++) {
            assertSame(messages.get(i), entries.get(i).message());
        }
    }

    @Test
    void emptyBatch_isAnsweredWithNothing() throws Exception {
        Mailbox mailbox = opened();
        assertEquals(List.of(), await(mailbox.append(List.of())));
        assertEquals(List.of(), await(mailbox.heads(List.of())));
        await(mailbox.moveCursors(List.of()));
    }

    @Test
    @Tag("R41")
    void batch_isAnsweredInItsOrder_andTakesEffectInIt() throws Exception {
        Mailbox mailbox = opened();
        UserKey cat = UserKey.of("cat");
        List<UserKey> users = List.of(ANN, BOB, ANN, cat, BOB, ANN, ANN);
        long[] offsets = {1, 1, 2, 1, 2, 3, 4};
        List<Append> batch = IntStream.range(0, users.size())
                .mapToObj(i -> append(users.get(i), "entry " + i))
                .toList();
        List<Appended> outcomes = await(mailbox.append(batch));
        assertEquals(users.size(), outcomes.size());
        for (int i = 0; i < users.size(); i++) {
            Appended.Stored stored = assertInstanceOf(Appended.Stored.class, outcomes.get(i));
            assertEquals(offsets[i], stored.position().offset(), "outcome " + i);
            assertFalse(stored.repeated(), "outcome " + i);
        }
        assertEquals(List.of("entry 0", "entry 2", "entry 5", "entry 6"), texts(read(mailbox, ANN, Position.START)));
        assertEquals(List.of("entry 1", "entry 4"), texts(read(mailbox, BOB, Position.START)));
        assertEquals(List.of("entry 3"), texts(read(mailbox, cat, Position.START)));
    }

    @Test
    @Tag("R41")
    void largeBatches_areTakenWhole() throws Exception {
        Mailbox mailbox = opened();
        List<UserKey> users =
                IntStream.range(0, 500).mapToObj(i -> UserKey.of("user " + i)).toList();
        List<Append> everybody =
                users.stream().map(user -> append(user, user.user())).toList();
        List<Appended> outcomes = await(mailbox.append(everybody));
        List<Position> heads = await(mailbox.heads(users));
        for (int i = 0; i < users.size(); i++) {
            assertEquals(new Appended.Stored(heads.get(i), false), outcomes.get(i), users.get(i) + "");
            assertEquals(1, heads.get(i).offset());
        }
        assertEquals(List.of("user 499"), texts(read(mailbox, users.get(499), Position.START)));
        List<Append> two = IntStream.rangeClosed(1, 600)
                .mapToObj(i -> append(i % 50 == 0 ? BOB : ANN, Integer.toString(i)))
                .toList();
        List<Appended> places = await(mailbox.append(two));
        List<Entry> entries = read(mailbox, ANN, Position.START).entries();
        assertEquals(588, entries.size());
        long offset = 0;
        for (int i = 1; i <= 600; i++) {
            if (i % 50 != 0) {
                assertEquals(Integer.toString(i), text(entries.get((int) offset)));
                assertEquals(
                        ++offset,
                        assertInstanceOf(Appended.Stored.class, places.get(i - 1))
                                .position()
                                .offset());
            }
        }
        assertEquals(12, read(mailbox, BOB, Position.START).entries().size());
    }

    @Test
    @Tag("R46")
    void keysThatLookAlike_areNotTheSame() throws Exception {
        Mailbox mailbox = opened();
        List<String> keys = List.of(
                "a",
                "A",
                "a ",
                " a",
                "a\u0000",
                "a\u0000b",
                "\u00e9",
                "e\u0301",
                "%",
                "_",
                "a\n",
                "\ud83d\ude00",
                "\ud83d\ude01",
                "null",
                "x".repeat(Idempotency.MAX_KEY),
                "x".repeat(Idempotency.MAX_KEY - 1) + "y",
                "\u00e9".repeat(Idempotency.MAX_KEY));
        for (String key : keys) {
            assertFalse(store(mailbox, keyed(ANN, "text", key)).repeated(), key + " repeats nothing");
        }
        for (int i = 0; i < keys.size(); i++) {
            Appended.Stored repeat = store(mailbox, keyed(ANN, "again", keys.get(i)));
            assertTrue(repeat.repeated(), keys.get(i));
            assertEquals(i + 1, repeat.position().offset(), keys.get(i));
        }
    }

    @Test
    @Tag("R41")
    void calls_takeEffectInTheOrderInWhichTheyAreMade() throws Exception {
        Mailbox mailbox = opened();
        List<CompletionStage<List<Appended>>> stages = new ArrayList<>();
        for (int i = 1; i <= 200; i++) {
            stages.add(mailbox.append(List.of(append(i % 10 == 0 ? BOB : ANN, Integer.toString(i)))));
        }
        for (CompletionStage<List<Appended>> stage : stages) {
            await(stage);
        }
        assertEquals(
                IntStream.rangeClosed(1, 200)
                        .filter(i -> i % 10 != 0)
                        .mapToObj(Integer::toString)
                        .toList(),
                texts(read(mailbox, ANN, Position.START)));
    }

    @Test
    @Tag("R41")
    void storedMessage_isReadable_whenItsStageCompletes() throws Exception {
        Mailbox mailbox = opened();
        for (int i = 1; i <= 20; i++) {
            Position position = store(mailbox, append(ANN, Integer.toString(i))).position();
            assertEquals(position, head(mailbox, ANN));
            List<Entry> entries = read(mailbox, ANN, Position.START).entries();
            assertEquals(i, entries.size());
            assertEquals(Integer.toString(i), text(entries.get(i - 1)));
        }
    }

    @Test
    @Tag("R41")
    void concurrentAppends_haveNoHoles_andEachIsWhereItSays() throws Exception {
        Mailbox mailbox = opened();
        Map<Position, String> stored = new ConcurrentHashMap<>();
        together(Collections.nCopies(THREADS, (Callable<Void>) () -> {
            for (int i = 0; i < PER_THREAD; i++) {
                String text = Thread.currentThread().getId() + " " + i;
                assertEquals(
                        null,
                        stored.put(store(mailbox, append(ANN, text)).position(), text),
                        "a position was given twice");
            }
            return null;
        }));
        List<Entry> entries = read(mailbox, ANN, Position.START).entries();
        assertEquals(
                LongStream.rangeClosed(1, THREADS * PER_THREAD).boxed().toList(),
                entries.stream().map(entry -> entry.position().offset()).toList());
        entries.forEach(entry -> assertEquals(stored.get(entry.position()), text(entry)));
    }

    @Test
    @Tag("R45")
    void readerDuringAppends_neverSeesAHole_andMissesNothing() throws Exception {
        Mailbox mailbox = opened();
        int total = (THREADS - 1) * PER_THREAD;
        AtomicInteger given = new AtomicInteger();
        Callable<Void> writer = () -> {
            for (int i = 0; i < PER_THREAD; i++) {
                store(mailbox, append(ANN, Integer.toString(given.incrementAndGet())));
            }
            return null;
        };
        List<String> seen = new ArrayList<>();
        Callable<Void> reader = () -> {
            long deadline = System.nanoTime() + patience().toNanos() * 2;
            Position next = Position.START;
            while (seen.size() < total && System.nanoTime() < deadline) {
                Page page = read(mailbox, ANN, next, 7);
                assertNoGap(page);
                seen.addAll(texts(page));
                next = page.next();
            }
            return null;
        };
        together(List.of(reader, writer, writer, writer));
        assertEquals(
                numbers(1, total),
                seen.stream()
                        .map(Integer::valueOf)
                        .sorted()
                        .map(String::valueOf)
                        .toList());
        assertEquals(seen, texts(read(mailbox, ANN, Position.START)));
    }

    @Test
    @Tag("R46")
    void repeat_isAnsweredWithTheFirstPosition() throws Exception {
        Mailbox mailbox = opened();
        Appended.Stored first = store(mailbox, keyed(ANN, "first", "k"));
        assertFalse(first.repeated());
        store(mailbox, keyed(ANN, "other", "l"));
        assertEquals(new Appended.Stored(first.position(), true), store(mailbox, keyed(ANN, "repeat", "k")));
        assertEquals(List.of("first", "other"), texts(read(mailbox, ANN, Position.START)));
    }

    @Test
    @Tag("R46")
    void repeat_isRecognised_untilTheWindowEnds() throws Exception {
        assumeTimeCanBeMoved();
        Mailbox mailbox = opened();
        Duration window = Limits.STANDARD.idempotencyWindow();
        Position first = store(mailbox, keyed(ANN, "first", "k")).position();
        advance(window.minusSeconds(1));
        assertEquals(new Appended.Stored(first, true), store(mailbox, keyed(ANN, "repeat", "k")));
        advance(Duration.ofSeconds(2));
        assertEquals(new Appended.Stored(first.next(), false), store(mailbox, keyed(ANN, "again", "k")));
        assertEquals(List.of("first", "again"), texts(read(mailbox, ANN, Position.START)));
    }

    @Test
    @Tag("R46")
    void repeat_withinABatch_isRecognised() throws Exception {
        Mailbox mailbox = opened();
        List<Appended> outcomes = await(mailbox.append(
                List.of(keyed(ANN, "1", "k"), keyed(BOB, "1", "k"), keyed(ANN, "2", "k"), keyed(ANN, "3", "l"))));
        Position ann = head(mailbox, ANN);
        Position first = new Position(ann.epoch(), 1);
        assertEquals(new Appended.Stored(first, false), outcomes.get(0));
        assertEquals(new Appended.Stored(head(mailbox, BOB), false), outcomes.get(1));
        assertEquals(new Appended.Stored(first, true), outcomes.get(2));
        assertEquals(new Appended.Stored(first.next(), false), outcomes.get(3));
    }

    @Test
    @Tag("R46")
    void idempotencyKeys_belongToOneUserOfOneTenant() throws Exception {
        Mailbox mailbox = opened();
        for (UserKey user : List.of(ANN, BOB, new UserKey("other", "ann"))) {
            assertFalse(store(mailbox, keyed(user, "text", "k")).repeated(), user + " repeats nothing");
            assertEquals(1, head(mailbox, user).offset());
        }
    }

    @Test
    @Tag("R46")
    void withoutAKey_nothingIsARepeat() throws Exception {
        Mailbox mailbox = opened();
        Position first = store(mailbox, append(ANN, "same")).position();
        assertEquals(new Appended.Stored(first.next(), false), store(mailbox, append(ANN, "same")));
    }

    @Test
    @Tag("R46")
    void repeatOfATrimmedMessage_isRecognised() throws Exception {
        Mailbox mailbox = opened(Limits.STANDARD.withMaxPerUser(3));
        Position first = store(mailbox, keyed(ANN, "first", "k")).position();
        fill(mailbox, ANN, 2, 5);
        assertEquals(new Appended.Stored(first, true), store(mailbox, keyed(ANN, "repeat", "k")));
        assertEquals(6, head(mailbox, ANN).offset());
    }

    @Test
    @Tag("R46")
    void concurrentRepeats_areAppendedOnce() throws Exception {
        Mailbox mailbox = opened();
        AtomicInteger appended = new AtomicInteger();
        Map<String, Position> positions = new ConcurrentHashMap<>();
        together(Collections.nCopies(THREADS, (Callable<Void>) () -> {
            for (int i = 0; i < PER_THREAD; i++) {
                String key = "k" + i;
                Appended.Stored stored = store(mailbox, keyed(ANN, key, key));
                appended.addAndGet(stored.repeated() ? 0 : 1);
                Position earlier = positions.putIfAbsent(key, stored.position());
                assertTrue(earlier == null || earlier.equals(stored.position()), "a repeat had another position");
            }
            return null;
        }));
        assertEquals(PER_THREAD, appended.get());
        assertEquals(PER_THREAD, head(mailbox, ANN).offset());
    }

    @Test
    @Tag("R40")
    void tenants_neverSeeEachOther() throws Exception {
        Mailbox mailbox = opened();
        List<UserKey> users = List.of(
                new UserKey("a", "b"),
                new UserKey("b", "a"),
                new UserKey("", "b"),
                new UserKey("", "a/b"),
                new UserKey("", "a:b"),
                new UserKey("a:b", "c"),
                new UserKey("a", "b:c"),
                new UserKey("a/b", "c"),
                new UserKey("a", "b/c"),
                new UserKey("A", "b"),
                new UserKey("a", "b "));
        for (int i = 0; i < users.size(); i++) {
            UserKey user = users.get(i);
            assertEquals(Position.START, head(mailbox, user), user + " has somebody else's head");
            assertEquals(List.of(), texts(read(mailbox, user, Position.START)), user + " reads somebody else's");
            fill(mailbox, user, i + 1);
        }
        for (int i = 0; i < users.size(); i++) {
            assertEquals(
                    i + 1, read(mailbox, users.get(i), Position.START).entries().size());
        }
    }

    @Test
    void ids_areKeptWhateverTheirCharacters() throws Exception {
        Mailbox mailbox = opened();
        for (String id :
                List.of("0", "9007199254740993", "\ud83d\ude00", "'; --", "{x}", "*", "a b", "x".repeat(128))) {
            UserKey user = new UserKey(id, id);
            store(mailbox, keyed(user, id, id));
            assertTrue(store(mailbox, keyed(user, id, id)).repeated());
            assertEquals(List.of(id), texts(read(mailbox, user, Position.START)));
        }
    }

    @Test
    void withoutRoom_appendsAreRefusedOneByOne_andRepeatsAreNot() throws Exception {
        Mailbox mailbox = openedOrSkipped(openWithRoomFor(3), "room is not limited");
        List<Appended> outcomes = await(mailbox.append(
                List.of(keyed(ANN, "1", "k"), append(BOB, "1"), append(ANN, "2"), append(BOB, "2"), append(ANN, "3"))));
        assertInstanceOf(Appended.Stored.class, outcomes.get(2));
        for (Appended refused : outcomes.subList(3, 5)) {
            assertNotEquals("", assertInstanceOf(Appended.Full.class, refused).reason());
        }
        assertEquals(List.of("1", "2"), texts(read(mailbox, ANN, Position.START)));
        assertEquals(List.of("1"), texts(read(mailbox, BOB, Position.START)));
        assertTrue(store(mailbox, keyed(ANN, "1", "k")).repeated());
        assumeTimeCanBeMoved();
        advance(Limits.STANDARD.retention().plusSeconds(1));
        assertEquals(3, store(mailbox, append(ANN, "3")).position().offset());
        assertNotNull(read(mailbox, ANN, Position.START).gap());
    }
}
