package io.tidings.adapter.jdbc;

import io.tidings.jdbc.Caller;
import io.tidings.jdbc.Calls;
import io.tidings.jdbc.Database;
import io.tidings.jdbc.Session;
import io.tidings.jdbc.Sessions;
import io.tidings.jdbc.Storable;
import io.tidings.jdbc.Worker;
import io.tidings.mailbox.Append;
import io.tidings.mailbox.Appended;
import io.tidings.mailbox.Attachment;
import io.tidings.mailbox.CursorMove;
import io.tidings.mailbox.Mailbox;
import io.tidings.mailbox.Page;
import io.tidings.message.Ids;
import io.tidings.message.Position;
import io.tidings.message.UserKey;
import io.tidings.spi.Ticker;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A mailbox in a relational database: PostgreSQL, which nodes share, or SQLite in one file of one process.
 *
 * <p>What is confirmed is committed. Every append locks the rows of its users to the end of its transaction, so offsets have no
 * holes and no order but the mailbox's own, whichever node appends. The tables come from {@link JdbcSchema} or the host's
 * migration tool. The data source MUST lead to the primary: a replica that lags behind looks like lost history.
 *
 * <p><b>Threads.</b> Methods never block; a few daemon threads {@code tidings-jdbc-…} of this object's own call the database. A
 * user's appends go through one of them, and so do a user's attaches, where those that wait share transactions. Reads, attaches and
 * cursors have threads of their own, so that they do not wait behind appends. What may wait is bounded: beyond, appends are answered with {@link Appended.Full}, everything else with a failed stage.
 * <p><b>Failure.</b> A stage fails at the latest after {@link Builder#timeout}, whatever the database and the pool do. A
 * connection that broke is left to the pool to replace. What a stage fails with quotes neither statements nor values.
 * <p><b>Time.</b> Ages are told by the clocks of the nodes, so these should agree within seconds.
 */
public final class JdbcMailbox implements Mailbox {

    static final Caller CALLER = new Caller("the mailbox", "tidings-jdbc-", JdbcMailboxException::new);

    private static final Logger LOG = LoggerFactory.getLogger(JdbcMailbox.class);

    /** The hub's own shards, each of which goes to one worker as a whole. */
    private static final int SHARDS = 16;

    /** How many appends that wait share a transaction. */
    private static final int MAX_TOGETHER = 512;

    /** How many transactions are worth writing at once. */
    private static final int MAX_WRITERS = 4;

    private static final int MAX_EPOCHS_AT_ONCE = 1_000;

    private final JdbcOptions options;
    private final boolean shared;
    private final Sessions sessions;
    private final Boxes boxes;
    private final Pages pages;
    private final Cursors cursors;
    private final Calls calls;
    private final Worker[] appenders;
    private final Worker reader;
    private final Worker[] others;
    private final List<Gathering<Append, Appended>> appendings = new ArrayList<>();
    private final List<Gathering<AttachBatch.Attach, Attachment>> attachings = new ArrayList<>();
    private final Worker cleaner;
    private final AtomicBoolean cleaning = new AtomicBoolean();

    private JdbcMailbox(Builder builder) {
        options = new JdbcOptions(
                builder.retention.toMillis(),
                builder.idempotencyWindow.toMillis(),
                builder.maxPerUser,
                builder.maxDevices,
                builder.timeout,
                builder.ticker);
        sessions = open(builder);
        Database database = sessions.database();
        shared = builder.shared == null ? database.isServer() : builder.shared;
        boxes = new Boxes(sessions, options);
        pages = new Pages(sessions, boxes, options);
        cursors = new Cursors(sessions);
        calls = new Calls(CALLER, builder.timeout);
        int writers = database.isServer() ? Math.min(builder.appendThreads, MAX_WRITERS) : 1;
        appenders = new Worker[writers];
        others = new Worker[writers];
        for (int i = 0; i < writers; i++) {
            appenders[i] = new Worker(calls, "append-" + (i + 1), 1, builder.maxWaiting);
            others[i] = new Worker(calls, "cursor-" + (i + 1), 1, builder.maxWaiting);
            appendings.add(new Gathering<>("append", appenders[i], MAX_TOGETHER, this::appendAll));
            attachings.add(new Gathering<>("attach", others[i], Chunks.MAX_IN, this::attachAll));
        }
        reader = new Worker(calls, "read", builder.readThreads, builder.maxWaiting);
        cleaner = new Worker(calls, "clean", 1, 1);
        if (!builder.cleanEvery.isZero()) {
            calls.every(builder.cleanEvery, this::cleanInTurn);
        }
    }

    private static Sessions open(Builder builder) {
        try {
            return Sessions.open(builder.dataSource, builder.timeout, builder.turn, JdbcSchema.SCHEMA);
        } catch (SQLException e) {
            throw CALLER.failed("opening the mailbox", e);
        }
    }

    /** Starts the options of a mailbox in the database of a data source, which should pool its connections. */
    public static Builder builder(DataSource dataSource) {
        return new Builder(dataSource);
    }

    @Override
    public CompletionStage<List<Appended>> append(List<Append> appends) {
        Map<Integer, List<Integer>> shares = new LinkedHashMap<>();
        for (int i = 0; i < appends.size(); i++) {
            shares.computeIfAbsent(workerOf(appends.get(i).user()), worker -> new ArrayList<>())
                    .add(i);
        }
        List<@Nullable Appended> outcomes = new ArrayList<>(Collections.nCopies(appends.size(), null));
        List<CompletableFuture<?>> stages = new ArrayList<>();
        shares.forEach((worker, share) -> {
            List<Append> batch = share.stream().map(appends::get).toList();
            stages.add(append(appendings.get(worker), batch).thenAccept(results -> {
                synchronized (outcomes) {
                    for (int i = 0; i < results.size(); i++) {
                        outcomes.set(share.get(i), results.get(i));
                    }
                }
            }));
        });
        return CompletableFuture.allOf(stages.toArray(CompletableFuture[]::new)).thenApply(done -> {
            synchronized (outcomes) {
                return List.copyOf(outcomes);
            }
        });
    }

    private CompletableFuture<List<Appended>> append(Gathering<Append, Appended> gathering, List<Append> batch) {
        CompletableFuture<List<Appended>> stage;
        try {
            stage = gathering.call(batch);
        } catch (IllegalStateException closed) {
            return CompletableFuture.failedFuture(closed);
        }
        if (stage != null) {
            return stage;
        }
        Appended full = new Appended.Full("too many messages are waiting for the database");
        return CompletableFuture.completedFuture(Collections.nCopies(batch.size(), full));
    }

    private List<Appended> appendAll(List<Append> batch) throws SQLException {
        return boxes.withAll(
                batch.stream().map(append -> Storable.userKey(append.user())).toList(),
                (session, found) -> new AppendBatch(session, found, options).run(batch));
    }

    private List<Attachment> attachAll(List<AttachBatch.Attach> batch) throws SQLException {
        return boxes.withAll(
                batch.stream().map(attach -> Storable.userKey(attach.user())).toList(),
                (session, found) -> new AttachBatch(session, found, options).run(batch));
    }

    private int workerOf(UserKey user) {
        int hash = user.hashCode();
        return ((hash ^ hash >>> 16) & (SHARDS - 1)) % appenders.length;
    }

    @Override
    public CompletionStage<Page> read(UserKey user, Position after, int limit) {
        if (limit < 1) {
            throw new IllegalArgumentException("limit must be at least 1, was " + limit);
        }
        return reader.ask("read", () -> pages.read(user, after, limit));
    }

    @Override
    public CompletionStage<List<Position>> heads(List<UserKey> users) {
        List<UserKey> asked = List.copyOf(users);
        return reader.ask("heads", () -> pages.heads(asked));
    }

    @Override
    public CompletionStage<Attachment> attach(UserKey user, String device, String instance) {
        checkName("device", device);
        checkName("instance", instance);
        AttachBatch.Attach attach = new AttachBatch.Attach(user, device, instance);
        int worker = workerOf(user);
        return others[worker]
                .accepted("attach", () -> attachings.get(worker).call(List.of(attach)))
                .thenApply(outcomes -> outcomes.get(0));
    }

    @Override
    public CompletionStage<Void> moveCursors(List<CursorMove> moves) {
        if (moves.isEmpty()) {
            return CompletableFuture.completedStage(null);
        }
        List<CursorMove> copied = List.copyOf(moves);
        return others[workerOf(copied.get(0).user())].ask("moveCursors", () -> {
            cursors.move(copied);
            return null;
        });
    }

    /** Whether the database is a server's, so PostgreSQL; {@link Builder#shared} may say otherwise. */
    @Override
    public boolean shared() {
        return shared;
    }

    /** Drops all that is held of a user, cursors included, as when an account is deleted. The next message begins a new epoch. */
    public CompletionStage<Void> forget(UserKey user) {
        List<String> key = List.of(Storable.userKey(user));
        return others[workerOf(user)].ask("forget", () -> {
            sessions.write(session -> {
                List<Box> found = List.copyOf(Boxes.lock(session, key).values());
                Boxes.remove(session, found);
                return found.size();
            });
            return null;
        });
    }

    /**
     * Begins a new epoch for every user: for operators, after the database was restored to an earlier state or a replica without
     * the last transactions was promoted, and before hubs use it again. Without this, what was lost is noticed only when a client
     * comes with a position beyond the head, and a client whose position has been given again by then misses what was given
     * before. Clients that had received nothing of what was lost go on without a gap, the others are told of one.
     *
     * <p>Works through the users in transactions of 1,000, so it may be repeated after a failure; the time-out of the mailbox does
     * not hold. Blocks.
     *
     * @return how many users began one
     * @throws JdbcMailboxException when the database fails
     */
    public long beginEpochs() {
        long begun = 0;
        long last = -1;
        try {
            while (true) {
                long after = last;
                List<Long> ids = sessions.read(session -> session.query(
                        "SELECT id FROM tidings_mailbox WHERE id > ? ORDER BY id LIMIT " + MAX_EPOCHS_AT_ONCE,
                        row -> row.getLong(1),
                        after));
                if (ids.isEmpty()) {
                    return begun;
                }
                last = ids.get(ids.size() - 1);
                begun += sessions.write(session -> beginEpochs(session, ids));
            }
        } catch (SQLException e) {
            throw CALLER.failed("beginning epochs", e);
        }
    }

    private long beginEpochs(Session session, List<Long> ids) throws SQLException {
        long now = options.now();
        List<Box> locked = Boxes.lockIds(session, ids).stream()
                .filter(box -> box.epoch != 0)
                .toList();
        locked.forEach(box -> box.beginEpoch(now));
        session.batch(
                Pages.NEW_EPOCH,
                locked.stream()
                        .map(box -> new @Nullable Object[] {box.epoch, box.previousEpoch, box.previousLast, box.id})
                        .toList());
        return locked.size();
    }

    /**
     * Removes what is past its time. The mailbox does this by itself, unless {@link Builder#cleanEvery} is zero; then a host does
     * it when its database has little else to do. It is a bounded piece of work, in many small transactions, and goes on when its
     * stage has failed for taking too long.
     */
    public CompletionStage<Void> clean() {
        Cleaner work = new Cleaner(sessions, options);
        return cleaner.ask("clean", () -> {
            work.clean();
            return null;
        });
    }

    private void cleanInTurn() {
        if (cleaning.getAndSet(true)) {
            return;
        }
        clean().whenComplete((done, failure) -> {
            cleaning.set(false);
            if (failure != null) {
                LOG.warn("The mailbox could not be cleaned: {}", failure.getMessage());
            }
        });
    }

    @Override
    public void close() {
        calls.close();
        for (int i = 0; i < appenders.length; i++) {
            appenders[i].close();
            others[i].close();
        }
        reader.close();
        cleaner.close();
    }

    private static void checkName(String what, String name) {
        if (name.isEmpty() || name.length() > Ids.MAX_LENGTH) {
            throw new IllegalArgumentException(
                    what + " must have 1 to " + Ids.MAX_LENGTH + " characters, has " + name.length());
        }
    }

    /** The options of a mailbox. Not safe for use by several threads. */
    public static final class Builder {

        private final DataSource dataSource;
        private Duration retention = Duration.ofDays(7);
        private Duration idempotencyWindow = Duration.ofMinutes(5);
        private int maxPerUser = 1_000;
        private int maxDevices = 20;
        private Duration timeout = Duration.ofSeconds(5);
        private Lock turn = new ReentrantLock(true);
        private int appendThreads = 4;
        private int readThreads = 4;
        private int maxWaiting = 10_000;
        private Duration cleanEvery = Duration.ofMinutes(1);
        private Ticker ticker = Ticker.SYSTEM;
        private @Nullable Boolean shared;

        private Builder(DataSource dataSource) {
            this.dataSource = dataSource;
        }

        /** Sets how long a message is kept; default 7 days; at least 1 ms, at most 10 years. */
        public Builder retention(Duration duration) {
            retention = duration;
            return this;
        }

        /** Sets how many messages are kept for a user; default 1,000; at least 1. Beyond, the oldest goes. */
        public Builder maxPerUser(int messages) {
            maxPerUser = messages;
            return this;
        }

        /** Sets for how long an idempotency key is remembered; default 5 minutes; at most 10 years; zero remembers none. */
        public Builder idempotencyWindow(Duration duration) {
            idempotencyWindow = duration;
            return this;
        }

        /** Sets how many devices of a user keep a cursor; default 20; at least 1. */
        public Builder maxDevices(int devices) {
            maxDevices = devices;
            return this;
        }

        /**
         * Sets whose turn it is to write on SQLite, which has one writer at a time: a fair lock that a store of feeds in the same
         * file is given too waits better than SQLite does, which polls. Default: a lock of its own. Not used on PostgreSQL.
         */
        public Builder turn(Lock ofAll) {
            turn = ofAll;
            return this;
        }

        /**
         * Sets when a call is given up, the time in which it waits its turn included; default 5 s; 10 ms to 10 minutes. The pool's
         * own time-out for a connection should not be longer.
         */
        public Builder timeout(Duration duration) {
            timeout = duration;
            return this;
        }

        /**
         * Sets how many threads append, and as many again attach devices and move cursors; default 4; 1 to 64. SQLite, which
         * writes one transaction at a time, gets 1.
         */
        public Builder appendThreads(int threads) {
            appendThreads = threads;
            return this;
        }

        /** Sets how many threads read; default 4; 1 to 64. The pool wants connections for all threads. */
        public Builder readThreads(int threads) {
            readThreads = threads;
            return this;
        }

        /**
         * Sets how many messages may wait for each thread that appends, and how many calls for each of cursors and for the
         * threads that read; default 10,000; at least 1. A batch that is larger than that is taken when nothing else waits.
         */
        public Builder maxWaiting(int waiting) {
            maxWaiting = waiting;
            return this;
        }

        /** Sets how often what is past its time is removed; default every minute; zero for never. */
        public Builder cleanEvery(Duration pause) {
            cleanEvery = pause;
            return this;
        }

        /** Sets the clock that ages are told by; default {@link Ticker#SYSTEM}. */
        public Builder ticker(Ticker clock) {
            ticker = clock;
            return this;
        }

        /** Says whether all nodes see this database; default: PostgreSQL yes, SQLite no. */
        public Builder shared(boolean betweenNodes) {
            shared = betweenNodes;
            return this;
        }

        /**
         * The mailbox. Asks the database what it is and what tables it has, so this blocks.
         *
         * @throws IllegalArgumentException naming every option out of range, or a database that is not known or set up to lose
         *                                  what it confirmed
         * @throws IllegalStateException    when the tables are missing or too old, saying what to do
         * @throws JdbcMailboxException     when the database fails
         */
        public JdbcMailbox build() {
            Duration longest = Duration.ofDays(3_653);
            List<String> problems = new ArrayList<>();
            if (retention.compareTo(Duration.ofMillis(1)) < 0 || retention.compareTo(longest) > 0) {
                problems.add("retention must be from 1 ms to 10 years, was " + retention);
            }
            if (idempotencyWindow.isNegative() || idempotencyWindow.compareTo(longest) > 0) {
                problems.add("idempotencyWindow must be from zero to 10 years, was " + idempotencyWindow);
            }
            if (timeout.compareTo(Duration.ofMillis(10)) < 0 || timeout.compareTo(Duration.ofMinutes(10)) > 0) {
                problems.add("timeout must be from 10 ms to 10 minutes, was " + timeout);
            }
            if (cleanEvery.isNegative() || cleanEvery.compareTo(longest) > 0) {
                problems.add("cleanEvery must be from zero to 10 years, was " + cleanEvery);
            }
            atLeastOne(problems, "maxPerUser", maxPerUser);
            atLeastOne(problems, "maxDevices", maxDevices);
            atLeastOne(problems, "maxWaiting", maxWaiting);
            threads(problems, "appendThreads", appendThreads);
            threads(problems, "readThreads", readThreads);
            if (!problems.isEmpty()) {
                throw new IllegalArgumentException(String.join("; ", problems));
            }
            return new JdbcMailbox(this);
        }

        private static void atLeastOne(List<String> problems, String what, int value) {
            if (value < 1) {
                problems.add(what + " must be at least 1, was " + value);
            }
        }

        private static void threads(List<String> problems, String what, int value) {
            if (value < 1 || value > 64) {
                problems.add(what + " must be from 1 to 64, was " + value);
            }
        }
    }
}
