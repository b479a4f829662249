package io.tidings.adapter.jdbc;

import io.tidings.jdbc.Session;
import io.tidings.jdbc.Storable;
import io.tidings.mailbox.Append;
import io.tidings.mailbox.Appended;
import io.tidings.mailbox.Idempotency;
import io.tidings.message.Position;
import java.nio.ByteBuffer;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One batch of appends, in the transaction that holds its users' rows.
 *
 * <p>What may be a repeat is looked up first, then every entry gets its position in memory, in list order, and last everything is
 * written: a handful of round trips however many entries and users there are.
 */
final class AppendBatch {

    private record SourceOf(long mailbox, String source) {}

    private record Numbered(SourceOf source, long sequence) {}

    private final Session session;
    private final Map<String, Box> boxes;
    private final JdbcOptions options;
    private final long now;

    /** Keys within their window, those of this batch included. */
    private final Map<ByteBuffer, Position> keys = new HashMap<>();

    private final Map<SourceOf, Long> sources = new HashMap<>();
    private final Map<Long, Integer> sourcesOfBox = new HashMap<>();

    /** What this batch stored of numbered sources. */
    private final Map<Numbered, Position> numbered = new HashMap<>();

    private final List<@Nullable Object[]> newMessages = new ArrayList<>();
    private final Map<ByteBuffer, Position> newKeys = new LinkedHashMap<>();
    private final Map<SourceOf, Long> raisedSources = new LinkedHashMap<>();
    private final List<SourceOf> newSources = new ArrayList<>();
    private final Map<Long, Box> changed = new LinkedHashMap<>();

    AppendBatch(Session session, Map<String, Box> boxes, JdbcOptions options) {
        this.session = session;
        this.boxes = boxes;
        this.options = options;
        this.now = options.now();
    }

    List<Appended> run(List<Append> appends) throws SQLException {
        lookUpKeys(appends);
        lookUpSources(appends);
        Map<Long, Long> oldest = new HashMap<>();
        List<Appended> outcomes = new ArrayList<>(appends.size());
        for (Append append : appends) {
            outcomes.add(append(append, oldest));
        }
        write();
        return outcomes;
    }

    private Appended append(Append append, Map<Long, Long> oldest) throws SQLException {
        Box box = box(append);
        if (append.idempotency() instanceof Idempotency.Key key) {
            ByteBuffer hash = ByteBuffer.wrap(Storable.keyHash(box.id, key.key()));
            Position first = keys.get(hash);
            if (first != null) {
                return new Appended.Stored(first, true);
            }
            Position position = store(append, box, null, null);
            if (options.windowMillis() > 0) {
                keys.put(hash, position);
                newKeys.put(hash, position);
            }
            return new Appended.Stored(position, false);
        }
        if (append.idempotency() instanceof Idempotency.Sequence sequence) {
            SourceOf source = new SourceOf(box.id, Storable.name(sequence.source()));
            Long highest = sources.get(source);
            if (highest != null && sequence.sequence() <= highest) {
                return new Appended.Stored(firstOf(new Numbered(source, sequence.sequence()), box, oldest), true);
            }
            if (highest == null && !remember(source)) {
                return new Appended.Full("the user has " + Idempotency.MAX_SOURCES + " sources, which is all it may");
            }
            Position position = store(append, box, source.source, sequence.sequence());
            sources.put(source, sequence.sequence());
            raisedSources.put(source, sequence.sequence());
            numbered.put(new Numbered(source, sequence.sequence()), position);
            return new Appended.Stored(position, false);
        }
        return new Appended.Stored(store(append, box, null, null), false);
    }

    /** Remembers a new source, unless the user has too many. */
    private boolean remember(SourceOf source) {
        if (sourcesOfBox.getOrDefault(source.mailbox, 0) >= Idempotency.MAX_SOURCES) {
            return false;
        }
        sourcesOfBox.merge(source.mailbox, 1, Integer::sum);
        newSources.add(source);
        return true;
    }

    private Position store(Append append, Box box, @Nullable String source, @Nullable Long sequence)
            throws SQLException {
        if (box.epoch == 0) {
            box.epoch = Boxes.firstEpoch(session, now);
        }
        box.last++;
        box.lastAt = Math.max(box.lastAt, now);
        changed.put(box.id, box);
        newMessages.add(new @Nullable Object[] {
            box.id,
            box.last,
            box.lastAt,
            append.except() == null ? null : Storable.name(append.except()),
            source,
            sequence,
            Storable.message(append.message())
        });
        return box.head();
    }

