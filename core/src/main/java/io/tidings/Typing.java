package io.tidings;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where one user types, over all connections of this node: what is a change, and what only says again what is known. Typing ends by
 * itself {@link #LASTS} after it was said last. Of more than {@value #MOST} conversations the one that was told of least lately is
 * forgotten.
 */
final class Typing {

    /** How long a user is taken to type who said so and nothing more. */
    static final Duration LASTS = Duration.ofSeconds(3);

    static final int MOST = 32;

    /** When it was said last, by conversation; made with the first. */
    @GuardedBy("this")
    private @Nullable LinkedHashMap<String, Long> saidNanos;

    /** Whether it would change something. */
    synchronized boolean isChange(String conversation, boolean types, long now) {
        Long said = saidNanos == null ? null : saidNanos.get(conversation);
        boolean typed = said != null && now - said < LASTS.toNanos();
        return typed != types;
    }

    /** It was said, and is taken to be so. */
    synchronized void is(String conversation, boolean types, long now) {
        LinkedHashMap<String, Long> known = saidNanos;
        if (known == null) {
            known = new LinkedHashMap<>(4, 0.75f, true);
            saidNanos = known;
        }
        if (!types) {
            known.remove(conversation);
            return;
        }
        known.put(conversation, now);
        if (known.size() > MOST) {
            Map.Entry<String, Long> eldest = known.entrySet().iterator().next();
            known.remove(eldest.getKey());
        }
    }
}
