package io.tidings.inmemory;

import io.tidings.mailbox.Entry;
import io.tidings.message.Position;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The newest messages of one user: an array that is used in a circle, so that adding, dropping the oldest and finding an offset
 * cost the same however many there are. Offsets have no holes, so an offset says its place.
 *
 * <p>Not safe for use by several threads; guarded by the lock of the {@link MailboxShard}.
 */
final class MessageRing {

    private static final int SMALLEST = 4;

    private @Nullable Held[] slots = new @Nullable Held[SMALLEST];
    private int oldest;
    private int size;

    /** The offset of the newest message that was ever added; 0 for none. */
    private long last;

    int size() {
        return size;
    }

    long last() {
        return last;
    }

    /** The offset of the oldest message held; the one after the last where nothing is held. */
    long first() {
        return last - size + 1;
    }

    /** Adds the message of the offset after {@link #last()}. */
    void add(Held held) {
        if (size == slots.length) {
            resize(size * 2);
        }
        slots[(oldest + size) % slots.length] = held;
        size++;
        last++;
    }

    @Nullable
    Held oldest() {
        return slots[oldest];
    }

    void removeOldest() {
        slots[oldest] = null;
        oldest = (oldest + 1) % slots.length;
        size--;
        if (slots.length > SMALLEST && size <= slots.length / 4) {
            resize(slots.length / 2);
        }
    }

    /** The messages from an offset that is held, or one after the last, on; all in an epoch, whichever they came in. */
    List<Entry> from(long epoch, long offset, int limit) {
        int skipped = (int) (offset - first());
        int count = Math.min(limit, size - skipped);
        List<Entry> entries = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            Held held = slots[(oldest + skipped + i) % slots.length];
            if (held != null) {
                entries.add(inEpoch(epoch, held.entry));
            }
        }
        return entries;
    }

    private static Entry inEpoch(long epoch, Entry entry) {
        Position position = entry.position();
        return position.epoch() == epoch
                ? entry
                : new Entry(new Position(epoch, position.offset()), entry.message(), entry.except());
    }

    private void resize(int length) {
        @Nullable Held[] larger = new @Nullable Held[length];
        for (int i = 0; i < size; i++) {
            larger[i] = slots[(oldest + i) % slots.length];
        }
        slots = larger;
        oldest = 0;
    }
}
