package io.tidings.testkit;

import io.tidings.feeds.ChatMessage;
import io.tidings.feeds.FeedStore;
import io.tidings.feeds.FeedTransaction;
import io.tidings.feeds.Head;
import io.tidings.feeds.InMemoryFeedStore;
import io.tidings.feeds.Notification;
import io.tidings.message.UserKey;
import io.tidings.testkit.FeedStoreContractProofTest.Flaw;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** A node's view of a feed store that nodes share, with one flaw or none, over the one in memory. */
final class FlawedFeedStore implements FeedStore {

    /** What the nodes share. */
    private static final class Shared {
        final InMemoryFeedStore store = InMemoryFeedStore.builder().build();
        final Set<UserKey> leftLocked = ConcurrentHashMap.newKeySet();
        final Map<UserKey, ReentrantLock> locks = new ConcurrentHashMap<>();
        final ReentrantLock lockOfAll = new ReentrantLock();
        final AtomicLong early = new AtomicLong();
        final AtomicInteger begun = new AtomicInteger();

        /** What a flawed store takes for the time at which something was seen. */
        final Map<Long, Instant> marks = new ConcurrentHashMap<>();

        final Map<UserKey, Head> heads = new ConcurrentHashMap<>();
    }

    private final Shared shared;
    private final @Nullable Flaw flaw;
    private final boolean first;
    private final AtomicLong ownIds = new AtomicLong();
    private final AtomicInteger sources = new AtomicInteger();
    private volatile boolean closed;

    FlawedFeedStore(@Nullable Flaw flaw) {
        this(new Shared(), flaw, true);
    }

    private FlawedFeedStore(Shared shared, @Nullable Flaw flaw, boolean first) {
        this.shared = shared;
        this.flaw = flaw;
        this.first = first;
    }

    /** Another node of the same store. */
    FlawedFeedStore beside() {
        return new FlawedFeedStore(shared, flaw, false);
    }

    boolean is(Flaw other) {
        return flaw == other;
    }

    InMemoryFeedStore store() {
        return shared.store;
    }

    Map<Long, Instant> marks() {
        return shared.marks;
    }

    Map<UserKey, Head> written() {
        return shared.heads;
    }

    /** The next id of this node alone. */
    long ownId() {
        return ownIds.incrementAndGet();
    }

    @Override
    public String source() {
        String source = shared.store.source();
        if (is(Flaw.CHANGES_ITS_SOURCE)) {
            return "source " + sources.incrementAndGet();
        }
        return is(Flaw.HAS_A_LONG_SOURCE)
                ? source + "x".repeat(64)
                : is(Flaw.HAS_A_SOURCE_BY_NODE) && first ? "first" : source;
    }

    @Override
    public boolean shared() {
        return true;
    }

    @Override
    public <T> CompletionStage<T> transact(Set<UserKey> users, Work<T> work) {
        CompletionStage<T> refused = refusedOnceClosed();
        if (refused != null) {
            return refused;
        }
        if (users.isEmpty() && is(Flaw.TAKES_NOBODY)) {
            return CompletableFuture.completedStage(work.run(transactionOf(users)));
        }
        if (users.size() > 100 && is(Flaw.FAILS_MANY_USERS)
                || is(Flaw.REFUSES_CROWDS) && shared.begun.incrementAndGet() > 100) {
            return CompletableFuture.failedStage(new IllegalStateException("too many"));
        }
        if (is(Flaw.COMMITS_EVERY_WRITE)
                || is(Flaw.SHOWS_WRITES_OF_A_TRANSACTION_UNDER_WAY)
                || is(Flaw.LOCKS_NOBODY)
                || is(Flaw.LOCKS_BY_NODE) && !first) {
            return withoutTransaction(users, work);
        }
        if (is(Flaw.LOCKS_THE_FIRST_USER_ALONE)) {
            return withLocks(List.of(lock(users.iterator().next())), () -> withoutTransaction(users, work));
        }
        if (is(Flaw.LOCKS_IN_THE_ORDER_GIVEN)) {
            return withLocks(users.stream().map(this::lock).toList(), () -> transactSoundly(users, work));
        }
        if (is(Flaw.BLOCKS_THE_CALLER)) {
            return withLocks(List.of(shared.lockOfAll), () -> transactSoundly(users, work));
        }
        if (is(Flaw.LEAVES_USERS_LOCKED)) {
            if (users.stream().anyMatch(shared.leftLocked::contains)) {
                return new CompletableFuture<>();
            }
            return transactSoundly(users, work).whenComplete((result, failed) -> {
                if (failed != null) {
                    shared.leftLocked.addAll(users);
                }
            });
        }
        if (is(Flaw.ANSWERS_BEFORE_IT_COMMITS)) {
            CompletableFuture<T> early = new CompletableFuture<>();
            CompletableFuture.runAsync(() -> transactSoundly(users, transaction -> {
                        T result = work.run(transaction);
                        early.complete(result);
                        LockSupport.parkNanos(50_000_000);
                        return result;
                    })
                    .whenComplete((result, failed) -> early.completeExceptionally(new IllegalStateException())));
            return early;
        }
        if (is(Flaw.COMMITS_WORK_THAT_THROWS)) {
            CompletableFuture<T> done = new CompletableFuture<>();
            transactSoundly(users, transaction -> {
                        try {
                            return CompletableFuture.completedFuture(work.run(transaction));
                        } catch (RuntimeException | Error e) {
                            return CompletableFuture.<T>failedFuture(e);
                        }
                    })
                    .thenCompose(result -> result)
                    .whenComplete((result, failed) -> {
                        if (failed == null) {
                            done.complete(result);
                        } else {
                            done.completeExceptionally(failed);
                        }
                    });
            return done;
        }
        if (is(Flaw.FAILS_WITH_ANOTHER_EXCEPTION)) {
            return transactSoundly(users, transaction -> {
                try {
                    return work.run(transaction);
                } catch (RuntimeException | Error e) {
                    throw new IllegalStateException("the work failed", e);
                }
            });
        }
        return transactSoundly(users, work);
    }

