package io.tidings.inmemory;

import io.tidings.mailbox.Append;
import io.tidings.mailbox.Appended;
import io.tidings.mailbox.Entry;
import io.tidings.mailbox.Gap;
import io.tidings.mailbox.Idempotency;
import io.tidings.mailbox.Page;
import io.tidings.message.Position;
import io.tidings.message.UserKey;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One user's mailbox.
 *
 * <p>Not safe for use by several threads; guarded by the lock of the {@link MailboxShard}.
 */
final class UserBox {

    private record Remembered(Position position, long atNanos) {}

    private final UserKey user;
    private final MessageRing ring = new MessageRing();
    private final DeviceCursors cursors = new DeviceCursors();

    /** Idempotency keys, the oldest first. */
    private final Map<String, Remembered> keys = new LinkedHashMap<>();

    /** 0 until the first message. */
    private long epoch;

    /** The highest offset that gave way to a newer message; 0 for none. */
    private long trimmedTo;

    private long usedNanos;

    UserBox(UserKey user) {
        this.user = user;
    }

    UserKey user() {
        return user;
    }

    long epoch() {
        return epoch;
    }

    DeviceCursors cursors() {
        return cursors;
    }

    Position head() {
        return epoch == 0 ? Position.START : new Position(epoch, ring.last());
    }

    int messages() {
        return ring.size();
    }

    int keys() {
        return keys.size();
    }

    void use(long now) {
        usedNanos = now;
    }

    /** Whether nothing is held and nobody came for so long that even the epoch may go. */
    boolean isForgettable(long now, long afterNanos) {
        return ring.size() == 0 && keys.isEmpty() && now - usedNanos >= afterNanos;
    }

    /** Drops what is past its time. */
    void expire(long now, long retentionNanos, long windowNanos) {
        for (MessageRing.Held held = ring.oldest();
                held != null && now - held.atNanos() >= retentionNanos;
                held = ring.oldest()) {
            ring.removeOldest();
        }
        Iterator<Remembered> oldest = keys.values().iterator();
        while (oldest.hasNext() && now - oldest.next().atNanos() >= windowNanos) {
            oldest.remove();
        }
    }

    void trimOldest() {
        trimmedTo = ring.first();
        ring.removeOldest();
    }

    /** What was appended under the same key before, or null. */
    Appended.@Nullable Stored repeated(@Nullable String key) {
        Remembered first = key == null ? null : keys.get(key);
        return first == null ? null : new Appended.Stored(first.position, true);
    }

    Appended.Stored append(Append append, long newEpoch, long now, boolean remembersKeys) {
        if (epoch == 0) {
            epoch = newEpoch;
        }
        Position position = head().next();
        ring.add(new MessageRing.Held(new Entry(position, append.message(), append.except()), now));
        if (remembersKeys && append.idempotency() instanceof Idempotency.Key given) {
            keys.put(given.key(), new Remembered(position, now));
        }
        return new Appended.Stored(position, false);
    }

    Page read(Position after, int limit) {
        Position head = head();
        Position before = epoch == 0 ? Position.START : new Position(epoch, ring.first() - 1);
        Gap.Reason reason = gap(after, head, before);
        Gap gap = reason == null ? null : new Gap(after, before, reason);
        long from = gap != null || after.isStart() ? ring.first() : after.offset() + 1;
        List<Entry> entries = ring.from(from, limit);
        Position next =
                !entries.isEmpty() ? entries.get(entries.size() - 1).position() : gap != null ? gap.to() : after;
        return new Page(gap, entries, next, head);
    }

    private Gap.@Nullable Reason gap(Position after, Position head, Position before) {
        if (!after.isStart()) {
            if (epoch != 0 && after.epoch() != epoch) {
                return Gap.Reason.EPOCH;
            }
            if (after.compareTo(head) > 0) {
                return Gap.Reason.UNKNOWN;
            }
        }
        if (after.offset() >= before.offset()) {
            return null;
        }
        return after.offset() < trimmedTo ? Gap.Reason.TRIMMED : Gap.Reason.EXPIRED;
    }
}
