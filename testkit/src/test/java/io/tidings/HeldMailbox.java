package io.tidings;

import io.tidings.mailbox.Append;
import io.tidings.mailbox.Appended;
import io.tidings.mailbox.Attachment;
import io.tidings.mailbox.CursorMove;
import io.tidings.mailbox.Mailbox;
import io.tidings.mailbox.Page;
import io.tidings.message.Position;
import io.tidings.message.UserKey;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A mailbox whose answers wait for the test. What is asked for has happened when the answer is held: an answer is of the moment
 * of the question, as a database's is.
 */
final class HeldMailbox implements Mailbox {

    /** Holds nothing. */
    static final CompletableFuture<Void> NOW = CompletableFuture.completedFuture(null);

    private final Mailbox mailbox;

    /** What answers to appends wait for; one that fails makes them fail. So with the others. */
    volatile CompletableFuture<Void> holdAppend = NOW;

    volatile CompletableFuture<Void> holdRead = NOW;
    volatile CompletableFuture<Void> holdAttach = NOW;

    /** How many pages were asked for. */
    final AtomicInteger reads = new AtomicInteger();

    volatile CompletableFuture<Void> holdHeads = NOW;
    volatile CompletableFuture<Void> holdCursors = NOW;

    /** Whether the hub has let go of it. */
    volatile boolean closed;

    HeldMailbox(Mailbox mailbox) {
        this.mailbox = mailbox;
    }

    @Override
    public CompletionStage<List<Appended>> append(List<Append> appends) {
        return held(mailbox.append(appends), holdAppend);
    }

    @Override
    public CompletionStage<Page> read(UserKey user, Position after, int limit) {
        reads.incrementAndGet();
        return held(mailbox.read(user, after, limit), holdRead);
    }

    @Override
    public CompletionStage<List<Position>> heads(List<UserKey> users) {
        return held(mailbox.heads(users), holdHeads);
    }

    @Override
    public CompletionStage<Attachment> attach(UserKey user, String device, String instance) {
        return held(mailbox.attach(user, device, instance), holdAttach);
    }

    @Override
    public CompletionStage<Void> moveCursors(List<CursorMove> moves) {
        return held(mailbox.moveCursors(moves), holdCursors);
    }

    @Override
    public boolean shared() {
        return mailbox.shared();
    }

    @Override
    public void close() {
        closed = true;
        mailbox.close();
    }

    private static <T> CompletionStage<T> held(CompletionStage<T> answer, CompletableFuture<Void> hold) {
        return hold == NOW ? answer : answer.thenCombine(hold, (result, released) -> result);
    }
}
