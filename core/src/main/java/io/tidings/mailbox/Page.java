package io.tidings.mailbox;

import io.tidings.message.Position;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A piece of a mailbox.
 *
 * @param gap     what could not be delivered before the entries, or null
 * @param entries messages in order, offsets without holes, all of the current epoch, whichever they came in
 * @param next    where to read on, in the current epoch: the last entry's position; without entries the position that was read
 *                from, or where a gap ends
 * @param head    the position of the mailbox's last message when the page was read
 */
public record Page(@Nullable Gap gap, List<Entry> entries, Position next, Position head) {

    /** Copies the entries. */
    public Page {
        entries = List.copyOf(entries);
    }

    /** Whether nothing followed the page when it was read. */
    public boolean atHead() {
        return next.compareTo(head) >= 0;
    }
}
