package io.tidings.testkit.simulation;

import io.tidings.mailbox.Append;
import io.tidings.mailbox.Appended;
import io.tidings.mailbox.Attachment;
import io.tidings.mailbox.CursorMove;
import io.tidings.mailbox.Idempotency;
import io.tidings.message.Position;
import io.tidings.message.UserKey;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What the mailbox was seen to do, in the order in which it did it, and so what every device is owed. Judges the mailbox itself
 * too: positions without holes, repeats, generations, cursors.
 */
final class Ledger {

    private final Consumer<String> violated;
    private final Map<UserKey, Book> books = new TreeMap<>();

    Ledger(Consumer<String> violated) {
        this.violated = violated;
    }

    Book book(UserKey user) {
        return books.computeIfAbsent(user, Book::new);
    }

    /** The number that says which message it is: every message of a run has its own. */
    static int numberOf(Append append) {
        return append.message().body().path("id").asInt(-1);
    }

    /** An append has taken effect. */
    void appended(Append append, Appended outcome, long now) {
        if (outcome instanceof Appended.Stored stored) {
            book(append.user()).stored(append, stored, now);
        }
    }

    /** A message in a mailbox. */
    static final class Entry {
        final int index;
        final int number;
        final Position position;
        final @Nullable String except;
        final long storedNanos;

        /** The epoch that began because this and others were lost; 0 while it is not. */
        private long lostAt;

        Entry(int index, int number, Position position, @Nullable String except, long storedNanos) {
            this.index = index;
            this.number = number;
            this.position = position;
            this.except = except;
            this.storedNanos = storedNanos;
        }

        boolean isLost() {
            return lostAt != 0;
        }

        boolean isFor(String instance) {
            return except == null || !except.equals(instance);
        }

        @Override
        public String toString() {
            return "#" + number + " at " + text(position);
        }
    }

    static String text(Position position) {
        return position.isStart() ? "START" : (position.epoch() % 100_000) + ":" + position.offset();
    }

    /** One user's mailbox. */
    final class Book {
        private final UserKey user;
        private final List<Entry> entries = new ArrayList<>();
        private final Map<Integer, Entry> byNumber = new HashMap<>();
        private final Map<Idempotency, Entry> byKey = new HashMap<>();
        private final Map<String, DeviceCursor> devices = new LinkedHashMap<>();
        private Position head = Position.START;
        private int losses;

        Book(UserKey user) {
            this.user = user;
        }

        List<Entry> entries() {
            return entries;
        }

        int last() {
            return entries.size() - 1;
        }

        /** How often history was lost. */
        int losses() {
            return losses;
        }

        @Nullable
        Entry entry(int number) {
            return byNumber.get(number);
        }

        /** The message of a number that stands, or stood before history was lost, at a position. */
        @Nullable
        Entry entry(int number, Position position) {
            Entry newest = byNumber.get(number);
            for (int i = last(); i >= 0 && newest != null && losses > 0; i--) {
                Entry entry = entries.get(i);
                if (entry.number == number
                        && entry.position.offset() == position.offset()
                        && entry.position.epoch() <= position.epoch()) {
                    return entry;
                }
            }
            return newest;
        }

        private void stored(Append append, Appended.Stored stored, long now) {
            int number = numberOf(append);
            Position position = stored.position();
            Entry first = byNumber.get(number);
            if (stored.repeated()) {
                if (first == null) {
                    violated.accept("the mailbox says that #" + number + " is a repeat, and it is not there");
                } else if (!(append.idempotency() instanceof Idempotency.Sequence)
                        && first.position.offset() != position.offset()) {
                    violated.accept("a repeat of " + first + " was answered with " + text(position));
                }
                return;
            }
            if (first != null && !first.isLost()) {
                violated.accept(first + " was stored again, at " + text(position));
                return;
            }
            boolean next = head.isStart() && position.offset() == 1
                    || position.epoch() == head.epoch() && position.offset() == head.offset() + 1
                    || position.epoch() > head.epoch();
            if (!next) {
                violated.accept(
                        "#" + number + " of " + user + " was stored at " + text(position) + ", after " + text(head));
            }
            if (position.epoch() > head.epoch() && !head.isStart() && losses == 0) {
                violated.accept("an epoch began, " + text(position) + ", though nothing was lost");
            }
            head = position;
            Entry entry = new Entry(entries.size(), number, position, append.except(), now);
            entries.add(entry);
            byNumber.put(number, entry);
            if (!(append.idempotency() instanceof Idempotency.None)) {
                byKey.put(append.idempotency(), entry);
            }
        }

        /** The mailbox was brought back to an earlier state, which it says by a new epoch. */
        void lost(Position newHead, List<Integer> numbers) {
            losses++;
            head = newHead;
            for (int number : numbers) {
                Entry entry = byNumber.get(number);
                if (entry != null) {
                    entry.lostAt = newHead.epoch();
                }
            }
        }

        /** The index of the last message up to a position; -1 for none. */
        int indexAt(Position position) {
            for (int i = last(); i >= 0; i--) {
                Entry entry = entries.get(i);
                boolean valid = entry.position.epoch() <= position.epoch()
                        && (entry.lostAt == 0 || position.epoch() < entry.lostAt);
                if (valid && entry.position.offset() <= position.offset()) {
                    return i;
                }
            }
            return -1;
        }

        void attached(String device, String instance, Attachment attachment) {
            DeviceCursor known = devices.get(device);
            Position expected = known == null ? furthest() : known.cursor;
            if (!attachment.cursor().equals(expected)) {
                violated.accept("device " + device + " of " + user + " was said to stand at "
                        + text(attachment.cursor()) + ", and its valid moves say " + text(expected));
            }
            DeviceCursor now = known == null ? new DeviceCursor(expected) : known;
            devices.put(device, now);
            Long before = now.generations.put(instance, attachment.generation());
            if (before != null && before >= attachment.generation()) {
                violated.accept(
                        "the generation of " + instance + " went from " + before + " to " + attachment.generation());
            }
        }

        void moved(CursorMove move) {
            DeviceCursor device = devices.get(move.device());
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

        /** Where a device stands; START where it is not known. */
        Position cursor(String device) {
            DeviceCursor known = devices.get(device);
            return known == null ? Position.START : known.cursor;
        }

        private Position furthest() {
            Position furthest = Position.START;
            for (DeviceCursor device : devices.values()) {
                furthest = device.cursor.compareTo(furthest) > 0 ? device.cursor : furthest;
            }
            return furthest;
        }
    }

    private static final class DeviceCursor {
        private final Map<String, Long> generations = new HashMap<>();
        private Position cursor;

        DeviceCursor(Position cursor) {
            this.cursor = cursor;
        }
    }
}
