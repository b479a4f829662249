package io.tidings.feeds;

import com.fasterxml.jackson.databind.JsonNode;
import io.tidings.message.Ids;
import io.tidings.message.UserKey;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Messages between two users of a tenant.
 *
 * <p>What a call changes lasts when its stage is complete, and then everybody concerned is told of it, now or when they connect. Whether a
 * caller may do something is not asked here: what clients ask for has been admitted by the hub before it comes here.
 *
 * <p><b>Threads.</b> All methods MAY be called concurrently, and none blocks.
 * <p><b>Failure.</b> A stage fails when the store does; then the change may or may not have been made: make it again with a key.
 */
public final class Conversations {

    /** How many messages are marked at once. */
    static final int MAX_IDS = 1_000;

    /** The longest key of a call. */
    public static final int MAX_KEY = 1_000;

    /** Keys of one kind of call are apart from those of the others. */
    private static final String PREFIX = "message\n";

    private final Changes changes;

    Conversations(Changes changes) {
        this.changes = changes;
    }

    /** Sends a message, as {@link #send(UserKey, UserKey, String, String)} without a key. */
    public CompletionStage<ChatMessage> send(UserKey from, UserKey to, String content) {
        return send(from, to, content, null);
    }

    /**
     * Sends a message: the receiver is told of it, on all devices, and then of how many are unread.
     *
     * @param content 1 to 5,000 code points, not blank; hosts that take it from users have it sanitised before
     * @param key     a repeat with the sender's same key within 24 h is not sent but answered with the first message; null for none
     * @throws IllegalArgumentException naming what does not hold: other tenants, the content, a key over
     *     {@value #MAX_KEY} characters
     */
    public CompletionStage<ChatMessage> send(UserKey from, UserKey to, String content, @Nullable String key) {
        return send(from, to, content, key, key);
    }

    /**
     * The same, with a key that changes with time.
     *
     * @param earlier what the key was before, under which a repeat is found too
     */
    CompletionStage<ChatMessage> send(
            UserKey from, UserKey to, String content, @Nullable String key, @Nullable String earlier) {
        if (content.isBlank()) {
            throw new IllegalArgumentException("content must not be blank");
        }
        checkKey(key);
        // Checks what the transaction will make of it, before there is one.
        FeedMessages.messageNew(new ChatMessage(1, from, to, content, Instant.EPOCH, null));
        return changes.make(users(from, to), change -> {
            OptionalLong first =
                    key == null ? OptionalLong.empty() : change.rows().remembered(from, PREFIX + key);
            if (first.isEmpty() && earlier != null && !earlier.equals(key)) {
                first = change.rows().remembered(from, PREFIX + earlier);
            }
            if (first.isPresent()) {
                return change.rows().sent(from, first.getAsLong());
            }
            ChatMessage message = new ChatMessage(change.rows().nextId(), from, to, content, change.now(), null);
            change.rows().insert(message);
            if (key != null) {
                change.rows().remember(from, PREFIX + key, message.id(), change.now());
            }
            change.tell(to, FeedMessages.messageNew(message));
            Head head = change.head(to);
            change.put(head.withUnread(head.unread() + 1));
            change.mention(to, FeedMessages.unread(change.head(to)));
            return message;
        });
    }

    /**
     * Marks messages that a user has received as seen. Each of their senders is told which of theirs, and the reader's devices how
     * many are unread; when none is left to mark, nobody is told anything. Messages of others, and those that are seen, are
     * passed over.
     *
     * @param from whose messages are marked; null for all
     * @param ids  at most 1,000
     * @return which were marked
     */
    public CompletionStage<List<Long>> markSeen(UserKey reader, @Nullable UserKey from, Collection<Long> ids) {
        checkIds(ids);
        if (ids.isEmpty()) {
            return CompletableFuture.completedFuture(List.of());
        }
        Set<Long> asked = new HashSet<>(ids);
        if (from != null) {
            return from.tenant().equals(reader.tenant())
                    ? markSeen(reader, Set.of(from), asked)
                    : CompletableFuture.completedFuture(List.of());
        }
        return changes.store()
                .senders(reader, asked)
                .thenCompose(senders -> senders.isEmpty()
                        ? CompletableFuture.completedFuture(List.of())
                        : markSeen(reader, new HashSet<>(senders), asked));
    }

    private CompletionStage<List<Long>> markSeen(UserKey reader, Set<UserKey> senders, Set<Long> ids) {
        Set<UserKey> users = new TreeSet<>(senders);
        users.add(reader);
        return changes.make(users, change -> {
            Map<UserKey, List<Long>> bySender = new TreeMap<>();
            List<Long> marked = new ArrayList<>();
            for (ChatMessage message : change.rows().received(reader, ids)) {
                if (message.seenAt() == null && senders.contains(message.sender())) {
                    bySender.computeIfAbsent(message.sender(), key -> new ArrayList<>())
                            .add(message.id());
                    marked.add(message.id());
                }
            }
            if (marked.isEmpty()) {
                return marked;
            }
            change.rows().messagesSeen(reader, marked, change.now());
            bySender.forEach(
                    (sender, theirs) -> change.tell(sender, FeedMessages.messageSeen(theirs, reader, change.now())));
            Head head = change.head(reader);
            change.put(head.withUnread(head.unread() - marked.size()));
            change.mention(reader, FeedMessages.unread(change.head(reader)));
            return marked;
        });
    }

    /** How many messages a user has not seen. */
    public CompletionStage<Counts.Unread> unread(UserKey user) {
        return changes.store().heads(List.of(user)).thenApply(heads -> Counts.unread(heads.get(0)));
    }

    /**
     * Messages that a user sent or received, oldest first.
     *
     * @param with  whom the user wrote to or got them from, or null for everybody
     * @param after the id after which they begin; 0 for the first
     * @param limit 1 to 1,000
     */
    public CompletionStage<List<ChatMessage>> messages(UserKey user, @Nullable UserKey with, long after, int limit) {
        checkLimit(limit);
        return changes.store().messages(user, with, after, limit);
    }

    static void checkLimit(int limit) {
        if (limit < 1 || limit > MAX_IDS) {
            throw new IllegalArgumentException("limit must be from 1 to " + MAX_IDS + ", was " + limit);
        }
    }

    static void checkIds(Collection<Long> ids) {
        if (ids.size() > MAX_IDS) {
            throw new IllegalArgumentException("ids must be at most " + MAX_IDS + ", are " + ids.size());
        }
    }

    static void checkKey(@Nullable String key) {
        if (key != null && (key.isEmpty() || key.length() > MAX_KEY)) {
            throw new IllegalArgumentException("key must have 1 to " + MAX_KEY + " characters, has " + key.length());
        }
    }

    private static Set<UserKey> users(UserKey one, UserKey other) {
        return one.equals(other) ? Set.of(one) : Set.of(one, other);
    }

    /** The ids of rows among some ids: what is no number that a row can have is nobody's. */
    static List<Long> rowIds(Iterable<JsonNode> ids) {
        List<Long> rows = new ArrayList<>();
        for (JsonNode id : ids) {
            String text = id.asText();
            if (Ids.isNumber(text)) {
                rows.add(Long.parseLong(text));
            }
        }
        return rows;
    }
}
