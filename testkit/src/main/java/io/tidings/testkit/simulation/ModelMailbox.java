package io.tidings.testkit.simulation;

import io.tidings.mailbox.Append;
import io.tidings.mailbox.Appended;
import io.tidings.mailbox.Attachment;
import io.tidings.mailbox.CursorMove;
import io.tidings.mailbox.Entry;
import io.tidings.mailbox.Gap;
import io.tidings.mailbox.Idempotency;
import io.tidings.mailbox.Mailbox;
import io.tidings.mailbox.Page;
import io.tidings.message.Position;
import io.tidings.message.UserKey;
import io.tidings.spi.Ticker;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * The plainest mailbox that several nodes can share, for simulations: every call is done at once, lists instead of anything
 * clever, and history that can be lost on purpose. One thread alone.
 */
class ModelMailbox implements Mailbox {

    /** Of messages that were dropped to make room, told apart from age nowhere: this mailbox knows no retention. */
    private final int maxPerUser;

    private final Ticker ticker;
    private final long windowNanos;
    private final Map<UserKey, Box> boxes = new HashMap<>();
    private long generations;

    ModelMailbox(Ticker ticker, int maxPerUser, long windowNanos) {
        this.ticker = ticker;
        this.maxPerUser = maxPerUser;
        this.windowNanos = windowNanos;
    }

    /** One user's. */
    static final class Box {
        final List<Append> messages = new ArrayList<>();
        final Map<String, Device> devices = new LinkedHashMap<>();
        final Map<Idempotency, Remembered> keys = new HashMap<>();
        final Map<String, Long> sequences = new HashMap<>();
        long epoch;

        /** The epoch before this one, and how far of it can be gone on from. */
        long formerEpoch = -1;

        long formerEnd;

        /** The offset before the oldest message held. */
        long before;

        long last() {
            return before + messages.size();
        }

        Position head() {
            return epoch == 0 ? Position.START : new Position(epoch, last());
        }
    }

    record Remembered(Position position, long atNanos) {}

    static final class Device {
        Position cursor;
        final Map<String, Long> generations = new HashMap<>();

        Device(Position cursor) {
            this.cursor = cursor;
        }
    }

    Box box(UserKey user) {
        return boxes.computeIfAbsent(user, absent -> new Box());
    }

    /** Whether the message of a number can still be read. */
    boolean holds(UserKey user, int number) {
        return box(user).messages.stream().anyMatch(append -> Ledger.numberOf(append) == number);
    }

    /** Brings a user's mailbox back to an earlier state, as a restored backup does; the numbers of what is lost. */
    List<Integer> lose(UserKey user, int newest) {
        Box box = box(user);
        List<Integer> lost = new ArrayList<>();
        if (box.epoch == 0) {
            return lost;
        }
        for (int i = Math.min(newest, box.messages.size()); i > 0; i--) {
            Append gone = box.messages.remove(box.messages.size() - 1);
            box.keys.remove(gone.idempotency());
            if (gone.idempotency() instanceof Idempotency.Sequence numbered) {
                box.sequences.merge(numbered.source(), numbered.sequence() - 1, Math::min);
            }
            lost.add(Ledger.numberOf(gone));
        }
        beginEpoch(box);
        return lost;
    }

    private void beginEpoch(Box box) {
        box.formerEpoch = box.epoch;
        box.formerEnd = box.last();
        box.epoch = Math.max(box.epoch + 1, ticker.epochMillis());
    }

    @Override
    public CompletionStage<List<Appended>> append(List<Append> appends) {
        List<Appended> outcomes = new ArrayList<>();
        for (Append append : appends) {
            outcomes.add(append(box(append.user()), append));
        }
        return CompletableFuture.completedFuture(outcomes);
    }

    Appended append(Box box, Append append) {
        Appended.Stored repeated = repeated(box, append.idempotency());
        return repeated != null ? repeated : store(box, append, box.last() + 1);
    }

    Appended.@Nullable Stored repeated(Box box, Idempotency idempotency) {
        if (idempotency instanceof Idempotency.Sequence numbered) {
            Long highest = box.sequences.get(numbered.source());
            if (highest == null || numbered.sequence() > highest) {
                return null;
            }
        }
        Remembered first = box.keys.get(idempotency);
        if (idempotency instanceof Idempotency.Key && first != null && ticker.nanos() - first.atNanos >= windowNanos) {
            return null;
        }
        if (idempotency instanceof Idempotency.Sequence && (first == null || first.position.offset() <= box.before)) {
            return new Appended.Stored(new Position(box.epoch, box.before), true);
        }
        return first == null ? null : new Appended.Stored(new Position(box.epoch, first.position.offset()), true);
    }

