package io.tidings.feeds;

import io.tidings.message.Message;
import io.tidings.message.UserKey;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** One transaction as the services see it: rows, heads, and who is told what of it. Of the transaction's thread only. */
final class Change {

    private final FeedTransaction rows;
    private final Instant now;
    private final Map<UserKey, Head> heads = new TreeMap<>();
    private final Map<UserKey, List<OutboxRow>> told = new TreeMap<>();

    Change(FeedTransaction rows, Instant now) {
        this.rows = rows;
        this.now = now;
    }

    FeedTransaction rows() {
        return rows;
    }

    /** When it happens, to the millisecond. */
    Instant now() {
        return now;
    }

    Head head(UserKey user) {
        return heads.computeIfAbsent(user, rows::head);
    }

    /** Keeps a head; it is written at the end. */
    void put(Head head) {
        heads.put(head.user(), head);
    }

    /** Has a user told for certain, behind everything that the user was told of before. */
    void tell(UserKey user, Message message) {
        tell(user, message, true, null);
    }

    /** The same, but for one instance of the user's. */
    void tell(UserKey user, Message message, @Nullable String except) {
        tell(user, message, true, except);
    }

    /** Has whoever is connected told, behind everything that the user was told of before. */
    void mention(UserKey user, Message message) {
        tell(user, message, false, null);
    }

    private void tell(UserKey user, Message message, boolean durable, @Nullable String except) {
        Head head = head(user);
        long sequence = head.sequence() + 1;
        told.computeIfAbsent(user, key -> new ArrayList<>())
                .add(new OutboxRow(user, sequence, message, durable, except));
        put(head.withSequence(sequence));
    }

    /**
     * Writes heads and outbox, and claims the users who are told of something where nobody else relays for them.
     *
     * @param node  who claims, or null to leave them to whoever looks for waiting rows
     * @param until how long the claim lasts, in epoch milliseconds
     * @return what the node is to relay now
     */
    List<Told> finish(@Nullable String node, long until) {
        List<Told> claimed = new ArrayList<>();
        told.forEach((user, messages) -> {
            messages.forEach(rows::insert);
            Head head = head(user);
            boolean free = Relay.isFree(head, node, now.toEpochMilli());
            if (node != null && free) {
                put(head.relayedBy(node, until));
                claimed.add(new Told(user, head.relayed() + 1, messages));
            }
        });
        heads.values().forEach(rows::put);
        return claimed;
    }

    /**
     * Rows of a user who is claimed.
     *
     * @param next the first sequence that was not relayed; before the first row's where earlier ones wait in the store
     * @param rows in order, without holes
     */
    record Told(UserKey user, long next, List<OutboxRow> rows) {}
}
