package io.tidings.adapter.jdbc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.zaxxer.hikari.HikariDataSource;
import io.tidings.mailbox.Append;
import io.tidings.mailbox.Appended;
import io.tidings.mailbox.Attachment;
import io.tidings.mailbox.CursorMove;
import io.tidings.mailbox.Entry;
import io.tidings.mailbox.Gap;
import io.tidings.mailbox.Idempotency;
import io.tidings.mailbox.Page;
import io.tidings.message.Message;
import io.tidings.message.Position;
import io.tidings.message.UserKey;
import io.tidings.testkit.ManualTime;
import java.sql.Connection;
import java.sql.ResultSet;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What is asked of every database beyond the contract. */
@Tag("R47")
abstract class JdbcMailboxScenarios {

    static final UserKey ANN = UserKey.of("ann");

    private final ManualTime time = new ManualTime();
    private HikariDataSource pool;
    private JdbcMailbox mailbox;

    abstract HikariDataSource newDatabase() throws Exception;

    @BeforeEach
    void open() throws Exception {
        pool = newDatabase();
        JdbcSchema.apply(pool);
        mailbox = builder().build();
    }

    @AfterEach
    void close() {
        if (mailbox != null) {
            mailbox.close();
        }
        if (pool != null) {
            pool.close();
        }
    }

    private JdbcMailbox.Builder builder() {
        return JdbcMailbox.builder(pool)
                .ticker(time)
                .timeout(CrashWriter.PATIENCE)
                .cleanEvery(Duration.ZERO);
    }

    @Test
    void schema_canBeAppliedAgain_alsoByManyAtOnce() throws Exception {
        store("kept");
        HikariDataSource fresh = newDatabase();
        try {
            assertThrows(
                    IllegalStateException.class,
                    () -> JdbcMailbox.builder(fresh).build());
            together(Collections.nCopies(4, (Callable<Void>) () -> {
                JdbcSchema.apply(fresh);
                return null;
            }));
            JdbcMailbox.builder(fresh).build().close();
        } finally {
            fresh.close();
        }
        JdbcSchema.apply(pool);
        assertEquals(List.of("kept"), texts(read(Position.START)));
        try (Connection connection = pool.getConnection();
                ResultSet row = connection
                        .createStatement()
                        .executeQuery("SELECT value FROM tidings_state WHERE name = 'schema'")) {
            row.next();
            assertEquals(JdbcSchema.VERSION, row.getInt(1));
        }
    }

    @Test
    void withoutTables_theErrorSaysWhatToDo() throws Exception {
        HikariDataSource fresh = newDatabase();
        try {
            String message = assertThrows(
                            IllegalStateException.class,
                            () -> JdbcMailbox.builder(fresh).build())
                    .getMessage();
            assertTrue(message.contains("no tables of Tidings") && message.contains("JdbcSchema.apply"), message);
        } finally {
            fresh.close();
        }
        try (Connection connection = pool.getConnection()) {
            connection.createStatement().execute("UPDATE tidings_state SET value = 0 WHERE name = 'schema'");
        }
        assertThrows(IllegalStateException.class, () -> builder().build());
    }

    @Test
    void options_outOfRange_areNamedTogether() {
        String message = assertThrows(
                        IllegalArgumentException.class,
                        () -> builder()
                                .retention(Duration.ZERO)
                                .idempotencyWindow(Duration.ofMillis(-1))
                                .timeout(Duration.ofMillis(9))
                                .cleanEvery(Duration.ofMillis(-1))
                                .maxPerUser(0)
                                .maxDevices(0)
                                .maxWaiting(0)
                                .appendThreads(65)
                                .readThreads(0)
                                .build())
                .getMessage();
        for (String option : List.of(
                "retention",
                "idempotencyWindow",
                "timeout",
                "cleanEvery",
                "maxPerUser",
                "maxDevices",
                "maxWaiting",
                "appendThreads",
                "readThreads")) {
            assertTrue(message.contains(option), option + " in " + message);
        }
    }

