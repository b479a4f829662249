package io.tidings.inmemory;

import io.tidings.mailbox.Mailbox;
import io.tidings.message.UserKey;
import io.tidings.testkit.MailboxContract;
import io.tidings.testkit.ManualTime;
import java.time.Duration;

class InMemoryMailboxContractTest extends MailboxContract {

    private final ManualTime time = new ManualTime();

    private InMemoryMailbox.Builder builder(Limits limits) {
        return InMemoryMailbox.builder()
                .retention(limits.retention())
                .maxPerUser(limits.maxPerUser())
                .idempotencyWindow(limits.idempotencyWindow())
                .maxDevices(limits.maxDevices())
                .ticker(time);
    }

    @Override
    protected Mailbox open(Limits limits) {
        return builder(limits).build();
    }

    @Override
    protected Mailbox openWithRoomFor(int messages) {
        return builder(Limits.STANDARD).maxMessages(messages).build();
    }

    @Override
    protected boolean lose(Mailbox mailbox, UserKey user) {
        ((InMemoryMailbox) mailbox).forget(user);
        return true;
    }

    @Override
    protected void advance(Duration by) {
        time.advance(by);
    }
}
