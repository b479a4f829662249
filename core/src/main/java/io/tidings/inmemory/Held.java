package io.tidings.inmemory;

import io.tidings.mailbox.Entry;
import io.tidings.mailbox.Idempotency;
import org.jspecify.annotations.Nullable;

/** A message that is held: in its user's {@link MessageRing}, and in the {@link Arrivals} of its shard. */
final class Held {

    final UserBox box;
    /** What readers get, but for an epoch that began later. */
    final Entry entry;

    final long atNanos;
    /** About what it costs. */
    final long bytes;
    /** Its place in a source, or null. */
    final Idempotency.@Nullable Sequence sequence;

    /** Its neighbours among the arrivals, which alone touch them. */
    @Nullable
    Held older;

    @Nullable
    Held newer;

    Held(UserBox box, Entry entry, long atNanos, long bytes, Idempotency.@Nullable Sequence sequence) {
        this.box = box;
        this.entry = entry;
        this.atNanos = atNanos;
        this.bytes = bytes;
        this.sequence = sequence;
    }
}
