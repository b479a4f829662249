package io.tidings.inmemory;

import io.tidings.mailbox.Append;
import io.tidings.mailbox.Appended;
import io.tidings.mailbox.Entry;
import io.tidings.mailbox.Gap;
import io.tidings.mailbox.Idempotency;
import io.tidings.mailbox.Page;
import io.tidings.message.Position;
import io.tidings.message.UserKey;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One user's mailbox.
 *
 * <p>Not safe for use by several threads; guarded by the lock of the {@link MailboxShard}.
 */
final class UserBox {

    private final UserKey user;
    private final Arrivals arrivals;
    private final MessageRing ring = new MessageRing();
    private final DeviceCursors cursors = new DeviceCursors();

    private final Repeats repeats = new Repeats();

    /** 0 until the first message. */
    private long epoch;

    /** The last position of the epoch before, which can still be continued from; the start for none. */
    private Position previousEnd = Position.START;

    /** The highest offset that gave way to a newer message; 0 for none. */
    private long trimmedTo;

    private long usedNanos;

    /** About what the messages that are held cost. */
    private long bytes;

    UserBox(UserKey user, Arrivals arrivals) {
        this.user = user;
        this.arrivals = arrivals;
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

    long bytes() {
        return bytes;
    }

    /** The oldest message held, or null. */
    @Nullable
    Held oldest() {
        return ring.oldest();
    }

    Repeats repeats() {
        return repeats;
    }

    void use(long now) {
        usedNanos = now;
    }

    /** Whether nothing is held and nobody came for so long that even the epoch may go. */
    boolean isForgettable(long now, long afterNanos) {
        return ring.size() == 0 && !repeats.hasKeys() && now - usedNanos >= afterNanos;
    }

    /** Drops what is past its time. */
    void expire(long now, long retentionNanos, long windowNanos) {
        for (Held held = ring.oldest(); held != null && now - held.atNanos >= retentionNanos; held = ring.oldest()) {
            removeOldest();
        }
        repeats.expire(now, windowNanos);
    }

    void trimOldest() {
        trimmedTo = ring.first();
        removeOldest();
    }

    private void removeOldest() {
        Held held = ring.oldest();
        if (held != null) {
            repeats.release(held.sequence);
            arrivals.remove(held);
            bytes -= held.bytes;
            ring.removeOldest();
        }
    }

    /** Lets go of all messages, when the box goes. */
    void clear() {
        while (ring.size() > 0) {
            removeOldest();
        }
    }

    /** What was appended before and is asked for again, or null. */
    Appended.@Nullable Stored repeated(Idempotency idempotency) {
        Position first = repeats.first(idempotency, beforeOldest());
        return first == null ? null : new Appended.Stored(first, true);
    }

    Appended.Stored append(Append append, long size, long newEpoch, long now, boolean remembersKeys) {
        if (epoch == 0) {
            epoch = newEpoch;
        }
        Position position = head().next();
        Idempotency idempotency = append.idempotency();
        Held held = new Held(
                this,
                new Entry(position, append.message(), append.except()),
                now,
                size,
                idempotency instanceof Idempotency.Sequence sequence ? sequence : null);
        ring.add(held);
        arrivals.add(held);
        bytes += size;
        repeats.add(idempotency, position, now, remembersKeys);
        return new Appended.Stored(position, false);
    }

    /** Whether a position proves that messages were lost. */
    boolean isBeyondTheHead(Position position) {
        return epoch != 0 && position.epoch() == epoch && position.offset() > ring.last();
    }

    /** Begins a new epoch, in which what is held stays and the offsets go on. */
    void beginEpoch(long newEpoch) {
        if (newEpoch > epoch) {
            previousEnd = head();
            epoch = newEpoch;
        }
    }

    private Position beforeOldest() {
        return epoch == 0 ? Position.START : new Position(epoch, ring.first() - 1);
    }

    Page read(Position after, int limit) {
        Position head = head();
        Position before = beforeOldest();
        // What the epoch before held is held in this one, at the same offsets.
        boolean goesOn = after.epoch() == previousEnd.epoch() && after.compareTo(previousEnd) <= 0 && !after.isStart();
        Position from = goesOn ? new Position(epoch, after.offset()) : after;
        Gap.Reason reason = gap(from, head, before);
        Gap gap = reason == null ? null : new Gap(after, before, reason);
        long first = gap != null || after.isStart() ? ring.first() : from.offset() + 1;
        List<Entry> entries = ring.from(epoch, first, limit);
        Position next = !entries.isEmpty() ? entries.get(entries.size() - 1).position() : gap != null ? gap.to() : from;
        return new Page(gap, entries, next, head);
    }

    private Gap.@Nullable Reason gap(Position after, Position head, Position before) {
        if (!after.isStart()) {
            if (epoch != 0 && after.epoch() != epoch) {
                // Of the epoch before it can only be a position beyond where that ended.
                return after.epoch() == previousEnd.epoch() ? Gap.Reason.UNKNOWN : Gap.Reason.EPOCH;
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
