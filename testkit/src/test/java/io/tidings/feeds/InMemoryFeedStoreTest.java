package io.tidings.feeds;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.tidings.feeds.FeedStore.NotificationQuery;
import io.tidings.feeds.FeedStore.Work;
import io.tidings.message.Message;
import io.tidings.message.UserKey;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What the in-memory store promises beyond the contract of stores. */
@Tag("R66")
class InMemoryFeedStoreTest {

    private static final UserKey ANN = UserKey.of("ann");
    private static final UserKey BOB = UserKey.of("bob");
    private static final Instant NOW = Instant.ofEpochMilli(1_700_000_000_000L);
    private static final Message TOLD = new Message("told", JsonNodeFactory.instance.objectNode(), 1, null, null);

    private final InMemoryFeedStore store = InMemoryFeedStore.builder().build();

    @Test
    void sources_differ_andHaveAtMost64Characters() {
        String other = InMemoryFeedStore.builder().build().source();
        assertNotEquals(other, store.source());
        assertEquals(store.source(), store.source());
        assertTrue(store.source().startsWith("feeds-"), store.source());
        assertTrue(store.source().length() <= 64, store.source());
        assertFalse(store.shared());
    }

    @Test
    void ids_areJsonNumbers_andLargerThanThoseOfAnEarlierStore() throws Exception {
        long first = await(store.transact(Set.of(ANN), FeedTransaction::nextId));
        assertTrue(first > 0 && first < 1L << 53, "id " + first);
        long millis = System.currentTimeMillis();
        while (System.currentTimeMillis() <= millis) {
            Thread.onSpinWait();
        }
        FeedStore next = InMemoryFeedStore.builder().build();
        assertTrue(await(next.transact(Set.of(ANN), FeedTransaction::nextId)) > first);
    }

    @Test
    void rows_upToTheBound_areTaken_andBeyondItNothingChanges() throws Exception {
        // Ann's feed, and four of her keys.
        FeedStore small = InMemoryFeedStore.builder().maxRows(5).build();
        await(small.transact(Set.of(ANN), remembers("1", "2")));
        Throwable full = failure(small.transact(Set.of(ANN), remembers("3", "4", "5")));
        assertInstanceOf(RejectedExecutionException.class, full);
        assertEquals("the feed store is full: 3 rows of at most 5, 3 more", full.getMessage());
        assertEquals(List.of(), keys(small, "3", "4", "5"));
        await(small.transact(Set.of(ANN), remembers("3", "4")));
        assertInstanceOf(RejectedExecutionException.class, failure(small.transact(Set.of(ANN), remembers("5"))));
        assertInstanceOf(
                RejectedExecutionException.class,
                failure(small.transact(Set.of(BOB), writes(Head.of(BOB).withUnread(1)))));
        await(small.transact(Set.of(ANN), writes(Head.of(ANN).withUnread(1))));
        assertEquals(List.of("1", "2", "3", "4"), keys(small, "1", "2", "3", "4", "5"));
    }

    @Test
    void rowsThatAreForgotten_makeRoom() throws Exception {
        FeedStore small = InMemoryFeedStore.builder().maxRows(3).build();
        await(small.transact(Set.of(ANN), tells(1, 2)));
        assertInstanceOf(RejectedExecutionException.class, failure(small.transact(Set.of(ANN), tells(3))));
        await(small.transact(Set.of(ANN), transaction -> {
            transaction.forget(ANN, 1);
            transaction.insert(new OutboxRow(ANN, 3, TOLD, true, null));
            return ANN;
        }));
        await(small.transact(Set.of(ANN), transaction -> {
            transaction.forget(ANN, 3);
            return ANN;
        }));
        await(small.transact(Set.of(ANN), remembers("1", "2")));
        assertInstanceOf(RejectedExecutionException.class, failure(small.transact(Set.of(ANN), remembers("3"))));
        assertEquals(2, await(small.forgetKeys(NOW.plusMillis(1))));
        await(small.transact(Set.of(ANN), remembers("3", "4")));
    }

    @Test
    void bound_isAtLeastOne() {
        assertNotNull(InMemoryFeedStore.builder().maxRows(1).build());
        IllegalArgumentException refused = assertThrows(
                IllegalArgumentException.class,
                () -> InMemoryFeedStore.builder().maxRows(0).build());
        assertEquals("maxRows must be at least 1, was 0", refused.getMessage());
    }

