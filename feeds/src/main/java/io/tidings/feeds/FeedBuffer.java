package io.tidings.feeds;

import io.tidings.message.UserKey;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A transaction of an {@link InMemoryFeedStore}: looks first at what it wrote itself, then at what is committed. A write that is
 * refused dooms it, even if the work goes on.
 */
final class FeedBuffer implements FeedTransaction {

    private final FeedTables tables;
    private final Set<UserKey> locked;
    private final Thread thread = Thread.currentThread();
    private final FeedWrites writes = new FeedWrites();
    private volatile boolean over;
    private @Nullable RuntimeException refused;

    FeedBuffer(FeedTables tables, Set<UserKey> locked) {
        this.tables = tables;
        this.locked = locked;
    }

    /** Runs work, and commits what it wrote unless it throws. */
    <T> T commitAfter(FeedStore.Work<T> work) {
        T result;
        try {
            result = work.run(this);
        } finally {
            over = true;
        }
        if (refused != null) {
            throw refused;
        }
        tables.commit(writes);
        return result;
    }

    @Override
    public Head head(UserKey user) {
        checkLocked(user);
        Head written = writes.head(user);
        return written != null ? written : tables.heads(List.of(user)).get(0);
    }

    @Override
    public void put(Head head) {
        checkLocked(head.user());
        writes.put(head);
    }

    @Override
    public long nextId() {
        checkUse();
        return tables.nextId();
    }

    @Override
    public void insert(ChatMessage message) {
        checkLocked(message.sender());
        checkLocked(message.receiver());
        check(
                writes.message(message.id()) == null && tables.message(message.sender(), message.id()) == null,
                "a message of id " + message.id() + " is there already");
        writes.insert(message);
    }

    @Override
    public List<ChatMessage> received(UserKey receiver, Collection<Long> ids) {
        checkUse();
        List<ChatMessage> received = new ArrayList<>();
        for (long id : new TreeSet<>(ids)) {
            ChatMessage message = message(receiver, id);
            if (message != null && message.receiver().equals(receiver)) {
                received.add(message);
            }
        }
        return received;
    }

    @Override
    public ChatMessage sent(UserKey sender, long id) {
        checkUse();
        ChatMessage message = message(sender, id);
        if (message == null || !message.sender().equals(sender)) {
            throw new IllegalStateException("there is no message of id " + id + " of that sender");
        }
        return message;
    }

    private @Nullable ChatMessage message(UserKey user, long id) {
        ChatMessage written = writes.message(id);
        return written != null ? written : tables.message(user, id);
    }

    @Override
    public void messagesSeen(UserKey receiver, Collection<Long> ids, Instant at) {
        checkLocked(receiver);
        for (ChatMessage each : received(receiver, ids)) {
            if (each.seenAt() == null) {
                writes.replace(new ChatMessage(
                        each.id(), each.sender(), each.receiver(), each.content(), each.createdAt(), at));
            }
        }
    }

    @Override
    public void insert(Notification notification) {
        checkLocked(notification.user());
        check(
                notifications(notification.user(), List.of(notification.id())).isEmpty(),
                "a notification of id " + notification.id() + " is there already");
        writes.insert(notification);
    }

    @Override
    public List<Notification> notifications(UserKey user, Collection<Long> ids) {
        checkUse();
        List<Notification> found = tables.notifications(user, ids);
        Set<Long> own = new TreeSet<>(ids);
        own.removeIf(id -> writes.notification(id) == null);
        if (own.isEmpty()) {
            return found;
        }
        List<Notification> all = new ArrayList<>(found);
        all.removeIf(each -> own.contains(each.id()));
        for (long id : own) {
            Notification written = writes.notification(id);
            if (written != null && written.user().equals(user)) {
                all.add(written);
            }
        }
        all.sort((one, other) -> Long.compare(one.id(), other.id()));
        return all;
    }

    @Override
    public void notificationsSeen(UserKey user, Collection<Long> ids, Instant at) {
        checkLocked(user);
        for (Notification each : notifications(user, ids)) {
            if (each.seenAt() == null) {
                writes.replace(new Notification(
                        each.id(), each.user(), each.category(), each.message(), each.createdAt(), at));
            }
        }
    }

    @Override
    public OptionalLong remembered(UserKey user, String key) {
        checkLocked(user);
        RememberedKey written = writes.key(user, key);
        RememberedKey known = written != null ? written : tables.key(user, key);
        return known == null ? OptionalLong.empty() : OptionalLong.of(known.id());
    }

    @Override
    public void remember(UserKey user, String key, long id, Instant at) {
        checkLocked(user);
        if (key.isEmpty() || key.length() > FeedStore.MAX_KEY) {
            throw refuse(new IllegalArgumentException(
                    "key must have 1 to " + FeedStore.MAX_KEY + " characters, has " + key.length()));
        }
        check(remembered(user, key).isEmpty(), "the key is remembered already");
        writes.remember(new RememberedKey(user, key, id, at));
    }

    @Override
    public void insert(OutboxRow row) {
        checkLocked(row.user());
        check(
                !writes.hasRow(row.user(), row.sequence()) && !tables.hasRow(row.user(), row.sequence()),
                "the outbox has a row of sequence " + row.sequence() + " already");
        writes.insert(row);
    }

    @Override
    public List<OutboxRow> outbox(UserKey user, long after, int limit) {
        checkLocked(user);
        List<OutboxRow> rows = new ArrayList<>(tables.outbox(user, Math.max(after, writes.forgotten(user)), limit));
        for (OutboxRow added : writes.outbox(user, after)) {
            if (rows.size() >= limit) {
                break;
            }
            rows.add(added);
        }
        return rows;
    }

    @Override
    public void forget(UserKey user, long upTo) {
        checkLocked(user);
        writes.forget(user, upTo);
    }

    private void checkLocked(UserKey user) {
        checkUse();
        if (!locked.contains(user)) {
            throw refuse(new IllegalArgumentException("user " + user + " is not locked by the transaction"));
        }
    }

    private void check(boolean holds, String problem) {
        if (!holds) {
            throw refuse(new IllegalStateException(problem));
        }
    }

    private RuntimeException refuse(RuntimeException why) {
        refused = why;
        return why;
    }

    private void checkUse() {
        if (over || Thread.currentThread() != thread) {
            throw new IllegalStateException(
                    "a transaction is for its work's thread alone, and until that has returned");
        }
    }
}
