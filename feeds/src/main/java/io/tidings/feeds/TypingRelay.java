package io.tidings.feeds;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.tidings.message.UserKey;
import io.tidings.spi.Scheduler;
import io.tidings.spi.Ticker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Who types to whom, as far as the connections of this node say so. Changes are told, and typing ends by itself {@link #LASTS} after it was
 * said last, when the connection that said so ends, and when the message arrives.
 */
final class TypingRelay {

    /** How long a user is taken to type who said so and nothing more. */
    static final Duration LASTS = Duration.ofSeconds(3);

    /** How many others a user types to at once; the one who was told of it first is then told that it ended. */
    static final int MAX_PEERS = 32;

    private final Told told;
    private final Ticker ticker;
    private final Scheduler scheduler;

    /** The one that ends first is first: every typing lasts as long. */
    @GuardedBy("this")
    private final LinkedHashMap<Pair, Typing> typing = new LinkedHashMap<>();

    /** To whom, the longest first. */
    @GuardedBy("this")
    private final Map<UserKey, LinkedHashMap<UserKey, Pair>> peers = new HashMap<>();

    @GuardedBy("this")
    private Scheduler.@Nullable Cancellable timer;

    TypingRelay(Told told, Ticker ticker, Scheduler scheduler) {
        this.told = told;
        this.ticker = ticker;
        this.scheduler = scheduler;
    }

    /** Tells somebody whether somebody types; called outside the lock. */
    @FunctionalInterface
    interface Told {
        void typing(UserKey who, UserKey to, boolean types);
    }

    private record Pair(UserKey who, UserKey to) {}

    private record Typing(String connection, long untilNanos) {}

    /** A connection of a user says so. */
    void set(UserKey who, UserKey to, boolean types, String connection) {
        Pair pair = new Pair(who, to);
        List<Pair> ended = new ArrayList<>(1);
        boolean begun = false;
        synchronized (this) {
            if (types) {
                begun = typing.remove(pair) == null;
                typing.put(pair, new Typing(connection, ticker.nanos() + LASTS.toNanos()));
                LinkedHashMap<UserKey, Pair> mine = peers.computeIfAbsent(who, key -> new LinkedHashMap<>(2));
                mine.put(to, pair);
                if (mine.size() > MAX_PEERS) {
                    end(mine.values().iterator().next(), ended);
                }
                watch();
            } else {
                end(pair, ended);
            }
        }
        tellEnded(ended);
        if (begun) {
            told.typing(who, to, true);
        }
    }

    /** The message has arrived. */
    void arrived(UserKey from, UserKey to) {
        List<Pair> ended = new ArrayList<>(1);
        synchronized (this) {
            if (typing.isEmpty()) {
                return;
            }
            end(new Pair(from, to), ended);
        }
        tellEnded(ended);
    }

    /** A connection has ended. */
    void disconnected(UserKey who, String connection) {
        List<Pair> ended = new ArrayList<>(1);
        synchronized (this) {
            Map<UserKey, Pair> mine = peers.get(who);
            if (mine == null) {
                return;
            }
            for (Pair pair : List.copyOf(mine.values())) {
                Typing one = typing.get(pair);
                if (one != null && one.connection.equals(connection)) {
                    end(pair, ended);
                }
            }
        }
        tellEnded(ended);
    }

    /** How many type. */
    synchronized int size() {
        return typing.size();
    }

    @GuardedBy("this")
    private void end(Pair pair, List<Pair> ended) {
        if (typing.remove(pair) != null) {
            forget(pair);
            ended.add(pair);
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
        List<Pair> ended = new ArrayList<>();
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
                ended.add(next.getKey());
            }
            watch();
        }
        tellEnded(ended);
    }

    private void tellEnded(List<Pair> ended) {
        ended.forEach(pair -> told.typing(pair.who, pair.to, false));
    }
}
