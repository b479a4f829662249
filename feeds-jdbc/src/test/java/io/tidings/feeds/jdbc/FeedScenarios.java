package io.tidings.feeds.jdbc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.zaxxer.hikari.HikariDataSource;
import io.tidings.feeds.ChatMessage;
import io.tidings.feeds.FeedStore.NotificationQuery;
import io.tidings.feeds.FeedTransaction;
import io.tidings.feeds.Head;
import io.tidings.feeds.Notification;
import io.tidings.feeds.OutboxRow;
import io.tidings.jdbc.testing.WatchedDataSource;
import io.tidings.message.Field;
import io.tidings.message.FieldType;
import io.tidings.message.Kind;
import io.tidings.message.Message;
import io.tidings.message.UserKey;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What is asked of every database beyond the contract. */
@Tag("R66")
abstract class FeedScenarios {

    static final UserKey ANN = UserKey.of("ann");
    static final UserKey BOB = UserKey.of("bob");
    static final Instant NOON = Instant.ofEpochMilli(1_700_000_000_123L);

    /** For machines that are busy; a database that is gone says so at once. */
    static final Duration PATIENCE = Duration.ofMinutes(1);

    private static final Kind TEXT = Kind.of("test.text", Field.of("text", FieldType.TEXT));

    private HikariDataSource pool;
    private WatchedDataSource watched;
    private JdbcFeedStore store;

    abstract HikariDataSource newDatabase() throws Exception;

    /** What a database says that has given up a transaction because of another: state and code. */
    abstract void failNextCommitBecauseOfOthers(WatchedDataSource database);

    @BeforeEach
    void open() throws Exception {
        pool = newDatabase();
        FeedSchema.apply(pool);
        watched = new WatchedDataSource(pool);
        store = builder().build();
    }

    @AfterEach
    void close() {
        if (store != null) {
            store.close();
        }
        if (pool != null) {
            pool.close();
        }
    }

    private JdbcFeedStore.Builder builder() {
        return JdbcFeedStore.builder(watched.dataSource()).timeout(PATIENCE);
    }

    // The schema.

    @Test
    void schema_canBeAppliedAgain_alsoByManyAtOnce() throws Exception {
        String source = store.source();
        send(ANN, BOB, "kept");
        HikariDataSource fresh = newDatabase();
        try {
            together(Collections.nCopies(4, (Callable<Void>) () -> {
                FeedSchema.apply(fresh);
                return null;
            }));
            try (JdbcFeedStore other = JdbcFeedStore.builder(fresh).build()) {
                assertNotEquals(source, other.source());
                assertTrue(source.length() <= 64 && source.startsWith("feeds-"), source);
            }
        } finally {
            fresh.close();
        }
        FeedSchema.apply(pool);
        assertEquals(List.of("kept"), contents(store, BOB));
        try (JdbcFeedStore again = builder().build()) {
            assertEquals(source, again.source());
        }
        try (Connection connection = pool.getConnection();
                ResultSet row = connection
                        .createStatement()
                        .executeQuery("SELECT value FROM tidings_feed_state WHERE name = 'schema'")) {
            row.next();
            assertEquals(FeedSchema.VERSION, row.getInt(1));
        }
    }

    @Test
    void withoutTables_theErrorSaysWhatToDo() throws Exception {
        HikariDataSource fresh = newDatabase();
        try {
            String message = assertThrows(
                            IllegalStateException.class,
                            () -> JdbcFeedStore.builder(fresh).build())
                    .getMessage();
            assertTrue(message.contains("no tables of Tidings' feeds"), message);
            assertTrue(message.contains("FeedSchema.apply") && message.contains("io/tidings/feeds/jdbc/"), message);
        } finally {
            fresh.close();
        }
        execute("UPDATE tidings_feed_state SET value = '0' WHERE name = 'schema'");
        assertThrows(IllegalStateException.class, () -> builder().build());
        execute("UPDATE tidings_feed_state SET value = '99' WHERE name = 'schema'");
        builder().build().close();
    }

