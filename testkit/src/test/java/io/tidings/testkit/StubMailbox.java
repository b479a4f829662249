package io.tidings.testkit;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.tidings.mailbox.Append;
import io.tidings.mailbox.Appended;
import io.tidings.mailbox.Attachment;
import io.tidings.mailbox.CursorMove;
import io.tidings.mailbox.Entry;
import io.tidings.mailbox.Gap;
import io.tidings.mailbox.Idempotency;
import io.tidings.mailbox.Mailbox;
import io.tidings.mailbox.Page;
import io.tidings.message.Message;
import io.tidings.message.Position;
import io.tidings.message.UserKey;
import io.tidings.testkit.MailboxContractProofTest.Flaw;
import io.tidings.testkit.MailboxFixture.Limits;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** A mailbox as simple as it can be, with one flaw or none. One lock guards everything. */
final class StubMailbox implements Mailbox {

    private final Limits limits;
    private final int room;
    private final ManualTime time;
    private final Flaw flaw;
    private final Map<Object, Box> boxes = new HashMap<>();
    private final Map<String, Kept> keysOfAll = new HashMap<>();
    private final Map<String, Long> sourcesOfAll = new HashMap<>();
    private long lives = 100;
    private long generations;
    private boolean closed;

    private static final class Box {
        private long epoch;
        private Position previousEnd = Position.START;
        private long last;
        private long trimmedTo;
        private long usedAt;
        private final List<Kept> kept = new ArrayList<>();
        private final Map<String, Kept> keys = new HashMap<>();
        private final Map<String, Long> sources = new HashMap<>();
        private final Map<Idempotency.Sequence, Long> sequences = new HashMap<>();
        private final Map<String, Device> devices = new LinkedHashMap<>();

        Box(long epoch) {
            this.epoch = epoch;
        }

        Position head() {
            return last == 0 ? Position.START : new Position(epoch, last);
        }

        long first() {
            return kept.isEmpty() ? last + 1 : kept.get(0).entry.position().offset();
        }
    }

    private static final class Device {
        private Position cursor;
        private final Map<String, Long> generations = new HashMap<>();
        private long attaches;

        Device(Position cursor) {
            this.cursor = cursor;
        }
    }

    private record Kept(Entry entry, long at) {
        long offset() {
            return entry.position().offset();
        }
    }

    StubMailbox(Limits limits, int room, ManualTime time, Flaw flaw) {
        this.limits = limits;
        this.room = room;
        this.time = time;
        this.flaw = flaw;
    }

    private boolean is(Flaw other) {
        return flaw == other;
    }

    @Override
    public CompletionStage<List<Appended>> append(List<Append> appends) {
        if (is(Flaw.REORDERS_CALLS)) {
            return CompletableFuture.supplyAsync(() -> {
                LockSupport.parkNanos(System.identityHashCode(appends) % 100_000);
                return appendAll(appends);
            });
        }
        if (is(Flaw.ANSWERS_BEFORE_IT_STORES)) {
            CompletableFuture<List<Appended>> answer = new CompletableFuture<>();
            synchronized (this) {
                List<Appended> early = new ArrayList<>();
                for (Append append : appends) {
                    Box box = box(append.user());
                    early.add(new Appended.Stored(new Position(box.epoch, box.last + 1), false));
                }
                CompletableFuture.runAsync(() -> {
                    LockSupport.parkNanos(20_000_000);
                    appendAll(appends);
                });
                answer.complete(early);
            }
            return answer;
        }
        return done(() -> appendAll(appends));
    }

