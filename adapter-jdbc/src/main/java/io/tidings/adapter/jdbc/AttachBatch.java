package io.tidings.adapter.jdbc;

import io.tidings.jdbc.Session;
import io.tidings.jdbc.Storable;
import io.tidings.mailbox.Attachment;
import io.tidings.message.Position;
import io.tidings.message.UserKey;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One batch of attaches, in the transaction that holds its users' rows.
 *
 * <p>The users' devices are looked up, then every attach is made in memory, in list order, and last everything is written: a
 * handful of round trips, and the same outcome as one transaction an attach.
 */
final class AttachBatch {

    /** Beyond, the instance of the device that was attached longest ago is fenced too; a user has fewer connections. */
    private static final int MAX_INSTANCES = 64;

    /**
     * Locks the devices in the order in which moves do, so that no two nodes wait for each other, and so sees what moves did.
     * Whose mailbox is locked does not help, because moves do not lock it.
     */
    static final String DEVICES =
            "SELECT d.mailbox_id, d.device, d.epoch, d.message_offset, d.attached, m.user_key FROM tidings_device d"
                    + " JOIN tidings_mailbox m ON m.id = d.mailbox_id WHERE d.mailbox_id IN (%s)"
                    + " ORDER BY m.user_key, d.device";

    static final String INSTANCES = "SELECT mailbox_id, device, count(*) FROM tidings_instance"
            + " WHERE mailbox_id IN (%s) GROUP BY mailbox_id, device";

    record Attach(UserKey user, String device, String instance) {}

    /** A row of {@code tidings_device}, there or to be. */
    private static final class Device {

        final long mailbox;
        final String name;
        final Position cursor;
        final boolean stored;
        long attached;
        int storedInstances;

        /** Instances that this batch gave the device to, with their generations. */
        final Map<String, Long> claims = new LinkedHashMap<>();

        Device(long mailbox, String name, Position cursor, boolean stored) {
            this.mailbox = mailbox;
            this.name = name;
            this.cursor = cursor;
            this.stored = stored;
        }
    }

    private final Session session;
    private final Map<String, Box> boxes;
    private final JdbcOptions options;
    private final long now;

    /** By the mailbox's id and by name. */
    private final Map<Long, Map<String, Device>> devices = new HashMap<>();

    private final List<Device> removed = new ArrayList<>();

    AttachBatch(Session session, Map<String, Box> boxes, JdbcOptions options) {
        this.session = session;
        this.boxes = boxes;
        this.options = options;
        this.now = options.now();
    }

    List<Attachment> run(List<Attach> attaches) throws SQLException {
        lookUp();
        List<Attachment> outcomes = new ArrayList<>(attaches.size());
        for (Attach attach : attaches) {
            outcomes.add(attach(attach));
        }
        write();
        return outcomes;
    }

    private void lookUp() throws SQLException {
        List<Long> ids = new ArrayList<>();
        for (Box box : boxes.values()) {
            ids.add(box.id);
            devices.put(box.id, new LinkedHashMap<>());
        }
        List<Device> stored = Chunks.query(session, DEVICES + session.database().lockOf("d"), ids, row -> {
            Device device =
                    new Device(row.getLong(1), row.getString(2), new Position(row.getLong(3), row.getLong(4)), true);
            device.attached = row.getLong(5);
            return device;
        });
        stored.forEach(device -> devicesOf(device.mailbox).put(device.name, device));
        Chunks.query(session, INSTANCES, ids, row -> {
            Device device = devicesOf(row.getLong(1)).get(row.getString(2));
            if (device != null) {
                device.storedInstances = row.getInt(3);
            }
            return row.getLong(1);
        });
    }

