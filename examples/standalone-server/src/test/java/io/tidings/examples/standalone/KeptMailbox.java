package io.tidings.examples.standalone;

import io.tidings.inmemory.InMemoryMailbox;
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

/** A mailbox that outlives the hubs which are given it, one after the other. */
final class KeptMailbox implements Mailbox {

    private final InMemoryMailbox mailbox;

    KeptMailbox(InMemoryMailbox mailbox) {
        this.mailbox = mailbox;
    }

    @Override
    public CompletionStage<List<Appended>> append(List<Append> appends) {
        return mailbox.append(appends);
    }

    @Override
    public CompletionStage<Page> read(UserKey user, Position after, int limit) {
        return mailbox.read(user, after, limit);
    }

    @Override
    public CompletionStage<List<Position>> heads(List<UserKey> users) {
        return mailbox.heads(users);
    }

    @Override
    public CompletionStage<Attachment> attach(UserKey user, String device, String instance) {
        return mailbox.attach(user, device, instance);
    }

    @Override
    public CompletionStage<Void> moveCursors(List<CursorMove> moves) {
        return mailbox.moveCursors(moves);
    }

    @Override
    public boolean shared() {
        return mailbox.shared();
    }

    /** Keeps what it has. */
    @Override
    public void close() {
        // the next hub goes on with it
    }
}