    private List<Appended> appendAll(List<Append> appends) {
        List<Append> order = new ArrayList<>(appends);
        if (is(Flaw.TAKES_BATCHES_BACKWARD)) {
            Collections.reverse(order);
        }
        if (is(Flaw.ANSWERS_BY_USER)) {
            Map<UserKey, List<Append>> byUser = new LinkedHashMap<>();
            appends.forEach(append -> byUser.computeIfAbsent(append.user(), user -> new ArrayList<>())
                    .add(append));
            order = byUser.values().stream().flatMap(List::stream).toList();
        }
        if (is(Flaw.LOOKS_FOR_REPEATS_BEFORE_THE_BATCH)) {
            order.replaceAll(append -> box(append.user()).keys.containsKey(key(append))
                    ? append
                    : new Append(append.user(), append.message(), Idempotency.NONE, append.except()));
        }
        if (is(Flaw.CUTS_LARGE_BATCHES)) {
            order = order.subList(0, Math.min(256, order.size()));
        }
        if (is(Flaw.REFUSES_WHOLE_BATCHES) && messages() + appends.size() > room) {
            return appends.stream()
                    .map(append -> (Appended) new Appended.Full("full"))
                    .toList();
        }
        List<Appended> outcomes = new ArrayList<>();
        for (Append append : order) {
            outcomes.add(is(Flaw.NUMBERS_OUTSIDE_THE_LOCK) ? appendInTwoSteps(append) : append(append));
        }
        if (is(Flaw.TAKES_BATCHES_BACKWARD)) {
            Collections.reverse(outcomes);
        }
        return outcomes;
    }

    private Appended appendInTwoSteps(Append append) {
        Box box;
        long offset;
        synchronized (this) {
            box = box(append.user());
            offset = ++box.last;
        }
        LockSupport.parkNanos(offset % 2 == 0 ? 10_000 : 3_000_000);
        synchronized (this) {
            Position position = new Position(box.epoch, offset);
            int at = 0;
            while (at < box.kept.size() && box.kept.get(at).entry.position().offset() < offset) {
                at++;
            }
            box.kept.add(at, new Kept(new Entry(position, append.message(), append.except()), time.nanos()));
            return new Appended.Stored(position, false);
        }
    }

    private Appended append(Append append) {
        if (is(Flaw.CHECKS_KEYS_OUTSIDE_THE_LOCK)) {
            synchronized (this) {
                Kept first = keys(append).get(key(append));
                if (first != null) {
                    return new Appended.Stored(first.entry.position(), true);
                }
            }
            LockSupport.parkNanos(1_000_000);
        }
        if (is(Flaw.CHECKS_SEQUENCES_OUTSIDE_THE_LOCK)) {
            synchronized (this) {
                Appended repeated = repeatedSequence(append, box(append.user()));
                if (repeated != null) {
                    return repeated;
                }
            }
            LockSupport.parkNanos(1_000_000);
        }
        synchronized (this) {
            Box box = box(append.user());
            expire(box);
            Appended repeatedSequence = repeatedSequence(append, box);
            if (repeatedSequence != null && !is(Flaw.CHECKS_SEQUENCES_OUTSIDE_THE_LOCK)) {
                return repeatedSequence;
            }
            Kept first = keys(append).get(key(append));
            if (first != null
                    && !is(Flaw.FORGETS_KEYS)
                    && !is(Flaw.CHECKS_KEYS_OUTSIDE_THE_LOCK)
                    && !(is(Flaw.FORGETS_KEYS_WITH_THEIR_MESSAGES) && !box.kept.contains(first))) {
                return new Appended.Stored(
                        is(Flaw.ANSWERS_REPEATS_WITH_THE_HEAD) ? box.head() : first.entry.position(),
                        !is(Flaw.DOES_NOT_MARK_REPEATS));
            }
            Idempotency.Sequence sequence = append.idempotency() instanceof Idempotency.Sequence given ? given : null;
            if (sequence != null
                    && box.sources.size() >= Idempotency.MAX_SOURCES
                    && !box.sources.containsKey(sequence.source())) {
                if (is(Flaw.FAILS_BATCHES_FOR_A_SOURCE)) {
                    throw new IllegalStateException("sources");
                }
                if (!is(Flaw.KEEPS_ANY_NUMBER_OF_SOURCES)) {
                    return new Appended.Full("sources");
                }
            }
            if (sequence != null && is(Flaw.REMEMBERS_REFUSED_SEQUENCES)) {
                box.sources.put(sequence.source(), sequence.sequence());
            }
            if (messages() >= room) {
                return new Appended.Full("full");
            }
            if (sequence != null) {
                sources(box).put(source(sequence), sequence.sequence());
                box.sequences.put(sequence, box.last + 1);
            }
            box.last += is(Flaw.LEAVES_HOLES) && box.last == 2 ? 2 : 1;
            long offset = is(Flaw.STARTS_AT_ZERO) ? box.last - 1 : box.last;
            Position position = new Position(box.epoch, offset);
            Message given = append.message();
            Message message = is(Flaw.LOSES_THE_CATEGORY)
                    ? new Message(given.kind(), given.body(), given.at(), null, given.key())
                    : given;
            if (is(Flaw.CUTS_LARGE_MESSAGES) && given.toJson().toString().length() > 65_535) {
                message = new Message(given.kind(), JsonNodeFactory.instance.objectNode(), given.at(), null, null);
            }
            String except = is(Flaw.LOSES_THE_INSTANCE) ? null : append.except();
            Kept kept = new Kept(new Entry(position, message, except), time.nanos());
            box.kept.add(kept);
            String key = key(append);
            if (key != null) {
                keys(append).put(key, kept);
            }
            int cap = limits.maxPerUser() - (is(Flaw.TRIMS_EARLY) ? 1 : 0);
            if (box.kept.size() > cap && !is(Flaw.NEVER_TRIMS)) {
                box.trimmedTo = box.kept.remove(0).entry.position().offset();
            }
            return new Appended.Stored(position, false);
        }
    }

