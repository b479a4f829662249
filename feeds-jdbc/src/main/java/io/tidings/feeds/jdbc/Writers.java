package io.tidings.feeds.jdbc;

import io.tidings.feeds.FeedStore;
import io.tidings.jdbc.Calls;
import io.tidings.jdbc.Database;
import io.tidings.message.UserKey;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;

/**
 * The threads that run works, each of which takes those that wait as a batch and runs it as one transaction.
 *
 * <p>A thread is never interrupted: SQLite and others close their file when one is.
 */
final class Writers {

    private static final String CALL = "transact";

    private final Calls calls;
    private final Heads heads;
    private final Database database;
    private final WorkQueue queue;

    Writers(Calls calls, Heads heads, Database database, int threads, int maxWaiting) {
        this.calls = calls;
        this.heads = heads;
        this.database = database;
        queue = new WorkQueue(threads, maxWaiting);
        for (int i = 1; i <= threads; i++) {
            Thread thread = new Thread(this::runBatches, "tidings-feeds-write-" + i);
            thread.setDaemon(true);
            thread.start();
        }
    }

    <T> CompletableFuture<T> run(Set<UserKey> users, FeedStore.Work<T> work) {
        CompletableFuture<T> stage = calls.begin(CALL);
        Future<?> timeout = calls.timeoutOf(CALL, stage);
        stage.whenComplete((result, failure) -> timeout.cancel(false));
        if (!queue.add(new Job<>(users, work, stage))) {
            stage.completeExceptionally(
                    JdbcFeedStore.CALLER.failed(CALL + " was refused: too many works are waiting for the database"));
        }
        return stage;
    }

    private void runBatches() {
        for (List<Job<?>> batch = queue.take(); !batch.isEmpty(); batch = queue.take()) {
            List<Runnable> answers;
            try {
                answers = run(batch);
            } finally {
                queue.done(batch);
            }
            answers.forEach(Runnable::run);
        }
    }

    /** Runs jobs together, or one by one where what some of them wrote is at fault. */
    private List<Runnable> run(List<Job<?>> jobs) {
        try {
            return Batch.run(heads, jobs);
        } catch (SQLException e) {
            return jobs.size() > 1 && database.refuses(e)
                    ? runEach(jobs)
                    : failed(jobs, JdbcFeedStore.CALLER.failed(CALL, e));
        } catch (RuntimeException e) {
            return jobs.size() > 1 ? runEach(jobs) : failed(jobs, e);
        } catch (Throwable e) {
            return failed(jobs, e);
        }
    }

    private List<Runnable> runEach(List<Job<?>> jobs) {
        List<Runnable> answers = new ArrayList<>(jobs.size());
        jobs.forEach(job -> answers.addAll(run(List.of(job))));
        return answers;
    }

    private static List<Runnable> failed(List<Job<?>> jobs, Throwable failure) {
        List<Runnable> answers = new ArrayList<>(jobs.size());
        jobs.forEach(job -> answers.add(() -> job.stage().completeExceptionally(failure)));
        return answers;
    }

    /** Ends the threads when what they do is done. */
    void close() {
        queue.close();
    }
}
