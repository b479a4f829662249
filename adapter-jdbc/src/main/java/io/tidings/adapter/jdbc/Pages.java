package io.tidings.adapter.jdbc;

import io.tidings.jdbc.Session;
import io.tidings.jdbc.Sessions;
import io.tidings.jdbc.Storable;
import io.tidings.mailbox.Entry;
import io.tidings.mailbox.Gap;
import io.tidings.mailbox.Page;
import io.tidings.message.Position;
import io.tidings.message.UserKey;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads.
 *
 * <p>The head is read before the messages, in a statement of its own. What is appended between the two lies beyond that head and
 * is left for the next page; what is trimmed between shows as a gap, because a gap is told from the first offset that is really
 * there.
 */
final class Pages {

    static final String NEW_EPOCH =
            "UPDATE tidings_mailbox SET epoch = ?, previous_epoch = ?, previous_last = ? WHERE id = ?";

    private final Sessions sessions;
    private final Boxes boxes;
    private final JdbcOptions options;

    Pages(Sessions sessions, Boxes boxes, JdbcOptions options) {
        this.sessions = sessions;
        this.boxes = boxes;
        this.options = options;
    }

    Page read(UserKey user, Position after, int limit) throws SQLException {
        String key = Storable.userKey(user);
        Optional<Page> page = sessions.read(session -> {
            Box box = find(session, key);
            return box != null && box.isBeyond(after)
                    ? Optional.empty()
                    : Optional.of(page(session, box, after, limit, null));
        });
        return page.isPresent() ? page.get() : readLost(key, after, limit);
    }

    private static @Nullable Box find(Session session, String key) throws SQLException {
        return session.one("SELECT " + Box.COLUMNS + " FROM tidings_mailbox WHERE user_key = ?", Box::of, key);
    }

    /** Somebody was given what this mailbox never gave: it was set back, and what it gives from now on must not be mistaken. */
    private Page readLost(String key, Position after, int limit) throws SQLException {
        return boxes.withAll(List.of(key), (session, found) -> {
            Box box = found.get(key);
            boolean lost = box != null && box.isBeyond(after);
            if (box != null && lost) {
                box.beginEpoch(options.now());
                session.update(NEW_EPOCH, box.epoch, box.previousEpoch, box.previousLast, box.id);
            }
            return page(session, box, after, limit, lost ? Gap.Reason.UNKNOWN : null);
        });
    }

    private Page page(Session session, @Nullable Box box, Position after, int limit, Gap.@Nullable Reason lost)
            throws SQLException {
        if (box == null || box.epoch == 0) {
            Gap gap = after.isStart() ? null : new Gap(after, Position.START, Gap.Reason.UNKNOWN);
            return new Page(gap, List.of(), Position.START, Position.START);
        }
        Gap.Reason reason = lost;
        boolean continues = after.isStart() || after.epoch() == box.epoch || box.isOfPrevious(after);
        if (reason == null && !continues) {
            // Of the epoch before it can only be a position beyond where that ended.
            reason = after.epoch() == box.previousEpoch ? Gap.Reason.UNKNOWN : Gap.Reason.EPOCH;
        }
        long from = reason == null ? after.offset() : 0;
        List<Entry> entries = from == box.last ? List.of() : entries(session, box, from, limit);
        long before =
                (entries.isEmpty() ? box.last + 1 : entries.get(0).position().offset()) - 1;
        if (reason == null && before > from) {
            reason = from < box.trimmed ? Gap.Reason.TRIMMED : Gap.Reason.EXPIRED;
        }
        Gap gap = reason == null ? null : new Gap(after, new Position(box.epoch, before), reason);
        Position next = !entries.isEmpty()
                ? entries.get(entries.size() - 1).position()
                : new Position(box.epoch, gap == null ? from : before);
        return new Page(gap, entries, next, box.head());
    }

    private List<Entry> entries(Session session, Box box, long from, int limit) throws SQLException {
        return session.query(
                "SELECT message_offset, except_instance, message FROM tidings_message"
                        + " WHERE mailbox_id = ? AND message_offset > ? AND message_offset <= ? AND stored_at > ?"
                        + " ORDER BY message_offset LIMIT ?",
                row -> new Entry(
                        new Position(box.epoch, row.getLong(1)),
                        Storable.messageOf(row.getString(3)),
                        Storable.nameOfOrNull(row.getString(2))),
                box.id,
                Math.max(from, box.first - 1),
                box.last,
                options.expiredAt(options.now()),
                limit);
    }

    List<Position> heads(List<UserKey> users) throws SQLException {
        List<String> keys = users.stream().map(Storable::userKey).toList();
        Map<String, Position> heads = new HashMap<>();
        sessions.read(session -> Chunks.query(
                session,
                "SELECT user_key, epoch, last_offset FROM tidings_mailbox WHERE user_key IN (%s)",
                keys.stream().distinct().toList(),
                row -> heads.put(row.getString(1), new Position(row.getLong(2), row.getLong(3)))));
        List<Position> positions = new ArrayList<>(keys.size());
        for (String key : keys) {
            positions.add(heads.getOrDefault(key, Position.START));
        }
        return positions;
    }
}
