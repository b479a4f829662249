package io.tidings.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tidings.feeds.ChatMessage;
import io.tidings.feeds.FeedStore;
import io.tidings.feeds.FeedTransaction;
import io.tidings.feeds.Head;
import io.tidings.feeds.Notification;
import io.tidings.feeds.OutboxRow;
import io.tidings.message.UserKey;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What {@link FeedStoreContract} asks of transactions: whole or not at all, alone among those of the same users. */
@Tag("R66")
abstract class FeedTransactionContract extends FeedStoreFixture {

    private static final int EACH = 25;

    /** One write of each kind, for Ann and Bob. */
    private static void writeAll(FeedTransaction transaction) {
        long id = transaction.nextId();
        transaction.put(head(ANN, 1, 1));
        transaction.put(head(BOB, 1, 1));
        transaction.insert(chat(id, ANN, BOB));
        transaction.insert(notification(transaction.nextId(), BOB, "TASK"));
        transaction.remember(ANN, "key", id, NOW);
        transaction.insert(row(BOB, 1));
    }

    private void assertNothing(FeedStore store) throws Exception {
        assertEquals(List.of(Head.of(ANN), Head.of(BOB)), await(store.heads(List.of(ANN, BOB))));
        assertEquals(List.of(), messages(store, ANN));
        assertEquals(List.of(), messages(store, BOB));
        assertEquals(List.of(), notifications(store, BOB));
        assertEquals(false, isRemembered(store, ANN, "key"));
        assertEquals(List.of(), sequences(store, BOB, 0, 10));
    }

    @Test
    void transaction_lasts_whenItsStageCompletes() throws Exception {
        FeedStore store = opened();
        long id = transact(store, users(ANN, BOB), transaction -> {
            writeAll(transaction);
            return transaction.remembered(ANN, "key").orElseThrow();
        });
        assertEquals(List.of(head(ANN, 1, 1), head(BOB, 1, 1)), await(store.heads(List.of(ANN, BOB))));
        assertEquals(List.of(chat(id, ANN, BOB)), messages(store, ANN));
        assertEquals(List.of(chat(id, ANN, BOB)), messages(store, BOB));
        assertEquals(1, notifications(store, BOB).size());
        assertEquals(
                OptionalLong.of(id), transact(store, users(ANN), transaction -> transaction.remembered(ANN, "key")));
        assertEquals(List.of(1L), sequences(store, BOB, 0, 10));
    }

    @Test
    void workThatThrows_changesNothing_andFailsItsStageWithWhatItThrew() throws Exception {
        FeedStore store = opened();
        RuntimeException exception = new IllegalArgumentException("thrown by the work");
        assertSame(exception, failure(store, users(ANN, BOB), transaction -> {
            writeAll(transaction);
            throw exception;
        }));
        assertNothing(store);
        Error error = new Error("thrown by the work");
        assertSame(error, failure(store, users(ANN, BOB), transaction -> {
            writeAll(transaction);
            throw error;
        }));
        assertNothing(store);
    }

    @Test
    void workThatThrows_takesBackMarksAndForgettingToo() throws Exception {
        FeedStore store = opened();
        long message = send(store, BOB, ANN);
        long notification = post(store, ANN, "TASK").get(0);
        change(store, users(ANN), transaction -> {
            transaction.put(head(ANN, 1, 1));
            transaction.insert(row(ANN, 1));
        });
        failure(store, users(ANN), transaction -> {
            transaction.put(head(ANN, 0, 2));
            transaction.messagesSeen(ANN, List.of(message), NOW);
            transaction.notificationsSeen(ANN, List.of(notification), NOW);
            transaction.forget(ANN, 1);
            throw new IllegalStateException("thrown by the work");
        });
        assertEquals(head(ANN, 1, 1), head(store, ANN));
        assertEquals(List.of(chat(message, BOB, ANN)), messages(store, ANN));
        assertEquals(List.of(notification), notificationIds(store, ANN, true, null, Long.MAX_VALUE, 10));
        assertEquals(List.of(1L), sequences(store, ANN, 0, 10));
    }

