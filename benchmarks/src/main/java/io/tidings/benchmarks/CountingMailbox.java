package io.tidings.benchmarks;

import io.tidings.mailbox.Append;
import io.tidings.mailbox.Appended;
import io.tidings.mailbox.Attachment;
import io.tidings.mailbox.CursorMove;
import io.tidings.mailbox.Mailbox;
import io.tidings.mailbox.Page;
import io.tidings.message.Position;
import io.tidings.message.UserKey;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;

/** Counts the calls of a mailbox. */
final class CountingMailbox implements Mailbox {

    final AtomicLong appends = new AtomicLong();
    final AtomicLong reads = new AtomicLong();
    final AtomicLong attaches = new AtomicLong();
    final AtomicLong heads = new AtomicLong();
    final AtomicLong moves = new AtomicLong();

    private final Mailbox mailbox;

    CountingMailbox(Mailbox mailbox) {
        this.mailbox = mailbox;
    }

    void reset() {
        for (AtomicLong count : List.of(appends, reads, attaches, heads, moves)) {
            count.set(0);
        }
    }

    @Override
    public CompletionStage<List<Appended>> append(List<Append> batch) {
        appends.incrementAndGet();
        return mailbox.append(batch);
    }

    @Override
    public CompletionStage<Page> read(UserKey user, Position after, int limit) {
        reads.incrementAndGet();
        return mailbox.read(user, after, limit);
    }

    @Override
    public CompletionStage<List<Position>> heads(List<UserKey> users) {
        heads.incrementAndGet();
        return mailbox.heads(users);
    }

    @Override
    public CompletionStage<Attachment> attach(UserKey user, String device, String instance) {
        attaches.incrementAndGet();
        return mailbox.attach(user, device, instance);
    }

    @Override
    public CompletionStage<Void> moveCursors(List<CursorMove> batch) {
        moves.incrementAndGet();
        return mailbox.moveCursors(batch);
    }

    @Override
    public boolean shared() {
        return mailbox.shared();
    }

    @Override
    public void close() {
        mailbox.close();
    }
}