    private Attachment attach(Attach attach) {
        Box box = boxes.get(Storable.userKey(attach.user));
        if (box == null) {
            throw new IllegalStateException("the row of a user is not locked");
        }
        // Above every earlier one, those that a restore took back included.
        box.generation = Math.max(box.generation + 1, now);
        Map<String, Device> own = devicesOf(box.id);
        String name = Storable.name(attach.device);
        Device device = own.get(name);
        if (device == null) {
            Position furthest = own.values().stream()
                    .map(each -> each.cursor)
                    .max(Comparator.naturalOrder())
                    .orElse(Position.START);
            makeRoom(own);
            device = new Device(box.id, name, furthest, false);
            own.put(name, device);
        }
        device.attached = box.generation;
        device.claims.put(Storable.name(attach.instance), box.generation);
        return new Attachment(device.cursor, box.generation);
    }

    private void makeRoom(Map<String, Device> own) {
        own.values().stream()
                .sorted(Comparator.comparingLong(each -> each.attached))
                .limit(Math.max(0, own.size() - options.maxDevices() + 1))
                .toList()
                .forEach(device -> {
                    own.remove(device.name);
                    if (device.stored) {
                        removed.add(device);
                    }
                });
    }

    private Map<String, Device> devicesOf(long mailbox) {
        return devices.computeIfAbsent(mailbox, id -> new LinkedHashMap<>());
    }

    private void write() throws SQLException {
        List<@Nullable Object[]> gone = rows(removed, device -> new @Nullable Object[] {device.mailbox, device.name});
        session.batch("DELETE FROM tidings_instance WHERE mailbox_id = ? AND device = ?", gone);
        session.batch("DELETE FROM tidings_device WHERE mailbox_id = ? AND device = ?", gone);
        List<Device> attached = devices.values().stream()
                .flatMap(own -> own.values().stream())
                .filter(device -> !device.claims.isEmpty())
                .toList();
        session.batch(
                "INSERT INTO tidings_device (mailbox_id, device, epoch, message_offset, attached) VALUES (?, ?, ?, ?, ?)",
                rows(attached.stream().filter(device -> !device.stored).toList(), device -> new @Nullable Object[] {
                    device.mailbox, device.name, device.cursor.epoch(), device.cursor.offset(), device.attached
                }));
        session.batch(
                "UPDATE tidings_device SET attached = ? WHERE mailbox_id = ? AND device = ?",
                rows(attached.stream().filter(device -> device.stored).toList(), device ->
                        new @Nullable Object[] {device.attached, device.mailbox, device.name}));
        writeClaims(attached);
        long day = JdbcOptions.day(now);
        session.batch(
                "UPDATE tidings_mailbox SET generation = ?, used_day = ? WHERE id = ?",
                boxes.values().stream()
                        .map(box -> new @Nullable Object[] {box.generation, day, box.id})
                        .toList());
    }

    private void writeClaims(List<Device> attached) throws SQLException {
        List<@Nullable Object[]> claims = new ArrayList<>();
        for (Device device : attached) {
            device.claims.forEach((instance, generation) ->
                    claims.add(new @Nullable Object[] {device.mailbox, device.name, instance, generation}));
        }
        session.batch(
                "INSERT INTO tidings_instance (mailbox_id, device, instance, generation) VALUES (?, ?, ?, ?)"
                        + " ON CONFLICT (mailbox_id, device, instance) DO UPDATE SET generation = excluded.generation",
                claims);
        session.batch(
                "DELETE FROM tidings_instance WHERE mailbox_id = ? AND device = ? AND generation <="
                        + " (SELECT generation FROM tidings_instance WHERE mailbox_id = ? AND device = ?"
                        + " ORDER BY generation DESC LIMIT 1 OFFSET ?)",
                rows(
                        attached.stream()
                                .filter(device -> device.storedInstances + device.claims.size() > MAX_INSTANCES)
                                .toList(),
                        device -> new @Nullable Object[] {
                            device.mailbox, device.name, device.mailbox, device.name, MAX_INSTANCES
                        }));
    }

    private interface Values {
        @Nullable
        Object[] of(Device device);
    }

    private static List<@Nullable Object[]> rows(List<Device> devices, Values values) {
        List<@Nullable Object[]> rows = new ArrayList<>(devices.size());
        for (Device device : devices) {
            rows.add(values.of(device));
        }
        return rows;
    }
}
