package io.tidings.inmemory;

import io.tidings.mailbox.Attachment;
import io.tidings.mailbox.CursorMove;
import io.tidings.message.Position;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The devices of one user, the one attached longest ago first.
 *
 * <p>Not safe for use by several threads; guarded by the lock of the {@link MailboxShard}.
 */
final class DeviceCursors {

    /** Beyond, the instance attached longest ago is fenced too; a user has fewer connections. */
    private static final int MAX_INSTANCES = 64;

    private final Map<String, Device> devices = new LinkedHashMap<>();

    private static final class Device {
        /** Generations by instance, the one attached longest ago first. */
        private final Map<String, Long> generations = new LinkedHashMap<>();

        private Position cursor;

        Device(Position cursor) {
            this.cursor = cursor;
        }
    }

    Attachment attach(String name, String instance, long generation, int maxDevices) {
        Device device = devices.remove(name);
        if (device == null) {
            device = new Device(furthest());
            while (devices.size() >= maxDevices) {
                removeFirst(devices);
            }
        }
        devices.put(name, device);
        device.generations.remove(instance);
        device.generations.put(instance, generation);
        if (device.generations.size() > MAX_INSTANCES) {
            removeFirst(device.generations);
        }
        return new Attachment(device.cursor, generation);
    }

    void move(CursorMove move, Position head) {
        Device device = devices.get(move.device());
        if (device == null || move.position().compareTo(head) > 0) {
            return;
        }
        Long generation = device.generations.get(move.instance());
        if (generation != null
                && generation == move.generation()
                && move.position().compareTo(device.cursor) > 0) {
            device.cursor = move.position();
        }
    }

    private Position furthest() {
        Position furthest = Position.START;
        for (Device device : devices.values()) {
            furthest = device.cursor.compareTo(furthest) > 0 ? device.cursor : furthest;
        }
        return furthest;
    }

    private static void removeFirst(Map<?, ?> map) {
        Iterator<?> keys = map.keySet().iterator();
        keys.next();
        keys.remove();
    }
}
