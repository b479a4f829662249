package io.tidings.inmemory;

import io.tidings.mailbox.Idempotency;
import io.tidings.message.Position;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What of one user's was appended before: keys for as long as their window, and of every source the highest sequence.
 *
 * <p>Not safe for use by several threads; guarded by the lock of the {@link MailboxShard}.
 */
final class Repeats {

    private record Remembered(Position position, long atNanos, long bytes) {}

    /** The oldest first. */
    private final Map<String, Remembered> keys = new LinkedHashMap<>();

    /** The highest sequence of each source; made with the first. */
    private @Nullable Map<String, Long> sources;

    /** Where the messages that are held of sources stand; made with the first. */
    private @Nullable Map<Idempotency.Sequence, Position> held;

    /** About what they cost. */
    private long bytes;

    long bytes() {
        return bytes;
    }

    /** How many keys and sources are remembered. */
    int size() {
        return keys.size() + (sources == null ? 0 : sources.size());
    }

    boolean hasKeys() {
        return !keys.isEmpty();
    }

    /** Whether a message would be of a source that is not known yet, and one more than may be. */
    boolean isOneSourceTooMany(Idempotency idempotency) {
        return sources != null && sources.size() >= Idempotency.MAX_SOURCES && isNewSource(idempotency);
    }

    private boolean isNewSource(Idempotency idempotency) {
        return idempotency instanceof Idempotency.Sequence given
                && (sources == null || !sources.containsKey(given.source()));
    }

    /** Whether a message would leave one thing more to remember. */
    boolean grows(Idempotency idempotency, boolean remembersKeys) {
        return (idempotency instanceof Idempotency.Key && remembersKeys) || isNewSource(idempotency);
    }

    /**
     * Where the message is that this repeats, or null.
     *
     * @param beforeOldest the position before the oldest message held, for a message that is not
     */
    @Nullable
    Position first(Idempotency idempotency, Position beforeOldest) {
        if (idempotency instanceof Idempotency.Key given) {
            Remembered first = keys.get(given.key());
            return first == null ? null : first.position;
        }
        if (sources == null || held == null || !(idempotency instanceof Idempotency.Sequence given)) {
            return null;
        }
        Long highest = sources.get(given.source());
        return highest == null || given.sequence() > highest ? null : held.getOrDefault(given, beforeOldest);
    }

    /** A message was appended. */
    void add(Idempotency idempotency, Position position, long now, boolean remembersKeys) {
        if (idempotency instanceof Idempotency.Key given && remembersKeys) {
            long size = MemorySize.of(idempotency);
            keys.put(given.key(), new Remembered(position, now, size));
            bytes += size;
        } else if (idempotency instanceof Idempotency.Sequence given) {
            if (sources == null) {
                sources = new HashMap<>(2);
            }
            if (held == null) {
                held = new HashMap<>();
            }
            if (sources.put(given.source(), given.sequence()) == null) {
                bytes += MemorySize.of(idempotency);
            }
            held.put(given, position);
        }
    }

    /** A message of a source is no longer held. */
    void release(Idempotency.@Nullable Sequence sequence) {
        if (held != null && sequence != null) {
            held.remove(sequence);
        }
    }

    /** Forgets the keys whose window is over. */
    void expire(long now, long windowNanos) {
        Iterator<Remembered> each = keys.values().iterator();
        while (each.hasNext()) {
            Remembered oldest = each.next();
            if (now - oldest.atNanos() < windowNanos) {
                return;
            }
            bytes -= oldest.bytes();
            each.remove();
        }
    }
}
