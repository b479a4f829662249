package io.tidings.testkit;

import io.tidings.feeds.ChatMessage;
import io.tidings.feeds.FeedStore;
import io.tidings.feeds.FeedStore.NotificationQuery;
import io.tidings.feeds.FeedTransaction;
import io.tidings.feeds.Head;
import io.tidings.feeds.Notification;
import io.tidings.feeds.OutboxRow;
import io.tidings.message.Message;
import io.tidings.message.UserKey;
import io.tidings.testkit.FeedStoreContractProofTest.Flaw;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.concurrent.CompletionStage;
import java.util.stream.Stream;

/** A transaction of a {@link FlawedFeedStore}. */
final class FlawedFeedTransaction implements FeedTransaction {

    /** In whose name keys are kept that users share. */
    static final UserKey EVERYBODY = UserKey.of("everybody");

    private final FlawedFeedStore store;
    private final FeedTransaction sound;
    private long early;

    FlawedFeedTransaction(FlawedFeedStore store, FeedTransaction sound, long early) {
        this.store = store;
        this.sound = sound;
        this.early = early;
    }

    private boolean is(Flaw flaw) {
        return store.is(flaw);
    }

    /** What the store in memory has committed, which it knows at once. */
    private static <T> T now(CompletionStage<T> stage) {
        return stage.toCompletableFuture().join();
    }

    @Override
    public Head head(UserKey user) {
        return is(Flaw.READS_COMMITTED_HEADS_ALONE)
                ? now(store.store().heads(List.of(user))).get(0)
                : sound.head(user);
    }

    @Override
    public void put(Head head) {
        store.written().put(head.user(), head);
        sound.put(
                is(Flaw.LOSES_LAST_SEEN)
                        ? new Head(
                                head.user(),
                                head.unread(),
                                head.unreadVersion(),
                                head.unseen(),
                                head.unseenVersion(),
                                head.sequence(),
                                head.relayed(),
                                head.relay(),
                                head.relayUntil(),
                                0)
                        : head);
    }

    @Override
    public long nextId() {
        if (is(Flaw.TAKES_IDS_BEFORE_IT_LOCKS)) {
            return ++early;
        }
        if (is(Flaw.COUNTS_IDS_BY_NODE)) {
            return store.ownId();
        }
        long id = sound.nextId();
        return is(Flaw.COUNTS_IDS_DOWN)
                ? (1L << 52) - id % (1L << 40)
                : is(Flaw.GIVES_LARGE_IDS) ? id + (1L << 53) : id;
    }

    @Override
    public void insert(ChatMessage given) {
        String content = given.content();
        if (is(Flaw.CUTS_LONG_TEXTS) && content.length() > 8_000) {
            content = content.substring(0, 8_000);
        }
        if (is(Flaw.LOSES_ASTRAL_CHARACTERS)) {
            content = content.replace("\ud83d\ude00", "?");
        }
        Instant at = is(Flaw.KEEPS_SECONDS) ? given.createdAt().truncatedTo(ChronoUnit.SECONDS) : given.createdAt();
        UserKey sender = is(Flaw.FOLDS_NAMES) ? fold(given.sender()) : given.sender();
        UserKey receiver = is(Flaw.FOLDS_NAMES) ? fold(given.receiver()) : given.receiver();
        sound.insert(new ChatMessage(
                given.id(), sender, receiver, is(Flaw.STRIPS_TEXTS) ? content.strip() : content, at, given.seenAt()));
    }

    static UserKey fold(UserKey user) {
        return new UserKey(user.tenant(), user.user().toLowerCase(Locale.ROOT));
    }

    @Override
    public List<ChatMessage> received(UserKey receiver, Collection<Long> ids) {
        if (is(Flaw.TAKES_SENT_FOR_RECEIVED)) {
            return now(store.store().messages(receiver, null, 0, 1_000)).stream()
                    .filter(message -> ids.contains(message.id()))
                    .toList();
        }
        if (is(Flaw.ANSWERS_IDS_AS_ASKED)) {
            return ids.stream()
                    .flatMap(id -> sound.received(receiver, List.of(id)).stream())
                    .toList();
        }
        return sound.received(receiver, cut(ids)).stream().map(store::marked).toList();
    }

    private Collection<Long> cut(Collection<Long> ids) {
        return is(Flaw.CUTS_IDS) ? ids.stream().limit(1_000).toList() : ids;
    }

    @Override
    public ChatMessage sent(UserKey sender, long id) {
        List<ChatMessage> received = sound.received(sender, List.of(id));
        return is(Flaw.FINDS_WHAT_OTHERS_SENT) && !received.isEmpty() ? received.get(0) : sound.sent(sender, id);
    }

