package io.tidings.inmemory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tidings.mailbox.Append;
import io.tidings.mailbox.Appended;
import io.tidings.mailbox.Attachment;
import io.tidings.mailbox.CursorMove;
import io.tidings.mailbox.Gap;
import io.tidings.mailbox.Idempotency;
import io.tidings.mailbox.Page;
import io.tidings.message.Field;
import io.tidings.message.FieldType;
import io.tidings.message.Kind;
import io.tidings.message.Message;
import io.tidings.message.Position;
import io.tidings.message.UserKey;
import io.tidings.testkit.ManualTime;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What {@link InMemoryMailbox} promises beyond the contract: bounds, epochs, and what the clock does to both. */
@Tag("R42")
class InMemoryMailboxTest {

    private static final UserKey ANN = UserKey.of("ann");
    private static final Message MESSAGE = Message.of(Kind.of("test", Field.of("text", FieldType.TEXT)))
            .set("text", "x")
            .build();

    private final ManualTime time = new ManualTime();

    private InMemoryMailbox.Builder builder() {
        return InMemoryMailbox.builder().ticker(time);
    }

    private static <T> T now(CompletionStage<T> stage) {
        assertTrue(stage.toCompletableFuture().isDone(), "is done when it returns");
        return stage.toCompletableFuture().join();
    }

    private static Appended append(InMemoryMailbox mailbox, UserKey user, String key) {
        return now(mailbox.append(List.of(
                        new Append(user, MESSAGE, key == null ? Idempotency.NONE : new Idempotency.Key(key), null))))
                .get(0);
    }

    private static Position store(InMemoryMailbox mailbox, UserKey user) {
        return assertInstanceOf(Appended.Stored.class, append(mailbox, user, null))
                .position();
    }

    private static Position head(InMemoryMailbox mailbox, UserKey user) {
        return now(mailbox.heads(List.of(user))).get(0);
    }

    @Test
    void standardOptions_areAsDocumented() {
        InMemoryMailbox mailbox = builder().build();
        assertFalse(mailbox.shared());
        for (int i = 0; i < 1_001; i++) {
            store(mailbox, ANN);
        }
        assertEquals(
                1_000, now(mailbox.read(ANN, Position.START, 5_000)).entries().size());
        assertEquals(1_000, mailbox.messages());
        time.advance(Duration.ofDays(7).minusNanos(1));
        assertEquals(
                1_000, now(mailbox.read(ANN, Position.START, 5_000)).entries().size());
        time.advance(Duration.ofNanos(1));
        assertEquals(0, now(mailbox.read(ANN, Position.START, 5_000)).entries().size());
        assertEquals(0, mailbox.messages());
    }

    @Test
    @Tag("R46")
    void idempotencyWindow_endsToTheNanosecond() {
        InMemoryMailbox mailbox = builder().build();
        append(mailbox, ANN, "k");
        time.advance(Duration.ofMinutes(5).minusNanos(1));
        assertTrue(((Appended.Stored) append(mailbox, ANN, "k")).repeated());
        time.advance(Duration.ofNanos(1));
        assertFalse(((Appended.Stored) append(mailbox, ANN, "k")).repeated());
    }

    @Test
    @Tag("R46")
    void windowOfZero_remembersNothing() {
        InMemoryMailbox mailbox = builder()
                .idempotencyWindow(Duration.ZERO)
                .maxMessages(3)
                .maxPerUser(1)
                .build();
        for (int i = 1; i <= 10; i++) {
            assertEquals(
                    i, ((Appended.Stored) append(mailbox, ANN, "k")).position().offset());
        }
    }

    @Test
    void wallClockThatJumps_neitherKeepsNorExpires() {
        InMemoryMailbox mailbox = builder().build();
        store(mailbox, ANN);
        time.jumpWallClock(Duration.ofDays(400));
        assertEquals(1, now(mailbox.read(ANN, Position.START, 10)).entries().size());
        time.jumpWallClock(Duration.ofDays(-800));
        time.advance(Duration.ofDays(7));
        assertEquals(0, now(mailbox.read(ANN, Position.START, 10)).entries().size());
    }

    @Test
    @Tag("R43")
    void epoch_isTheWallClocksMilliseconds() {
        InMemoryMailbox mailbox = builder().build();
        assertEquals(new Position(ManualTime.START.toEpochMilli(), 1), store(mailbox, ANN));
    }

