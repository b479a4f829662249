package io.tidings.inmemory;

import io.tidings.Checked;
import io.tidings.mailbox.Append;
import io.tidings.mailbox.Appended;
import io.tidings.mailbox.Attachment;
import io.tidings.mailbox.CursorMove;
import io.tidings.mailbox.Idempotency;
import io.tidings.mailbox.Page;
import io.tidings.message.Field;
import io.tidings.message.FieldType;
import io.tidings.message.Kind;
import io.tidings.message.Message;
import io.tidings.message.Position;
import io.tidings.message.UserKey;
import io.tidings.spi.Ticker;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** One user's mailbox, whatever is asked of it side by side, behaves as if one thing had been asked after the other. */
@Tag("R46")
@Param(name = "few", gen = IntGen.class, conf = "1:3")
public class InMemoryMailboxLincheck {

    private static final UserKey ANN = UserKey.of("ann");
    private static final Kind TEXT = Kind.of("text", Field.of("text", FieldType.TEXT));
    private static final List<Message> MESSAGES =
            List.of(message("zero"), message("one"), message("two"), message("three"));
    private static final Ticker STANDING = new Ticker() {
        @Override
        public long nanos() {
            return 0;
        }

        @Override
        public long epochMillis() {
            return 1_000;
        }
    };

    private final InMemoryMailbox mailbox =
            InMemoryMailbox.builder().maxPerUser(4).ticker(STANDING).build();

    private static Message message(String text) {
        return Message.of(TEXT).set("text", text).build();
    }

    private static <T> T now(CompletionStage<T> stage) {
        return stage.toCompletableFuture().join();
    }

    private String append(int text, Idempotency idempotency) {
        List<Appended> outcomes = now(mailbox.append(List.of(new Append(ANN, MESSAGES.get(text), idempotency, null))));
        return outcomes.get(0).toString();
    }

    @Operation
    public String append(@Param(name = "few") int text) {
        return append(text, Idempotency.NONE);
    }

    @Operation
    public String appendKeyed(@Param(name = "few") int key) {
        return append(0, new Idempotency.Key("k" + key));
    }

    @Operation
    public String appendNumbered(@Param(name = "few") int sequence) {
        return append(0, new Idempotency.Sequence("s", sequence));
    }

    /** From beyond the head too, which begins a new epoch. */
    @Operation
    public String read(@Param(name = "few") int after) {
        Page page = now(mailbox.read(ANN, new Position(1_000, after), 10));
        StringBuilder texts = new StringBuilder();
        page.entries()
                .forEach(entry -> texts.append(entry.position())
                        .append(entry.message().body().path("text").asText()));
        return page.gap() + " " + texts + " " + page.head();
    }

    @Operation
    public String attach(@Param(name = "few") int instance) {
        Attachment attached = now(mailbox.attach(ANN, "phone", "i" + instance));
        return attached.toString();
    }

    @Operation
    public void move(@Param(name = "few") int instance, @Param(name = "few") int offset) {
        now(mailbox.moveCursors(
                List.of(new CursorMove(ANN, "phone", "i" + instance, instance, new Position(1_000, offset)))));
    }

    @Test
    @Timeout(900)
    void holds_underStress() {
        Checked.underStress(InMemoryMailboxLincheck.class);
    }
}