    @Test
    void workThatThrows_leavesNobodyLocked() throws Exception {
        FeedStore store = opened();
        for (int i = 0; i < 30; i++) {
            failure(store, users(ANN, BOB), transaction -> {
                throw new IllegalStateException("thrown by the work");
            });
        }
        change(store, users(BOB, ANN), FeedTransactionContract::writeAll);
        assertEquals(1, head(store, ANN).unread());
    }

    @Test
    void ownWrites_areSeen_withinTheTransaction() throws Exception {
        FeedStore store = opened();
        long earlier = send(store, BOB, ANN);
        long posted = post(store, ANN, "TASK").get(0);
        change(store, users(ANN), transaction -> transaction.insert(row(ANN, 1)));
        change(store, users(ANN, BOB), transaction -> {
            assertEquals(Head.of(ANN), transaction.head(ANN));
            transaction.put(head(ANN, 3, 1));
            assertEquals(head(ANN, 3, 1), transaction.head(ANN));
            long id = transaction.nextId();
            ChatMessage message = chat(id, BOB, ANN);
            transaction.insert(message);
            assertEquals(message, transaction.sent(BOB, id));
            assertEquals(List.of(chat(earlier, BOB, ANN), message), transaction.received(ANN, List.of(id, earlier)));
            transaction.messagesSeen(ANN, List.of(id, earlier), NOW);
            assertEquals(
                    List.of(NOW, NOW),
                    transaction.received(ANN, List.of(earlier, id)).stream()
                            .map(ChatMessage::seenAt)
                            .toList());
            assertEquals(NOW, transaction.sent(BOB, id).seenAt());
            long other = transaction.nextId();
            transaction.insert(notification(other, ANN, "TASK"));
            assertEquals(
                    List.of(posted, other),
                    transaction.notifications(ANN, List.of(other, posted)).stream()
                            .map(Notification::id)
                            .toList());
            transaction.notificationsSeen(ANN, List.of(other, posted), NOW);
            assertEquals(
                    List.of(NOW, NOW),
                    transaction.notifications(ANN, List.of(posted, other)).stream()
                            .map(Notification::seenAt)
                            .toList());
            assertEquals(OptionalLong.empty(), transaction.remembered(ANN, "key"));
            transaction.remember(ANN, "key", id, NOW);
            assertEquals(OptionalLong.of(id), transaction.remembered(ANN, "key"));
            transaction.insert(row(ANN, 2));
            transaction.insert(row(ANN, 3));
            assertEquals(List.of(1L, 2L, 3L), sequences(transaction, ANN, 0, 10));
            assertEquals(List.of(1L, 2L), sequences(transaction, ANN, 0, 2));
            assertEquals(List.of(3L), sequences(transaction, ANN, 2, 10));
            transaction.forget(ANN, 2);
            assertEquals(List.of(3L), sequences(transaction, ANN, 0, 10));
        });
        assertEquals(List.of(3L), sequences(store, ANN, 0, 10));
        assertEquals(
                2,
                messages(store, ANN).stream()
                        .filter(message -> message.seenAt() != null)
                        .count());
    }

    @Test
    void writesOfATransactionUnderWay_areNotSeen() throws Exception {
        FeedStore store = opened();
        CountDownLatch written = new CountDownLatch(1);
        CountDownLatch read = new CountDownLatch(1);
        IllegalStateException thrown = new IllegalStateException("thrown by the work");
        CompletableFuture<Boolean> writer = aside(() -> store.transact(users(ANN, BOB), transaction -> {
            writeAll(transaction);
            written.countDown();
            awaitLatch(read);
            throw thrown;
        }));
        awaitLatch(written);
        // A store may let these wait for the transaction, and then they see that it changed nothing.
        CompletionStage<List<Head>> heads = store.heads(List.of(ANN, BOB));
        CompletionStage<List<ChatMessage>> messages = store.messages(BOB, null, 0, 10);
        CompletionStage<List<UserKey>> waiting = store.waiting(Long.MAX_VALUE, 10);
        read.countDown();
        assertSame(thrown, failure(() -> writer, "the work"));
        assertEquals(List.of(Head.of(ANN), Head.of(BOB)), await(heads));
        assertEquals(List.of(), await(messages));
        assertEquals(List.of(), await(waiting));
    }

