package io.tidings.feeds;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.tidings.message.UserKey;
import io.tidings.spi.Scheduler;
import io.tidings.spi.Ticker;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who types to whom, as far as the connections of this node say so. Changes are told, and typing ends by itself {@link #LASTS} after it was
 * said last, when the connection that said so ends, and when the message arrives.
 */
final class TypingRelay {

    /** How long a user is taken to type who said so and nothing more. */
    static final Duration LASTS = Duration.ofSeconds(3);

    /** How many others a user types to at once; the one who was told of it first is then told that it ended. */
    static final int MAX_PEERS = 32;

    private static final Logger LOG = LoggerFactory.getLogger(TypingRelay.class);

    private final Told told;
    private final Ticker ticker;
    private final Scheduler scheduler;

    /** The one that ends first is first: every typing lasts as long. */
    @GuardedBy("this")
    private final LinkedHashMap<Pair, Typing> typing = new LinkedHashMap<>();

    /** To whom, the longest first. */
    @GuardedBy("this")
    private final Map<UserKey, LinkedHashMap<UserKey, Pair>> peers = new HashMap<>();

    /** What is to be told, in the order in which it happened. */
    @GuardedBy("this")
    private final ArrayDeque<News> changes = new ArrayDeque<>();

    /** Whether somebody tells it: one at a time, so that nobody is left with what was true before. */
    @GuardedBy("this")
    private boolean telling;

    @GuardedBy("this")
    private Scheduler.@Nullable Cancellable timer;

    TypingRelay(Told told, Ticker ticker, Scheduler scheduler) {
        this.told = told;
        this.ticker = ticker;
        this.scheduler = scheduler;
    }

    /** Tells somebody whether somebody types; called outside the lock, one at a time. */
    @FunctionalInterface
    interface Told {
        void typing(UserKey who, UserKey to, boolean types);
    }

    private record Pair(UserKey who, UserKey to) {}

    private record News(Pair pair, boolean types) {}

    private record Typing(String connection, long untilNanos) {}

    /** A connection of a user says so. */
    void set(UserKey who, UserKey to, boolean types, String connection) {
        Pair pair = new Pair(who, to);
        synchronized (this) {
            if (types) {
                boolean begun = typing.remove(pair) == null;
                typing.put(pair, new Typing(connection, ticker.nanos() + LASTS.toNanos()));
                LinkedHashMap<UserKey, Pair> mine = peers.computeIfAbsent(who, key -> new LinkedHashMap<>(2));
                mine.put(to, pair);
                if (mine.size() > MAX_PEERS) {
                    end(mine.values().iterator().next());
                }
                if (begun) {
                    changes.add(new News(pair, true));
                }
                watch();
            } else {
                end(pair);
            }
        }
        tell();
    }

    /** The message has arrived. */
    void arrived(UserKey from, UserKey to) {
        synchronized (this) {
            if (typing.isEmpty()) {
                return;
            }
            end(new Pair(from, to));
        }
        tell();
    }

    /** A connection has ended. */
    void disconnected(UserKey who, String connection) {
        synchronized (this) {
            Map<UserKey, Pair> mine = peers.get(who);
            if (mine == null) {
                return;
            }
            for (Pair pair : List.copyOf(mine.values())) {
                Typing one = typing.get(pair);
                if (one != null && one.connection.equals(connection)) {
                    end(pair);
                }
            }
        }
        tell();
    }

    /** How many type. */
    synchronized int size() {
        return typing.size();
    }

    /** How much is held; 0 when nobody types. */
    synchronized int held() {
        return typing.size() + peers.size() + changes.size();
    }

    @GuardedBy("this")
    private void end(Pair pair) {
        if (typing.remove(pair) != null) {
            forget(pair);
            changes.add(new News(pair, false));
        }
    }

    @GuardedBy("this")
    private void forget(Pair pair) {
        Map<UserKey, Pair> mine = peers.get(pair.who);
        if (mine != null) {
            mine.remove(pair.to);
            if (mine.isEmpty()) {
                peers.remove(pair.who);
            }
        }
    }

    @GuardedBy("this")
    private void watch() {
        if (timer == null && !typing.isEmpty()) {
            long left = typing.values().iterator().next().untilNanos - ticker.nanos();
            timer = scheduler.schedule(Duration.ofNanos(Math.max(1, left)), this::expire);
        }
    }

    private void expire() {
        synchronized (this) {
            timer = null;
            long now = ticker.nanos();
            Iterator<Map.Entry<Pair, Typing>> each = typing.entrySet().iterator();
            while (each.hasNext()) {
                Map.Entry<Pair, Typing> next = each.next();
                if (next.getValue().untilNanos - now > 0) {
                    break;
                }
                each.remove();
                forget(next.getKey());
                changes.add(new News(next.getKey(), false));
            }
            watch();
        }
        tell();
    }

    /** Tells what there is to be told, unless somebody does already, who then tells this too. */
    private void tell() {
        News change = next(false);
        while (change != null) {
            try {
                told.typing(change.pair.who, change.pair.to, change.types);
            } catch (RuntimeException | Error failure) {
                LOG.error("It cannot be told whether somebody types user={}", change.pair.who, failure);
            }
            change = next(true);
        }
    }

    /**
     * What is to be told next; null where there is nothing, or somebody else tells it.
     *
     * @param mine whether it is the caller who tells
     */
    private synchronized @Nullable News next(boolean mine) {
        if (telling && !mine) {
            return null;
        }
        News change = changes.poll();
        telling = change != null;
        return change;
    }
}