    private <T> CompletionStage<T> transactSoundly(Set<UserKey> users, Work<T> work) {
        Set<UserKey> locked = new HashSet<>(users);
        if (is(Flaw.TAKES_WRITES_FOR_ANYBODY)) {
            locked.addAll(List.of(FeedStoreFixture.ANN, FeedStoreFixture.BOB, FeedStoreFixture.OTHER_ANN));
        }
        if (is(Flaw.FOLDS_NAMES)) {
            users.forEach(user -> locked.add(FlawedFeedTransaction.fold(user)));
        }
        if (is(Flaw.SHARES_KEYS_BETWEEN_USERS)) {
            locked.add(FlawedFeedTransaction.EVERYBODY);
        }
        long early = shared.early.addAndGet(10);
        if (is(Flaw.TAKES_IDS_BEFORE_IT_LOCKS)) {
            LockSupport.parkNanos(1 + System.nanoTime() % 200_000);
        }
        return shared.store.transact(
                locked, transaction -> work.run(new FlawedFeedTransaction(this, transaction, early)));
    }

    private ReentrantLock lock(UserKey user) {
        return shared.locks.computeIfAbsent(user, each -> new ReentrantLock());
    }

    private interface Call<T> {
        CompletionStage<T> run();
    }

    /** Waits for locks, one after the other. */
    private static <T> CompletionStage<T> withLocks(List<ReentrantLock> locks, Call<T> call) {
        List<ReentrantLock> held = new ArrayList<>();
        try {
            for (ReentrantLock lock : locks) {
                lock.lockInterruptibly();
                held.add(lock);
                LockSupport.parkNanos(200_000);
            }
            return call.run();
        } catch (InterruptedException e) {
            return CompletableFuture.failedStage(e);
        } finally {
            held.forEach(ReentrantLock::unlock);
        }
    }

    private <T> CompletionStage<T> withoutTransaction(Set<UserKey> users, Work<T> work) {
        try {
            return CompletableFuture.completedStage(work.run(transactionOf(users)));
        } catch (RuntimeException | Error e) {
            return CompletableFuture.failedStage(e);
        }
    }

    /** Each of whose calls is a transaction of its own. */
    private FeedTransaction transactionOf(Set<UserKey> users) {
        return (FeedTransaction) Proxy.newProxyInstance(
                FeedTransaction.class.getClassLoader(),
                new Class<?>[] {FeedTransaction.class},
                (proxy, method, given) -> {
                    if (method.getName().equals("head")) {
                        LockSupport.parkNanos(200_000);
                    }
                    try {
                        return shared.store
                                .transact(users.isEmpty() ? Set.of(FeedStoreFixture.ANN) : users, transaction -> {
                                    try {
                                        return method.invoke(transaction, given);
                                    } catch (InvocationTargetException e) {
                                        throw new CompletionException(e.getCause());
                                    } catch (IllegalAccessException e) {
                                        throw new IllegalStateException(e);
                                    }
                                })
                                .toCompletableFuture()
                                .join();
                    } catch (CompletionException e) {
                        throw e.getCause();
                    }
                });
    }

