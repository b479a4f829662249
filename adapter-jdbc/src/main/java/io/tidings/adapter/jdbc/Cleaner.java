package io.tidings.adapter.jdbc;

import io.tidings.jdbc.Sessions;
import java.sql.SQLException;
import java.util.List;

/**
 * Removes what is past its time, a bounded piece a transaction. Nobody depends on it: reads pass over what is past its time, and
 * appends trim.
 */
final class Cleaner {

    private static final int MAX_ROWS = 10_000;
    private static final int MAX_PIECES = 100;

    private final Sessions sessions;
    private final JdbcOptions options;

    /** A transaction of the work; says whether there may be more of it. */
    private interface Piece {
        boolean done() throws SQLException;
    }

    Cleaner(Sessions sessions, JdbcOptions options) {
        this.sessions = sessions;
        this.options = options;
    }

    void clean() throws SQLException {
        repeat(this::keys);
        repeat(this::messages);
        repeat(this::mailboxes);
    }

    private static void repeat(Piece piece) throws SQLException {
        for (int i = 0; i < MAX_PIECES; i++) {
            if (!piece.done()) {
                return;
            }
        }
    }

    private boolean keys() throws SQLException {
        long until = options.now() - options.windowMillis();
        // Passes over what an append holds, so that an append may wait for this, but never this for an append.
        int removed = sessions.write(session -> session.update(
                "DELETE FROM tidings_key WHERE key_hash IN (SELECT key_hash FROM tidings_key"
                        + " WHERE remembered_at <= ? ORDER BY remembered_at LIMIT " + MAX_ROWS
                        + session.database().skipLocked() + ")",
                until));
        return removed == MAX_ROWS;
    }

    private boolean messages() throws SQLException {
        long until = options.expiredAt(options.now());
        List<Long> ids = sessions.read(session -> session.query(
                "SELECT DISTINCT mailbox_id FROM (SELECT mailbox_id FROM tidings_message WHERE stored_at <= ?"
                        + " ORDER BY stored_at LIMIT " + MAX_ROWS + ") oldest ORDER BY mailbox_id LIMIT "
                        + Chunks.MAX_IN,
                row -> row.getLong(1),
                until));
        if (ids.isEmpty()) {
            return false;
        }
        return sessions.write(session -> {
            Boxes.lockIds(session, ids);
            Chunks.update(
                    session, "DELETE FROM tidings_message WHERE mailbox_id IN (%s) AND stored_at <= ?", ids, until);
            Chunks.update(
                    session,
                    "UPDATE tidings_mailbox SET first_offset = COALESCE((SELECT min(message_offset) FROM tidings_message m"
                            + " WHERE m.mailbox_id = tidings_mailbox.id), last_offset + 1) WHERE id IN (%s)",
                    ids);
            return true;
        });
    }

    private boolean mailboxes() throws SQLException {
        long before = options.forgottenBefore(options.now());
        List<Long> ids = sessions.read(session -> session.query(
                "SELECT id FROM tidings_mailbox WHERE used_day < ? ORDER BY used_day LIMIT " + Chunks.MAX_IN,
                row -> row.getLong(1),
                before));
        if (ids.isEmpty()) {
            return false;
        }
        return sessions.write(session -> {
            Boxes.remove(
                    session,
                    Boxes.lockIds(session, ids).stream()
                            .filter(box -> box.usedDay < before)
                            .toList());
            return true;
        });
    }
}
