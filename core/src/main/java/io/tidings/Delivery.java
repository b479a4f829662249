package io.tidings;

import io.tidings.message.Position;
import org.jspecify.annotations.Nullable;

/**
 * Where one connection stands in its user's mailbox.
 *
 * <pre>
 *             start                    page reaches the highest hint
 *   WAITING ---------> READING ------------------------------------> LIVE
 *                       |   ^  ^                                      |
 *          queue filled |   |  |  a hint is missing for 20 ms         |
 *                       v   |  +--------------------------------------+
 *                      PAUSED                                         |
 *                           ^            queue full                   |
 *                           +-----------------------------------------+
 * </pre>
 *
 * <p>The mailbox is the only source: a hint is followed when it is the next, dropped when it is older, and otherwise only says
 * how far there is to read. Resume, gap, overflow and recovery are all "READING from a position". The position moves when a
 * message is queued, or passed over because the connection filters it out.
 *
 * <p>Not safe by itself: every method is called under the connection's lock.
 */
final class Delivery {

    enum State {
        /** The start is not known yet. */
        WAITING,
        /** Follows hints. */
        LIVE,
        /** Wants the page after {@link #at()}. */
        READING,
        /** Wants it too, when the queue has room. */
        PAUSED
    }

    /** What a hint means. */
    enum Hint {
        /** It is the next message. */
        NEXT,
        /** It is known, or will be read. */
        NOTHING,
        /** Something before it is missing: see again in a moment. */
        MISSING
    }

    private State state = State.WAITING;
    private Position at = Position.START;
    private Position highest = Position.START;
    /** {@link #highest} when the page under way was asked for. */
    private Position known = Position.START;

    private boolean missingNoted;
    private boolean announce;
    private @Nullable String unreadable;

    private Position written = Position.START;
    private Position acknowledged = Position.START;
    private boolean everAcknowledged;
    private boolean cursorDirty;
    private @Nullable Position probed;

    State state() {
        return state;
    }

    /** Everything up to here is queued. */
    Position at() {
        return at;
    }

    /**
     * Reads from a position, and says so when it is live.
     *
     * @param asked what the client asked for where that is no position, or null
     * @param room  whether the queue takes more now
     */
    void start(Position from, @Nullable String asked, boolean room) {
        at = from;
        unreadable = asked;
        announce = true;
        state = room ? State.READING : State.PAUSED;
    }

    Hint hint(Position position) {
        if (state != State.LIVE) {
            raise(position);
            return Hint.NOTHING;
        }
        if (isNext(position)) {
            return Hint.NEXT;
        }
        if (position.compareTo(at) <= 0) {
            return Hint.NOTHING;
        }
        raise(position);
        if (missingNoted) {
            return Hint.NOTHING;
        }
        missingNoted = true;
        return Hint.MISSING;
    }

    /** Whether it is known that something before a hint is missing. */
    boolean isMissing() {
        return missingNoted && highest.compareTo(at) > 0;
    }

    /** The moment after a {@link Hint#MISSING} is over; true when the mailbox must be read. */
    boolean missingStill() {
        missingNoted = false;
        if (state != State.LIVE || highest.compareTo(at) <= 0) {
            return false;
        }
        state = State.READING;
        return true;
    }

    /** The mailbox reaches to a position, however that is known; true when it must be read. */
    boolean behind(Position head) {
        raise(head);
        if (state != State.LIVE || highest.compareTo(at) <= 0) {
            return false;
        }
        state = State.READING;
        return true;
    }

    /** A message was queued or passed over. */
    void advance(Position to) {
        at = to;
    }

    /** The queue is full; what was hinted at is read later. */
    void pause(Position hinted) {
        raise(hinted);
        state = State.PAUSED;
    }

    /** The queue has room again; true when the mailbox must be read. */
    boolean unpause() {
        if (state != State.PAUSED) {
            return false;
        }
        state = State.READING;
        return true;
    }

    /** A page is asked for; returns after which position. */
    Position beginRead() {
        known = highest;
        return at;
    }

    /** Whether a page read after a position is what is wanted. */
    boolean wants(Position from) {
        return state == State.READING && at.equals(from);
    }

    /** What the client asked for that is no position; told once. */
    @Nullable
    String takeUnreadable() {
        String asked = unreadable;
        unreadable = null;
        return asked;
    }

    /**
     * A whole page has been queued.
     *
     * @param atHead     whether nothing followed it
     * @param progressed whether it moved the position
     * @return whether the connection is live now; else the next page must be read
     */
    boolean endPage(boolean atHead, boolean progressed) {
        // Hints follow appends, so one from before a read that does not show it is of another life and void. One
        // that came meanwhile may be of an append that the read was too early for.
        boolean nothingMore = !progressed && highest.equals(known);
        if (nothingMore || (atHead && highest.compareTo(at) <= 0)) {
            highest = at;
            state = State.LIVE;
            return true;
        }
        return false;
    }

    /** Whether the client is to be told that it is live; told once a start. */
    boolean takeAnnouncement() {
        boolean due = announce;
        announce = false;
        return due;
    }

    /** Durable messages up to here have been handed to the operating system. */
    void written(Position position) {
        written = position;
    }

    /** The client says it has everything up to a position, which counts as far as it was written. */
    void acknowledge(Position position) {
        everAcknowledged = true;
        confirm(position.compareTo(written) > 0 ? written : position);
    }

    /** A probe goes out behind everything written so far. */
    void probing() {
        probed = written;
    }

    /**
     * The probe was answered, which confirms what went before it for clients that never acknowledge.
     *
     * @return whether the device's cursor is to be moved
     */
    boolean probeAnswered() {
        if (probed != null && !everAcknowledged) {
            confirm(probed);
        }
        probed = null;
        return cursorDirty;
    }

    /** Where the device's cursor has moved since the last call, or null. */
    @Nullable
    Position takeCursor() {
        if (!cursorDirty) {
            return null;
        }
        cursorDirty = false;
        return acknowledged;
    }

    private void confirm(Position position) {
        if (position.compareTo(acknowledged) > 0) {
            acknowledged = position;
            cursorDirty = true;
        }
    }

    private boolean isNext(Position position) {
        return position.offset() == at.offset() + 1 && (position.epoch() == at.epoch() || at.isStart());
    }

    private void raise(Position position) {
        if (position.compareTo(highest) > 0) {
            highest = position;
        }
    }
}