    private @Nullable String key(Append append) {
        String key = append.idempotency() instanceof Idempotency.Key given ? given.key() : null;
        return key != null && is(Flaw.TRIMS_KEYS) ? key.strip() : key;
    }

    private Map<String, Long> sources(Box box) {
        return is(Flaw.SHARES_SOURCES_BETWEEN_USERS) ? sourcesOfAll : box.sources;
    }

    private String source(Idempotency.Sequence sequence) {
        return is(Flaw.MIXES_UP_SOURCES) ? "" : sequence.source();
    }

    private @Nullable Appended repeatedSequence(Append append, Box box) {
        if (!(append.idempotency() instanceof Idempotency.Sequence given) || is(Flaw.FORGETS_SEQUENCES)) {
            return null;
        }
        Long highest = sources(box).get(source(given));
        boolean known = is(Flaw.COMPARES_SEQUENCES_FOR_EQUALITY)
                ? box.sequences.containsKey(given)
                : highest != null && given.sequence() <= highest;
        if (!known) {
            return null;
        }
        Long offset = box.sequences.get(given);
        boolean held = offset != null && offset >= box.first();
        if (!held && is(Flaw.FORGETS_SEQUENCES_WITH_THEIR_MESSAGES) && offset != null) {
            return null;
        }
        long at = held ? offset : box.first() - (is(Flaw.ANSWERS_REPEATS_NOT_HELD_WITH_THE_OLDEST) ? 0 : 1);
        return new Appended.Stored(
                new Position(box.epoch, is(Flaw.ANSWERS_REPEATED_SEQUENCES_WITH_THE_HEAD) ? box.last : at), true);
    }

    private Map<String, Kept> keys(Append append) {
        return is(Flaw.SHARES_KEYS_BETWEEN_USERS) ? keysOfAll : box(append.user()).keys;
    }

