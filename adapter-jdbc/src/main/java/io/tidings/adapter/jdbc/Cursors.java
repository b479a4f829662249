package io.tidings.adapter.jdbc;

import io.tidings.mailbox.Attachment;
import io.tidings.mailbox.CursorMove;
import io.tidings.message.Position;
import io.tidings.message.UserKey;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Devices, their cursors, and whose word moves them. */
final class Cursors {

    /** Beyond, the instance of the device that was attached longest ago is fenced too; a user has fewer connections. */
    private static final int MAX_INSTANCES = 64;

    /** One statement a move, with no lock on the user's row: all that it depends on is in its conditions. */
    static final String MOVE = "UPDATE tidings_device SET epoch = ?, message_offset = ?"
            + " WHERE mailbox_id = (SELECT id FROM tidings_mailbox"
            + " WHERE user_key = ? AND (epoch > ? OR (epoch = ? AND last_offset >= ?)))"
            + " AND device = ? AND (epoch < ? OR (epoch = ? AND message_offset < ?))"
            + " AND EXISTS (SELECT 1 FROM tidings_instance i WHERE i.mailbox_id = tidings_device.mailbox_id"
            + " AND i.device = tidings_device.device AND i.instance = ? AND i.generation = ?)";

    private final Sessions sessions;
    private final Boxes boxes;
    private final JdbcOptions options;

    private record Device(String name, Position cursor, long attached) {}

    Cursors(Sessions sessions, Boxes boxes, JdbcOptions options) {
        this.sessions = sessions;
        this.boxes = boxes;
        this.options = options;
    }

    Attachment attach(UserKey user, String device, String instance) throws SQLException {
        String key = Storable.userKey(user);
        return boxes.withAll(
                List.of(key),
                (session, found) -> attach(session, found.values().iterator().next(), device, instance));
    }

    private Attachment attach(Session session, Box box, String device, String instance) throws SQLException {
        long now = options.now();
        // Above every earlier one, those that a restore took back included.
        long generation = Math.max(box.generation + 1, now);
        String name = Storable.name(device);
        List<Device> devices = session.query(
                "SELECT device, epoch, message_offset, attached FROM tidings_device WHERE mailbox_id = ?",
                row -> new Device(row.getString(1), new Position(row.getLong(2), row.getLong(3)), row.getLong(4)),
                box.id);
        Position cursor = devices.stream()
                .filter(each -> each.name.equals(name))
                .map(Device::cursor)
                .findAny()
                .orElse(null);
        if (cursor == null) {
            cursor = devices.stream()
                    .map(Device::cursor)
                    .max(Comparator.naturalOrder())
                    .orElse(Position.START);
            makeRoom(session, box, devices);
            session.update(
                    "INSERT INTO tidings_device (mailbox_id, device, epoch, message_offset, attached) VALUES (?, ?, ?, ?, ?)",
                    box.id,
                    name,
                    cursor.epoch(),
                    cursor.offset(),
                    generation);
        } else {
            session.update(
                    "UPDATE tidings_device SET attached = ? WHERE mailbox_id = ? AND device = ?",
                    generation,
                    box.id,
                    name);
        }
        claim(session, box, name, Storable.name(instance), generation);
        session.update(
                "UPDATE tidings_mailbox SET generation = ?, used_day = ? WHERE id = ?",
                generation,
                JdbcOptions.day(now),
                box.id);
        return new Attachment(cursor, generation);
    }

    private void makeRoom(Session session, Box box, List<Device> devices) throws SQLException {
        List<String> longestAgo = devices.stream()
                .sorted(Comparator.comparingLong(Device::attached))
                .limit(Math.max(0, devices.size() - options.maxDevices() + 1))
                .map(Device::name)
                .toList();
        for (String name : longestAgo) {
            session.update("DELETE FROM tidings_instance WHERE mailbox_id = ? AND device = ?", box.id, name);
            session.update("DELETE FROM tidings_device WHERE mailbox_id = ? AND device = ?", box.id, name);
        }
    }

    private static void claim(Session session, Box box, String device, String instance, long generation)
            throws SQLException {
        int known = session.update(
                "UPDATE tidings_instance SET generation = ? WHERE mailbox_id = ? AND device = ? AND instance = ?",
                generation,
                box.id,
                device,
                instance);
        if (known == 0) {
            session.update(
                    "INSERT INTO tidings_instance (mailbox_id, device, instance, generation) VALUES (?, ?, ?, ?)",
                    box.id,
                    device,
                    instance,
                    generation);
            session.update(
                    "DELETE FROM tidings_instance WHERE mailbox_id = ? AND device = ? AND generation <="
                            + " (SELECT generation FROM tidings_instance WHERE mailbox_id = ? AND device = ?"
                            + " ORDER BY generation DESC LIMIT 1 OFFSET ?)",
                    box.id,
                    device,
                    box.id,
                    device,
                    MAX_INSTANCES);
        }
    }

    /** All in one transaction, in the order of users and devices, so that no two nodes wait for each other. */
    void move(List<CursorMove> moves) throws SQLException {
        List<CursorMove> sorted = moves.stream()
                .sorted(Comparator.comparing(CursorMove::user)
                        .thenComparing(CursorMove::device)
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