    /** The position of a repeat of a numbered source: its first one's while that is held, else just before the oldest held. */
    private Position firstOf(Numbered repeat, Box box, Map<Long, Long> oldest) throws SQLException {
        Position first = numbered.get(repeat);
        if (first != null) {
            return first;
        }
        if (!oldest.containsKey(box.id)) {
            // What this batch stored is not there yet, and is known already.
            Long held = session.one(
                    "SELECT min(message_offset) FROM tidings_message WHERE mailbox_id = ? AND stored_at > ?",
                    row -> row.getLong(1),
                    box.id,
                    options.expiredAt(now));
            oldest.put(box.id, held == null || held == 0 ? box.loadedLast + 1 : held);
            session.query(
                    "SELECT source, sequence, message_offset FROM tidings_message"
                            + " WHERE mailbox_id = ? AND source IS NOT NULL AND stored_at > ?",
                    row -> numbered.put(
                            new Numbered(new SourceOf(box.id, row.getString(1)), row.getLong(2)),
                            new Position(box.epoch, row.getLong(3))),
                    box.id,
                    options.expiredAt(now));
        }
        Position held = numbered.get(repeat);
        return held != null ? held : new Position(box.epoch, oldest.get(box.id) - 1);
    }

    private Box box(Append append) {
        Box box = boxes.get(Storable.userKey(append.user()));
        if (box == null) {
            throw new IllegalStateException("the row of a user is not locked");
        }
        return box;
    }

    private void lookUpKeys(List<Append> appends) throws SQLException {
        if (options.windowMillis() == 0) {
            return;
        }
        List<byte[]> hashes = new ArrayList<>();
        for (Append append : appends) {
            if (append.idempotency() instanceof Idempotency.Key key) {
                hashes.add(Storable.keyHash(box(append).id, key.key()));
            }
        }
        Chunks.query(
                session,
                "SELECT key_hash, epoch, message_offset FROM tidings_key WHERE key_hash IN (%s) AND remembered_at > ?",
                hashes,
                row -> keys.put(ByteBuffer.wrap(row.getBytes(1)), new Position(row.getLong(2), row.getLong(3))),
                now - options.windowMillis());
    }

    private void lookUpSources(List<Append> appends) throws SQLException {
        List<Long> numberedBoxes = appends.stream()
                .filter(append -> append.idempotency() instanceof Idempotency.Sequence)
                .map(append -> box(append).id)
                .distinct()
                .toList();
        Chunks.query(
                session,
                "SELECT mailbox_id, source, sequence FROM tidings_source WHERE mailbox_id IN (%s)",
                numberedBoxes,
                row -> sources.put(new SourceOf(row.getLong(1), row.getString(2)), row.getLong(3)));
        sources.keySet().forEach(source -> sourcesOfBox.merge(source.mailbox, 1, Integer::sum));
    }

    private void write() throws SQLException {
        session.batch(
                "INSERT INTO tidings_message"
                        + " (mailbox_id, message_offset, stored_at, except_instance, source, sequence, message)"
                        + " VALUES (?, ?, ?, ?, ?, ?, ?)",
                newMessages);
        writeKeys();
        writeSources();
        trim();
        long day = JdbcOptions.day(now);
        session.batch(
                "UPDATE tidings_mailbox SET epoch = ?, last_offset = ?, last_at = ?, first_offset = ?, trimmed_offset = ?,"
                        + " used_day = ? WHERE id = ?",
                changed.values().stream()
                        .map(box -> new @Nullable Object[] {
                            box.epoch, box.last, box.lastAt, box.first, box.trimmed, day, box.id
                        })
                        .toList());
    }

    private void writeKeys() throws SQLException {
        if (newKeys.isEmpty()) {
            return;
        }
        // Rows of the same keys are past their window, and nobody has come to clean them yet. Their order is
        // everybody's.
        List<byte[]> hashes = newKeys.keySet().stream()
                .map(ByteBuffer::array)
                .sorted(Arrays::compareUnsigned)
                .toList();
        Chunks.update(session, "DELETE FROM tidings_key WHERE key_hash IN (%s)", hashes);
        session.batch(
                "INSERT INTO tidings_key (key_hash, epoch, message_offset, remembered_at) VALUES (?, ?, ?, ?)",
                newKeys.entrySet().stream()
                        .map(each -> new @Nullable Object[] {
                            each.getKey().array(),
                            each.getValue().epoch(),
                            each.getValue().offset(),
                            now
                        })
                        .toList());
    }

    private void writeSources() throws SQLException {
        session.batch(
                "INSERT INTO tidings_source (mailbox_id, source, sequence) VALUES (?, ?, -1)",
                newSources.stream()
                        .map(source -> new @Nullable Object[] {source.mailbox, source.source})
                        .toList());
        session.batch(
                "UPDATE tidings_source SET sequence = ? WHERE mailbox_id = ? AND source = ?",
                raisedSources.entrySet().stream()
                        .map(each ->
                                new @Nullable Object[] {each.getValue(), each.getKey().mailbox, each.getKey().source})
                        .toList());
    }

    private void trim() throws SQLException {
        List<@Nullable Object[]> trims = new ArrayList<>();
        for (Box box : changed.values()) {
            long first = box.last - options.maxPerUser() + 1;
            if (first > box.first) {
                box.first = first;
                box.trimmed = first - 1;
                trims.add(new @Nullable Object[] {box.id, first});
            }
        }
        session.batch("DELETE FROM tidings_message WHERE mailbox_id = ? AND message_offset < ?", trims);
    }
}