    private void expire(Box box) {
        long retention = limits.retention().toNanos();
        if (is(Flaw.EXPIRES_EARLY)) {
            retention -= limits.retention().toNanos() / 4;
        }
        long now = time.nanos();
        long kept = retention;
        if (!is(Flaw.NEVER_EXPIRES)) {
            box.kept.removeIf(each -> now - each.at >= kept);
        }
        if (is(Flaw.LOSES_THE_HEAD_WITH_THE_MESSAGES) && box.kept.isEmpty()) {
            box.last = 0;
        }
        long window = limits.idempotencyWindow().toNanos() * (is(Flaw.FORGETS_KEYS_EARLY) ? 9 : 10) / 10;
        if (is(Flaw.FORGETS_SEQUENCES_WITH_THE_WINDOW) && now - box.usedAt >= window) {
            box.sources.clear();
        }
        box.usedAt = now;
        if (!is(Flaw.NEVER_FORGETS_KEYS)) {
            box.keys.values().removeIf(each -> now - each.at >= window);
        }
    }

    @Override
    public CompletionStage<Page> read(UserKey user, Position after, int limit) {
        if (limit < 1 && !is(Flaw.TAKES_ANY_LIMIT)) {
            return CompletableFuture.failedStage(new IllegalArgumentException("limit"));
        }
        return done(() -> page(user, after, limit));
    }

    private synchronized Page page(UserKey user, Position after, int limit) {
        Box box = boxes.get(name(user));
        if (box == null || box.last == 0) {
            Gap gap = after.isStart() ? null : new Gap(after, Position.START, Gap.Reason.UNKNOWN);
            return new Page(gap, List.of(), Position.START, Position.START);
        }
        expire(box);
        boolean beyond = after.epoch() == box.epoch && after.offset() > box.last;
        if (beyond && !is(Flaw.KEEPS_THE_EPOCH)) {
            beginEpoch(box);
        } else if (after.epoch() == box.previousEnd.epoch()
                && after.compareTo(box.previousEnd) > 0
                && is(Flaw.ENDS_EPOCHS_TWICE)) {
            beginEpoch(box);
        }
        Position before = new Position(box.epoch, box.first() - 1);
        boolean goesOn = after.epoch() == box.previousEnd.epoch()
                && !after.isStart()
                && (after.compareTo(box.previousEnd) <= 0 || is(Flaw.GOES_ON_BEYOND_THE_END));
        Position asked = goesOn && !is(Flaw.FORGETS_THE_EPOCH_BEFORE) ? new Position(box.epoch, after.offset()) : after;
        Gap gap = gap(box, asked, before);
        if (gap != null) {
            boolean silent =
                    is(Flaw.IS_SILENT_IN_THE_EPOCH_BEFORE) ? goesOn : beyond && is(Flaw.IS_SILENT_BEYOND_THE_HEAD);
            gap = silent ? null : new Gap(after, gap.to(), gap.reason());
        }
        long from = gap != null ? before.offset() : after.offset();
        List<Entry> entries = box.kept.stream()
                .map(kept ->
                        new Entry(new Position(box.epoch, kept.offset()), kept.entry.message(), kept.entry.except()))
                .filter(entry -> entry.position().offset() > from
                        || (is(Flaw.READS_FROM_THE_POSITION_ITSELF)
                                && entry.position().offset() == from))
                .limit(is(Flaw.READS_ONE_MORE) ? limit + 1 : limit)
                .toList();
        Position next = !entries.isEmpty()
                ? entries.get(entries.size() - 1).position()
                : gap != null ? gap.to() : is(Flaw.STAYS_IN_THE_EPOCH_BEFORE) ? after : asked;
        return new Page(gap, entries, is(Flaw.SKIPS_TO_THE_HEAD) ? box.head() : next, box.head());
    }

    private void beginEpoch(Box box) {
        box.previousEnd = box.head();
        box.epoch = ++lives;
        if (is(Flaw.DROPS_ALL_WITH_THE_EPOCH)) {
            box.last = 0;
            box.kept.clear();
        }
        if (is(Flaw.FORGETS_REPEATS_WITH_THE_EPOCH)) {
            box.keys.clear();
            box.sources.clear();
        }
        if (is(Flaw.FORGETS_CURSORS_WITH_THE_EPOCH)) {
            box.devices.values().forEach(device -> device.cursor = Position.START);
        }
    }

