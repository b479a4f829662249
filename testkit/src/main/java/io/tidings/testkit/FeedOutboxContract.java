package io.tidings.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tidings.feeds.FeedStore;
import io.tidings.feeds.Head;
import io.tidings.feeds.OutboxRow;
import io.tidings.message.Message;
import io.tidings.message.UserKey;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What {@link FeedStoreContract} asks of the outbox, of who waits to be relayed, and of keys that are remembered. */
@Tag("R66")
abstract class FeedOutboxContract extends FeedNotificationsContract {

    @Test
    void row_comesBackAsItWasGiven() throws Exception {
        FeedStore store = opened();
        List<OutboxRow> expected = new ArrayList<>();
        for (Message message : messagesOfAllShapes()) {
            int i = expected.size();
            String except = i % 3 == 0 ? null : i % 3 == 1 ? "instance '\u00e9" : "i".repeat(128);
            expected.add(new OutboxRow(ANN, i + 1, message, i % 2 == 0, except));
        }
        change(store, users(ANN), transaction -> expected.forEach(transaction::insert));
        List<OutboxRow> actual = transact(store, users(ANN), transaction -> transaction.outbox(ANN, 0, 1_000));
        assertEquals(expected.size(), actual.size());
        for (int i = 0; i < expected.size(); i++) {
            OutboxRow row = actual.get(i);
            assertSameMessage(expected.get(i).message(), row.message());
            Message message = expected.get(i).message();
            assertEquals(
                    expected.get(i), new OutboxRow(row.user(), row.sequence(), message, row.durable(), row.except()));
        }
    }

    @Test
    void rows_comeInOrder_afterASequence_upToTheLimit() throws Exception {
        FeedStore store = opened();
        // Of more than one digit, so that their order is not that of texts.
        List<Long> all = LongStream.rangeClosed(1, 12).boxed().toList();
        for (long sequence : all) {
            change(store, users(ANN, BOB), transaction -> {
                transaction.insert(row(ANN, sequence));
                if (sequence < 3) {
                    transaction.insert(row(BOB, sequence));
                }
            });
        }
        assertEquals(all, sequences(store, ANN, 0, 13));
        assertEquals(all, sequences(store, ANN, 0, 12));
        assertEquals(all.subList(0, 11), sequences(store, ANN, 0, 11));
        assertEquals(List.of(1L), sequences(store, ANN, 0, 1));
        assertEquals(all.subList(4, 12), sequences(store, ANN, 4, 100));
        assertEquals(List.of(5L, 6L), sequences(store, ANN, 4, 2));
        assertEquals(List.of(12L), sequences(store, ANN, 11, 100));
        assertEquals(List.of(), sequences(store, ANN, 12, 100));
        assertEquals(List.of(1L, 2L), sequences(store, BOB, 0, 100));
        assertEquals(List.of(), sequences(store, EVE, 0, 100));
    }

    @Test
    void forget_takesOutTheUsersRows_upToTheSequence() throws Exception {
        FeedStore store = opened();
        for (UserKey user : List.of(ANN, BOB, OTHER_ANN)) {
            change(
                    store,
                    users(user),
                    transaction ->
                            LongStream.rangeClosed(1, 4).forEach(sequence -> transaction.insert(row(user, sequence))));
        }
        change(store, users(ANN), transaction -> transaction.forget(ANN, 2));
        assertEquals(List.of(3L, 4L), sequences(store, ANN, 0, 10));
        change(store, users(ANN), transaction -> transaction.forget(ANN, 2));
        assertEquals(List.of(3L, 4L), sequences(store, ANN, 0, 10));
        change(store, users(ANN), transaction -> {
            transaction.insert(row(ANN, 5));
            transaction.forget(ANN, 4);
            assertEquals(List.of(5L), sequences(transaction, ANN, 0, 10));
        });
        assertEquals(List.of(5L), sequences(store, ANN, 0, 10));
        change(store, users(ANN), transaction -> transaction.forget(ANN, 100));
        assertEquals(List.of(), sequences(store, ANN, 0, 10));
        assertEquals(List.of(1L, 2L, 3L, 4L), sequences(store, BOB, 0, 10));
        assertEquals(List.of(1L, 2L, 3L, 4L), sequences(store, OTHER_ANN, 0, 10));
    }

    @Test
    void waiting_areThoseWithRows_whomNobodyRelaysAnyLonger() throws Exception {
        FeedStore store = opened();
        put(store, relayed(ANN, 3, 2, "node-1", 1_000));
        put(store, relayed(BOB, 3, 3, "node-1", 1_000));
        put(store, relayed(EVE, 1, 0, "", 0));
        put(store, Head.of(UserKey.of("idle")));
        assertEquals(List.of(EVE), waiting(store, 0));
        assertEquals(List.of(EVE), waiting(store, 999));
        assertEquals(List.of(ANN, EVE), waiting(store, 1_000));
        assertEquals(List.of(ANN, EVE), waiting(store, Long.MAX_VALUE));
        put(store, relayed(ANN, 3, 2, "node-2", 2_000));
        assertEquals(List.of(EVE), waiting(store, 1_999));
        assertEquals(List.of(ANN, EVE), waiting(store, 2_000));
        put(store, relayed(ANN, 3, 3, "", 0));
        put(store, relayed(EVE, 1, 1, "", 0));
        assertEquals(List.of(), waiting(store, Long.MAX_VALUE));
        put(store, relayed(BOB, 4, 3, "", 0));
        put(store, relayed(OTHER_BOB, 4, 3, "", 0));
        assertEquals(List.of(BOB, OTHER_BOB), waiting(store, 0));
    }

    private void put(FeedStore store, Head head) throws Exception {
        change(store, users(head.user()), transaction -> transaction.put(head));
        assertEquals(head, head(store, head.user()));
    }

