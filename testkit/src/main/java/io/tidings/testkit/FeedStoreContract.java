package io.tidings.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tidings.feeds.ChatMessage;
import io.tidings.feeds.FeedStore;
import io.tidings.feeds.FeedStore.NotificationQuery;
import io.tidings.feeds.FeedTransaction;
import io.tidings.feeds.Head;
import io.tidings.feeds.Notification;
import io.tidings.feeds.OutboxRow;
import io.tidings.message.UserKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Proves a {@link FeedStore}. Adopted by saying how to open one:
 *
 * <pre>{@code
 * class InMemoryFeedStoreContractTest extends FeedStoreContract {
 *
 *     @Override
 *     protected FeedStore open() {
 *         return InMemoryFeedStore.builder().build();
 *     }
 * }
 * }</pre>
 *
 * <p>A store that nodes share overrides {@code openBeside} as well; where that is left alone, what needs it is skipped. Needs
 * {@code tidings-feeds}, which the testkit does not bring. Split over its superclasses for length alone.
 */
public abstract class FeedStoreContract extends FeedOutboxContract {

    @Test
    @Tag("R66")
    void source_has1To64Characters_andStays() throws Exception {
        FeedStore store = opened();
        String source = store.source();
        assertTrue(!source.isEmpty() && source.length() <= 64, "source " + source);
        send(store, ANN, BOB);
        assertEquals(source, store.source());
    }

    @Test
    @Tag("R66")
    void heads_comeInTheOrderOfTheUsers_thoseOfUnknownOnesToo() throws Exception {
        FeedStore store = opened();
        Head ann = new Head(
                ANN,
                Long.MAX_VALUE,
                2,
                Map.of("TASK", 8L, "\u00e9 '\"%", 1L << 53, "\ud83d\ude00", 1L),
                3,
                1L << 52,
                4,
                "node '\u00e9 1",
                1_700_000_000_123L,
                1_700_000_000_456L);
        change(store, users(ANN), transaction -> transaction.put(ann));
        change(store, users(EVE), transaction -> transaction.put(head(EVE, 1, 1)));
        assertEquals(
                List.of(head(EVE, 1, 1), Head.of(BOB), ann, Head.of(OTHER_ANN), Head.of(BOB)),
                await(store.heads(List.of(EVE, BOB, ANN, OTHER_ANN, BOB))));
        assertEquals(List.of(), await(store.heads(List.of())));
        assertEquals(ann, transact(store, users(ANN), transaction -> transaction.head(ANN)));
        change(store, users(ANN), transaction -> transaction.put(Head.of(ANN)));
        assertEquals(Head.of(ANN), head(store, ANN));
    }

    @Test
    @Tag("R66")
    void impossibleLimits_fail() throws Exception {
        FeedStore store = opened();
        for (int limit : new int[] {0, -1}) {
            failure(() -> store.messages(ANN, null, 0, limit), "messages up to " + limit);
            failure(() -> store.waiting(0, limit), "waiting up to " + limit);
            NotificationQuery query = new NotificationQuery(ANN, false, null, Long.MAX_VALUE, limit);
            failure(() -> store.notifications(query), "notifications up to " + limit);
        }
    }

    @Test
    @Tag("R66")
    void otherNodes_seeTheSame() throws Exception {
        FeedStore store = opened();
        FeedStore beside = openedBeside(store);
        assertTrue(store.shared());
        assertTrue(beside.shared());
        assertEquals(store.source(), beside.source());
        long id = send(store, ANN, BOB);
        change(beside, users(BOB), transaction -> transaction.messagesSeen(BOB, List.of(id), NOW));
        assertEquals(
                List.of(NOW),
                messages(store, ANN).stream().map(ChatMessage::seenAt).toList());
        change(store, users(ANN), transaction -> {
            transaction.insert(row(ANN, 1));
            transaction.put(relayed(ANN, 1, 0, "", 0));
            transaction.remember(ANN, "key", id, NOW);
        });
        assertEquals(List.of(ANN), await(beside.waiting(0, 10)));
        assertEquals(List.of(1L), sequences(beside, ANN, 0, 10));
        assertTrue(isRemembered(beside, ANN, "key"));
        beside.close();
        assertTrue(send(store, BOB, ANN) > id);
    }

    @Test
    @Tag("R66")
    void closing_happensOnce_andEndsEverything() throws Exception {
        FeedStore store = opened();
        send(store, ANN, BOB);
        store.close();
        store.close();
        Map<String, Callable<CompletionStage<?>>> calls = new TreeMap<>(Map.of(
                "a transaction", () -> store.transact(users(ANN), transaction -> 1),
                "heads", () -> store.heads(List.of(ANN)),
                "messages", () -> store.messages(ANN, null, 0, 10),
                "senders", () -> store.senders(ANN, List.of(1L)),
                "notifications", () -> store.notifications(new NotificationQuery(ANN, false, null, Long.MAX_VALUE, 10)),
                "waiting", () -> store.waiting(0, 10),
                "forgetting", () -> store.forgetKeys(NOW)));
        for (Map.Entry<String, Callable<CompletionStage<?>>> call : calls.entrySet()) {
            failure(call.getValue(), call.getKey() + " of a closed store");
        }
    }