    @Test
    @Tag("R41")
    void twoNodes_appendToTheSameUsers_withoutHolesOrDoublesOrDeadlocks() throws Exception {
        int users = 12;
        int rounds = 25;
        try (JdbcMailbox other = builder().build()) {
            List<Callable<Void>> nodes = new ArrayList<>();
            for (int n = 0; n < 4; n++) {
                int node = n;
                JdbcMailbox own = n % 2 == 0 ? mailbox : other;
                nodes.add(() -> {
                    Random random = new Random(node);
                    for (int round = 0; round < rounds; round++) {
                        List<Integer> order = new ArrayList<>(
                                IntStream.range(0, users).boxed().toList());
                        Collections.shuffle(order, random);
                        String text = node + ":" + round;
                        List<Append> batch = new ArrayList<>();
                        order.forEach(user -> batch.add(TestMessages.keyed(user(user), text, text)));
                        List<Appended> first = get(own.append(batch));
                        List<Appended> repeat = get(own.append(batch));
                        for (int i = 0; i < batch.size(); i++) {
                            Appended.Stored stored = assertInstanceOf(Appended.Stored.class, first.get(i));
                            assertFalse(stored.repeated());
                            assertEquals(new Appended.Stored(stored.position(), true), repeat.get(i));
                        }
                    }
                    return null;
                });
            }
            together(nodes);
        }
        for (int user = 0; user < users; user++) {
            List<Entry> entries =
                    get(mailbox.read(user(user), Position.START, 1_000)).entries();
            assertEquals(
                    LongStream.rangeClosed(1, 4 * rounds).boxed().toList(),
                    entries.stream().map(entry -> entry.position().offset()).toList());
            for (int node = 0; node < 4; node++) {
                String prefix = node + ":";
                assertEquals(
                        IntStream.range(0, rounds)
                                .mapToObj(round -> prefix + round)
                                .toList(),
                        entries.stream()
                                .map(TestMessages::text)
                                .filter(text -> text.startsWith(prefix))
                                .toList());
            }
        }
    }

    @Test
    @Tag("R41")
    void batchOfManyUsers_isAppendedWhole() throws Exception {
        List<Append> batch = IntStream.range(0, 1_500)
                .mapToObj(i -> TestMessages.keyed(user(i % 700), Integer.toString(i), "k" + i))
                .toList();
        List<Appended> outcomes = get(mailbox.append(batch));
        List<Appended> repeats = get(mailbox.append(batch));
        for (int i = 0; i < batch.size(); i++) {
            Position position =
                    assertInstanceOf(Appended.Stored.class, outcomes.get(i)).position();
            assertEquals(i / 700 + 1, position.offset());
            assertEquals(new Appended.Stored(position, true), repeats.get(i));
        }
        List<UserKey> users =
                IntStream.range(0, 700).mapToObj(JdbcMailboxScenarios::user).toList();
        List<Position> heads = get(mailbox.heads(users));
        assertEquals(3, heads.get(0).offset());
        assertEquals(2, heads.get(699).offset());
    }

    @Test
    @Tag("R43")
    void afterARestore_everybodyBeginsANewEpoch_andWhatWasKeptGoesOn() throws Exception {
        Position second = store("1", "2").get(1);
        assertEquals(0, read(second).entries().size());
        get(mailbox.attach(UserKey.of("never wrote"), "phone", "a"));
        time.advance(Duration.ofMillis(5));
        assertEquals(1, mailbox.beginEpochs());
        Position third = store("3").get(0);
        assertTrue(third.epoch() > second.epoch());
        assertEquals(3, third.offset());
        Page page = read(second);
        assertNull(page.gap());
        assertEquals(List.of("3"), texts(page));
        Position lost = new Position(second.epoch(), 3);
        assertEquals(
                new Gap(lost, new Position(third.epoch(), 0), Gap.Reason.UNKNOWN),
                read(lost).gap());
    }

    @Test
    @Tag("R42")
    void cleaning_removesWhatIsPastItsTime_andNothingElse() throws Exception {
        Position old = store("old").get(0);
        get(mailbox.append(List.of(TestMessages.keyed(user(1), "old", "k"))));
        time.advance(Duration.ofDays(4));
        store("new");
        time.advance(Duration.ofDays(3));
        get(mailbox.clean());
        assertEquals(1, rows("tidings_message"));
        assertEquals(0, rows("tidings_key"));
        assertEquals(2, rows("tidings_mailbox"));
        Page page = read(Position.START);
        assertEquals(new Gap(Position.START, old, Gap.Reason.EXPIRED), page.gap());
        assertEquals(List.of("new"), texts(page));
        assertEquals(3, store("newer").get(0).offset());
    }