    @Test
    void options_outOfRange_areNamedTogether() {
        String message = assertThrows(
                        IllegalArgumentException.class,
                        () -> builder()
                                .timeout(Duration.ofMillis(9))
                                .writeThreads(65)
                                .readThreads(0)
                                .maxWaiting(0)
                                .build())
                .getMessage();
        for (String option : List.of("timeout", "writeThreads", "readThreads", "maxWaiting")) {
            assertTrue(message.contains(option), message);
        }
        builder()
                .timeout(Duration.ofMillis(10))
                .writeThreads(64)
                .readThreads(1)
                .maxWaiting(1)
                .build()
                .close();
    }

    // What lasts.

    @Test
    void whatIsConfirmed_survivesARestart_underTheSameSource() throws Exception {
        ChatMessage sent = send(ANN, BOB, "hello");
        Notification posted = get(store.transact(Set.of(BOB), rows -> {
            Notification one = new Notification(rows.nextId(), BOB, "C", message("n"), NOON, null);
            rows.insert(one);
            rows.remember(BOB, "k", one.id(), NOON);
            rows.insert(new OutboxRow(BOB, 1, message("row"), true, "tab"));
            rows.put(new Head(BOB, 1, 2, Map.of("C", 3L), 4, 1, 0, "node", 5, 6));
            return one;
        }));
        String source = store.source();
        store.close();
        pool.getHikariPoolMXBean().softEvictConnections();
        store = builder().build();
        assertEquals(source, store.source());
        assertEquals(List.of(sent), get(store.messages(BOB, ANN, 0, 10)));
        assertEquals(
                List.of(posted), get(store.notifications(new NotificationQuery(BOB, true, "C", Long.MAX_VALUE, 10))));
        assertEquals(new Head(BOB, 1, 2, Map.of("C", 3L), 4, 1, 0, "node", 5, 6), head(BOB));
        assertEquals(List.of(BOB), get(store.waiting(5, 10)));
        assertEquals(List.of(), get(store.waiting(4, 10)));
        get(store.transact(Set.of(BOB), rows -> {
            assertEquals(List.of(new OutboxRow(BOB, 1, message("row"), true, "tab")), rows.outbox(BOB, 0, 10));
            assertEquals(OptionalLong.of(posted.id()), rows.remembered(BOB, "k"));
            assertTrue(rows.nextId() > posted.id());
            return null;
        }));
    }

    @Test
    void texts_ofAnyCharacters_areKept() throws Exception {
        String odd = "a\u0000b\\u0041\ud800c\ud83d\ude00\"'\n";
        UserKey quaint = new UserKey("t\u00e4nant", "o'brien \"\\ \ud83d\ude00");
        ChatMessage message = get(store.transact(Set.of(quaint), rows -> {
            ChatMessage one = new ChatMessage(rows.nextId(), quaint, quaint, odd, NOON, NOON.plusMillis(1));
            rows.insert(one);
            rows.insert(new Notification(one.id(), quaint, odd, message(odd), NOON, null));
            rows.insert(new OutboxRow(quaint, 1, message(odd), false, odd));
            rows.put(new Head(quaint, 0, 0, Map.of(odd, 1L), 1, 1, 0, odd, 0, 0));
            rows.remember(quaint, odd, 7, NOON);
            return one;
        }));
        assertEquals(List.of(message), get(store.messages(quaint, quaint, 0, 10)));
        assertEquals(
                List.of(message(odd)),
                get(store.notifications(new NotificationQuery(quaint, false, odd, Long.MAX_VALUE, 10))).stream()
                        .map(Notification::message)
                        .toList());
        assertEquals(odd, head(quaint).relay());
        assertEquals(Map.of(odd, 1L), head(quaint).unseen());
        get(store.transact(Set.of(quaint), rows -> {
            assertEquals(List.of(new OutboxRow(quaint, 1, message(odd), false, odd)), rows.outbox(quaint, 0, 1));
            assertEquals(OptionalLong.of(7), rows.remembered(quaint, odd));
            return null;
        }));
    }

