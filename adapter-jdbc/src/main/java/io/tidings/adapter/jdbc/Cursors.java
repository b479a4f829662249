package io.tidings.adapter.jdbc;

import io.tidings.jdbc.Sessions;
import io.tidings.jdbc.Storable;
import io.tidings.mailbox.CursorMove;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Moves of cursors. */
final class Cursors {

    /** One statement a move, with no lock on the user's row: all that it depends on is in its conditions. */
    static final String MOVE = "UPDATE tidings_device SET epoch = ?, message_offset = ?"
            + " WHERE mailbox_id = (SELECT id FROM tidings_mailbox"
            + " WHERE user_key = ? AND (epoch > ? OR (epoch = ? AND last_offset >= ?)))"
            + " AND device = ? AND (epoch < ? OR (epoch = ? AND message_offset < ?))"
            + " AND EXISTS (SELECT 1 FROM tidings_instance i WHERE i.mailbox_id = tidings_device.mailbox_id"
            + " AND i.device = tidings_device.device AND i.instance = ? AND i.generation = ?)";

    private final Sessions sessions;

    Cursors(Sessions sessions) {
        this.sessions = sessions;
    }

    /** All in one transaction, in the order of users and devices, as attaches, so that no two nodes wait for each other. */
    void move(List<CursorMove> moves) throws SQLException {
        List<CursorMove> sorted = moves.stream()
                .sorted(Comparator.comparing((CursorMove move) -> Storable.userKey(move.user()))
                        .thenComparing(move -> Storable.name(move.device()))
                        .thenComparing(CursorMove::position))
                .toList();
        List<@Nullable Object[]> rows = new ArrayList<>(sorted.size());
        for (CursorMove move : sorted) {
            long epoch = move.position().epoch();
            long offset = move.position().offset();
            rows.add(new @Nullable Object[] {
                epoch,
                offset,
                Storable.userKey(move.user()),
                epoch,
                epoch,
                offset,
                Storable.name(move.device()),
                epoch,
                epoch,
                offset,
                Storable.name(move.instance()),
                move.generation()
            });
        }
        sessions.write(session -> {
            session.batch(MOVE, rows);
            return rows.size();
        });
    }
}
