package io.tidings.adapter.jdbc;

import io.tidings.message.Position;
import java.sql.ResultSet;
import java.sql.SQLException;

/** A user's row of {@code tidings_mailbox}. Used by one thread. */
final class Box {

    static final String COLUMNS =
            "id, user_key, epoch, last_offset, last_at, first_offset, trimmed_offset, previous_epoch,"
                    + " previous_last, generation, used_day";

    final long id;
    final String userKey;

    /** 0 until the first message. */
    long epoch;

    long last;

    /** What {@link #last} was when the row was read. */
    final long loadedLast;

    /** When the last message was stored; times of one mailbox never go back. */
    long lastAt;

    /** No message before it is held; some from it on may be past their time. */
    long first;

    /** The highest offset that gave way to a newer message; 0 for none. */
    long trimmed;

    /** The epoch that lost history ended, and where it ended; 0 for none. */
    long previousEpoch;

    long previousLast;
    long generation;
    long usedDay;

    private Box(ResultSet row) throws SQLException {
        id = row.getLong(1);
        userKey = row.getString(2);
        epoch = row.getLong(3);
        last = row.getLong(4);
        loadedLast = last;
        lastAt = row.getLong(5);
        first = row.getLong(6);
        trimmed = row.getLong(7);
        previousEpoch = row.getLong(8);
        previousLast = row.getLong(9);
        generation = row.getLong(10);
        usedDay = row.getLong(11);
    }

    static Box of(ResultSet row) throws SQLException {
        return new Box(row);
    }

    Position head() {
        return epoch == 0 ? Position.START : new Position(epoch, last);
    }

    /** Whether a position is beyond the head of its own epoch, which only lost history explains. */
    boolean isBeyond(Position position) {
        return epoch != 0 && position.epoch() == epoch && position.offset() > last;
    }

    /** Whether a position of the epoch before can be continued from. */
    boolean isOfPrevious(Position position) {
        return previousEpoch != 0 && position.epoch() == previousEpoch && position.offset() <= previousLast;
    }

    /** Begins the epoch after lost history: what is held stays, and offsets go on. */
    void beginEpoch(long now) {
        previousEpoch = epoch;
        previousLast = last;
        epoch = Math.min(Position.MAX, Math.max(epoch + 1, now));
    }
}