    @Test
    void aMemberWhoseNameIsNoText_isStoredReadably_andIsInNobodysWay() throws Exception {
        Message odd = message("odd");
        odd.body().putObject("data").put("x\ud800", 1);
        get(store.transact(Set.of(ANN), rows -> {
            rows.insert(new Notification(rows.nextId(), ANN, "C", odd, NOON, null));
            rows.insert(new Notification(rows.nextId(), ANN, "C", message("behind"), NOON, null));
            rows.insert(new OutboxRow(ANN, 1, odd, true, null));
            return null;
        }));
        List<Notification> stored =
                get(store.notifications(new NotificationQuery(ANN, false, null, Long.MAX_VALUE, 10)));
        assertEquals(message("behind"), stored.get(0).message());
        Message readable = message("odd");
        readable.body().putObject("data").put("x\ufffd", 1);
        assertEquals(readable, stored.get(1).message());
        assertEquals(
                readable,
                get(store.transact(Set.of(ANN), rows -> rows.outbox(ANN, 0, 10)))
                        .get(0)
                        .message());
    }

    // Batches.

    @Test
    void worksThatWait_shareATransaction_andOneThatThrowsTakesOnlyItsOwnWithIt() throws Exception {
        List<CompletionStage<Long>> stages = new ArrayList<>();
        try (JdbcFeedStore one = builder().writeThreads(1).build()) {
            get(one.transact(Set.of(ANN, BOB), rows -> null));
            CountDownLatch go = hold(one);
            int before = watched.commits();
            for (int i = 0; i < 50; i++) {
                int number = i;
                stages.add(one.transact(Set.of(ANN, BOB), rows -> {
                    Head head = rows.head(ANN);
                    rows.put(withUnread(head, head.unread() + 1));
                    long id = rows.nextId();
                    rows.insert(new ChatMessage(id, ANN, BOB, "m" + number, NOON, null));
                    rows.insert(new OutboxRow(BOB, 1 + rows.head(ANN).unread(), message("m"), true, null));
                    if (number % 10 == 3) {
                        throw new IllegalArgumentException("no " + number);
                    }
                    return rows.head(ANN).unread();
                }));
            }
            go.countDown();
            for (int i = 0; i < 50; i++) {
                CompletionStage<Long> stage = stages.get(i);
                if (i % 10 == 3) {
                    Throwable thrown = assertThrows(ExecutionException.class, () -> get(stage))
                            .getCause();
                    assertInstanceOf(IllegalArgumentException.class, thrown);
                    assertEquals("no " + i, thrown.getMessage());
                } else {
                    assertEquals(i + 1 - (i + 6) / 10, get(stage));
                }
            }
            // The one that held the thread, and all that waited meanwhile.
            assertEquals(2, watched.commits() - before);
        }
        assertEquals(45, head(ANN).unread());
        List<String> expected = IntStream.range(0, 50)
                .filter(i -> i % 10 != 3)
                .mapToObj(i -> "m" + i)
                .toList();
        assertEquals(expected, contents(store, BOB));
        assertEquals(
                45,
                get(store.transact(Set.of(BOB), rows -> rows.outbox(BOB, 0, 100)))
                        .size());
    }

    @Test
    void keys_areForgotten_howeverManyTheyAre() throws Exception {
        int keys = 10_001;
        get(store.transact(Set.of(ANN), rows -> {
            rows.remember(ANN, "kept", 1, NOON);
            return null;
        }));
        try (Connection connection = pool.getConnection();
                var insert = connection.prepareStatement(
                        "INSERT INTO tidings_feed_key (key_hash, id, remembered_at) VALUES (?, 1, 1)")) {
            connection.setAutoCommit(false);
            for (int i = 0; i < keys; i++) {
                insert.setString(1, "k" + i);
                insert.addBatch();
            }
            insert.executeBatch();
            connection.commit();
        }
        assertEquals(keys, get(store.forgetKeys(NOON)));
        assertEquals(0, get(store.forgetKeys(NOON)));
        assertEquals(1, get(store.forgetKeys(NOON.plusMillis(1))));
    }