    private Gap gap(Box box, Position after, Position before) {
        if (!after.isStart() && after.epoch() != box.epoch && !is(Flaw.IGNORES_THE_EPOCH)) {
            boolean beyond = after.epoch() == box.previousEnd.epoch() && after.compareTo(box.previousEnd) > 0;
            return new Gap(after, before, beyond ? Gap.Reason.UNKNOWN : Gap.Reason.EPOCH);
        }
        if (after.compareTo(box.head()) > 0) {
            return new Gap(after, before, Gap.Reason.UNKNOWN);
        }
        if (after.isStart() && is(Flaw.IS_SILENT_FROM_START)) {
            return null;
        }
        if (after.offset() >= before.offset() || is(Flaw.IS_SILENT)) {
            return null;
        }
        boolean trimmed = after.offset() < box.trimmedTo;
        return new Gap(
                is(Flaw.ENDS_GAPS_LATE) ? before : after,
                is(Flaw.ENDS_GAPS_LATE) ? before.next() : before,
                trimmed != is(Flaw.MIXES_UP_REASONS) ? Gap.Reason.TRIMMED : Gap.Reason.EXPIRED);
    }

    @Override
    public CompletionStage<List<Position>> heads(List<UserKey> users) {
        return done(() -> {
            synchronized (this) {
                List<UserKey> asked =
                        is(Flaw.SORTS_HEADS) ? users.stream().sorted().toList() : users;
                return asked.stream()
                        .map(user -> boxes.get(name(user)))
                        .map(box -> box == null ? Position.START : box.head())
                        .toList();
            }
        });
    }

    @Override
    public CompletionStage<Attachment> attach(UserKey user, String device, String instance) {
        if (device.isEmpty() || device.length() > 128 || instance.isEmpty() || instance.length() > 128) {
            if (!is(Flaw.TAKES_ANY_NAME)) {
                throw new IllegalArgumentException("name");
            }
        }
        return done(() -> {
            synchronized (this) {
                Map<String, Device> devices = box(user).devices;
                String name = is(Flaw.FOLDS_NAMES) ? device.toLowerCase(Locale.ROOT) : device;
                Position furthest = devices.values().stream()
                        .map(each -> each.cursor)
                        .max(Position::compareTo)
                        .orElse(Position.START);
                Device known = is(Flaw.PUSHES_OUT_THE_OLDEST_DEVICE) ? devices.get(name) : devices.remove(name);
                Device attached = known != null
                        ? known
                        : new Device(is(Flaw.BEGINS_NEW_DEVICES_AT_START) ? Position.START : furthest);
                if (known != null && is(Flaw.MOVES_DEVICES_THAT_COME_BACK)) {
                    attached.cursor = furthest;
                }
                devices.put(name, attached);
                if (devices.size() > limits.maxDevices() && !is(Flaw.KEEPS_ALL_DEVICES)) {
                    devices.remove(devices.keySet().iterator().next());
                }
                if (is(Flaw.FENCES_ALL_OF_A_DEVICE)) {
                    attached.generations.clear();
                }
                long generation = is(Flaw.NEVER_FENCES) ? 1 : ++generations;
                if (is(Flaw.COUNTS_GENERATIONS_BY_DEVICE)) {
                    generation = ++attached.attaches;
                }
                attached.generations.put(instance, generation);
                return new Attachment(attached.cursor, generation);
            }
        });
    }

    @Override
    public CompletionStage<Void> moveCursors(List<CursorMove> moves) {
        if (is(Flaw.MOVES_ONCE_CLOSED)) {
            return CompletableFuture.completedStage(null);
        }
        return done(() -> {
            synchronized (this) {
                moves.forEach(this::move);
                return null;
            }
        });
    }

