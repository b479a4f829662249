package io.tidings.feeds;

import io.tidings.message.UserKey;
import java.time.Instant;
import java.util.Comparator;

/** An id that is remembered under a user's key since a moment; the oldest come first. */
record RememberedKey(UserKey user, String key, long id, Instant at) implements Comparable<RememberedKey> {

    private static final Comparator<RememberedKey> ORDER = Comparator.comparing(RememberedKey::at)
            .thenComparing(RememberedKey::user)
            .thenComparing(RememberedKey::key);

    @Override
    public int compareTo(RememberedKey other) {
        return ORDER.compare(this, other);
    }
}