    @Test
    @Tag("R43")
    void epoch_grows_alsoWhenTheWallClockGoesBack() {
        InMemoryMailbox mailbox = builder().build();
        long first = store(mailbox, ANN).epoch();
        mailbox.forget(ANN);
        assertEquals(Position.START, head(mailbox, ANN));
        long second = store(mailbox, ANN).epoch();
        assertTrue(second > first);
        mailbox.forget(ANN);
        time.jumpWallClock(Duration.ofDays(-100));
        assertTrue(store(mailbox, ANN).epoch() > second);
    }

    @Test
    @Tag("R43")
    void wallClockBefore1970_stillGivesAnEpoch() {
        time.jumpWallClock(Duration.ofDays(-365 * 100));
        InMemoryMailbox mailbox = builder().build();
        assertEquals(new Position(1, 1), store(mailbox, ANN));
    }

    @Test
    @Tag("R43")
    void epoch_isKept30DaysBeyondTheRetention_andALaterOneIsHigher() {
        InMemoryMailbox mailbox = builder().build();
        Position head = store(mailbox, ANN);
        UserKey other = UserKey.of("other");
        time.advance(Duration.ofDays(37).minusNanos(1));
        for (int i = 0; i < 200; i++) {
            store(mailbox, UserKey.of("before " + i));
        }
        assertEquals(head, head(mailbox, ANN));
        time.advance(Duration.ofNanos(1));
        for (int i = 0; i < 5_000; i++) {
            store(mailbox, other);
            store(mailbox, UserKey.of("after " + i % 500));
        }
        assertEquals(Position.START, head(mailbox, ANN));
        time.jumpWallClock(Duration.ofDays(-365));
        assertTrue(store(mailbox, ANN).epoch() > head.epoch());
    }

    @Test
    void usersWhoNeverComeBack_costNoMemory() {
        InMemoryMailbox mailbox = builder().build();
        for (int i = 0; i < 5_000; i++) {
            append(mailbox, UserKey.of("gone " + i), "k");
            now(mailbox.attach(UserKey.of("looked in " + i), "phone", "a"));
        }
        assertEquals(10_000, mailbox.users());
        time.advance(Duration.ofDays(7));
        for (int i = 0; i < 20_000; i++) {
            store(mailbox, UserKey.of("active " + i % 640));
        }
        assertEquals(20_000, mailbox.messages());
        time.advance(Duration.ofDays(30));
        for (int i = 0; i < 20_000; i++) {
            store(mailbox, UserKey.of("active " + i % 640));
        }
        assertEquals(640, mailbox.users());
    }

    @Test
    void attaching_keepsAUsersBox() {
        InMemoryMailbox mailbox = builder().build();
        Position head = store(mailbox, ANN);
        time.advance(Duration.ofDays(36));
        now(mailbox.attach(ANN, "phone", "a"));
        time.advance(Duration.ofDays(36));
        for (int i = 0; i < 5_000; i++) {
            store(mailbox, UserKey.of("active " + i % 640));
        }
        assertEquals(head, head(mailbox, ANN));
    }

    @Test
    void room_isLimitedInAll_andWhatExpiredElsewhereMakesSome() {
        InMemoryMailbox mailbox = builder().maxMessages(100).build();
        for (int i = 0; i < 100; i++) {
            store(mailbox, UserKey.of("user " + i));
        }
        Appended.Full full = assertInstanceOf(Appended.Full.class, append(mailbox, ANN, null));
        assertEquals("the mailbox holds 100 messages, which is all it may", full.reason());
        assertEquals(100, mailbox.messages());
        time.advance(Duration.ofDays(7));
        for (int i = 0; i < 100; i++) {
            store(mailbox, UserKey.of("user " + i));
        }
        assertEquals(100, mailbox.messages());
        assertInstanceOf(Appended.Full.class, append(mailbox, ANN, null));
    }

    @Test
    void withoutRoom_aUserAtTheCapStillTradesOldForNew() {
        InMemoryMailbox mailbox = builder().maxMessages(3).maxPerUser(3).build();
        for (int i = 1; i <= 10; i++) {
            assertEquals(i, store(mailbox, ANN).offset());
        }
        assertInstanceOf(Appended.Full.class, append(mailbox, UserKey.of("other"), null));
        assertEquals(3, mailbox.messages());
    }