    @Test
    @Tag("R42")
    void epoch_isKept30DaysBeyondTheLastMessage_andEpochsGrowAfterThat() throws Exception {
        Position first = store("1").get(0);
        Attachment phone = get(mailbox.attach(ANN, "phone", "a"));
        get(mailbox.moveCursors(List.of(new CursorMove(ANN, "phone", "a", phone.generation(), first))));
        time.advance(Duration.ofDays(37));
        get(mailbox.clean());
        assertEquals(first, head());
        time.advance(Duration.ofDays(2));
        get(mailbox.clean());
        for (String table : List.of("tidings_mailbox", "tidings_message", "tidings_device", "tidings_instance")) {
            assertEquals(0, rows(table), table);
        }
        assertEquals(Position.START, head());
        time.jumpWallClock(Duration.ofDays(-1_000));
        Position again = store("again").get(0);
        assertEquals(1, again.offset());
        assertTrue(again.epoch() > first.epoch(), again + " after " + first);
        assertEquals(Position.START, get(mailbox.attach(ANN, "phone", "b")).cursor());
    }

    @Test
    @Tag("R42")
    void mailboxThatIsUsed_isKept_whetherByAMessageOrADevice() throws Exception {
        Position first = store("1").get(0);
        get(mailbox.attach(user(1), "phone", "a"));
        get(mailbox.attach(user(2), "phone", "a"));
        time.advance(Duration.ofDays(20));
        store("2");
        get(mailbox.attach(user(1), "phone", "b"));
        time.advance(Duration.ofDays(20));
        get(mailbox.clean());
        assertEquals(new Position(first.epoch(), 2), head());
        assertEquals(2, rows("tidings_mailbox"));
        assertEquals(1, rows("tidings_device"));
    }

    @Test
    @Tag("R41")
    void key_isRememberedToTheEndOfItsWindow_andNotLonger() throws Exception {
        List<Append> append = List.of(TestMessages.keyed(ANN, "x", "k"));
        Appended.Stored first = (Appended.Stored) get(mailbox.append(append)).get(0);
        time.advance(Duration.ofMinutes(5).minusMillis(1));
        get(mailbox.clean());
        assertEquals(List.of(new Appended.Stored(first.position(), true)), get(mailbox.append(append)));
        time.advance(Duration.ofMillis(1));
        assertFalse(((Appended.Stored) get(mailbox.append(append)).get(0)).repeated());
        time.advance(Duration.ofMinutes(5));
        get(mailbox.clean());
        assertEquals(0, rows("tidings_key"));
    }

    @Test
    @Tag("R42")
    void message_isHeldToTheEndOfItsRetention_andNotLonger() throws Exception {
        store("1");
        time.advance(Duration.ofDays(7).minusMillis(1));
        get(mailbox.clean());
        assertEquals(List.of("1"), texts(read(Position.START)));
        time.advance(Duration.ofMillis(1));
        assertEquals(List.of(), texts(read(Position.START)));
        get(mailbox.clean());
        assertEquals(0, rows("tidings_message"));
    }

    @Test
    @Tag("R42")
    void clockThatGoesBack_letsNoMessageExpireBeforeAnEarlierOne() throws Exception {
        store("1");
        time.jumpWallClock(Duration.ofDays(-1));
        store("2");
        time.jumpWallClock(Duration.ofDays(7));
        assertEquals(List.of("1", "2"), texts(read(Position.START)));
        get(mailbox.clean());
        assertEquals(List.of("1", "2"), texts(read(Position.START)));
    }

    @Test
    @Tag("R47")
    void closing_failsWhatIsUnderWay_andEndsTheThreads() throws Exception {
        CompletionStage<List<Appended>> blocked;
        CompletionStage<List<Appended>> behind;
        try (Connection holder = pool.getConnection()) {
            store("1");
            holder.setAutoCommit(false);
            holder.createStatement().execute("UPDATE tidings_mailbox SET generation = generation");
            blocked = mailbox.append(List.of(TestMessages.append(ANN, "2")));
            behind = mailbox.append(List.of(TestMessages.append(ANN, "3")));
            mailbox.close();
            assertThrows(ExecutionException.class, () -> get(blocked));
            assertThrows(ExecutionException.class, () -> get(behind));
            assertThrows(ExecutionException.class, () -> get(mailbox.heads(List.of(ANN))));
            holder.rollback();
        }
    }