    @Test
    void transactionsOfOneUser_loseNoUpdate() throws Exception {
        FeedStore store = opened();
        together(Collections.nCopies(6, () -> {
            for (int i = 0; i < EACH; i++) {
                change(store, users(ANN), FeedTransactionContract::countOne);
            }
            return null;
        }));
        assertEquals(6 * EACH, head(store, ANN).unread());
        assertEquals(6 * EACH, head(store, ANN).unreadVersion());
    }

    private static void countOne(FeedTransaction transaction) {
        Head head = transaction.head(ANN);
        // Others get a chance to come between.
        Thread.yield();
        transaction.put(withUnread(head, head.unread() + 1));
    }

    @Test
    void transactionsOfOneUser_loseNoUpdate_onSeveralNodes() throws Exception {
        FeedStore store = opened();
        FeedStore beside = openedBeside(store);
        List<Callable<Void>> bodies = new ArrayList<>();
        for (FeedStore node : List.of(store, beside, store, beside)) {
            bodies.add(() -> {
                for (int i = 0; i < EACH; i++) {
                    change(node, users(ANN), FeedTransactionContract::countOne);
                }
                return null;
            });
        }
        together(bodies);
        assertEquals(4 * EACH, head(store, ANN).unread());
        assertEquals(4 * EACH, head(beside, ANN).unread());
    }

    @Test
    void usersInWhateverOrder_areLockedWithoutDeadlock() throws Exception {
        FeedStore store = opened();
        List<Set<UserKey>> orders =
                List.of(users(ANN, BOB), users(BOB, ANN), users(EVE, BOB), users(BOB, EVE, ANN), users(ANN, EVE, BOB));
        List<Callable<Void>> bodies = new ArrayList<>();
        for (Set<UserKey> order : orders) {
            bodies.add(() -> {
                for (int i = 0; i < EACH; i++) {
                    change(store, order, transaction -> {
                        for (UserKey user : order) {
                            Head head = transaction.head(user);
                            Thread.yield();
                            transaction.put(withUnread(head, head.unread() + 1));
                        }
                    });
                }
                return null;
            });
        }
        together(bodies);
        assertEquals(4 * EACH, head(store, ANN).unread());
        assertEquals(5 * EACH, head(store, BOB).unread());
        assertEquals(3 * EACH, head(store, EVE).unread());
    }

    @Test
    void writesForUsersWhoAreNotLocked_areRefused_andNothingChanges() throws Exception {
        FeedStore store = opened();
        Map<String, Consumer<FeedTransaction>> writes = new LinkedHashMap<>();
        writes.put("a head", transaction -> transaction.put(head(BOB, 1, 1)));
        writes.put("a message to Bob", transaction -> transaction.insert(chat(transaction.nextId(), ANN, BOB)));
        writes.put("a message of Bob", transaction -> transaction.insert(chat(transaction.nextId(), BOB, ANN)));
        writes.put("marks of messages", transaction -> transaction.messagesSeen(BOB, List.of(1L), NOW));
        writes.put("a notification", transaction -> transaction.insert(notification(1, BOB, "TASK")));
        writes.put("marks of notifications", transaction -> transaction.notificationsSeen(BOB, List.of(1L), NOW));
        writes.put("a key", transaction -> transaction.remember(BOB, "key", 1, NOW));
        writes.put("a row", transaction -> transaction.insert(row(BOB, 1)));
        writes.put("forgetting rows", transaction -> transaction.forget(BOB, 1));
        writes.put("the same name in another tenant", transaction -> transaction.put(head(OTHER_ANN, 1, 1)));
        for (Map.Entry<String, Consumer<FeedTransaction>> each : writes.entrySet()) {
            Throwable refused = failure(store, users(ANN, EVE), transaction -> {
                transaction.put(head(ANN, 1, 1));
                each.getValue().accept(transaction);
            });
            assertInstanceOf(IllegalArgumentException.class, refused, each.getKey());
            assertNothing(store);
            assertEquals(Head.of(OTHER_ANN), head(store, OTHER_ANN));
        }
    }