    @Test
    @Tag("R46")
    void keys_areLimitedInAll_andExpire() {
        InMemoryMailbox mailbox = builder().maxMessages(5).maxPerUser(2).build();
        for (int i = 0; i < 5; i++) {
            assertInstanceOf(Appended.Stored.class, append(mailbox, ANN, "k" + i));
        }
        assertInstanceOf(Appended.Full.class, append(mailbox, ANN, "one more"));
        assertInstanceOf(Appended.Stored.class, append(mailbox, ANN, "k4"));
        assertInstanceOf(Appended.Stored.class, append(mailbox, ANN, null));
        time.advance(Duration.ofMinutes(5));
        assertInstanceOf(Appended.Stored.class, append(mailbox, ANN, "one more"));
    }

    @Test
    void forgetting_givesRoomBack() {
        InMemoryMailbox mailbox = builder().maxMessages(2).build();
        append(mailbox, ANN, "k");
        append(mailbox, ANN, "l");
        mailbox.forget(ANN);
        assertEquals(0, mailbox.messages());
        assertInstanceOf(Appended.Stored.class, append(mailbox, ANN, "m"));
        assertInstanceOf(Appended.Stored.class, append(mailbox, ANN, "n"));
        mailbox.forget(UserKey.of("nobody"));
    }

    @Test
    @Tag("R43")
    void gapThatTrimmingAndTimeMade_saysTrimmed_whereAnyMessageWasTrimmed() {
        InMemoryMailbox mailbox = builder().maxPerUser(5).build();
        for (int i = 0; i < 7; i++) {
            store(mailbox, ANN);
        }
        Position head = head(mailbox, ANN);
        time.advance(Duration.ofDays(7));
        assertEquals(Gap.Reason.TRIMMED, reason(mailbox, new Position(head.epoch(), 1)));
        assertEquals(Gap.Reason.EXPIRED, reason(mailbox, new Position(head.epoch(), 2)));
        assertNull(now(mailbox.read(ANN, head, 1)).gap());
    }

    private static Gap.Reason reason(InMemoryMailbox mailbox, Position after) {
        Page page = now(mailbox.read(ANN, after, 10));
        return page.gap().reason();
    }

    @Test
    @Tag("R44")
    void cursorBeyondTheHead_changesNothing() {
        InMemoryMailbox mailbox = builder().build();
        Position head = store(mailbox, ANN);
        Attachment phone = now(mailbox.attach(ANN, "phone", "a"));
        now(mailbox.moveCursors(List.of(new CursorMove(ANN, "phone", "a", phone.generation(), head.next()))));
        assertEquals(Position.START, now(mailbox.attach(ANN, "phone", "b")).cursor());
    }

    @Test
    @Tag("R48")
    void instances_areBounded_andStayFenced() {
        InMemoryMailbox mailbox = builder().build();
        Position head = store(mailbox, ANN);
        Attachment first = now(mailbox.attach(ANN, "phone", "page"));
        for (int i = 0; i < 64; i++) {
            now(mailbox.attach(ANN, "phone", "page " + i));
        }
        now(mailbox.moveCursors(List.of(new CursorMove(ANN, "phone", "page", first.generation(), head))));
        Attachment again = now(mailbox.attach(ANN, "phone", "page"));
        assertEquals(Position.START, again.cursor());
        assertTrue(again.generation() > first.generation());
    }

    @Test
    @Tag("R47")
    void sharedBetweenHubs_saysSo() {
        assertTrue(builder().sharedBetweenHubs().build().shared());
    }

    @Test
    void impossibleOptions_areNamedAllAtOnce() {
        String message = assertThrows(
                        IllegalArgumentException.class,
                        () -> builder()
                                .retention(Duration.ZERO)
                                .idempotencyWindow(Duration.ofMillis(-1))
                                .maxPerUser(0)
                                .maxDevices(-1)
                                .maxMessages(0)
                                .maxBytes(0)
                                .build())
                .getMessage();
        assertEquals(
                "retention must be from 1 ms to 10 years, was PT0S; idempotencyWindow must be from zero to 10 years,"
                        + " was PT-0.001S; maxPerUser must be at least 1, was 0; maxDevices must be at least 1, was -1;"
                        + " maxMessages must be at least 1, was 0; maxBytes must be at least 1, was 0",
                message);
    }