    @Test
    void worksOfOneTransaction_keepWhatWasSeenFirst_andForgetAllThatEachForgets() throws Exception {
        ChatMessage message = send(ANN, BOB, "m");
        get(store.transact(Set.of(BOB), rows -> {
            for (long sequence = 1; sequence <= 4; sequence++) {
                rows.insert(new OutboxRow(BOB, sequence, message("m"), true, null));
            }
            return null;
        }));
        List<Long> ids = List.of(message.id());
        try (JdbcFeedStore one = builder().writeThreads(1).build()) {
            CountDownLatch go = hold(one);
            CompletionStage<?> first = one.transact(Set.of(BOB), rows -> {
                rows.messagesSeen(BOB, ids, NOON);
                rows.messagesSeen(BOB, ids, NOON.plusSeconds(1));
                rows.forget(BOB, 1);
                return null;
            });
            CompletionStage<Instant> second = one.transact(Set.of(BOB), rows -> {
                rows.messagesSeen(BOB, ids, NOON.plusSeconds(2));
                rows.forget(BOB, 3);
                return rows.received(BOB, ids).get(0).seenAt();
            });
            go.countDown();
            get(first);
            assertEquals(NOON, get(second));
        }
        get(store.transact(Set.of(BOB), rows -> {
            assertEquals(NOON, rows.received(BOB, ids).get(0).seenAt());
            assertEquals(
                    List.of(4L),
                    rows.outbox(BOB, 0, 10).stream().map(OutboxRow::sequence).toList());
            return null;
        }));
    }

    @Test
    void aWork_writesForItsOwnUsersAlone_alsoWhereAnotherOfItsTransactionLockedThem() throws Exception {
        get(store.transact(Set.of(ANN, BOB), rows -> null));
        try (JdbcFeedStore one = builder().writeThreads(1).build()) {
            CountDownLatch go = hold(one);
            CompletionStage<?> bobs = one.transact(Set.of(BOB), rows -> null);
            CompletionStage<?> anns = one.transact(Set.of(ANN), rows -> {
                rows.put(withUnread(rows.head(ANN), 7));
                // Going on does not help.
                assertThrows(IllegalArgumentException.class, () -> rows.put(withUnread(Head.of(BOB), 7)));
                return null;
            });
            go.countDown();
            get(bobs);
            Throwable refused =
                    assertThrows(ExecutionException.class, () -> get(anns)).getCause();
            assertInstanceOf(IllegalArgumentException.class, refused);
        }
        assertEquals(0, head(ANN).unread());
        assertEquals(0, head(BOB).unread());
    }

    @Test
    void whatAWorkHasWritten_isOnlyTheirsWhoseItIs() throws Exception {
        get(store.transact(Set.of(ANN, BOB), rows -> {
            long id = rows.nextId();
            rows.insert(new ChatMessage(id, ANN, BOB, "m", NOON, null));
            rows.insert(new Notification(id, ANN, "C", message("n"), NOON, null));
            assertEquals(List.of(), rows.received(ANN, List.of(id)));
            assertEquals(1, rows.received(BOB, List.of(id)).size());
            assertEquals(id, rows.sent(ANN, id).id());
            assertThrows(IllegalStateException.class, () -> rows.sent(BOB, id));
            assertEquals(1, rows.notifications(ANN, List.of(id)).size());
            assertEquals(List.of(), rows.notifications(BOB, List.of(id)));
            return null;
        }));
        get(store.transact(Set.of(ANN), rows -> {
            rows.remember(ANN, "A", 1, NOON);
            assertTrue(rows.remembered(ANN, "\u0141").isEmpty(), "only the lower halves are the same");
            return null;
        }));
        ExecutionException twice = assertThrows(
                ExecutionException.class,
                () -> get(store.transact(Set.of(ANN), rows -> {
                    rows.remember(ANN, "k", 1, NOON);
                    rows.remember(ANN, "k", 2, NOON);
                    return null;
                })));
        assertInstanceOf(IllegalStateException.class, twice.getCause());
    }

    @Test
    void aTransaction_isForItsWorkAlone() throws Exception {
        FeedTransaction kept = get(store.transact(Set.of(ANN), rows -> {
            Throwable elsewhere = java.util.concurrent.CompletableFuture.supplyAsync(rows::nextId)
                    .handle((id, failure) -> failure)
                    .join();
            assertInstanceOf(IllegalStateException.class, elsewhere.getCause());
            return rows;
        }));
        assertThrows(IllegalStateException.class, kept::nextId);
        assertThrows(IllegalStateException.class, () -> kept.head(ANN));
    }