    @Override
    public CompletionStage<List<Head>> heads(List<UserKey> users) {
        CompletionStage<List<Head>> refused = refusedOnceClosed();
        List<UserKey> asked = is(Flaw.SORTS_HEADS) ? users.stream().sorted().toList() : users;
        return refused != null
                ? refused
                : shared.store
                        .heads(asked)
                        .thenApply(heads -> heads.stream()
                                .filter(head ->
                                        !is(Flaw.LEAVES_UNKNOWN_HEADS_OUT) || !head.equals(Head.of(head.user())))
                                .toList());
    }

    @Override
    public CompletionStage<List<ChatMessage>> messages(UserKey user, @Nullable UserKey with, long after, int limit) {
        CompletionStage<List<ChatMessage>> refused = refusedOnceClosed();
        if (refused != null) {
            return refused;
        }
        int most = limit(limit);
        long from = is(Flaw.READS_MESSAGES_FROM_THE_ID_ITSELF) ? after - 1 : after;
        if (is(Flaw.READS_ONE_MESSAGE_MORE)) {
            most++;
        }
        UserKey asked = is(Flaw.IGNORES_WITH) || is(Flaw.FILTERS_MESSAGES_AFTER_THE_LIMIT) ? null : with;
        boolean receivedAlone =
                is(Flaw.READS_RECEIVED_MESSAGES_ALONE) || is(Flaw.READS_ONE_SIDE_OF_TWO) && with != null;
        return shared.store
                .messages(is(Flaw.FOLDS_NAMES) ? FlawedFeedTransaction.fold(user) : user, asked, from, most)
                .thenCombine(shared.store.messages(otherTenant(user), null, from, most), (own, others) -> {
                    List<ChatMessage> all = new ArrayList<>(own);
                    if (is(Flaw.MIXES_TENANTS_OF_MESSAGES)) {
                        all.addAll(others);
                    }
                    all.removeIf(message -> receivedAlone && !message.receiver().equals(user));
                    all.removeIf(message -> is(Flaw.FILTERS_MESSAGES_AFTER_THE_LIMIT)
                            && with != null
                            && !isBetween(message, user, with));
                    if (is(Flaw.READS_NEWEST_MESSAGES_FIRST)) {
                        all.sort(Comparator.comparing(ChatMessage::id).reversed());
                    }
                    all.replaceAll(this::marked);
                    return all;
                });
    }

    private static boolean isBetween(ChatMessage message, UserKey one, UserKey other) {
        return message.sender().equals(one) && message.receiver().equals(other)
                || message.sender().equals(other) && message.receiver().equals(one);
    }

    /** Each tenant's user of the same name. */
    private static UserKey otherTenant(UserKey user) {
        return new UserKey(user.tenant().isEmpty() ? "other" : UserKey.DEFAULT_TENANT, user.user());
    }

    ChatMessage marked(ChatMessage message) {
        Instant mark = shared.marks.get(message.id());
        return mark == null
                ? message
                : new ChatMessage(
                        message.id(),
                        message.sender(),
                        message.receiver(),
                        message.content(),
                        message.createdAt(),
                        mark);
    }

    Notification marked(Notification notification) {
        Instant mark = shared.marks.get(notification.id());
        return mark == null
                ? notification
                : new Notification(
                        notification.id(),
                        notification.user(),
                        notification.category(),
                        notification.message(),
                        notification.createdAt(),
                        mark);
    }

    @Override
    public CompletionStage<List<UserKey>> senders(UserKey receiver, Collection<Long> ids) {
        CompletionStage<List<UserKey>> refused = refusedOnceClosed();
        if (refused != null) {
            return refused;
        }
        if (is(Flaw.REPEATS_SENDERS) || is(Flaw.TAKES_ANY_READER_FOR_A_RECEIVER)) {
            return shared.store
                    .messages(receiver, null, 0, 1_000)
                    .thenApply(messages -> messages.stream()
                            .filter(message -> ids.contains(message.id()))
                            .filter(message -> is(Flaw.TAKES_ANY_READER_FOR_A_RECEIVER)
                                    || message.receiver().equals(receiver))
                            .map(ChatMessage::sender)
                            .toList());
        }
        return shared.store.senders(receiver, ids);
    }