    @Test
    @Tag("R66")
    void closing_failsWhatIsUnderWay() throws Exception {
        FeedStore store = opened();
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        CompletableFuture<Boolean> running = aside(() -> store.transact(users(ANN), returningNothing(transaction -> {
            begun.countDown();
            awaitLatch(goOn);
            transaction.put(head(ANN, 1, 1));
        })));
        awaitLatch(begun);
        CompletionStage<Boolean> waiting = store.transact(users(ANN), returningNothing(FeedStoreContract::nothing));
        try {
            CompletableFuture<Boolean> closed = aside(() -> {
                store.close();
                return CompletableFuture.completedStage(true);
            });
            assertTrue(await(closed));
            failure(() -> waiting, "a transaction that waited when the store was closed");
        } finally {
            goOn.countDown();
        }
        failure(() -> running, "a transaction that ran when the store was closed");
    }

    private static void nothing(FeedTransaction transaction) {
        transaction.head(ANN);
    }

    /** Several users' devices at once, against what can be recomputed from the rows. */
    @Test
    @Tag("R65")
    void whateverHappensTogether_countsAndOutboxAgreeWithTheRows() throws Exception {
        FeedStore store = opened();
        List<UserKey> users = List.of(ANN, BOB, EVE);
        List<Callable<Void>> bodies = new ArrayList<>();
        for (int seed = 0; seed < 4; seed++) {
            Random random = new Random(seed);
            bodies.add(() -> {
                for (int i = 0; i < 30; i++) {
                    UserKey one = users.get(random.nextInt(3));
                    UserKey other = users.get(random.nextInt(3));
                    switch (random.nextInt(4)) {
                        case 0, 1 ->
                            change(store, users(one, other), transaction -> {
                                transaction.insert(chat(transaction.nextId(), one, other));
                                tell(transaction, other, 1, Map.of());
                            });
                        case 2 ->
                            change(store, users(one), transaction -> {
                                transaction.insert(notification(transaction.nextId(), one, other.user()));
                                tell(transaction, one, 0, Map.of(other.user(), 1L));
                            });
                        default -> see(store, one);
                    }
                }
                return null;
            });
        }
        together(bodies);
        for (UserKey user : users) {
            Head head = head(store, user);
            long unread = messages(store, user).stream()
                    .filter(message -> message.receiver().equals(user) && message.seenAt() == null)
                    .count();
            assertEquals(unread, head.unread(), "unread of " + user);
            Map<String, Long> unseen = notifications(store, user).stream()
                    .filter(notification -> notification.seenAt() == null)
                    .map(Notification::category)
                    .collect(Collectors.groupingBy(Function.identity(), Collectors.counting()));
            assertEquals(unseen, head.unseen(), "unseen of " + user);
            assertEquals(
                    LongStream.rangeClosed(1, head.sequence()).boxed().toList(), sequences(store, user, 0, 10_000));
        }
    }

    /** Marks all that a user has not seen. */
    private void see(FeedStore store, UserKey user) throws Exception {
        List<Long> messages =
                messages(store, user).stream().map(ChatMessage::id).toList();
        List<Long> notifications =
                notifications(store, user).stream().map(Notification::id).toList();
        change(store, users(user), transaction -> {
            long read = transaction.received(user, messages).stream()
                    .filter(message -> message.seenAt() == null)
                    .count();
            Map<String, Long> seen = new TreeMap<>();
            transaction.notifications(user, notifications).stream()
                    .filter(notification -> notification.seenAt() == null)
                    .forEach(notification -> seen.merge(notification.category(), -1L, Long::sum));
            transaction.messagesSeen(user, messages, NOW);
            transaction.notificationsSeen(user, notifications, NOW);
            tell(transaction, user, -read, seen);
        });
    }

    /** Writes a user's new counts, and a row that tells of them. */
    private static void tell(FeedTransaction transaction, UserKey user, long unread, Map<String, Long> changes) {
        Head head = transaction.head(user);
        Map<String, Long> unseen = new TreeMap<>(head.unseen());
        changes.forEach((category, change) -> unseen.merge(category, change, Long::sum));
        unseen.values().removeIf(count -> count == 0);
        transaction.insert(new OutboxRow(user, head.sequence() + 1, told("counts"), false, null));
        transaction.put(new Head(
                user,
                head.unread() + unread,
                head.unreadVersion() + 1,
                unseen,
                head.unseenVersion() + 1,
                head.sequence() + 1,
                head.relayed(),
                head.relay(),
                head.relayUntil(),
                head.lastSeenAt()));
    }
}