    @Test
    void aWorkThatTheDatabaseRefuses_failsAlone() throws Exception {
        ChatMessage there = send(ANN, BOB, "there");
        List<CompletionStage<Integer>> stages = new ArrayList<>();
        try (JdbcFeedStore one = builder().writeThreads(1).build()) {
            CountDownLatch go = hold(one);
            for (int i = 0; i < 5; i++) {
                int number = i;
                stages.add(one.transact(Set.of(ANN, BOB), rows -> {
                    long id = number == 2 ? there.id() : rows.nextId();
                    rows.insert(new ChatMessage(id, ANN, BOB, "m" + number, NOON, null));
                    return number;
                }));
            }
            go.countDown();
            for (int i = 0; i < 5; i++) {
                CompletionStage<Integer> stage = stages.get(i);
                if (i == 2) {
                    Throwable refused = assertThrows(ExecutionException.class, () -> get(stage))
                            .getCause();
                    assertInstanceOf(JdbcFeedException.class, refused);
                    assertFalse(refused.getMessage().contains("m2"), "says no content");
                    assertSame(null, refused.getCause(), "nor does the driver's text come with it");
                    assertEquals(0, refused.getSuppressed().length);
                } else {
                    assertEquals(i, get(stage));
                }
            }
        }
        assertEquals(List.of("there", "m0", "m1", "m3", "m4"), contents(store, BOB));
    }

    @Test
    void aMessageThatCannotBeWritten_failsAlone() throws Exception {
        try (JdbcFeedStore one = builder().writeThreads(1).build()) {
            CountDownLatch go = hold(one);
            CompletionStage<Void> broken = one.transact(Set.of(ANN), rows -> {
                rows.insert(new Notification(rows.nextId(), ANN, "C", null, NOON, null));
                return null;
            });
            CompletionStage<Void> good = one.transact(Set.of(ANN), rows -> {
                rows.put(withUnread(rows.head(ANN), 8));
                return null;
            });
            go.countDown();
            assertThrows(ExecutionException.class, () -> get(broken));
            get(good);
        }
        assertEquals(8, head(ANN).unread());
    }

    @Test
    void whatTheDatabaseGaveUpBecauseOfOthers_isDoneAgain() throws Exception {
        failNextCommitBecauseOfOthers(watched);
        failNextCommitBecauseOfOthers(watched);
        send(ANN, BOB, "once");
        assertEquals(List.of("once"), contents(store, BOB));
    }

    @Test
    void aCommitThatFails_failsAllOfItsBatch_andLeavesNothing() throws Exception {
        get(store.transact(Set.of(ANN), rows -> null));
        watched.failNextCommit("08006", 0);
        ExecutionException failed = assertThrows(
                ExecutionException.class,
                () -> get(store.transact(Set.of(ANN), rows -> {
                    rows.put(withUnread(rows.head(ANN), 8));
                    return null;
                })));
        assertInstanceOf(JdbcFeedException.class, failed.getCause());
        assertEquals(0, head(ANN).unread());
    }

    @Test
    void idsAreNeverGivenAgain_notEvenThoseOfWorksThatThrew() throws Exception {
        List<Long> ids = Collections.synchronizedList(new ArrayList<>());
        for (int i = 0; i < 3; i++) {
            int times = i * 100 + 1;
            CompletionStage<Void> thrown = store.transact(Set.of(ANN), rows -> {
                IntStream.range(0, times).forEach(each -> ids.add(rows.nextId()));
                throw new IllegalStateException("no");
            });
            assertThrows(ExecutionException.class, () -> get(thrown));
            get(store.transact(Set.of(ANN), rows -> ids.add(rows.nextId())));
        }
        assertEquals(ids.stream().sorted().distinct().toList(), ids);
        assertTrue(ids.get(ids.size() - 1) < 1L << 53);
    }

    // Bounds.

    @Test
    void aFullQueue_refusesAtOnce_andWhatWaitsIsDone() throws Exception {
        List<CompletionStage<Void>> stages = new ArrayList<>();
        try (JdbcFeedStore small = builder().writeThreads(1).maxWaiting(3).build()) {
            CountDownLatch go = hold(small);
            for (int i = 0; i < 4; i++) {
                stages.add(small.transact(Set.of(ANN), rows -> {
                    Head head = rows.head(ANN);
                    rows.put(withUnread(head, head.unread() + 1));
                    return null;
                }));
            }
            assertTrue(stages.get(3).toCompletableFuture().isCompletedExceptionally(), "at once");
            assertTrue(message(stages.get(3)).contains("too many works"), message(stages.get(3)));
            assertFalse(stages.get(2).toCompletableFuture().isDone());
            go.countDown();
            for (CompletionStage<Void> taken : stages.subList(0, 3)) {
                get(taken);
            }
        }
        assertEquals(3, head(ANN).unread());
    }