    @Override
    public void messagesSeen(UserKey receiver, Collection<Long> ids, Instant at) {
        if (is(Flaw.MARKS_MESSAGES_AGAIN)) {
            sound.received(receiver, ids).forEach(message -> store.marks().put(message.id(), at));
        }
        if (is(Flaw.MARKS_MESSAGES_OF_OTHERS)) {
            ids.forEach(id -> store.marks().putIfAbsent(id, at));
        }
        sound.messagesSeen(receiver, cut(ids), at);
    }

    @Override
    public void insert(Notification given) {
        Message message = given.message();
        String category = is(Flaw.LOSES_THE_CATEGORY_OF_MESSAGES) ? null : message.category();
        String key = is(Flaw.LOSES_THE_KEY_OF_MESSAGES) ? null : message.key();
        sound.insert(new Notification(
                given.id(),
                given.user(),
                given.category(),
                new Message(message.kind(), message.body(), message.at(), category, key),
                given.createdAt(),
                given.seenAt()));
    }

    @Override
    public List<Notification> notifications(UserKey user, Collection<Long> ids) {
        if (is(Flaw.READS_COMMITTED_ROWS_ALONE)) {
            NotificationQuery all = new NotificationQuery(user, false, null, Long.MAX_VALUE, 1_000);
            return now(store.store().notifications(all)).stream()
                    .filter(notification -> ids.contains(notification.id()))
                    .sorted(Comparator.comparing(Notification::id))
                    .toList();
        }
        if (is(Flaw.FINDS_NOTIFICATIONS_OF_OTHERS)) {
            return Stream.of(user, FeedStoreFixture.BOB)
                    .flatMap(each -> sound.notifications(each, ids).stream())
                    .sorted(Comparator.comparing(Notification::id))
                    .toList();
        }
        return sound.notifications(user, cut(ids)).stream().map(store::marked).toList();
    }

    @Override
    public void notificationsSeen(UserKey user, Collection<Long> ids, Instant at) {
        if (is(Flaw.MARKS_NOTIFICATIONS_AGAIN)) {
            sound.notifications(user, ids).forEach(each -> store.marks().put(each.id(), at));
        }
        if (is(Flaw.MARKS_NOTIFICATIONS_OF_OTHERS)) {
            ids.forEach(id -> store.marks().putIfAbsent(id, at));
        }
        sound.notificationsSeen(user, cut(ids), at);
    }

    private UserKey owner(UserKey user) {
        return is(Flaw.SHARES_KEYS_BETWEEN_USERS) ? EVERYBODY : user;
    }

    private String kept(String key) {
        if (is(Flaw.TAKES_ANY_KEY)) {
            return key.isEmpty() ? "empty" : key.substring(0, Math.min(key.length(), FeedStore.MAX_KEY));
        }
        return is(Flaw.STRIPS_KEYS) ? key.strip() : is(Flaw.FOLDS_KEYS) ? key.toLowerCase(Locale.ROOT) : key;
    }

    @Override
    public OptionalLong remembered(UserKey user, String key) {
        return sound.remembered(owner(user), kept(key));
    }

    @Override
    public void remember(UserKey user, String key, long id, Instant at) {
        if (is(Flaw.REFUSES_THE_LONGEST_KEY) && key.length() == FeedStore.MAX_KEY) {
            throw new IllegalArgumentException("key");
        }
        if (sound.remembered(owner(user), kept(key)).isEmpty()) {
            sound.remember(owner(user), kept(key), is(Flaw.CUTS_THE_IDS_OF_KEYS) ? (int) id : id, at);
        }
    }

    @Override
    public void insert(OutboxRow row) {
        sound.insert(new OutboxRow(
                row.user(),
                row.sequence(),
                row.message(),
                row.durable() || is(Flaw.TAKES_ALL_ROWS_FOR_DURABLE),
                is(Flaw.LOSES_THE_INSTANCE) ? null : row.except()));
    }

    @Override
    public List<OutboxRow> outbox(UserKey user, long after, int limit) {
        List<OutboxRow> rows = new ArrayList<>(sound.outbox(
                user,
                is(Flaw.READS_ROWS_FROM_THE_SEQUENCE_ITSELF) ? after - 1 : after,
                is(Flaw.READS_ONE_ROW_MORE) ? limit + 1 : limit));
        if (is(Flaw.ORDERS_ROWS_AS_TEXTS)) {
            rows.sort(Comparator.comparing(row -> Long.toString(row.sequence())));
        }
        return rows;
    }

    @Override
    public void forget(UserKey user, long upTo) {
        sound.forget(
                user, is(Flaw.FORGETS_ONE_ROW_LESS) ? upTo - 1 : is(Flaw.FORGETS_ALL_ROWS) ? Long.MAX_VALUE : upTo);
    }
}