    private List<UserKey> waiting(FeedStore store, long now) throws Exception {
        return await(store.waiting(now, 100)).stream().sorted().toList();
    }

    @Test
    void waiting_endsAtTheLimit_eachUserOnce() throws Exception {
        FeedStore store = opened();
        for (int i = 0; i < 5; i++) {
            put(store, relayed(UserKey.of("user " + i), 10, 0, "node", i % 2));
        }
        for (int limit : new int[] {1, 4, 5, 6}) {
            List<UserKey> waiting = await(store.waiting(1_000, limit));
            assertEquals(Math.min(limit, 5), waiting.size(), "waiting, of at most " + limit);
            assertEquals(waiting.size(), new HashSet<>(waiting).size(), "each once");
        }
        assertEquals(3, await(store.waiting(0, 10)).size());
    }

    @Test
    void keys_areRemembered_forTheirUserAlone() throws Exception {
        FeedStore store = opened();
        change(store, users(ANN), transaction -> transaction.remember(ANN, "key", (1L << 53) - 1, NOW));
        change(store, users(BOB), transaction -> transaction.remember(BOB, "key", 7, NOW));
        assertEquals(OptionalLong.of((1L << 53) - 1), remembered(store, ANN, "key"));
        assertEquals(OptionalLong.of(7), remembered(store, BOB, "key"));
        assertEquals(OptionalLong.empty(), remembered(store, EVE, "key"));
        assertEquals(OptionalLong.empty(), remembered(store, OTHER_ANN, "key"));
        assertEquals(OptionalLong.empty(), remembered(store, ANN, "other key"));
    }

    private OptionalLong remembered(FeedStore store, UserKey user, String key) throws Exception {
        return transact(store, users(user), transaction -> transaction.remembered(user, key));
    }

    @Test
    void keysThatLookAlike_areNotTheSame() throws Exception {
        FeedStore store = opened();
        List<String> keys = List.of("k", "K", "k ", " k", "\u00e9", "e\u0301", "%", "_", "'; --", "\ud83d\ude00");
        change(store, users(ANN), transaction -> {
            for (String key : keys) {
                transaction.remember(ANN, key, keys.indexOf(key), NOW);
            }
        });
        for (String key : keys) {
            assertEquals(OptionalLong.of(keys.indexOf(key)), remembered(store, ANN, key), "key " + key);
        }
    }

    @Test
    void keys_have1To1024Characters() throws Exception {
        FeedStore store = opened();
        for (String longest :
                List.of("\u4f60".repeat(FeedStore.MAX_KEY), "\ud83d\ude00".repeat(FeedStore.MAX_KEY / 2))) {
            change(store, users(ANN), transaction -> transaction.remember(ANN, longest, 5, NOW));
            assertEquals(OptionalLong.of(5), remembered(store, ANN, longest));
            assertEquals(OptionalLong.empty(), remembered(store, ANN, longest.substring(2)));
        }
        for (String key : List.of("", "k".repeat(FeedStore.MAX_KEY + 1))) {
            assertInstanceOf(
                    IllegalArgumentException.class,
                    failure(store, users(ANN), transaction -> {
                        transaction.put(head(ANN, 1, 1));
                        transaction.remember(ANN, key, 5, NOW);
                    }),
                    "a key of " + key.length() + " characters");
            assertEquals(Head.of(ANN), head(store, ANN));
        }
    }

    @Test
    void forgetKeys_forgetsThoseFromBeforeTheMoment() throws Exception {
        FeedStore store = opened();
        change(store, users(ANN, BOB), transaction -> {
            transaction.remember(ANN, "older", 1, NOW.minusMillis(1));
            transaction.remember(ANN, "now", 2, NOW);
            transaction.remember(BOB, "oldest", 3, NOW.minusSeconds(1_000));
            transaction.remember(BOB, "newer", 4, NOW.plusMillis(1));
        });
        assertEquals(0, await(store.forgetKeys(NOW.minusSeconds(1_000))));
        assertEquals(2, await(store.forgetKeys(NOW)));
        assertEquals(0, await(store.forgetKeys(NOW)));
        assertEquals(OptionalLong.empty(), remembered(store, ANN, "older"));
        assertEquals(OptionalLong.empty(), remembered(store, BOB, "oldest"));
        assertEquals(OptionalLong.of(2), remembered(store, ANN, "now"));
        assertEquals(OptionalLong.of(4), remembered(store, BOB, "newer"));
        change(store, users(ANN), transaction -> transaction.remember(ANN, "older", 5, NOW));
        assertEquals(OptionalLong.of(5), remembered(store, ANN, "older"));
        assertEquals(3, await(store.forgetKeys(NOW.plusMillis(2))));
    }

    @Test
    void keyOfConcurrentRepeats_isRememberedOnce() throws Exception {
        FeedStore store = opened();
        AtomicInteger done = new AtomicInteger();
        together(Collections.nCopies(4, () -> {
            for (int i = 0; i < 20; i++) {
                String key = "key " + i;
                long id = transact(store, users(ANN), transaction -> {
                    OptionalLong known = transaction.remembered(ANN, key);
                    Thread.yield();
                    if (known.isPresent()) {
                        return -known.getAsLong();
                    }
                    long made = transaction.nextId();
                    transaction.remember(ANN, key, made, NOW);
                    transaction.insert(notification(made, ANN, key));
                    return made;
                });
                done.addAndGet(id > 0 ? 1 : 0);
            }
            return null;
        }));
        assertEquals(20, done.get());
        assertEquals(20, notifications(store, ANN).size());
        assertTrue(isRemembered(store, ANN, "key 19"));
    }
}