    @Test
    void ids_growForEachUser_inTheOrderOfTransactions() throws Exception {
        FeedStore store = opened();
        Set<Long> given = ConcurrentHashMap.newKeySet();
        List<Callable<Void>> bodies = new ArrayList<>();
        for (Set<UserKey> pair : List.of(users(ANN, BOB), users(BOB, EVE), users(EVE, ANN), users(ANN))) {
            bodies.add(() -> {
                for (int i = 0; i < EACH; i++) {
                    List<Long> ids = transact(store, pair, transaction -> takeIds(transaction, pair));
                    ids.forEach(id -> assertTrue(given.add(id), "an id was given twice"));
                }
                return null;
            });
        }
        together(bodies);
        given.forEach(id -> assertTrue(id > 0 && id < 1L << 53, "id " + id + " is no number of JSON"));
    }

    /** Takes two ids, larger than any that these users had, which their heads keep. */
    private static List<Long> takeIds(FeedTransaction transaction, Set<UserKey> users) {
        long first = transaction.nextId();
        Thread.yield();
        long second = transaction.nextId();
        assertTrue(second > first, second + " after " + first);
        for (UserKey user : users) {
            Head head = transaction.head(user);
            assertTrue(first > head.unread(), first + " after " + head.unread());
            transaction.put(withUnread(head, second));
        }
        return List.of(first, second);
    }

    @Test
    void ids_growOverAllNodes() throws Exception {
        FeedStore store = opened();
        FeedStore beside = openedBeside(store);
        for (int i = 0; i < 12; i++) {
            transact(i % 3 == 0 ? beside : store, users(ANN), transaction -> takeIds(transaction, users(ANN)));
        }
    }

    @Test
    void transactionThatWaits_doesNotBlockItsCaller() throws Exception {
        FeedStore store = opened();
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        CompletableFuture<Boolean> first = aside(() -> store.transact(users(ANN), returningNothing(transaction -> {
            begun.countDown();
            awaitLatch(goOn);
            transaction.put(head(ANN, 1, 1));
        })));
        awaitLatch(begun);
        CountDownLatch returned = new CountDownLatch(1);
        CompletableFuture<Long> second = aside(() -> {
            CompletionStage<Long> stage = store.transact(
                    users(BOB, ANN), transaction -> transaction.head(ANN).unread());
            returned.countDown();
            return stage;
        });
        try {
            awaitLatch(returned);
        } finally {
            goOn.countDown();
        }
        assertEquals(1, await(second));
        assertTrue(await(first));
    }

    @Test
    void manyTransactionsAtOnce_areAllDone() throws Exception {
        FeedStore store = opened();
        List<CompletionStage<Boolean>> stages = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            stages.add(store.transact(users(ANN), returningNothing(FeedTransactionContract::countOne)));
        }
        for (CompletionStage<Boolean> stage : stages) {
            await(stage);
        }
        assertEquals(200, head(store, ANN).unread());
    }

    @Test
    void callbackOfATransaction_mayBeginTheNext() throws Exception {
        FeedStore store = opened();
        CompletionStage<Boolean> chain =
                store.transact(users(ANN), returningNothing(FeedTransactionContract::countOne));
        for (int i = 1; i < 100; i++) {
            Set<UserKey> users = i % 2 == 0 ? users(ANN) : users(BOB, ANN);
            chain = chain.thenCompose(
                    done -> store.transact(users, returningNothing(FeedTransactionContract::countOne)));
        }
        await(chain);
        assertEquals(100, head(store, ANN).unread());
    }

    @Test
    void transactionOfManyUsers_isDoneWhole() throws Exception {
        FeedStore store = opened();
        List<UserKey> many = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            many.add(UserKey.of("user " + i));
        }
        change(store, Set.copyOf(many), transaction -> {
            for (UserKey user : many) {
                transaction.put(withUnread(transaction.head(user), 1));
                transaction.insert(notification(transaction.nextId(), user, "BULK"));
                transaction.insert(new OutboxRow(user, 1, told("bulk"), true, null));
            }
        });
        List<Head> heads = await(store.heads(many));
        assertEquals(many.stream().map(user -> head(user, 1, 1)).toList(), heads);
        assertEquals(1, notifications(store, many.get(499)).size());
        assertEquals(List.of(1L), sequences(store, many.get(0), 0, 10));
    }

    @Test
    void transactionOfNobody_isRefused() throws Exception {
        FeedStore store = opened();
        failure(() -> store.transact(Set.of(), transaction -> 1), "a transaction of nobody");
    }
}
