package io.tidings.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.tidings.feeds.ChatMessage;
import io.tidings.feeds.FeedStore;
import io.tidings.feeds.FeedStore.NotificationQuery;
import io.tidings.feeds.FeedTransaction;
import io.tidings.feeds.Head;
import io.tidings.feeds.Notification;
import io.tidings.feeds.OutboxRow;
import io.tidings.message.Message;
import io.tidings.message.UserKey;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.opentest4j.TestAbortedException;

/** What the parts of {@link FeedStoreContract} share: the hooks, and shorthand. */
abstract class FeedStoreFixture {

    static final UserKey ANN = UserKey.of("ann");
    static final UserKey BOB = UserKey.of("bob");
    static final UserKey EVE = UserKey.of("eve");

    /** Users of another tenant, with the same names. */
    static final UserKey OTHER_ANN = new UserKey("other", "ann");

    static final UserKey OTHER_BOB = new UserKey("other", "bob");

    static final Instant NOW = Instant.ofEpochMilli(1_700_000_000_123L);

    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final List<FeedStore> opened = new ArrayList<>();

    /** Opens a store that holds nothing, and that nobody else uses. The suite closes it. */
    protected abstract FeedStore open() throws Exception;

    /**
     * Opens the store once more, as another node does; null, the default, where nodes do not share it, so that what needs it is
     * skipped.
     */
    protected @Nullable FeedStore openBeside(FeedStore store) throws Exception {
        return null;
    }

    /** How long a stage may take; default 30 s. */
    protected Duration patience() {
        return Duration.ofSeconds(30);
    }

    @AfterEach
    void closeStores() {
        opened.forEach(FeedStore::close);
    }

    final FeedStore opened() throws Exception {
        FeedStore store = open();
        opened.add(store);
        return store;
    }

    /** The same store of another node; ends the test, as skipped, where there is none. */
    final FeedStore openedBeside(FeedStore store) throws Exception {
        FeedStore beside = openBeside(store);
        if (beside == null) {
            throw new TestAbortedException("nodes do not share the store");
        }
        opened.add(beside);
        return beside;
    }

    // Calls.

    final <T> T await(CompletionStage<T> stage) throws Exception {
        try {
            return stage.toCompletableFuture().get(patience().toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw new AssertionError("a stage did not complete within " + patience(), e);
        }
    }

    final <T> T transact(FeedStore store, Set<UserKey> users, FeedStore.Work<T> work) throws Exception {
        return await(store.transact(users, work));
    }

    /** A transaction that returns nothing. */
    final void change(FeedStore store, Set<UserKey> users, Consumer<FeedTransaction> work) throws Exception {
        transact(store, users, returningNothing(work));
    }

    /** What a transaction failed with. */
    final Throwable failure(FeedStore store, Set<UserKey> users, Consumer<FeedTransaction> work) throws Exception {
        return failure(() -> store.transact(users, returningNothing(work)), "the transaction");
    }

    /** What a call failed with, by throwing or by its stage. */
    final Throwable failure(Callable<CompletionStage<?>> call, String what) throws Exception {
        try {
            await(call.call());
        } catch (ExecutionException failed) {
            return Objects.requireNonNull(failed.getCause());
        } catch (RuntimeException thrown) {
            return thrown;
        }
        throw new AssertionError(what + " should have failed");
    }

    static FeedStore.Work<Boolean> returningNothing(Consumer<FeedTransaction> work) {
        return transaction -> {
            work.accept(transaction);
            return true;
        };
    }

    /** Makes a call on a thread of its own, as its work blocks. */
    final <T> CompletableFuture<T> aside(Supplier<CompletionStage<T>> call) {
        CompletableFuture<T> done = new CompletableFuture<>();
        Threads.daemon("feed-store-contract", () -> {
                    try {
                        call.get().whenComplete((result, failed) -> {
                            if (failed == null) {
                                done.complete(result);
                            } else {
                                done.completeExceptionally(failed);
                            }
                        });
                    } catch (RuntimeException | Error e) {
                        done.completeExceptionally(e);
                    }
                })
                .start();
        return done;
    }

    final void awaitLatch(CountDownLatch latch) {
        assertTrue(Threads.await(latch, patience()), "a latch was not released within " + patience());
    }

    /** Runs bodies side by side, and fails with the first failure of any. */
    final void together(List<Callable<Void>> bodies) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(bodies.size());
        try {
            List<Future<Void>> running = bodies.stream().map(threads::submit).toList();
            for (Future<Void> each : running) {
                each.get(patience().toNanos() * 3, TimeUnit.NANOSECONDS);
            }
        } catch (ExecutionException e) {
            if (e.getCause() instanceof AssertionError failed) {
                throw failed;
            }
            throw e;
        } catch (TimeoutException e) {
            throw new AssertionError("threads did not end", e);
        } finally {
            threads.shutdownNow();
        }
    }

