package io.tidings;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.tidings.message.Message;
import io.tidings.message.UserKey;
import java.time.Duration;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The answers to requests with ids, for clients that repeat a request because they did not see its answer: a repeat within
 * {@link #KEPT} is answered again and not done again, and while the first is still under way gets its answer.
 *
 * <p>Bounded: the {@value #MAX_OF_SCOPE} newest ids of an instance, {@value #MAX_OF_USER} ids and {@value #MAX_BYTES_OF_USER} characters of
 * a user, {@value #MAX} ids and {@value #MAX_BYTES} characters in all; what exceeds that is forgotten, the oldest first, and a repeat of
 * it is done again. So one user alone makes the hub forget nobody else's. So it is on another node: the host, who gets the
 * id with the request, is who can tell then.
 */
final class Answers {

    /** How long after the request. */
    static final Duration KEPT = Duration.ofMinutes(5);

    static final int MAX_OF_SCOPE = 256;
    static final int MAX = 65_536;
    static final int MAX_BYTES = 16 * 1024 * 1024;

    private static final int SHARDS = 16;

    /** A quarter of what there is for the users of a shard. */
    static final int MAX_OF_USER = MAX / SHARDS / 4;

    static final int MAX_BYTES_OF_USER = MAX_BYTES / SHARDS / 4;

    private final Shard[] shards = new Shard[SHARDS];

    /** Watch's thread only. */
    private int nextShard;

    /**
     * Within what an id names a request: an instance of a user or, for what changes a connection alone, that connection.
     *
     * @param name of the instance, or the connection's id
     */
    record Scope(UserKey user, String name, boolean ofConnection) {}

    /** What a request is. */
    sealed interface Begun {

        /** The first of its id: it is to be done, and then {@link #answered} or {@link #forget} called. */
        Begun NEW = new First();

        /** A repeat, whose answer comes when the first is answered. */
        Begun UNDER_WAY = new Waiting();

        /** See {@link #NEW}. */
        record First() implements Begun {}

        /** See {@link #UNDER_WAY}. */
        record Waiting() implements Begun {}

        /** A repeat, and the answer to the first. */
        record Known(Message answer) implements Begun {}
    }

    /** One request; guarded by the shard. */
    private static final class Entry {
        private final long since;
        private @Nullable Consumer<Message> to;
        private @Nullable Message answer;
        private int weight;

        Entry(long since, Consumer<Message> to) {
            this.since = since;
            this.to = to;
        }

        boolean isOver(long now) {
            return answer != null && now - since >= KEPT.toNanos();
        }
    }

    /** What of a shard is one user's; guarded by the shard. */
    private static final class Share {
        private int count;
        private int bytes;

        boolean isOver() {
            return count > MAX_OF_USER || bytes > MAX_BYTES_OF_USER;
        }
    }

    Answers() {
        for (int i = 0; i < SHARDS; i++) {
            shards[i] = new Shard();
        }
    }

    /**
     * A request with an id came in.
     *
     * @param to who gets the answer of one that is under way, instead of who was to get it before
     */
    Begun begin(Scope scope, String id, Consumer<Message> to, long now) {
        return shard(scope).begin(scope, id, to, now);
    }

    /**
     * A request is done, or refused.
     *
     * @param by     who gets the answer where the request is not known any more
     * @param weight of the answer, in characters
     * @param kept   whether repeats are to get this answer; else they are done again
     * @return who gets the answer
     */
    Consumer<Message> answered(Scope scope, String id, Consumer<Message> by, Message answer, int weight, boolean kept) {
        return shard(scope).answered(scope, id, by, answer, weight, kept);
    }

    /** A request was not taken: a repeat is another first. */
    void forget(Scope scope, String id) {
        shard(scope).forget(scope, id);
    }

    /** Nobody will repeat anything of a scope. */
    void forget(Scope scope) {
        shard(scope).forget(scope);
    }

    /** One step of the watch: lets go of what is over, of one shard. */
    void step(long now) {
        shards[nextShard].purge(now);
        nextShard = (nextShard + 1) % SHARDS;
    }

    /** How many ids are known. */
    int size() {
        int size = 0;
        for (Shard shard : shards) {
            size += shard.size();
        }
        return size;
    }

    private Shard shard(Scope scope) {
        int hash = scope.user.hashCode();
        return shards[(hash ^ hash >>> 16) & (SHARDS - 1)];
    }

    private static final class Shard {

        /** The scope with the oldest newest request first; requests of each oldest first. */
        @GuardedBy("this")
        private final LinkedHashMap<Scope, LinkedHashMap<String, Entry>> scopes = new LinkedHashMap<>();

        @GuardedBy("this")
        private final Map<UserKey, Share> shares = new HashMap<>();

        @GuardedBy("this")
        private int count;

        @GuardedBy("this")
        private int bytes;

        synchronized Begun begin(Scope scope, String id, Consumer<Message> to, long now) {
            LinkedHashMap<String, Entry> ids = scopes.remove(scope);
            if (ids == null) {
                ids = new LinkedHashMap<>(4);
            }
            scopes.put(scope, ids);
            Entry known = ids.get(id);
            if (known != null && !known.isOver(now)) {
                Message answer = known.answer;
                if (answer != null) {
                    return new Begun.Known(answer);
                }
                known.to = to;
                return Begun.UNDER_WAY;
            }
            if (known != null) {
                ids.remove(id);
                gone(scope, known);
            }
            ids.put(id, new Entry(now, to));
            count++;
            share(scope).count++;
            if (ids.size() > MAX_OF_SCOPE) {
                removeFirst(scope, ids);
            }
            shrink(scope);
            return Begun.NEW;
        }

        synchronized Consumer<Message> answered(
                Scope scope, String id, Consumer<Message> by, Message answer, int weight, boolean kept) {
            Map<String, Entry> ids = scopes.get(scope);
            Entry entry = ids == null ? null : ids.get(id);
            if (ids == null || entry == null || entry.to == null) {
                return by;
            }
            Consumer<Message> to = entry.to;
            entry.to = null;
            entry.answer = answer;
            entry.weight = weight;
            bytes += weight;
            share(scope).bytes += weight;
            if (kept) {
                shrink(scope);
            } else {
                forget(scope, id);
            }
            return to;
        }

        synchronized void forget(Scope scope, String id) {
            Map<String, Entry> ids = scopes.get(scope);
            Entry entry = ids == null ? null : ids.remove(id);
            if (ids != null && entry != null) {
                gone(scope, entry);
                if (ids.isEmpty()) {
                    scopes.remove(scope);
                }
            }
        }

        synchronized void forget(Scope scope) {
            Map<String, Entry> ids = scopes.remove(scope);
            if (ids != null) {
                for (Entry entry : ids.values()) {
                    gone(scope, entry);
                }
            }
        }

        synchronized int size() {
            return count;
        }

        synchronized void purge(long now) {
            Iterator<Map.Entry<Scope, LinkedHashMap<String, Entry>>> all =
                    scopes.entrySet().iterator();
            while (all.hasNext()) {
                Map.Entry<Scope, LinkedHashMap<String, Entry>> each = all.next();
                Iterator<Entry> entries = each.getValue().values().iterator();
                boolean empty = true;
                while (entries.hasNext()) {
                    Entry entry = entries.next();
                    if (entry.isOver(now)) {
                        entries.remove();
                        gone(each.getKey(), entry);
                    } else {
                        empty = false;
                        if (entry.answer != null) {
                            // Those behind it are younger.
                            break;
                        }
                    }
                }
                if (empty) {
                    all.remove();
                }
            }
        }

        /** The user over its share lets go of its own; then, where there is still too much, the oldest of all goes. */
        @GuardedBy("this")
        private void shrink(Scope scope) {
            Share share = share(scope);
            Iterator<Map.Entry<Scope, LinkedHashMap<String, Entry>>> all =
                    scopes.entrySet().iterator();
            while (share.isOver() && all.hasNext()) {
                Map.Entry<Scope, LinkedHashMap<String, Entry>> each = all.next();
                if (each.getKey().user.equals(scope.user)) {
                    while (share.isOver() && !each.getValue().isEmpty()) {
                        removeFirst(each.getKey(), each.getValue());
                    }
                    if (each.getValue().isEmpty()) {
                        all.remove();
                    }
                }
            }
            while (count > MAX / SHARDS || bytes > MAX_BYTES / SHARDS) {
                Iterator<Map.Entry<Scope, LinkedHashMap<String, Entry>>> first =
                        scopes.entrySet().iterator();
                Map.Entry<Scope, LinkedHashMap<String, Entry>> oldest = first.next();
                removeFirst(oldest.getKey(), oldest.getValue());
                if (oldest.getValue().isEmpty()) {
                    first.remove();
                }
            }
        }

        @GuardedBy("this")
        private void removeFirst(Scope scope, LinkedHashMap<String, Entry> ids) {
            Iterator<Entry> oldest = ids.values().iterator();
            gone(scope, oldest.next());
            oldest.remove();
        }

        @GuardedBy("this")
        private Share share(Scope scope) {
            return shares.computeIfAbsent(scope.user, absent -> new Share());
        }

        @GuardedBy("this")
        private void gone(Scope scope, Entry entry) {
            count--;
            bytes -= entry.weight;
            Share share = share(scope);
            share.count--;
            share.bytes -= entry.weight;
            if (share.count == 0) {
                shares.remove(scope.user);
            }
        }
    }
}
