package io.tidings;

import io.tidings.message.UserKey;
import io.tidings.policy.ConnectionLimits;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The authenticated connections of this node, by id and by tenant and user.
 *
 * <p>A user's entry is made with its first connection and goes with its last; both happen under the map's lock of that key, so
 * that an entry that is found holds every connection that was added before.
 */
final class Registry {

    private final ConcurrentHashMap<UserKey, UserEntry> users = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<String, HubConnection> byId = new ConcurrentHashMap<>();
    private final Engine engine;
    private final ConnectionLimits limits;

    /** What came of adding a connection. */
    sealed interface Added {
        /**
         * It is in.
         *
         * @param replaced older connections of the same instance
         * @param displaced connections over the limit, oldest first
         */
        record In(List<HubConnection> replaced, List<HubConnection> displaced) implements Added {}

        /** The user has too many connections, and the host chose to refuse new ones. */
        record Refused() implements Added {}

        /** The instance has come back meanwhile: what opens only now is an attempt that it gave up. */
        record Replaced() implements Added {}
    }

    Registry(Engine engine, ConnectionLimits limits) {
        this.engine = engine;
        this.limits = limits;
    }

    Added add(HubConnection connection) {
        List<HubConnection> replaced = new ArrayList<>();
        List<HubConnection> displaced = new ArrayList<>();
        boolean[] refused = new boolean[1];
        boolean[] late = new boolean[1];
        users.compute(connection.user(), (user, present) -> {
            UserEntry entry = present == null ? new UserEntry(engine, user) : present;
            for (HubConnection other : entry.connections()) {
                if (other.instance().equals(connection.instance())) {
                    replaced.add(other);
                    late[0] |= other.cameAfter(connection);
                }
            }
            if (late[0]) {
                return present;
            }
            int over = entry.connections().length - replaced.size() + 1 - limits.perUser();
            if (over > 0 && limits.onTooMany() == ConnectionLimits.TooMany.REFUSE_NEW) {
                refused[0] = true;
                return present;
            }
            for (HubConnection other : entry.connections()) {
                if (over > displaced.size() && !replaced.contains(other)) {
                    displaced.add(other);
                }
            }
            entry.add(connection);
            byId.put(connection.id(), connection);
            return entry;
        });
        if (late[0]) {
            return new Added.Replaced();
        }
        return refused[0] ? new Added.Refused() : new Added.In(replaced, displaced);
    }

    /** Takes a connection out; false when it is not in. */
    boolean remove(HubConnection connection) {
        if (!byId.remove(connection.id(), connection)) {
            return false;
        }
        users.computeIfPresent(connection.user(), (user, entry) -> entry.remove(connection) ? null : entry);
        return true;
    }

    @Nullable
    UserEntry user(UserKey user) {
        return users.get(user);
    }

    @Nullable
    HubConnection connection(String id) {
        return byId.get(id);
    }

    List<HubConnection> connections() {
        return new ArrayList<>(byId.values());
    }

    List<UserKey> users() {
        return new ArrayList<>(users.keySet());
    }

    int connectionCount() {
        return byId.size();
    }

    int userCount() {
        return users.size();
    }
}