    // Rows.

    /** A set that iterates in a given order. */
    static Set<UserKey> users(UserKey... users) {
        return new LinkedHashSet<>(List.of(users));
    }

    static Head head(UserKey user, long unread, long unreadVersion) {
        return new Head(user, unread, unreadVersion, Map.of(), 0, 0, 0, "", 0, 0);
    }

    /** The head of a user whose rows from the one after {@code relayed} to {@code sequence} wait. */
    static Head relayed(UserKey user, long sequence, long relayed, String relay, long relayUntil) {
        return new Head(user, 0, 0, Map.of(), 0, sequence, relayed, relay, relayUntil, 0);
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

    static ChatMessage chat(long id, UserKey sender, UserKey receiver) {
        return new ChatMessage(id, sender, receiver, "text " + id, NOW, null);
    }

    static Notification notification(long id, UserKey user, String category) {
        return new Notification(id, user, category, told("notification " + id), NOW, null);
    }

    static OutboxRow row(UserKey user, long sequence) {
        return new OutboxRow(user, sequence, told("row " + sequence), true, null);
    }

    static Message told(String text) {
        return new Message(
                "contract.told",
                JsonNodeFactory.instance.objectNode().put("text", text),
                1_700_000_000_000L,
                null,
                null);
    }

    /** Stores a message. */
    final long send(FeedStore store, UserKey sender, UserKey receiver) throws Exception {
        return transact(store, users(sender, receiver), transaction -> {
            long id = transaction.nextId();
            transaction.insert(chat(id, sender, receiver));
            return id;
        });
    }

    /** Stores so many messages. */
    final List<Long> send(FeedStore store, UserKey sender, UserKey receiver, int count) throws Exception {
        return transact(store, users(sender, receiver), transaction -> {
            List<Long> ids = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                long id = transaction.nextId();
                transaction.insert(chat(id, sender, receiver));
                ids.add(id);
            }
            return ids;
        });
    }

    /** Stores notifications of some categories. */
    final List<Long> post(FeedStore store, UserKey user, String... categories) throws Exception {
        return transact(store, users(user), transaction -> {
            List<Long> ids = new ArrayList<>();
            for (String category : categories) {
                long id = transaction.nextId();
                transaction.insert(notification(id, user, category));
                ids.add(id);
            }
            return ids;
        });
    }

    // Look-ups.

    final Head head(FeedStore store, UserKey user) throws Exception {
        List<Head> heads = await(store.heads(List.of(user)));
        assertEquals(1, heads.size(), "heads of one user");
        return heads.get(0);
    }

    final List<ChatMessage> messages(FeedStore store, UserKey user) throws Exception {
        return await(store.messages(user, null, 0, 10_000));
    }

    final List<Long> messageIds(FeedStore store, UserKey user, @Nullable UserKey with, long after, int limit)
            throws Exception {
        return await(store.messages(user, with, after, limit)).stream()
                .map(ChatMessage::id)
                .toList();
    }

    final List<Notification> notifications(FeedStore store, UserKey user) throws Exception {
        return await(store.notifications(new NotificationQuery(user, false, null, Long.MAX_VALUE, 10_000)));
    }

    final List<Long> notificationIds(
            FeedStore store, UserKey user, boolean unseenOnly, @Nullable String category, long before, int limit)
            throws Exception {
        return await(store.notifications(new NotificationQuery(user, unseenOnly, category, before, limit))).stream()
                .map(Notification::id)
                .toList();
    }

    final List<Long> sequences(FeedStore store, UserKey user, long after, int limit) throws Exception {
        return transact(store, users(user), transaction -> sequences(transaction, user, after, limit));
    }

    static List<Long> sequences(FeedTransaction transaction, UserKey user, long after, int limit) {
        return transaction.outbox(user, after, limit).stream()
                .map(OutboxRow::sequence)
                .toList();
    }

    final boolean isRemembered(FeedStore store, UserKey user, String key) throws Exception {
        return transact(
                store,
                users(user),
                transaction -> transaction.remembered(user, key).isPresent());
    }

    /** Compares as JSON does, for which 1 is 1 in whatever type it was kept. */
    static void assertSameMessage(Message expected, Message actual) throws Exception {
        assertEquals(reread(expected), reread(actual));
    }

    private static JsonNode reread(Message message) throws Exception {
        return MAPPER.readTree(message.toJson().toString());
    }
}