    private static Appended append(InMemoryMailbox mailbox, UserKey user, int characters, Idempotency idempotency) {
        Message message = Message.of(Kind.of("test", Field.of("text", FieldType.TEXT)))
                .set("text", "x".repeat(characters))
                .build();
        return now(mailbox.append(List.of(new Append(user, message, idempotency, null))))
                .get(0);
    }

    private InMemoryMailbox.Builder dropping() {
        return builder().whenFull(InMemoryMailbox.WhenFull.DROP_OLDEST);
    }

    private long bytesOfOne(int characters) {
        InMemoryMailbox mailbox = builder().build();
        append(mailbox, ANN, characters, Idempotency.NONE);
        return mailbox.bytes();
    }

    @Test
    void dropping_letsTheOldestOfAllGiveWay_whichIsTold() {
        InMemoryMailbox mailbox = dropping().maxMessages(3).build();
        UserKey other = UserKey.of("other");
        Position first = store(mailbox, ANN);
        time.advance(Duration.ofSeconds(1));
        store(mailbox, other);
        time.advance(Duration.ofSeconds(1));
        store(mailbox, ANN);
        assertEquals(0, mailbox.dropped());
        assertNull(now(mailbox.read(ANN, Position.START, 10)).gap());
        store(mailbox, other);
        assertEquals(1, mailbox.dropped());
        assertEquals(3, mailbox.messages());
        Page page = now(mailbox.read(ANN, Position.START, 10));
        assertEquals(new Gap(Position.START, first, Gap.Reason.TRIMMED), page.gap());
        assertEquals(1, page.entries().size());
        assertNull(now(mailbox.read(other, Position.START, 10)).gap());
        store(mailbox, UserKey.of("third"));
        assertEquals(
                Gap.Reason.TRIMMED,
                now(mailbox.read(other, Position.START, 10)).gap().reason());
        assertEquals(1, now(mailbox.read(other, Position.START, 10)).entries().size());
    }

    @Test
    void dropping_takesWhatIsPastItsTimeFirst_andTellsThatAsExpired() {
        InMemoryMailbox mailbox = dropping().maxMessages(70).build();
        for (int i = 0; i < 70; i++) {
            store(mailbox, ANN);
        }
        Position head = head(mailbox, ANN);
        time.advance(Duration.ofDays(7));
        for (int i = 0; i < 70; i++) {
            store(mailbox, UserKey.of("user " + i));
        }
        assertEquals(0, mailbox.dropped());
        assertEquals(Gap.Reason.EXPIRED, reason(mailbox, new Position(head.epoch(), 1)));
    }

    @Test
    void bytes_areLimitedInAll_refusing() {
        long one = bytesOfOne(1_000);
        InMemoryMailbox mailbox = builder().maxBytes(3 * one).build();
        for (int i = 0; i < 3; i++) {
            assertInstanceOf(Appended.Stored.class, append(mailbox, UserKey.of("user " + i), 1_000, Idempotency.NONE));
        }
        assertEquals(3 * one, mailbox.bytes());
        Appended.Full full = assertInstanceOf(Appended.Full.class, append(mailbox, ANN, 0, Idempotency.NONE));
        assertEquals(
                "the mailbox holds about " + 3 * one + " bytes and may hold " + 3 * one + ", which leaves no room for "
                        + bytesOfOne(0),
                full.reason());
        assertEquals(3 * one, mailbox.bytes());
        time.advance(Duration.ofDays(7));
        assertInstanceOf(Appended.Stored.class, append(mailbox, ANN, 1_000, Idempotency.NONE));
        assertEquals(one, mailbox.bytes());
    }

