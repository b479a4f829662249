package io.tidings;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.tidings.message.UserKey;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One message on its way to a stream of users, {@value #CHUNK} at a time: the next chunk is taken when the one before has been
 * answered, so that a stream of any length costs the memory of one chunk.
 */
final class BulkSend {

    static final int CHUNK = 500;

    private final Iterator<UserKey> users;
    private final Function<UserKey, CompletionStage<SendResult>> send;
    private final CompletableFuture<SendAllResult> done = new CompletableFuture<>();

    @GuardedBy("this")
    private long accepted;

    @GuardedBy("this")
    private long repeated;

    @GuardedBy("this")
    private long rejected;

    @GuardedBy("this")
    private long failed;

    BulkSend(Iterator<UserKey> users, Function<UserKey, CompletionStage<SendResult>> send) {
        this.users = users;
        this.send = send;
    }

    CompletionStage<SendAllResult> start() {
        sendOn();
        return done;
    }

    private void sendOn() {
        try {
            while (users.hasNext()) {
                CompletableFuture<Void> chunk = sendChunk();
                if (!chunk.isDone()) {
                    chunk.whenComplete((answered, failure) -> sendOn());
                    return;
                }
            }
            done.complete(result());
        } catch (RuntimeException failure) {
            // The stream of users failed: what was sent is sent.
            done.completeExceptionally(failure);
        }
    }

    private CompletableFuture<Void> sendChunk() {
        List<CompletableFuture<?>> sent = new ArrayList<>(CHUNK);
        while (sent.size() < CHUNK && users.hasNext()) {
            sent.add(send.apply(users.next())
                    .handle((result, failure) -> {
                        count(failure == null ? result : null);
                        return null;
                    })
                    .toCompletableFuture());
        }
        return CompletableFuture.allOf(sent.toArray(CompletableFuture<?>[]::new));
    }

    private synchronized void count(@Nullable SendResult result) {
        if (result == null) {
            failed++;
        } else if (result instanceof SendResult.Accepted stored) {
            accepted++;
            repeated += stored.repeated() ? 1 : 0;
        } else {
            rejected++;
        }
    }

    private synchronized SendAllResult result() {
        return new SendAllResult(accepted, repeated, rejected, failed);
    }
}