    @Test
    void reads_doNotWaitBehindWorks() throws Exception {
        send(ANN, BOB, "there");
        CountDownLatch go = hold(store);
        assertEquals(List.of("there"), contents(store, BOB));
        assertEquals(0, head(ANN).unread());
        go.countDown();
    }

    @Test
    void aWorkThatIsLate_isToldSo_andWhatWaitedTooLongDoesNotHappen() throws Exception {
        CompletionStage<Void> late;
        try (JdbcFeedStore hasty =
                builder().writeThreads(1).timeout(Duration.ofMillis(200)).build()) {
            CountDownLatch go = hold(hasty);
            late = hasty.transact(Set.of(ANN), rows -> {
                rows.put(withUnread(rows.head(ANN), 9));
                return null;
            });
            CompletionStage<Void> waited = late;
            assertThrows(ExecutionException.class, () -> get(waited));
            assertTrue(message(late).contains("not answered within 200 ms"), message(late));
            go.countDown();
            retried(() -> get(hasty.transact(Set.of(BOB), rows -> null)));
        }
        assertEquals(0, head(ANN).unread());
    }

    @Test
    void closing_failsWhatIsOpen_andRefusesWhatComes() throws Exception {
        JdbcFeedStore closed = builder().writeThreads(1).build();
        CountDownLatch go = new CountDownLatch(1);
        CompletionStage<Void> held = held(closed, go);
        CompletionStage<Void> waits = closed.transact(Set.of(ANN), rows -> {
            rows.put(withUnread(rows.head(ANN), 9));
            return null;
        });
        closed.close();
        closed.close();
        for (CompletionStage<?> stage : List.of(
                held,
                waits,
                closed.transact(Set.of(ANN), rows -> null),
                closed.heads(List.of(ANN)),
                closed.waiting(0, 1),
                closed.forgetKeys(NOON))) {
            assertTrue(stage.toCompletableFuture().isCompletedExceptionally());
            assertTrue(message(stage).contains("closed"), message(stage));
        }
        go.countDown();
        assertEquals(0, head(ANN).unread());
    }

    // Several at once.

    @Test
    void twoStoresOnOneDatabase_countExactly_andGiveIdsInOrder() throws Exception {
        int works = 60;
        try (JdbcFeedStore other = builder().build()) {
            assertEquals(store.source(), other.source());
            List<CompletionStage<Long>> stages = Collections.synchronizedList(new ArrayList<>());
            List<Callable<Void>> bodies = new ArrayList<>();
            for (JdbcFeedStore each : List.of(store, other)) {
                bodies.add(() -> {
                    for (int i = 0; i < works; i++) {
                        UserKey from = UserKey.of("u" + i % 5);
                        UserKey to = UserKey.of("u" + (i + 1 + i % 3) % 5);
                        stages.add(each.transact(Set.of(from, to), rows -> {
                            Head head = rows.head(to);
                            rows.put(withUnread(head, head.unread() + 1));
                            long id = rows.nextId();
                            rows.insert(new ChatMessage(id, from, to, "" + head.unread(), NOON, null));
                            return id;
                        }));
                    }
                    return null;
                });
            }
            together(bodies);
            for (CompletionStage<Long> stage : stages) {
                get(stage);
            }
            long all = 0;
            for (int i = 0; i < 5; i++) {
                UserKey user = UserKey.of("u" + i);
                List<String> received = get(store.messages(user, null, 0, 1_000)).stream()
                        .filter(message -> message.receiver().equals(user))
                        .map(ChatMessage::content)
                        .toList();
                // By id, so in the order of their transactions.
                assertEquals(
                        LongStream.range(0, received.size())
                                .mapToObj(Long::toString)
                                .toList(),
                        received);
                assertEquals(received.size(), head(user).unread());
                all += received.size();
            }
            assertEquals(2 * works, all);
        }
    }