    @Test
    void bytes_areLimitedInAll_dropping() {
        long one = bytesOfOne(1_000);
        InMemoryMailbox mailbox = dropping().maxBytes(3 * one).build();
        for (int i = 0; i < 3; i++) {
            append(mailbox, ANN, 1_000, Idempotency.NONE);
        }
        assertEquals(0, mailbox.dropped());
        UserKey other = UserKey.of("other");
        assertInstanceOf(Appended.Stored.class, append(mailbox, other, 1_001, Idempotency.NONE));
        assertEquals(2, mailbox.dropped());
        assertEquals(1, now(mailbox.read(ANN, Position.START, 10)).entries().size());
        int tooLarge = (int) (3 * one);
        Message message = Message.of(
                        Kind.of("test", Field.of("text", FieldType.TEXT).max(100_000)))
                .set("text", "x".repeat(tooLarge))
                .build();
        assertInstanceOf(
                Appended.Full.class,
                now(mailbox.append(List.of(new Append(other, message, Idempotency.NONE, null))))
                        .get(0));
        assertEquals(2, mailbox.dropped());
        assertEquals(2, mailbox.messages());
    }

    @Test
    void userAtTheCap_losesNothing_toAMessageThatDoesNotFit() {
        long one = bytesOfOne(1_000);
        InMemoryMailbox mailbox = builder().maxBytes(2 * one).maxPerUser(2).build();
        append(mailbox, ANN, 1_000, Idempotency.NONE);
        append(mailbox, ANN, 1_000, Idempotency.NONE);
        assertInstanceOf(Appended.Full.class, append(mailbox, ANN, 1_001, Idempotency.NONE));
        assertNull(now(mailbox.read(ANN, Position.START, 10)).gap());
        assertInstanceOf(Appended.Stored.class, append(mailbox, ANN, 1_000, Idempotency.NONE));
        assertEquals(2 * one, mailbox.bytes());
    }

    @Test
    @Tag("R46")
    void whatRepeatsAreToldBy_neverGivesWay() {
        InMemoryMailbox mailbox = dropping().maxMessages(5).maxPerUser(2).build();
        for (int i = 0; i < 5; i++) {
            Idempotency each = i % 2 == 0 ? new Idempotency.Key("k" + i) : new Idempotency.Sequence("s" + i, 1);
            assertInstanceOf(Appended.Stored.class, append(mailbox, ANN, 1, each));
        }
        for (Idempotency more : List.of(new Idempotency.Key("l"), new Idempotency.Sequence("t", 1))) {
            Appended.Full full = assertInstanceOf(Appended.Full.class, append(mailbox, ANN, 1, more));
            assertEquals("the mailbox remembers 5 keys and sources, which is all it may", full.reason());
        }
        assertEquals(0, mailbox.dropped());
        assertTrue(((Appended.Stored) append(mailbox, ANN, 1, new Idempotency.Key("k0"))).repeated());
        assertInstanceOf(Appended.Stored.class, append(mailbox, ANN, 1, new Idempotency.Sequence("s1", 2)));
        time.advance(Duration.ofMinutes(5));
        assertInstanceOf(Appended.Stored.class, append(mailbox, ANN, 1, new Idempotency.Sequence("t", 1)));
    }

    @Test
    @Tag("R46")
    void largeKeys_haveRoomOfTheirOwn() {
        long maxBytes = 40_000;
        InMemoryMailbox mailbox = dropping().maxBytes(maxBytes).build();
        int stored = 0;
        while (append(mailbox, UserKey.of("user " + stored), 1, new Idempotency.Key(stored + "k".repeat(1_000)))
                instanceof Appended.Stored) {
            stored++;
        }
        assertEquals(4, stored, "a quarter of 40,000 bytes has room for four of about 2,200");
        assertEquals(0, mailbox.dropped());
        assertInstanceOf(Appended.Stored.class, append(mailbox, ANN, 1, Idempotency.NONE));
    }

    @Test
    @Tag("R46")
    void sourceTooMany_isRefusedWithItsReason() {
        InMemoryMailbox mailbox = builder().build();
        for (int i = 0; i < Idempotency.MAX_SOURCES; i++) {
            append(mailbox, ANN, 1, new Idempotency.Sequence("s" + i, 1));
        }
        Appended.Full full =
                assertInstanceOf(Appended.Full.class, append(mailbox, ANN, 1, new Idempotency.Sequence("more", 1)));
        assertEquals("the user has 64 sources, which is all it may", full.reason());
    }

