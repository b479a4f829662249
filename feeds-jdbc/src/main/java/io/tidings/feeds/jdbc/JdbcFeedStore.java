package io.tidings.feeds.jdbc;

import io.tidings.feeds.ChatMessage;
import io.tidings.feeds.FeedStore;
import io.tidings.feeds.Head;
import io.tidings.feeds.Notification;
import io.tidings.jdbc.Caller;
import io.tidings.jdbc.Calls;
import io.tidings.jdbc.Database;
import io.tidings.jdbc.Sessions;
import io.tidings.jdbc.Worker;
import io.tidings.message.UserKey;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * A feed store in a relational database: PostgreSQL, which nodes share, or SQLite in one file of one process.
 *
 * <p>What is confirmed is committed. Works that wait run together, up to a hundred in one transaction, which locks the rows of all
 * their users; a work that throws takes only what it wrote itself with it. The tables come from {@link FeedSchema} or the host's
 * migration tool. The data source MUST lead to the primary.
 *
 * <p><b>Threads.</b> Methods never block; a few daemon threads {@code tidings-feeds-…} of this object's own call the database. Reads
 * have threads of their own, so that they do not wait behind transactions. What may wait is bounded: beyond, stages fail at once.
 * <p><b>Failure.</b> A stage fails at the latest after {@link Builder#timeout}, whatever the database and the pool do. A
 * connection that broke is left to the pool to replace. What a stage fails with quotes neither statements nor values.
 */
public final class JdbcFeedStore implements FeedStore {

    static final Caller CALLER = new Caller("the feed store", "tidings-feeds-", JdbcFeedException::new);

    /** As many keys are forgotten by one transaction. */
    private static final int MAX_KEYS = 10_000;

    private final String source;
    private final boolean shared;
    private final Sessions sessions;
    private final Heads heads;
    private final Calls calls;
    private final Writers writers;
    private final Worker reader;
    private final Worker cleaner;

    private JdbcFeedStore(Builder builder) {
        try {
            sessions = Sessions.open(builder.dataSource, builder.timeout, builder.turn, FeedSchema.SCHEMA);
            source = source(sessions);
        } catch (SQLException e) {
            throw CALLER.failed("opening the feed store", e);
        }
        Database database = sessions.database();
        shared = builder.shared == null ? database.isServer() : builder.shared;
        heads = new Heads(sessions);
        calls = new Calls(CALLER, builder.timeout);
        writers =
                new Writers(calls, heads, database, database.isServer() ? builder.writeThreads : 1, builder.maxWaiting);
        reader = new Worker(calls, "read", builder.readThreads, builder.maxWaiting);
        cleaner = new Worker(calls, "clean", 1, 1);
    }

    /** Starts the options of a store in the database of a data source, which should pool its connections. */
    public static Builder builder(DataSource dataSource) {
        return new Builder(dataSource);
    }

    private static String source(Sessions sessions) throws SQLException {
        List<String> source = sessions.read(session ->
                session.query("SELECT value FROM tidings_feed_state WHERE name = 'source'", row -> row.getString(1)));
        if (source.isEmpty()) {
            throw new IllegalStateException("the table tidings_feed_state has lost its row of the source");
        }
        return source.get(0);
    }

    @Override
    public String source() {
        return source;
    }

    /** Whether the database is a server's, so PostgreSQL; {@link Builder#shared} may say otherwise. */
    @Override
    public boolean shared() {
        return shared;
    }

    @Override
    public <T> CompletionStage<T> transact(Set<UserKey> users, Work<T> work) {
        if (users.isEmpty()) {
            throw new IllegalArgumentException("users must be at least one");
        }
        try {
            return writers.run(Set.copyOf(users), work);
        } catch (IllegalStateException closed) {
            return CompletableFuture.failedStage(closed);
        }
    }

    @Override
    public CompletionStage<List<Head>> heads(List<UserKey> users) {
        List<UserKey> asked = List.copyOf(users);
        return reader.ask("heads", () -> heads.read(asked));
    }

    @Override
    public CompletionStage<List<ChatMessage>> messages(UserKey user, @Nullable UserKey with, long after, int limit) {
        checkLimit(limit);
        return read("messages", session -> Queries.messages(session, user, with, after, limit));
    }

    @Override
    public CompletionStage<List<UserKey>> senders(UserKey receiver, Collection<Long> ids) {
        List<Long> asked = List.copyOf(ids);
        if (asked.isEmpty()) {
            return CompletableFuture.completedStage(List.of());
        }
        return read("senders", session -> Queries.senders(session, receiver, asked));
    }

    @Override
    public CompletionStage<List<Notification>> notifications(NotificationQuery query) {
        checkLimit(query.limit());
        return read("notifications", session -> Queries.notifications(session, query));
    }

    @Override
    public CompletionStage<List<UserKey>> waiting(long now, int limit) {
        checkLimit(limit);
        return read("waiting", session -> Queries.waiting(session, now, limit));
    }

    /** In many small transactions; those that are under way when the stage fails for taking too long go on. */
    @Override
    public CompletionStage<Long> forgetKeys(Instant before) {
        long until = before.toEpochMilli();
        return cleaner.ask("forgetKeys", () -> {
            long forgotten = 0;
            while (true) {
                int some = sessions.write(
                        session -> session.update(Statements.forgetKeys(session.database()), until, MAX_KEYS));
                forgotten += some;
                if (some < MAX_KEYS) {
                    return forgotten;
                }
            }
        });
    }

    @Override
    public void close() {
        calls.close();
        writers.close();
        reader.close();
        cleaner.close();
    }

    private <T> CompletionStage<T> read(String what, Sessions.Work<T> query) {
        return reader.ask(what, () -> sessions.read(query));
    }

    private static void checkLimit(int limit) {
        if (limit < 1) {
            throw new IllegalArgumentException("limit must be at least 1, was " + limit);
        }
    }

    /** The options of a store. Not safe for use by several threads. */
    public static final class Builder {

        private final DataSource dataSource;
        private Duration timeout = Duration.ofSeconds(5);
        private int writeThreads = 4;
        private int readThreads = 4;
        private int maxWaiting = 10_000;
        private @Nullable Boolean shared;
        private Lock turn = new ReentrantLock(true);

        private Builder(DataSource dataSource) {
            this.dataSource = dataSource;
        }

        /**
         * Sets when a call is given up, the time in which it waits its turn included; default 5 s; 10 ms to 10 minutes. The pool's
         * own time-out for a connection should not be longer.
         */
        public Builder timeout(Duration duration) {
            timeout = duration;
            return this;
        }

        /** Sets how many threads run transactions; default 4; 1 to 64. SQLite, which writes one at a time, gets 1. */
        public Builder writeThreads(int threads) {
            writeThreads = threads;
            return this;
        }

        /** Sets how many threads read; default 4; 1 to 64. The pool wants connections for all threads, and one more. */
        public Builder readThreads(int threads) {
            readThreads = threads;
            return this;
        }

        /** Sets how many works may wait for transactions, and how many calls for the threads that read; default 10,000; at least 1. */
        public Builder maxWaiting(int waiting) {
            maxWaiting = waiting;
            return this;
        }

        /**
         * Sets whose turn it is to write on SQLite, which has one writer at a time: a fair lock that the mailbox in the same
         * file is given too waits better than SQLite does, which polls. Default: a lock of its own. Not used on PostgreSQL.
         */
        public Builder turn(Lock ofAll) {
            turn = ofAll;
            return this;
        }

        /** Says whether all nodes see this database; default: PostgreSQL yes, SQLite no. */
        public Builder shared(boolean betweenNodes) {
            shared = betweenNodes;
            return this;
        }

        /**
         * The store. Asks the database what it is and what tables it has, so this blocks.
         *
         * @throws IllegalArgumentException naming every option out of range, or a database that is not known or set up to lose
         *                                  what it confirmed
         * @throws IllegalStateException    when the tables are missing or too old, saying what to do
         * @throws JdbcFeedException        when the database fails
         */
        public JdbcFeedStore build() {
            List<String> problems = new ArrayList<>();
            if (timeout.compareTo(Duration.ofMillis(10)) < 0 || timeout.compareTo(Duration.ofMinutes(10)) > 0) {
                problems.add("timeout must be from 10 ms to 10 minutes, was " + timeout);
            }
            threads(problems, "writeThreads", writeThreads);
            threads(problems, "readThreads", readThreads);
            if (maxWaiting < 1) {
                problems.add("maxWaiting must be at least 1, was " + maxWaiting);
            }
            if (!problems.isEmpty()) {
                throw new IllegalArgumentException(String.join("; ", problems));
            }
            return new JdbcFeedStore(this);
        }

        private static void threads(List<String> problems, String what, int value) {
            if (value < 1 || value > 64) {
                problems.add(what + " must be from 1 to 64, was " + value);
            }
        }
    }
}