    @Test
    void manyUsersAtOnce_areOneWork() throws Exception {
        Set<UserKey> many = new java.util.HashSet<>();
        IntStream.range(0, 700).forEach(i -> many.add(UserKey.of("user " + i)));
        for (int round = 1; round <= 2; round++) {
            long fresh = get(store.transact(
                    many,
                    rows -> many.stream()
                            .filter(user -> rows.remembered(user, "bulk").isEmpty())
                            .peek(user -> {
                                rows.remember(user, "bulk", rows.nextId(), NOON);
                                rows.put(withUnread(rows.head(user), 1));
                            })
                            .count()));
            assertEquals(round == 1 ? 700 : 0, fresh);
        }
        List<UserKey> asked = new ArrayList<>(many);
        asked.add(UserKey.of("nobody"));
        List<Head> heads = get(store.heads(asked));
        assertEquals(asked, heads.stream().map(Head::user).toList());
        assertEquals(700, heads.stream().mapToLong(Head::unread).sum());
        assertEquals(700, get(store.forgetKeys(NOON.plusMillis(1))));
        assertEquals(0, get(store.forgetKeys(NOON.plusMillis(1))));
    }

    @Test
    void aResult_isTheVeryObjectOfTheWork() throws Exception {
        Object result = new Object();
        assertSame(result, get(store.transact(Set.of(ANN), rows -> result)));
        Error error = new AssertionError("the very one");
        assertSame(
                error,
                assertThrows(
                                ExecutionException.class,
                                () -> get(store.transact(Set.of(ANN), rows -> {
                                    throw error;
                                })))
                        .getCause());
    }

    // Shorthand.

    final HikariDataSource pool() {
        return pool;
    }

    final JdbcFeedStore store() {
        return store;
    }

    private ChatMessage send(UserKey from, UserKey to, String content) throws Exception {
        return get(store.transact(Set.of(from, to), rows -> {
            ChatMessage message = new ChatMessage(rows.nextId(), from, to, content, NOON, null);
            rows.insert(message);
            return message;
        }));
    }

    /** Keeps one of the store's threads busy until the latch is down; the store has only one where nothing is to happen meanwhile. */
    private static CountDownLatch hold(JdbcFeedStore store) throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        held(store, go);
        return go;
    }

    private static CompletionStage<Void> held(JdbcFeedStore store, CountDownLatch go) throws Exception {
        CountDownLatch runs = new CountDownLatch(1);
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            CompletionStage<Void> stage = store.transact(Set.of(UserKey.of("holder")), rows -> {
                runs.countDown();
                await(go);
                return null;
            });
            while (runs.getCount() > 0 && !stage.toCompletableFuture().isDone()) {
                assertTrue(System.nanoTime() < end, "nothing runs");
                runs.await(1, TimeUnit.MILLISECONDS);
            }
            // A store whose time-out is short may have come too late to begin it.
            if (runs.getCount() == 0) {
                return stage;
            }
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            assertTrue(latch.await(60, TimeUnit.SECONDS));
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** A store whose time-out is short may be too slow for it once or twice. */
    private static void retried(Callable<?> call) throws Exception {
        for (int tries = 1; ; tries++) {
            try {
                call.call();
                return;
            } catch (ExecutionException e) {
                if (tries == 50) {
                    throw e;
                }
            }
        }
    }

    private static String message(CompletionStage<?> failed) {
        Function<Object, String> none = value -> "did not fail";
        return failed.<String>handle((value, failure) -> failure == null ? none.apply(value) : failure.getMessage())
                .toCompletableFuture()
                .join();
    }

    static Message message(String text) {
        return Message.of(TEXT).set("text", text).build();
    }

    static Head withUnread(Head head, long unread) {
        return new Head(
                head.user(),
                unread,
                head.unreadVersion() + 1,
                head.unseen(),
                head.unseenVersion(),
                head.sequence(),
                head.relayed(),
                head.relay(),
                head.relayUntil(),
                head.lastSeenAt());
    }

    private Head head(UserKey user) throws Exception {
        return get(store.heads(List.of(user))).get(0);
    }

    private static List<String> contents(JdbcFeedStore store, UserKey user) throws Exception {
        return get(store.messages(user, null, 0, 1_000)).stream()
                .map(ChatMessage::content)
                .toList();
    }

    private void execute(String sql) throws Exception {
        try (Connection connection = pool.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
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