    Appended store(Box box, Append append, long offset) {
        if (box.epoch == 0) {
            box.epoch = Math.max(1, ticker.epochMillis());
        }
        Position position = new Position(box.epoch, offset);
        box.messages.add(append);
        if (!(append.idempotency() instanceof Idempotency.None)) {
            box.keys.put(append.idempotency(), new Remembered(position, ticker.nanos()));
        }
        if (append.idempotency() instanceof Idempotency.Sequence numbered) {
            box.sequences.put(numbered.source(), numbered.sequence());
        }
        while (box.messages.size() > maxPerUser) {
            box.messages.remove(0);
            box.before++;
        }
        return new Appended.Stored(position, false);
    }

    @Override
    public CompletionStage<Page> read(UserKey user, Position after, int limit) {
        return CompletableFuture.completedFuture(read(box(user), after, limit));
    }

    Page read(Box box, Position after, int limit) {
        Gap.Reason reason = gap(box, after);
        Position start = box.epoch == 0 ? Position.START : new Position(box.epoch, box.before);
        Gap gap = reason == null ? null : new Gap(after, start, reason);
        long from = gap != null || after.isStart() ? box.before : after.offset();
        List<Entry> entries = new ArrayList<>();
        for (long offset = from + 1; offset <= box.last() && entries.size() < limit; offset++) {
            Append append = box.messages.get((int) (offset - box.before - 1));
            entries.add(new Entry(new Position(box.epoch, offset), append.message(), append.except()));
        }
        Position next = after;
        if (!entries.isEmpty()) {
            next = entries.get(entries.size() - 1).position();
        } else if (gap != null) {
            next = start;
        } else if (!after.isStart()) {
            // Whoever stands in the epoch before goes on in this one.
            next = new Position(box.epoch, after.offset());
        }
        return new Page(gap, entries, next, box.head());
    }

    private Gap.@Nullable Reason gap(Box box, Position after) {
        if (after.isStart()) {
            return box.before > 0 ? Gap.Reason.TRIMMED : null;
        }
        boolean former = after.epoch() == box.formerEpoch && after.offset() <= box.formerEnd;
        if (box.epoch == 0) {
            return Gap.Reason.UNKNOWN;
        }
        if (after.epoch() != box.epoch && !former) {
            return Gap.Reason.EPOCH;
        }
        if (after.offset() > box.last()) {
            beginEpoch(box);
            return Gap.Reason.UNKNOWN;
        }
        return after.offset() < box.before ? Gap.Reason.TRIMMED : null;
    }

    @Override
    public CompletionStage<List<Position>> heads(List<UserKey> users) {
        return CompletableFuture.completedFuture(
                users.stream().map(user -> box(user).head()).toList());
    }

    @Override
    public CompletionStage<Attachment> attach(UserKey user, String name, String instance) {
        Box box = box(user);
        Position furthest = Position.START;
        for (Device other : box.devices.values()) {
            furthest = other.cursor.compareTo(furthest) > 0 ? other.cursor : furthest;
        }
        Position cursor = furthest;
        Device device = box.devices.computeIfAbsent(name, absent -> new Device(cursor));
        long generation = ++generations;
        device.generations.put(instance, generation);
        return CompletableFuture.completedFuture(new Attachment(device.cursor, generation));
    }

    @Override
    public CompletionStage<Void> moveCursors(List<CursorMove> moves) {
        for (CursorMove move : moves) {
            move(box(move.user()), move);
        }
        return CompletableFuture.completedFuture(null);
    }

    void move(Box box, CursorMove move) {
        Device device = box.devices.get(move.device());
        if (device == null || move.position().compareTo(box.head()) > 0) {
            return;
        }
        Long generation = device.generations.get(move.instance());
        if (generation != null
                && generation == move.generation()
                && move.position().compareTo(device.cursor) > 0) {
            device.cursor = move.position();
        }
    }

    @Override
    public boolean shared() {
        return true;
    }

    @Override
    public void close() {
        // Ends with the run.
    }
}
