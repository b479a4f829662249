package io.tidings.feeds;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.tidings.message.UserKey;
import io.tidings.spi.Scheduler;
import io.tidings.spi.Ticker;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who is there, on which devices, and when the others were last seen.
 *
 * <p>A user comes with the first connection and goes a while after the last one has ended, so that nobody is told of a reload. Changes
 * are published to the topic {@code presence:} and the user's id, in the user's tenant, as
 * {@link io.tidings.message.Kinds#PRESENCE_CHANGED}; the authoriser says who may join it. A user whose topic's name would be too long
 * is not told of. Whether somebody may be seen is not asked here: {@code GET presence} asks {@code Authorizer.maySee}.
 *
 * <p><b>Threads.</b> All methods MAY be called concurrently, and none blocks.
 */
public final class Presence {

    /*
     * A user is PRESENT with a connection, LINGERING without one until a moment has passed, else GONE and forgotten. `told` is what
     * others were told, and follows one step at a time: of a user one step is under way, and what happens meanwhile is looked at
     * when it is done. Nothing is called under the lock.
     */

    /** How many users go at a time: each is a transaction. */
    static final int MAX_LEAVING = 64;

    private static final Logger LOG = LoggerFactory.getLogger(Presence.class);

    private final FeedStore feeds;
    private final PresenceStore store;
    private final Duration offlineAfter;
    private final Told told;
    private final Ticker ticker;
    private final Scheduler scheduler;

    @GuardedBy("this")
    private final Map<UserKey, Entry> users = new HashMap<>();

    /** Users without connections, the one that goes first first: every one lingers as long. */
    @GuardedBy("this")
    private final LinkedHashMap<UserKey, Entry> lingering = new LinkedHashMap<>();

    @GuardedBy("this")
    private int leaving;

    @GuardedBy("this")
    private boolean sweeping;

    @GuardedBy("this")
    private boolean sweepAgain;

    @GuardedBy("this")
    private Scheduler.@Nullable Cancellable timer;

    @GuardedBy("this")
    private boolean closed;

    /**
     * Nobody yet.
     *
     * @param told who is told of changes; called outside the lock, for a user one at a time
     */
    Presence(
            FeedStore feeds,
            PresenceStore store,
            Duration offlineAfter,
            Told told,
            Ticker ticker,
            Scheduler scheduler) {
        this.feeds = feeds;
        this.store = store;
        this.offlineAfter = offlineAfter;
        this.told = told;
        this.ticker = ticker;
        this.scheduler = scheduler;
    }

    /** Tells others that a user came or went. */
    @FunctionalInterface
    interface Told {
        /**
         * Tells it.
         *
         * @param lastSeenAt null for a user who is there
         */
        void changed(UserKey user, @Nullable Instant lastSeenAt);
    }

    /**
     * A user as others see it.
     *
     * @param user       who
     * @param online     whether the user has a connection, or had one a moment ago
     * @param devices    on which devices, in order of their names; empty for one who is not online
     * @param lastSeenAt when the last connection ended; null for a user who is online, or of whom that is not known
     */
    public record Status(
            UserKey user,
            boolean online,
            List<String> devices,
            @Nullable Instant lastSeenAt) {

        /** Copies the devices. */
        public Status {
            devices = List.copyOf(devices);
        }
    }

    /** A user who is not gone; under the lock. */
    private static final class Entry {
        /** The devices of connections, by their ids. */
        private final Map<String, String> connections = new HashMap<>(2);

        /** What the store was told, or is being told. */
        private Set<String> said = Set.of();

        /** Whether others take the user to be there. */
        private boolean told;

        /** Whether a step is under way. */
        private boolean busy;

        /** Whether the user is to go when it is done. */
        private boolean late;

        /** When the last connection ended, for one who lingers. */
        private long lastSeenMillis;

        private long untilNanos;
    }

    /**
     * How users are, in their order.
     *
     * @return fails when a store does
     */
    public CompletionStage<List<Status>> of(Collection<UserKey> asked) {
        List<UserKey> all = List.copyOf(asked);
        if (all.isEmpty()) {
            return CompletableFuture.completedFuture(List.of());
        }
        return store.devices(all)
                .thenCompose(devices -> feeds.heads(all).thenApply(heads -> {
                    List<Status> found = new ArrayList<>(all.size());
                    for (int i = 0; i < all.size(); i++) {
                        found.add(status(all.get(i), devices.get(i), heads.get(i)));
                    }
                    return List.copyOf(found);
                }));
    }

    private static Status status(UserKey user, Set<String> devices, Head head) {
        boolean online = !devices.isEmpty();
        return new Status(
                user,
                online,
                List.copyOf(new TreeSet<>(devices)),
                online || head.lastSeenAt() == 0 ? null : Instant.ofEpochMilli(head.lastSeenAt()));
    }

    /** A connection of a user gets messages from now on. */
    void connected(UserKey user, String connection, String device) {
        synchronized (this) {
            if (closed) {
                return;
            }
            Entry entry = users.computeIfAbsent(user, key -> new Entry());
            entry.connections.put(connection, device);
            entry.late = false;
            if (lingering.remove(user) != null && lingering.isEmpty()) {
                stopTimer();
            }
        }
        settle(user);
    }

    /** It has ended. */
    void disconnected(UserKey user, String connection) {
        synchronized (this) {
            Entry entry = users.get(user);
            if (closed || entry == null || entry.connections.remove(connection) == null) {
                return;
            }
            if (entry.connections.isEmpty()) {
                entry.lastSeenMillis = ticker.epochMillis();
                entry.untilNanos = ticker.nanos() + offlineAfter.toNanos();
                lingering.put(user, entry);
                watch();
            }
        }
        settle(user);
    }

    /** How many users are held. */
    synchronized int size() {
        return users.size();
    }

    /**
     * Lets everybody go at once, telling nobody: whoever is connected to another node stays there, and whoever comes back does so to
     * another.
     *
     * @return completes when it is stored when they were last seen, as far as the store does
     */
    CompletionStage<Void> close() {
        List<CompletableFuture<?>> stored = new ArrayList<>();
        Map<UserKey, Long> gone = new HashMap<>();
        synchronized (this) {
            closed = true;
            stopTimer();
            long now = ticker.epochMillis();
            users.forEach((user, entry) -> gone.put(user, entry.connections.isEmpty() ? entry.lastSeenMillis : now));
            users.clear();
            lingering.clear();
        }
        gone.forEach((user, at) -> stored.add(seen(user, at).toCompletableFuture()));
        return CompletableFuture.allOf(stored.toArray(CompletableFuture[]::new));
    }

    // Steps.

    /** Does what is to be done for a user next, if it is not being done. */
    private void settle(UserKey user) {
        Set<String> devices;
        boolean comes;
        synchronized (this) {
            Entry entry = users.get(user);
            if (entry == null || entry.busy || entry.connections.isEmpty()) {
                return;
            }
            devices = Set.copyOf(entry.connections.values());
            if (entry.told && devices.equals(entry.said)) {
                return;
            }
            entry.busy = true;
            entry.said = devices;
            comes = !entry.told;
            entry.told = true;
        }
        put(user, devices).thenAccept(elsewhere -> {
            if (comes && !elsewhere) {
                tell(user, null);
            }
            done(user);
        });
    }

    private void done(UserKey user) {
        boolean late;
        synchronized (this) {
            Entry entry = users.get(user);
            late = entry != null && entry.connections.isEmpty() && entry.late;
            if (entry != null) {
                entry.busy = late;
            }
            if (late) {
                leaving++;
            }
        }
        if (late) {
            leave(user);
        } else {
            settle(user);
        }
    }

    private void expire() {
        synchronized (this) {
            timer = null;
        }
        sweep();
    }

    /** Lets those go whose time has come, so many at a time. */
    private void sweep() {
        synchronized (this) {
            if (sweeping) {
                sweepAgain = true;
                return;
            }
            sweeping = true;
        }
        do {
            due().forEach(this::leave);
        } while (isToBeSweptAgain());
    }

    private synchronized boolean isToBeSweptAgain() {
        sweeping = sweepAgain;
        sweepAgain = false;
        return sweeping;
    }

    private synchronized List<UserKey> due() {
        List<UserKey> due = new ArrayList<>();
        long now = ticker.nanos();
        Iterator<Map.Entry<UserKey, Entry>> each = lingering.entrySet().iterator();
        while (each.hasNext() && leaving < MAX_LEAVING) {
            Map.Entry<UserKey, Entry> next = each.next();
            Entry entry = next.getValue();
            if (entry.untilNanos - now > 0) {
                break;
            }
            each.remove();
            if (entry.busy) {
                entry.late = true;
            } else {
                entry.busy = true;
                leaving++;
                due.add(next.getKey());
            }
        }
        watch();
        return due;
    }

    /** A user goes, whom others take to be there; the step is under way. */
    private void leave(UserKey user) {
        long lastSeenMillis;
        boolean goes;
        synchronized (this) {
            Entry entry = users.get(user);
            if (entry == null) {
                leaving--;
                return;
            }
            lastSeenMillis = entry.lastSeenMillis;
            goes = entry.told;
            entry.told = false;
            entry.late = false;
            entry.said = Set.of();
        }
        seen(user, lastSeenMillis).thenCompose(stored -> put(user, Set.of())).thenAccept(elsewhere -> {
            if (goes && !elsewhere) {
                tell(user, Instant.ofEpochMilli(lastSeenMillis));
            }
            left(user);
        });
    }

    private void left(UserKey user) {
        synchronized (this) {
            leaving--;
            Entry entry = users.get(user);
            if (entry != null) {
                entry.busy = false;
                if (entry.connections.isEmpty() && !lingering.containsKey(user)) {
                    users.remove(user);
                }
            }
        }
        settle(user);
        sweep();
    }

    // What a step is made of; none of it fails.

    private CompletionStage<Boolean> put(UserKey user, Set<String> devices) {
        return answered(user, () -> store.put(user, devices)).thenApply(Boolean.TRUE::equals);
    }

    /** Of two nodes that a user left, the one that was left last is right. */
    private CompletionStage<@Nullable Boolean> seen(UserKey user, long atMillis) {
        return answered(
                user,
                () -> feeds.transact(Set.of(user), rows -> {
                    Head head = rows.head(user);
                    if (head.lastSeenAt() < atMillis) {
                        rows.put(head.withLastSeen(atMillis));
                    }
                    return true;
                }));
    }

    /** Null where it failed. */
    private static CompletionStage<@Nullable Boolean> answered(
            UserKey user, Supplier<CompletionStage<Boolean>> question) {
        CompletionStage<Boolean> answer;
        try {
            answer = question.get();
        } catch (RuntimeException failure) {
            answer = CompletableFuture.failedFuture(failure);
        }
        return answer.handle((value, failure) -> {
            if (failure != null) {
                LOG.warn("Presence cannot be kept user={}", user, failure);
            }
            return value;
        });
    }

    private void tell(UserKey user, @Nullable Instant lastSeenAt) {
        try {
            told.changed(user, lastSeenAt);
        } catch (RuntimeException failure) {
            LOG.error("A change of presence cannot be told user={}", user, failure);
        }
    }

    // The timer.

    @GuardedBy("this")
    private void watch() {
        // While as many go as may, the next one's turn comes with the end of another's.
        if (timer == null && !lingering.isEmpty() && leaving < MAX_LEAVING && !closed) {
            long left = lingering.values().iterator().next().untilNanos - ticker.nanos();
            timer = scheduler.schedule(Duration.ofNanos(Math.max(0, left)), this::expire);
        }
    }

    @GuardedBy("this")
    private void stopTimer() {
        if (timer != null) {
            timer.cancel();
            timer = null;
        }
    }
}
