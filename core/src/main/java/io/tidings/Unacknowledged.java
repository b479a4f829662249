package io.tidings;

import io.tidings.message.Position;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * What one connection was written and has not acknowledged, and for how long.
 *
 * <pre>
 *   ---- confirmed ======= written ------- shown ------- at
 *            acknowledged so far | queued, shown | passed over
 *                   outstanding
 * </pre>
 *
 * <p>Everything up to {@code confirmed} is acknowledged, or is where the client asked to be told from. What the connection is not
 * shown cannot be acknowledged: it counts as confirmed once everything before it is. A client that has never acknowledged is
 * confirmed by its answers to the heartbeat, and no clock runs for it.
 *
 * <p>When it was written is kept for stretches of an eighth of the deadline, each at its end: what is outstanding is noticed at its
 * deadline at the earliest, an eighth later at the latest.
 *
 * <p>Not safe by itself: every method is called under the connection's lock.
 */
final class Unacknowledged {

    private static final int STRETCHES = 8;

    /** After so many probes an answer does not come any more. */
    private static final int MAX_LAGGING = 2;

    private final long deadline;

    private Position confirmed = Position.START;
    private Position written = Position.START;
    private Position shown = Position.START;
    private Position cursor = Position.START;
    private boolean cursorDirty;
    private boolean everAcknowledged;
    private @Nullable Position probed;

    /** Acknowledged while it was being written, or null. */
    private @Nullable Position claimed;

    /** Probes that went out and were not answered. */
    private int unanswered;

    /** How many probes in a row went out while another was unanswered. */
    private int lagging;

    /** Oldest first; null while nothing that a clock runs for is outstanding. */
    private @Nullable ArrayDeque<Stretch> stretches;

    /** Up to where it is being written again, or null. */
    private @Nullable Position again;

    /** What was written from one time to another. */
    private record Stretch(Position upTo, long since, long last) {}

    /** What is to be done about what is outstanding. */
    enum Overdue {
        NOTHING,
        /** Write it again. */
        AGAIN,
        /** It was written again, in vain. */
        IN_VAIN
    }

    /**
     * Nothing is outstanding.
     *
     * @param deadlineNanos zero for none
     */
    Unacknowledged(long deadlineNanos) {
        this.deadline = deadlineNanos;
    }

    /** Everything up to here is confirmed, or not asked for. */
    Position confirmed() {
        return confirmed;
    }

    /** The furthest that was ever confirmed; START for nothing. */
    Position cursor() {
        return cursor;
    }

    /** Durable messages up to here have been handed to the operating system. */
    Position written() {
        return written;
    }

    /** The client asks to be told after a position: its word for everything up to there, as far as this connection goes. */
    void start(Position from) {
        confirmed = from;
        shown = from;
        probed = null;
        claimed = null;
        again = null;
        stretches = null;
    }

    /** What followed up to a position is gone, and the client is told so, which it cannot acknowledge by itself. */
    void gap(Position to) {
        shown = to;
        if (confirmed.compareTo(to) > 0) {
            // The client held a position of another life.
            confirmed = to;
        }
        if (again != null && again.compareTo(to) <= 0) {
            again = null;
        }
    }

    /** A message that the connection is shown was queued. */
    void queued(Position position) {
        if (confirmed.epoch() < position.epoch() && confirmed.compareTo(shown) >= 0) {
            // So that nothing of an earlier life counts as an acknowledgement.
            confirmed = new Position(position.epoch(), position.offset() - 1);
        }
        shown = position;
    }

    /** Confirms what was passed over, up to a position, where nothing before it is outstanding. */
    void passOver(Position to) {
        if (confirmed.compareTo(shown) >= 0) {
            confirm(to);
        }
    }

    /** Whether {@link #written} wants to know the time. */
    boolean isTimed() {
        return everAcknowledged && deadline > 0;
    }

    /**
     * Durable messages up to here have been handed to the operating system.
     *
     * @return whether the client had acknowledged some of them before that was known
     */
    boolean written(Position position, long now) {
        written = later(written, position);
        shown = later(shown, position);
        Position early = claimed;
        claimed = null;
        if (early != null) {
            confirm(early);
        }
        if (isTimed() && position.compareTo(confirmed) > 0) {
            time(position, now);
        }
        return early != null;
    }

