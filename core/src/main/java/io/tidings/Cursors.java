package io.tidings;

import io.tidings.mailbox.CursorMove;
import io.tidings.message.UserKey;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Stores devices' cursors behind the acknowledgements: a connection that acknowledged is noted, and what has been noted is
 * written together every {@link io.tidings.policy.AcknowledgementPolicy#storeAfter()}, and when a connection ends.
 *
 * <p>What the mailbox did not take is kept for the next round, the newest of each attachment, whether its connection is still
 * there or not; {@value #MAX_TRIES} times, and at most {@value #MAX_KEPT} at once. What is given up is told again to the device,
 * which drops what it has.
 */
final class Cursors {

    static final int MAX_KEPT = 10_000;
    static final int MAX_TRIES = 30;

    private static final int MAX_BATCH = 500;

    private final Engine engine;
    private final Set<HubConnection> noted = ConcurrentHashMap.newKeySet();
    private final Map<Attached, Kept> kept = new ConcurrentHashMap<>();
    private final AtomicInteger pending = new AtomicInteger();

    /** Whose move it is. */
    private record Attached(UserKey user, String device, String instance, long generation) {

        static Attached of(CursorMove move) {
            return new Attached(move.user(), move.device(), move.instance(), move.generation());
        }
    }

    /** A move that failed so many times. */
    private record Kept(CursorMove move, int failures) {

        static Kept newer(Kept one, Kept other) {
            return one.move.position().compareTo(other.move.position()) > 0 ? one : other;
        }
    }

    Cursors(Engine engine) {
        this.engine = engine;
    }

    /** Writes that the mailbox has not answered. */
    int pending() {
        return pending.get();
    }

    /** The connection's cursor moved. */
    void note(HubConnection connection) {
        noted.add(connection);
    }

    /** The connection has ended: its cursor is written now. */
    void closed(HubConnection connection) {
        noted.remove(connection);
        CursorMove move = connection.takeCursorMove();
        if (move != null) {
            store(List.of(new Kept(move, 0)));
        }
    }

    /** Writes what has been noted, and what was kept. */
    void write() {
        Map<Attached, Kept> moves = new LinkedHashMap<>();
        for (Attached of : kept.keySet()) {
            Kept move = kept.remove(of);
            if (move != null) {
                moves.put(of, move);
            }
        }
        for (HubConnection connection : noted) {
            noted.remove(connection);
            CursorMove move = connection.takeCursorMove();
            if (move != null) {
                moves.merge(Attached.of(move), new Kept(move, 0), Kept::newer);
            }
            if (moves.size() >= MAX_BATCH) {
                storeAll(moves.values());
                moves.clear();
            }
        }
        storeAll(moves.values());
    }

    private void storeAll(Collection<Kept> all) {
        List<Kept> moves = List.copyOf(all);
        for (int i = 0; i < moves.size(); i += MAX_BATCH) {
            store(moves.subList(i, Math.min(moves.size(), i + MAX_BATCH)));
        }
    }

    private void store(List<Kept> moves) {
        pending.incrementAndGet();
        try {
            CompletionStage<Void> stored =
                    engine.mailbox().moveCursors(moves.stream().map(Kept::move).toList());
            stored.whenComplete((done, failure) -> stored(moves, failure));
        } catch (RuntimeException | Error failure) {
            stored(moves, failure);
        }
    }

    private void stored(List<Kept> moves, @Nullable Throwable failure) {
        if (failure != null) {
            HubLog.mailboxFailed(moves.get(0).move.user(), "moveCursors", failure);
            moves.forEach(this::keep);
        }
        // Last of all: who waits for the writes then looks for what is kept.
        pending.decrementAndGet();
    }

    private void keep(Kept failed) {
        Attached of = Attached.of(failed.move);
        if (failed.failures + 1 < MAX_TRIES && (kept.size() < MAX_KEPT || kept.containsKey(of))) {
            kept.merge(of, new Kept(failed.move, failed.failures + 1), Kept::newer);
        }
    }
}