    @Test
    void whateverHappens_whatIsCountedIsHeld() {
        for (long seed = 1; seed <= 5; seed++) {
            Random random = new Random(seed);
            InMemoryMailbox mailbox = (seed % 2 == 0 ? builder() : dropping())
                    .maxMessages(60)
                    .maxBytes(40 * bytesOfOne(500))
                    .maxPerUser(15)
                    .build();
            for (int step = 0; step < 2_000; step++) {
                UserKey user = UserKey.of("user " + random.nextInt(8));
                switch (random.nextInt(40)) {
                    case 0 -> mailbox.forget(user);
                    case 1 -> time.advance(Duration.ofDays(random.nextInt(4)));
                    case 2 ->
                        now(mailbox.read(user, new Position(head(mailbox, user).epoch(), 10_000), 1));
                    default ->
                        append(
                                mailbox,
                                user,
                                random.nextInt(1_000),
                                switch (random.nextInt(3)) {
                                    case 0 -> Idempotency.NONE;
                                    case 1 -> new Idempotency.Key("k" + random.nextInt(40));
                                    default ->
                                        new Idempotency.Sequence("s" + random.nextInt(3), random.nextInt(step + 1));
                                });
                }
                assertTrue(mailbox.messages() <= 60 && mailbox.bytes() <= 40 * bytesOfOne(500), "seed " + seed);
            }
            long held = 0;
            for (int i = 0; i < 8; i++) {
                held += now(mailbox.read(UserKey.of("user " + i), Position.START, 100))
                        .entries()
                        .size();
            }
            assertEquals(held, mailbox.messages(), "seed " + seed);
            for (int i = 0; i < 8; i++) {
                mailbox.forget(UserKey.of("user " + i));
            }
            assertEquals(0, mailbox.messages(), "seed " + seed);
            assertEquals(0, mailbox.bytes(), "seed " + seed);
            assertEquals(0, mailbox.remembered(), "seed " + seed);
        }
    }

    @Test
    @Tag("R46")
    void keysWhoseWindowIsOver_giveTheirRoomBack_andWithoutAWindowNoneIsTaken() {
        InMemoryMailbox mailbox = builder().build();
        append(mailbox, ANN, "key");
        assertTrue(mailbox.remembered() > 0);
        time.advance(Duration.ofMinutes(5));
        append(mailbox, ANN, null);
        assertEquals(0, mailbox.remembered());
        InMemoryMailbox forgetful = builder().idempotencyWindow(Duration.ZERO).build();
        for (int offset = 1; offset <= 2; offset++) {
            Appended.Stored stored = (Appended.Stored) append(forgetful, ANN, "key");
            assertEquals(offset, stored.position().offset());
            assertFalse(stored.repeated());
        }
        assertEquals(0, forgetful.remembered());
    }

    @Test
    void messagesThatLeaveOutOfTheirOrder_leaveTheOthersInTheirs() {
        InMemoryMailbox mailbox = dropping().maxMessages(4).maxPerUser(2).build();
        // Of one shard: ann's first leaves from the middle, and her second is the newest that leaves.
        UserKey bob = neighbour();
        store(mailbox, bob);
        store(mailbox, ANN);
        store(mailbox, ANN);
        store(mailbox, ANN);
        store(mailbox, bob);
        assertEquals(4, mailbox.messages());
        mailbox.forget(ANN);
        store(mailbox, ANN);
        store(mailbox, ANN);
        store(mailbox, ANN);
        assertEquals(4, mailbox.messages());
        assertEquals(0, mailbox.dropped());
        UserKey carl = UserKey.of("carl");
        for (int dropped = 1; dropped <= 4; dropped++) {
            time.advance(Duration.ofSeconds(1));
            store(mailbox, dropped <= 2 ? carl : UserKey.of("dora"));
            assertEquals(dropped, mailbox.dropped());
            assertEquals(Math.max(0, 2 - dropped), read(mailbox, bob));
            assertEquals(Math.min(2, 4 - dropped), read(mailbox, ANN));
        }
    }

    private static int read(InMemoryMailbox mailbox, UserKey user) {
        return now(mailbox.read(user, Position.START, 10)).entries().size();
    }

    /** A user of ann's shard. */
    private static UserKey neighbour() {
        int shard = ANN.hashCode() * 0x9E3779B9 >>> 26;
        int i = 0;
        while (UserKey.of("b" + i).hashCode() * 0x9E3779B9 >>> 26 != shard) {
            i++;
        }
        return UserKey.of("b" + i);
    }
}