    private void move(CursorMove move) {
        Box box = boxes.get(name(move.user()));
        Device device = box == null
                ? null
                : box.devices.get(is(Flaw.FOLDS_NAMES) ? move.device().toLowerCase(Locale.ROOT) : move.device());
        Long newest = device == null ? null : device.generations.get(move.instance());
        if (newest == null) {
            if (is(Flaw.FAILS_MOVES_OF_NOBODY)) {
                throw new IllegalStateException("unknown");
            }
            return;
        }
        boolean fenced =
                is(Flaw.TRUSTS_ANY_HIGHER_GENERATION) ? move.generation() < newest : move.generation() != newest;
        boolean forward = move.position().compareTo(device.cursor) > 0 || is(Flaw.MOVES_BACKWARD);
        boolean beyond = move.position().compareTo(box.head()) > 0 && !is(Flaw.MOVES_BEYOND_THE_HEAD);
        if (!fenced && forward && !beyond) {
            device.cursor = move.position();
        }
    }

    /** Drops all that is held of a user. */
    synchronized void lose(UserKey user) {
        boxes.remove(name(user));
    }

    /** Another node of the same mailbox. */
    Mailbox beside() {
        return new Beside();
    }

    private final class Beside implements Mailbox {

        private final AtomicLong ownGenerations = new AtomicLong();
        private volatile boolean over;

        @Override
        public CompletionStage<List<Appended>> append(List<Append> appends) {
            if (over) {
                return CompletableFuture.failedStage(new IllegalStateException("closed"));
            }
            if (is(Flaw.LOCKS_BY_NODE)) {
                return CompletableFuture.completedStage(
                        appends.stream().map(StubMailbox.this::appendInTwoSteps).toList());
            }
            return StubMailbox.this.append(appends);
        }

        @Override
        public CompletionStage<Page> read(UserKey user, Position after, int limit) {
            return StubMailbox.this.read(user, after, limit);
        }

        @Override
        public CompletionStage<List<Position>> heads(List<UserKey> users) {
            return is(Flaw.REMEMBERS_HEADS_BY_NODE)
                    ? CompletableFuture.completedStage(
                            users.stream().map(user -> Position.START).toList())
                    : StubMailbox.this.heads(users);
        }

        @Override
        public CompletionStage<Attachment> attach(UserKey user, String device, String instance) {
            return StubMailbox.this
                    .attach(user, device, instance)
                    .thenApply(attached -> is(Flaw.COUNTS_GENERATIONS_BY_NODE)
                            ? new Attachment(attached.cursor(), ownGenerations.incrementAndGet())
                            : attached);
        }

        @Override
        public CompletionStage<Void> moveCursors(List<CursorMove> moves) {
            return StubMailbox.this.moveCursors(moves);
        }

        @Override
        public boolean shared() {
            return true;
        }

        @Override
        public void close() {
            over = true;
            if (is(Flaw.CLOSES_ALL_NODES)) {
                StubMailbox.this.close();
            }
        }
    }

    @Override
    public boolean shared() {
        return true;
    }

    @Override
    public synchronized void close() {
        if (closed && is(Flaw.CLOSES_ONCE)) {
            throw new IllegalStateException("closed");
        }
        closed = true;
    }

    private synchronized int messages() {
        boxes.values().forEach(this::expire);
        return boxes.values().stream().mapToInt(box -> box.kept.size()).sum();
    }

    private Box box(UserKey user) {
        return boxes.computeIfAbsent(name(user), name -> new Box(is(Flaw.REPEATS_EPOCHS) ? lives : ++lives));
    }

    private Object name(UserKey user) {
        return is(Flaw.MIXES_TENANTS) ? user.tenant() + ':' + user.user() : user;
    }

    private <T> CompletionStage<T> done(Callable<T> call) {
        synchronized (this) {
            if (closed && is(Flaw.NEVER_ANSWERS_ONCE_CLOSED)) {
                return new CompletableFuture<>();
            }
            if (closed && !is(Flaw.GOES_ON_ONCE_CLOSED)) {
                return CompletableFuture.failedStage(new IllegalStateException("closed"));
            }
        }
        try {
            return CompletableFuture.completedStage(call.call());
        } catch (Exception e) {
            return CompletableFuture.failedStage(e);
        }
    }
}
