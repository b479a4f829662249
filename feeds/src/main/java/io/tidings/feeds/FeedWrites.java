package io.tidings.feeds;

import io.tidings.message.UserKey;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What a transaction of an {@link InMemoryFeedStore} wrote and did not commit yet. For the transaction's thread alone. */
final class FeedWrites {

    private record KeyOf(UserKey user, String key) {}

    private final Map<UserKey, Head> heads = new LinkedHashMap<>();

    /** New ones, and those that were marked, by id. */
    private final TreeMap<Long, ChatMessage> messages = new TreeMap<>();

    private final TreeMap<Long, Notification> notifications = new TreeMap<>();
    private final Map<KeyOf, RememberedKey> keys = new LinkedHashMap<>();
    private final Map<UserKey, TreeMap<Long, OutboxRow>> outbox = new LinkedHashMap<>();
    private final Map<UserKey, Long> forgotten = new LinkedHashMap<>();

    /** How many of the messages and notifications are new. */
    private long inserted;

    void put(Head head) {
        heads.put(head.user(), head);
    }

    @Nullable
    Head head(UserKey user) {
        return heads.get(user);
    }

    Map<UserKey, Head> heads() {
        return heads;
    }

    void insert(ChatMessage message) {
        messages.put(message.id(), message);
        inserted++;
    }

    void replace(ChatMessage message) {
        messages.put(message.id(), message);
    }

    @Nullable
    ChatMessage message(long id) {
        return messages.get(id);
    }

    Map<Long, ChatMessage> messages() {
        return messages;
    }

    void insert(Notification notification) {
        notifications.put(notification.id(), notification);
        inserted++;
    }

    void replace(Notification notification) {
        notifications.put(notification.id(), notification);
    }

    @Nullable
    Notification notification(long id) {
        return notifications.get(id);
    }

    Map<Long, Notification> notifications() {
        return notifications;
    }

    void remember(RememberedKey key) {
        keys.put(new KeyOf(key.user(), key.key()), key);
    }

    @Nullable
    RememberedKey key(UserKey user, String key) {
        return keys.get(new KeyOf(user, key));
    }

    Collection<RememberedKey> keys() {
        return keys.values();
    }

    void insert(OutboxRow row) {
        outbox.computeIfAbsent(row.user(), user -> new TreeMap<>()).put(row.sequence(), row);
    }

    /** A user's new rows after a sequence. */
    Collection<OutboxRow> outbox(UserKey user, long after) {
        TreeMap<Long, OutboxRow> added = outbox.get(user);
        return added == null
                ? List.of()
                : Collections.unmodifiableCollection(added.tailMap(after, false).values());
    }

    boolean hasRow(UserKey user, long sequence) {
        TreeMap<Long, OutboxRow> added = outbox.get(user);
        return added != null && added.containsKey(sequence);
    }

    List<OutboxRow> outbox() {
        return outbox.values().stream()
                .flatMap(added -> added.values().stream())
                .toList();
    }

    void forget(UserKey user, long upTo) {
        forgotten.merge(user, upTo, Math::max);
        TreeMap<Long, OutboxRow> added = outbox.get(user);
        if (added != null) {
            added.headMap(upTo, true).clear();
        }
    }

    /** Up to which of a user's committed rows none are left; 0 where all are. */
    long forgotten(UserKey user) {
        return Objects.requireNonNullElse(forgotten.get(user), 0L);
    }

    Map<UserKey, Long> forgotten() {
        return forgotten;
    }

    /** How many rows are new. */
    long rows() {
        long rows = inserted + keys.size();
        for (TreeMap<Long, OutboxRow> added : outbox.values()) {
            rows += added.size();
        }
        return rows;
    }

    /** Of whom something is held afterwards. */
    Set<UserKey> users() {
        Set<UserKey> users = new HashSet<>(heads.keySet());
        for (ChatMessage message : messages.values()) {
            users.add(message.sender());
            users.add(message.receiver());
        }
        notifications.values().forEach(notification -> users.add(notification.user()));
        keys.values().forEach(key -> users.add(key.user()));
        users.addAll(outbox.keySet());
        users.addAll(forgotten.keySet());
        return users;
    }
}
