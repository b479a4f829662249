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
 * how far there is to read. Resume, gap, overflow, redelivery and recovery are all "READING from a position". The position moves when a
 * message is queued, or passed over because the connection filters it out. {@link Unacknowledged} follows it.
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
    /** Whether a page was asked for since it reads from here: an older one may not show what was hinted at before. */
    private boolean asked;

    private boolean missingNoted;
    private boolean announce;
    private @Nullable String unreadable;

    private final Unacknowledged unacknowledged;

    Delivery(Unacknowledged unacknowledged) {
        this.unacknowledged = unacknowledged;
    }

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
     * @param wanted what the client asked for where that is no position, or null
     * @param room   whether the queue takes more now
     */
    void start(Position from, @Nullable String wanted, boolean room) {
        at = from;
        unreadable = wanted;
        announce = true;
        unacknowledged.start(from);
        read(room);
    }

    /**
     * Reads again what is outstanding.
     *
     * @param untold whether the client was to be told that it is live, and was not yet
     * @param room   whether the queue takes more now
     */
    void again(boolean untold, boolean room) {
        at = unacknowledged.again();
        announce |= untold;
        read(room);
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
        read(true);
        return true;
    }

    /** The mailbox reaches to a position, however that is known; true when it must be read. */
    boolean behind(Position head) {
        raise(head);
        if (state != State.LIVE || highest.compareTo(at) <= 0) {
            return false;
        }
        read(true);
        return true;
    }

    /** A message was passed over because the connection is not shown it, or read to its end. */
    void advance(Position to) {
        at = to;
    }

    /** A message was queued. */
    void queued(Position position) {
        unacknowledged.queued(position);
        at = position;
    }

    /** What followed up to a position is gone, which the client is told. */
    void gap(Position to) {
        unacknowledged.gap(to);
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
        read(true);
        return true;
    }

    /** A page is asked for, by this connection or another of the user; returns after which position this one wants it. */
    Position beginRead() {
        known = highest;
        asked = true;
        return at;
    }

    /** Whether a page read after a position is what is wanted, and was asked for when it was. */
    boolean wants(Position from) {
        return state == State.READING && asked && at.equals(from);
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

    /**
     * A probe goes out behind everything written so far, before what is queued.
     *
     * @param drained whether no message is queued
     */
    void probing(boolean drained) {
        // While it is read for, the position is only what the client asked for.
        unacknowledged.probing(drained && state == State.LIVE ? at : unacknowledged.written());
    }

    /** Lets confirmations reach over what the connection was not shown; a position that is only asked for confirms nothing. */
    void passOver() {
        if (state == State.LIVE) {
            unacknowledged.passOver(at);
        }
    }

    private void read(boolean room) {
        state = room ? State.READING : State.PAUSED;
        asked = false;
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