    @Test
    void transactionsOfOtherUsers_doNotWait_andThoseOfTheSameAreNotWaitedFor() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        AtomicReference<CompletionStage<Long>> first = new AtomicReference<>();
        Thread thread = new Thread(() -> first.set(store.transact(Set.of(ANN), transaction -> {
            begun.countDown();
            awaitQuietly(goOn);
            transaction.put(transaction.head(ANN).withUnread(7));
            return 1L;
        })));
        thread.start();
        assertTrue(begun.await(10, TimeUnit.SECONDS));
        CompletionStage<Long> second = store.transact(
                Set.of(ANN, BOB), transaction -> transaction.head(ANN).unread());
        UserKey eve = UserKey.of("eve");
        assertEquals(Head.of(eve), await(store.transact(Set.of(eve), transaction -> transaction.head(eve))));
        CompletionStage<Long> third =
                store.transact(Set.of(BOB), transaction -> transaction.head(BOB).unread());
        assertFalse(second.toCompletableFuture().isDone());
        assertFalse(third.toCompletableFuture().isDone());
        assertEquals(0, await(store.heads(List.of(ANN))).get(0).unread());
        goOn.countDown();
        assertEquals(7, await(second));
        assertEquals(0, await(third));
        thread.join(10_000);
        assertEquals(1, await(first.get()));
    }

    @Test
    void transactionsThatTransactionsBegin_doNotGrowTheStack() throws Exception {
        CompletableFuture<Integer> done = new CompletableFuture<>();
        chain(100_000, done);
        assertEquals(0, done.get(60, TimeUnit.SECONDS));
    }

    private void chain(int left, CompletableFuture<Integer> done) {
        store.transact(Set.of(ANN), transaction -> {
            if (left == 0) {
                done.complete(left);
            } else {
                chain(left - 1, done);
            }
            return left;
        });
    }

    @Test
    void unseenNotifications_areFoundAmongManyThatWereSeen() throws Exception {
        int many = 100_000;
        List<Long> ids = await(store.transact(Set.of(ANN), transaction -> {
            List<Long> made = new ArrayList<>();
            for (int i = 0; i < many; i++) {
                long id = transaction.nextId();
                transaction.insert(new Notification(id, ANN, i == 0 ? "RARE" : "TASK", TOLD, NOW, null));
                made.add(id);
            }
            transaction.notificationsSeen(ANN, made.subList(2, many), NOW);
            return made;
        }));
        // So many calls would take hours if each went through the notifications that were seen, or through those of the
        // other category.
        for (int i = 0; i < 20_000; i++) {
            assertEquals(
                    List.of(ids.get(1), ids.get(0)),
                    await(store.notifications(new NotificationQuery(ANN, true, null, Long.MAX_VALUE, 50))).stream()
                            .map(Notification::id)
                            .toList());
            assertEquals(
                    List.of(ids.get(0)),
                    await(store.notifications(new NotificationQuery(ANN, false, "RARE", Long.MAX_VALUE, 50))).stream()
                            .map(Notification::id)
                            .toList());
        }
    }

    @Test
    void whatWaits_isBounded_andNothingIsHeldAfterwards() {
        UserQueues queues = new UserQueues();
        Set<UserKey> users = Set.of(UserKey.of(1), UserKey.of(2));
        ArrayDeque<FeedTask<?>> tasks = new ArrayDeque<>();
        for (int i = 0; i <= UserQueues.MAX_WAITING; i++) {
            FeedTask<Integer> task = new FeedTask<>(users, rows -> 1);
            assertEquals(i == 0, queues.enter(task));
            tasks.add(task);
        }
        FeedTask<Integer> more = new FeedTask<>(users, rows -> 1);
        assertThrows(RejectedExecutionException.class, () -> queues.enter(more));
        assertEquals(1, queues.leave(tasks.poll()).size());
        assertFalse(queues.enter(more));
        tasks.add(more);
        while (!tasks.isEmpty()) {
            queues.leave(tasks.poll());
        }
        assertTrue(queues.isEmpty());
    }

    @Test
    void transaction_isForItsWorkAlone() throws Exception {
        FeedTransaction kept = await(store.transact(Set.of(ANN), transaction -> transaction));
        assertThrows(IllegalStateException.class, kept::nextId);
        Throwable foreign = failure(store.transact(
                Set.of(ANN),
                transaction ->
                        CompletableFuture.supplyAsync(transaction::nextId).join()));
        assertInstanceOf(IllegalStateException.class, foreign);
    }

    @Test
    void writeThatIsRefused_dooms_evenWorkThatGoesOn() throws Exception {
        Throwable refused = failure(store.transact(Set.of(ANN), transaction -> {
            transaction.put(transaction.head(ANN).withUnread(1));
            assertThrows(IllegalArgumentException.class, () -> transaction.put(Head.of(BOB)));
            return ANN;
        }));
        assertEquals("user bob is not locked by the transaction", refused.getMessage());
        assertEquals(List.of(Head.of(ANN)), await(store.heads(List.of(ANN))));
    }

    @Test
    void rowsThatAreThere_areNotWrittenTwice() throws Exception {
        ChatMessage message = new ChatMessage(1, ANN, BOB, "text", NOW, null);
        Notification notification = new Notification(1, ANN, "TASK", TOLD, NOW, null);
        OutboxRow row = new OutboxRow(ANN, 1, TOLD, true, null);
        List<Work<UserKey>> writers = List.of(
                writer -> insert(() -> writer.insert(message)),
                writer -> insert(() -> writer.insert(notification)),
                writer -> insert(() -> writer.insert(row)),
                writer -> insert(() -> writer.remember(ANN, "key", 1, NOW)));
        for (Work<UserKey> each : writers) {
            assertInstanceOf(IllegalStateException.class, failure(store.transact(Set.of(ANN, BOB), transaction -> {
                each.run(transaction);
                return each.run(transaction);
            })));
            await(store.transact(Set.of(ANN, BOB), each));
            assertInstanceOf(IllegalStateException.class, failure(store.transact(Set.of(ANN, BOB), each)));
        }
    }

    @Test
    void closing_failsWorkUnderWay_andWhatWaitsForIt_atOnce() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        AtomicReference<CompletionStage<UserKey>> running = new AtomicReference<>();
        Thread thread = new Thread(() -> running.set(store.transact(Set.of(ANN), transaction -> {
            begun.countDown();
            awaitQuietly(goOn);
            return ANN;
        })));
        thread.start();
        assertTrue(begun.await(10, TimeUnit.SECONDS));
        CompletionStage<UserKey> waiting = store.transact(Set.of(ANN), transaction -> ANN);
        store.close();
        store.close();
        assertEquals("the feed store is closed", failure(waiting).getMessage());
        assertEquals(
                "the feed store is closed", failure(store.heads(List.of(ANN))).getMessage());
        goOn.countDown();
        thread.join(10_000);
        assertNotNull(failure(running.get()));
    }

    private static UserKey insert(Runnable write) {
        write.run();
        return ANN;
    }

    private static Work<UserKey> remembers(String... keys) {
        return transaction -> {
            for (String key : keys) {
                transaction.remember(ANN, key, 1, NOW);
            }
            return ANN;
        };
    }

    private static Work<UserKey> tells(long... sequences) {
        return transaction -> {
            for (long sequence : sequences) {
                transaction.insert(new OutboxRow(ANN, sequence, TOLD, true, null));
            }
            return ANN;
        };
    }

    private static Work<UserKey> writes(Head head) {
        return transaction -> {
            transaction.put(head);
            return ANN;
        };
    }

    private static List<String> keys(FeedStore store, String... keys) throws Exception {
        return await(store.transact(
                Set.of(ANN),
                transaction -> List.of(keys).stream()
                        .filter(key -> transaction.remembered(ANN, key).isPresent())
                        .sorted(Comparator.naturalOrder())
                        .toList()));
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            assertTrue(latch.await(10, TimeUnit.SECONDS));
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static <T> T await(CompletionStage<T> stage) throws Exception {
        return stage.toCompletableFuture().get(Duration.ofSeconds(10).toMillis(), TimeUnit.MILLISECONDS);
    }

    private static Throwable failure(CompletionStage<?> stage) throws Exception {
        return assertThrows(ExecutionException.class, () -> await(stage)).getCause();
    }
}