    @Override
    public CompletionStage<List<Notification>> notifications(NotificationQuery query) {
        CompletionStage<List<Notification>> refused = refusedOnceClosed();
        if (refused != null) {
            return refused;
        }
        int most = limit(query.limit());
        boolean all = is(Flaw.FILTERS_NOTIFICATIONS_AFTER_THE_LIMIT);
        boolean folds = is(Flaw.FOLDS_CATEGORIES);
        boolean beforeIsLast = query.before() == Long.MAX_VALUE;
        NotificationQuery asked = new NotificationQuery(
                query.user(),
                query.unseenOnly() && !all && !is(Flaw.IGNORES_UNSEEN),
                all || folds || is(Flaw.IGNORES_CATEGORIES) ? null : query.category(),
                is(Flaw.READS_NOTIFICATIONS_FROM_THE_ID_ITSELF) && !beforeIsLast ? query.before() + 1 : query.before(),
                is(Flaw.READS_ONE_NOTIFICATION_MORE) ? most + 1 : most);
        NotificationQuery others = new NotificationQuery(
                otherTenant(query.user()), asked.unseenOnly(), asked.category(), asked.before(), asked.limit());
        return shared.store.notifications(asked).thenCombine(shared.store.notifications(others), (own, theirs) -> {
            List<Notification> found = new ArrayList<>(own);
            if (is(Flaw.MIXES_TENANTS_OF_NOTIFICATIONS)) {
                found.addAll(theirs);
            }
            if (all) {
                found.removeIf(each -> query.unseenOnly() && each.seenAt() != null
                        || query.category() != null && !query.category().equals(each.category()));
            }
            if (folds && query.category() != null) {
                found.removeIf(each -> !fold(each.category()).equals(fold(query.category())));
            }
            if (is(Flaw.READS_OLDEST_NOTIFICATIONS_FIRST)) {
                found.sort(Comparator.comparing(Notification::id));
            }
            found.replaceAll(this::marked);
            return found;
        });
    }

    private static String fold(String text) {
        return text.toLowerCase(Locale.ROOT);
    }

    @Override
    public CompletionStage<List<UserKey>> waiting(long now, int limit) {
        CompletionStage<List<UserKey>> refused = refusedOnceClosed();
        if (refused != null) {
            return refused;
        }
        int most = limit(limit);
        if (is(Flaw.WAITS_FOR_USERS_WITHOUT_ROWS)) {
            return CompletableFuture.completedStage(shared.heads.values().stream()
                    .filter(head -> head.relayUntil() <= now)
                    .map(Head::user)
                    .limit(most)
                    .toList());
        }
        return shared.store.waiting(
                is(Flaw.IGNORES_CLAIMS) ? Long.MAX_VALUE : is(Flaw.CLAIMS_A_MOMENT_LONGER) ? now - 1 : now,
                is(Flaw.WAITS_FOR_ONE_USER_MORE) ? most + 1 : most);
    }

    @Override
    public CompletionStage<Long> forgetKeys(Instant before) {
        CompletionStage<Long> refused = refusedOnceClosed();
        if (refused != null) {
            return refused;
        }
        if (is(Flaw.FORGETS_NO_KEYS)) {
            return CompletableFuture.completedStage(0L);
        }
        return shared.store.forgetKeys(is(Flaw.FORGETS_KEYS_OF_THE_MOMENT) ? before.plusMillis(1) : before);
    }

    private int limit(int limit) {
        if (is(Flaw.TAKES_ANY_LIMIT)) {
            return Math.max(1, limit);
        }
        if (limit < 1) {
            throw new IllegalArgumentException("limit must be at least 1");
        }
        return limit;
    }

    private <T> @Nullable CompletionStage<T> refusedOnceClosed() {
        if (!closed || is(Flaw.GOES_ON_ONCE_CLOSED)) {
            return null;
        }
        return is(Flaw.NEVER_ANSWERS_ONCE_CLOSED)
                ? new CompletableFuture<>()
                : CompletableFuture.failedStage(new IllegalStateException("closed"));
    }

    @Override
    public void close() {
        if (closed && is(Flaw.CLOSES_ONCE)) {
            throw new IllegalStateException("closed");
        }
        closed = true;
        boolean goesOn = is(Flaw.GOES_ON_ONCE_CLOSED) || is(Flaw.FINISHES_WHAT_IS_UNDER_WAY);
        if (first && !goesOn || is(Flaw.CLOSES_ALL_NODES)) {
            shared.store.close();
        }
    }
}