    /**
     * The client says it has everything up to a position, which counts as far as it was written; and when what is being written
     * now has been, as far as that.
     *
     * @param writing the last durable message that is being written, or null: the client may have it before the transport says so
     */
    void acknowledge(Position position, @Nullable Position writing, long now) {
        boolean first = !everAcknowledged;
        everAcknowledged = true;
        if (writing != null && position.compareTo(written) > 0) {
            claimed = position.compareTo(writing) > 0 ? writing : position;
        }
        confirm(position.compareTo(written) > 0 ? written : position);
        if (first && isTimed() && written.compareTo(confirmed) > 0) {
            time(written, now);
        }
    }

    /**
     * A probe goes out behind everything up to a position. While one is unanswered a later one is not waited for: which of them an
     * answer is for cannot be told.
     */
    void probing(Position upTo) {
        lagging = unanswered == 0 ? 0 : lagging + 1;
        if (lagging > MAX_LAGGING) {
            // Of several pings only the last need be answered (RFC 6455 section 5.5.3).
            unanswered = 0;
            lagging = 0;
        }
        if (unanswered++ == 0) {
            probed = upTo;
        }
    }

    /**
     * The probe was answered, which confirms what went before it for clients that never acknowledge. For those who do it confirms
     * what they cannot acknowledge, such as a gap, when nothing else is outstanding.
     */
    void probeAnswered() {
        unanswered = Math.max(0, unanswered - 1);
        if (probed != null && (!everAcknowledged || confirmed.compareTo(written) >= 0)) {
            confirm(probed);
        }
        probed = null;
    }

    /** Whether the device's cursor has moved since {@link #takeCursor}. */
    boolean isCursorDirty() {
        return cursorDirty;
    }

    /** Where the device's cursor has moved since the last call, or null. */
    @Nullable
    Position takeCursor() {
        if (!cursorDirty) {
            return null;
        }
        cursorDirty = false;
        return cursor;
    }

    Overdue overdue(long now) {
        if (dueIn(now) > 0) {
            return Overdue.NOTHING;
        }
        return again == null ? Overdue.AGAIN : Overdue.IN_VAIN;
    }

    /** In how many nanoseconds something is overdue; the largest number for never. */
    long dueIn(long now) {
        ArrayDeque<Stretch> known = stretches;
        return known == null || known.isEmpty() ? Long.MAX_VALUE : known.getFirst().last + deadline - now;
    }

    /** What is outstanding will be written again, and its time begins anew with that; returns after which position. */
    Position again() {
        again = written;
        shown = confirmed;
        probed = null;
        stretches = null;
        return confirmed;
    }

    private void confirm(Position position) {
        if (position.compareTo(confirmed) <= 0) {
            return;
        }
        confirmed = position;
        if (position.compareTo(cursor) > 0) {
            cursor = position;
            cursorDirty = true;
        }
        if (again != null && again.compareTo(position) <= 0) {
            again = null;
        }
        ArrayDeque<Stretch> known = stretches;
        while (known != null && !known.isEmpty() && known.getFirst().upTo.compareTo(position) <= 0) {
            known.removeFirst();
        }
        if (known != null && known.isEmpty()) {
            stretches = null;
        }
    }

    private void time(Position upTo, long now) {
        ArrayDeque<Stretch> known = stretches;
        if (known == null) {
            known = new ArrayDeque<>(2);
            stretches = known;
        }
        // What was under way when it began again is written once more, behind what is written now.
        while (!known.isEmpty() && known.getLast().upTo.compareTo(upTo) >= 0) {
            known.removeLast();
        }
        long since = now;
        if (!known.isEmpty() && now - known.getLast().since < deadline / STRETCHES) {
            since = known.removeLast().since;
        }
        known.addLast(new Stretch(upTo, since, now));
    }

    private static Position later(Position one, Position other) {
        return one.compareTo(other) >= 0 ? one : other;
    }
}
