package io.tidings.adapter.jdbc;

import io.tidings.mailbox.Attachment;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/**
 * Attaches that wait for one thread. The one whose turn comes takes along what waits behind it, so that all share a transaction:
 * after a restart everybody attaches within seconds.
 */
final class Attaches {

    private static final int MAX_TOGETHER = Session.MAX_IN;

    private final Worker worker;
    private final Boxes boxes;
    private final JdbcOptions options;
    private final Queue<Waiting> behind = new ConcurrentLinkedQueue<>();

    /** An attach that has been asked for. Its fields are the worker's only, but for the volatile one. */
    private static final class Waiting {

        final AttachBatch.Attach attach;
        boolean taken;

        @Nullable
        Attachment outcome;

        @Nullable
        Exception failure;

        /** Whether nobody waits any more. */
        volatile boolean over;

        Waiting(AttachBatch.Attach attach) {
            this.attach = attach;
        }
    }

    /** Uses a worker, which has one thread. */
    Attaches(Worker worker, Boxes boxes, JdbcOptions options) {
        this.worker = worker;
        this.boxes = boxes;
        this.options = options;
    }

    /**
     * Attaches when its turn comes, attaches of one user in the order of these calls; null where too many wait.
     *
     * @throws IllegalStateException when the mailbox is closed
     */
    @Nullable
    CompletableFuture<Attachment> attach(AttachBatch.Attach attach) {
        Waiting own = new Waiting(attach);
        CompletableFuture<Attachment> stage = worker.call("attach", 1, () -> outcome(own));
        if (stage != null) {
            stage.whenComplete((outcome, failure) -> own.over = true);
            // Only now, so that what is refused is nowhere. When its turn has come already, it stays until the next
            // one's.
            behind.add(own);
        }
        return stage;
    }

    private Attachment outcome(Waiting own) throws Exception {
        if (!own.taken) {
            run(take(own));
        }
        if (own.failure != null) {
            throw own.failure;
        }
        if (own.outcome == null) {
            throw new IllegalStateException("an attach was taken and not made");
        }
        return own.outcome;
    }

    private List<Waiting> take(Waiting own) {
        List<Waiting> batch = new ArrayList<>();
        own.taken = true;
        batch.add(own);
        while (batch.size() < MAX_TOGETHER) {
            Waiting next = behind.poll();
            if (next == null) {
                break;
            }
            if (!next.taken && !next.over) {
                next.taken = true;
                batch.add(next);
            }
        }
        return batch;
    }

    private void run(List<Waiting> batch) {
        List<AttachBatch.Attach> attaches =
                batch.stream().map(waiting -> waiting.attach).toList();
        try {
            List<Attachment> outcomes = boxes.withAll(
                    attaches.stream()
                            .map(attach -> Storable.userKey(attach.user()))
                            .toList(),
                    (session, found) -> new AttachBatch(session, found, options).run(attaches));
            for (int i = 0; i < batch.size(); i++) {
                batch.get(i).outcome = outcomes.get(i);
            }
        } catch (SQLException | RuntimeException e) {
            batch.forEach(waiting -> waiting.failure = e);
        }
    }
}
