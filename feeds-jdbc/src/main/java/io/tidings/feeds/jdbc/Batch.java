package io.tidings.feeds.jdbc;

import io.tidings.feeds.Head;
import io.tidings.jdbc.Database;
import io.tidings.jdbc.Session;
import io.tidings.message.UserKey;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One transaction of several works, in the session that holds their users' rows. Works run one after the other and each sees what
 * those before it wrote; what a work wrote that throws is dropped, and the others go on.
 */
final class Batch {

    /** As many ids as the schema says that a block has. */
    private static final int BLOCK = 128;

    final Session session;
    final Map<UserKey, Heads.Row> rows;
    final Changes changes = new Changes();

    private long nextId = 1;
    private long lastId;
    private @Nullable SQLException failure;

    private Batch(Session session, Map<UserKey, Heads.Row> rows) {
        this.session = session;
        this.rows = rows;
    }

    /** Runs jobs as one transaction, and says how to tell each what came of it once that is committed. */
    static List<Runnable> run(Heads heads, List<Job<?>> jobs) throws SQLException {
        Set<UserKey> users = new LinkedHashSet<>();
        jobs.forEach(job -> users.addAll(job.users()));
        return heads.withAll(users, (session, rows) -> new Batch(session, rows).run(jobs));
    }

    private List<Runnable> run(List<Job<?>> jobs) throws SQLException {
        List<Runnable> answers = new ArrayList<>(jobs.size());
        for (Job<?> job : jobs) {
            answers.add(run(job));
            if (failure != null) {
                // Whatever the work made of it: the transaction may have ended.
                throw failure;
            }
        }
        changes.write(session, rows);
        return answers;
    }

    private <T> Runnable run(Job<T> job) {
        JdbcTransaction transaction = new JdbcTransaction(this, job.users());
        try {
            T result = transaction.run(job.work());
            changes.add(transaction.written());
            return () -> job.stage().complete(result);
        } catch (Throwable e) {
            return () -> job.stage().completeExceptionally(e);
        }
    }

    /** The head of a user that one of the works locked. */
    Head head(UserKey user) {
        Head written = changes.heads.get(user);
        if (written != null) {
            return written;
        }
        Heads.Row row = rows.get(user);
        return row == null ? Head.of(user) : row.head();
    }

    /** Taken while the rows are held, so that ids grow in the order in which a user's transactions commit. */
    long nextId() {
        if (nextId > lastId) {
            List<Long> first = ask(() -> session.query(
                    session.database() == Database.SQLITE
                            ? "UPDATE tidings_feed_id SET last = last + " + BLOCK + " RETURNING last - " + (BLOCK - 1)
                            : "SELECT nextval('tidings_feed_id')",
                    row -> row.getLong(1)));
            if (first.isEmpty()) {
                throw new IllegalStateException("the table tidings_feed_id has lost its row");
            }
            nextId = first.get(0);
            lastId = nextId + BLOCK - 1;
        }
        return nextId++;
    }

    /** Something asked of the database. */
    interface Question<T> {
        T ask() throws SQLException;
    }

    /** Asks the database. What fails there fails the batch, also when the work goes on. */
    <T> T ask(Question<T> question) {
        try {
            return question.ask();
        } catch (SQLException e) {
            failure = e;
            throw JdbcFeedStore.CALLER.failed("transact", e);
        }
    }
}
