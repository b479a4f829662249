package io.tidings.feeds;

import io.tidings.message.UserKey;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/** Who is connected to this node. Holds nothing of anybody who is not. */
public final class InMemoryPresenceStore implements PresenceStore {

    private final ConcurrentMap<UserKey, Set<String>> users = new ConcurrentHashMap<>();

    /** Nobody yet. */
    public InMemoryPresenceStore() {}

    /** False: there is no other node. */
    @Override
    public CompletionStage<Boolean> put(UserKey user, Set<String> devices) {
        if (devices.isEmpty()) {
            users.remove(user);
        } else {
            users.put(user, Set.copyOf(devices));
        }
        return CompletableFuture.completedFuture(false);
    }

    @Override
    public CompletionStage<List<Set<String>>> devices(List<UserKey> asked) {
        return CompletableFuture.completedFuture(
                asked.stream().map(user -> users.getOrDefault(user, Set.of())).toList());
    }

    @Override
    public void close() {
        users.clear();
    }

    /** How many users are held. */
    int size() {
        return users.size();
    }
}
