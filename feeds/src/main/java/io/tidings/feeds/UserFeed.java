package io.tidings.feeds;

import io.tidings.message.UserKey;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What is held of a user. Every method is called under the lock of {@link FeedTables}. */
final class UserFeed {

    /** A message that two users' feeds share, since it changes when it is seen. */
    static final class Letter {
        private ChatMessage message;

        Letter(ChatMessage message) {
            this.message = message;
        }

        void replace(ChatMessage seen) {
            message = seen;
        }
    }

    private Head head;
    private final NavigableMap<Long, Letter> messages = new TreeMap<>();
    private final Map<UserKey, NavigableMap<Long, Letter>> messagesWith = new HashMap<>();
    private final NotificationIndex notifications = new NotificationIndex();
    private final Map<String, NotificationIndex> notificationsOf = new HashMap<>();
    private final Map<String, RememberedKey> keys = new HashMap<>();
    private final NavigableMap<Long, OutboxRow> outbox = new TreeMap<>();

    UserFeed(UserKey user) {
        head = Head.of(user);
    }

    Head head() {
        return head;
    }

    void put(Head changed) {
        head = changed;
    }

    void add(Letter letter, UserKey with) {
        messages.put(letter.message.id(), letter);
        messagesWith.computeIfAbsent(with, user -> new TreeMap<>()).put(letter.message.id(), letter);
    }

    @Nullable
    Letter letter(long id) {
        return messages.get(id);
    }

    @Nullable
    ChatMessage message(long id) {
        Letter letter = messages.get(id);
        return letter == null ? null : letter.message;
    }

    List<ChatMessage> messages(@Nullable UserKey with, long after, int limit) {
        NavigableMap<Long, Letter> among = with == null ? messages : messagesWith.get(with);
        return among == null
                ? List.of()
                : among.tailMap(after, false).values().stream()
                        .limit(limit)
                        .map(letter -> letter.message)
                        .toList();
    }

    /** Adds a notification, or puts one in the place of that of its id. */
    void put(Notification notification) {
        notifications.put(notification);
        notificationsOf
                .computeIfAbsent(notification.category(), category -> new NotificationIndex())
                .put(notification);
    }

    @Nullable
    Notification notification(long id) {
        return notifications.get(id);
    }

    List<Notification> notifications(FeedStore.NotificationQuery query) {
        NotificationIndex among = query.category() == null ? notifications : notificationsOf.get(query.category());
        return among == null ? List.of() : among.newest(query.unseenOnly(), query.before(), query.limit());
    }

    @Nullable
    RememberedKey key(String key) {
        return keys.get(key);
    }

    void remember(RememberedKey key) {
        keys.put(key.key(), key);
    }

    void forget(RememberedKey key) {
        keys.remove(key.key());
    }

    void add(OutboxRow row) {
        outbox.put(row.sequence(), row);
    }

    boolean hasRow(long sequence) {
        return outbox.containsKey(sequence);
    }

    List<OutboxRow> outbox(long after, int limit) {
        return outbox.tailMap(after, false).values().stream().limit(limit).toList();
    }

    /** Its rows up to a sequence; clearing them takes them out. */
    Collection<OutboxRow> rowsUpTo(long sequence) {
        return outbox.headMap(sequence, true).values();
    }
}
