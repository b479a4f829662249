package io.tidings;

import io.tidings.mailbox.CursorMove;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Stores devices' cursors behind the acknowledgements: a connection that acknowledged is noted, and what has been noted is
 * written together every {@link io.tidings.policy.AcknowledgementPolicy#storeAfter()}, and when a connection ends.
 */
final class Cursors {

    private static final int MAX_BATCH = 500;

    private final Engine engine;
    private final Set<HubConnection> noted = ConcurrentHashMap.newKeySet();
    private final AtomicInteger pending = new AtomicInteger();

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
            store(List.of(move));
        }
    }

    /** Writes what has been noted. */
    void write() {
        List<CursorMove> moves = new ArrayList<>();
        for (HubConnection connection : noted) {
            noted.remove(connection);
            CursorMove move = connection.takeCursorMove();
            if (move != null) {
                moves.add(move);
            }
            if (moves.size() == MAX_BATCH) {
                store(List.copyOf(moves));
                moves.clear();
            }
        }
        if (!moves.isEmpty()) {
            store(moves);
        }
    }

    private void store(List<CursorMove> moves) {
        pending.incrementAndGet();
        try {
            CompletionStage<Void> stored = engine.mailbox().moveCursors(moves);
            stored.whenComplete((done, failure) -> stored(moves, failure));
        } catch (RuntimeException failure) {
            stored(moves, failure);
        }
    }

    private void stored(List<CursorMove> moves, @Nullable Throwable failure) {
        pending.decrementAndGet();
        if (failure != null) {
            // The device is told again from its old cursor, and drops what it has.
            HubLog.mailboxFailed(moves.get(0).user(), "moveCursors", failure);
        }
    }
}