    @Test
    @Tag("R47")
    void fullQueue_refusesAppends_failsTheRest_andReadsGoOn() throws Exception {
        mailbox.close();
        mailbox = builder().maxWaiting(3).build();
        store("0");
        try (Connection holder = pool.getConnection()) {
            holder.setAutoCommit(false);
            holder.createStatement().execute("UPDATE tidings_mailbox SET generation = generation");
            List<CompletionStage<List<Appended>>> taken = new ArrayList<>();
            for (int i = 1; i <= 3; i++) {
                taken.add(mailbox.append(List.of(TestMessages.append(ANN, Integer.toString(i)))));
            }
            assertInstanceOf(
                    Appended.Full.class,
                    get(mailbox.append(List.of(TestMessages.append(ANN, "4")))).get(0));
            List<CompletionStage<Attachment>> attaches = IntStream.range(0, 4)
                    .mapToObj(i -> mailbox.attach(ANN, "phone", "a"))
                    .toList();
            assertThrows(ExecutionException.class, () -> get(attaches.get(3)));
            assertEquals(List.of("0"), texts(read(Position.START)));
            holder.rollback();
            for (CompletionStage<List<Appended>> each : taken) {
                assertInstanceOf(Appended.Stored.class, get(each).get(0));
            }
        }
        assertEquals(List.of("0", "1", "2", "3"), texts(read(Position.START)));
    }

    @Test
    void failures_quoteNoContent() throws Exception {
        try (Connection connection = pool.getConnection()) {
            connection.createStatement().execute("DROP TABLE tidings_message");
        }
        ExecutionException failed = assertThrows(
                ExecutionException.class,
                () -> get(mailbox.append(List.of(TestMessages.append(ANN, "secret content")))));
        JdbcMailboxException cause = assertInstanceOf(JdbcMailboxException.class, failed.getCause());
        for (Throwable each = cause; each != null; each = each.getCause()) {
            assertFalse(each.toString().contains("secret"), each.toString());
            assertFalse(each.toString().contains("INSERT"), each.toString());
        }
        assertTrue(cause.getMessage().startsWith("append failed in the database"), cause.getMessage());
    }

    @Test
    void names_ofAnyCharacters_areKept() throws Exception {
        String odd = "a\u0000b\\u0041\ud800c\ud83d\ude00";
        Append append = new Append(ANN, TestMessages.message("x\u0000\udc00"), new Idempotency.Key(odd), odd);
        Position position =
                ((Appended.Stored) get(mailbox.append(List.of(append))).get(0)).position();
        Entry entry = read(Position.START).entries().get(0);
        assertEquals(odd, entry.except());
        assertEquals("x\u0000\udc00", TestMessages.text(entry));
        Attachment attached = get(mailbox.attach(ANN, odd, odd));
        get(mailbox.moveCursors(List.of(new CursorMove(ANN, odd, odd, attached.generation(), position))));
        assertEquals(position, get(mailbox.attach(ANN, odd, "other")).cursor());
    }

    @Test
    void aMemberWhoseNameIsNoText_isStoredReadably_andIsInNobodysWay() throws Exception {
        Message odd = TestMessages.message("odd");
        odd.body().putObject("data").put("x\ud800", 1);
        get(mailbox.append(List.of(new Append(ANN, odd, Idempotency.NONE, null), TestMessages.append(ANN, "behind"))));
        List<Entry> entries = read(Position.START).entries();
        assertEquals(
                1, entries.get(0).message().body().path("data").path("x\ufffd").asInt());
        assertEquals("behind", TestMessages.text(entries.get(1)));
    }

    final HikariDataSource pool() {
        return pool;
    }

    static UserKey user(int number) {
        return UserKey.of("user " + number);
    }

    private List<Position> store(String... texts) throws Exception {
        List<Append> batch = new ArrayList<>();
        for (String text : texts) {
            batch.add(TestMessages.append(ANN, text));
        }
        return get(mailbox.append(batch)).stream()
                .map(outcome -> assertInstanceOf(Appended.Stored.class, outcome).position())
                .toList();
    }

    private Page read(Position after) throws Exception {
        return get(mailbox.read(ANN, after, 1_000));
    }

    private Position head() throws Exception {
        return get(mailbox.heads(List.of(ANN))).get(0);
    }

    private int rows(String table) throws Exception {
        try (Connection connection = pool.getConnection();
                ResultSet row = connection.createStatement().executeQuery("SELECT count(*) FROM " + table)) {
            row.next();
            return row.getInt(1);
        }
    }

    private static List<String> texts(Page page) {
        return page.entries().stream().map(TestMessages::text).toList();
    }

    static <T> T get(CompletionStage<T> stage) throws Exception {
        return stage.toCompletableFuture().get(60, TimeUnit.SECONDS);
    }

    static void together(List<Callable<Void>> bodies) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(bodies.size());
        try {
            for (Future<Void> each : threads.invokeAll(bodies, 60, TimeUnit.SECONDS)) {
                each.get();
            }
        } finally {
            threads.shutdownNow();
        }
    }
}
