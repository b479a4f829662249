package io.tidings.feeds;

import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Notifications by id; those that were not seen apart as well, so that finding them costs nothing for those that were. */
final class NotificationIndex {

    private final NavigableMap<Long, Notification> all = new TreeMap<>();
    private final NavigableMap<Long, Notification> unseen = new TreeMap<>();

    void put(Notification notification) {
        all.put(notification.id(), notification);
        if (notification.seenAt() == null) {
            unseen.put(notification.id(), notification);
        } else {
            unseen.remove(notification.id());
        }
    }

    @Nullable
    Notification get(long id) {
        return all.get(id);
    }

    List<Notification> newest(boolean unseenOnly, long before, int limit) {
        return (unseenOnly ? unseen : all)
                .headMap(before, false).descendingMap().values().stream()
                        .limit(limit)
                        .toList();
    }
}
