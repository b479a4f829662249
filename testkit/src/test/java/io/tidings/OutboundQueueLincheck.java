package io.tidings;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.tidings.dialect.EventDialect;
import io.tidings.dialect.Frame;
import io.tidings.message.MessageId;
import io.tidings.message.Position;
import io.tidings.policy.QueueLimits;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The queue under one lock, which is how a connection uses it: any thread queues, one takes. */
@Tag("R33")
@Param(name = "few", gen = IntGen.class, conf = "0:2")
public class OutboundQueueLincheck {

    private static final Dialects DIALECTS = new Dialects(List.of(Endpoint.of("/ws", EventDialect.standard())));

    private static final List<Outgoing> DURABLE = IntStream.range(0, 3)
            .mapToObj(n -> Outgoing.durable(
                    new Encoded(HubFixture.chat(n), DIALECTS), MessageId.of(new Position(1, n + 1)), DIALECTS.count()))
            .toList();
    private static final List<Outgoing> KEYED = IntStream.range(0, 3)
            .mapToObj(n -> Outgoing.ofTransient(
                    new Encoded(HubFixture.typing("u" + n), DIALECTS), MessageId.ofTransient(1, n), DIALECTS.count()))
            .toList();
    private static final List<Outgoing> UNKEYED = IntStream.range(0, 3)
            .mapToObj(n -> Outgoing.ofTransient(
                    new Encoded(HubFixture.seen(n), DIALECTS), MessageId.ofTransient(2, n), DIALECTS.count()))
            .toList();

    private final Object lock = new Object();
    private final OutboundQueue queue = new OutboundQueue(QueueLimits.STANDARD.withSize(1 << 20, 16));

    @GuardedBy("lock")
    private boolean writing;

    private static Frame frame(Outgoing message) {
        return Objects.requireNonNull(message.frame(0));
    }

    @Operation
    public void durable(@Param(name = "few") int which) {
        synchronized (lock) {
            queue.add(DURABLE.get(which), frame(DURABLE.get(which)));
        }
    }

    @Operation
    public boolean conflated(@Param(name = "few") int which) {
        synchronized (lock) {
            boolean replaced = queue.removeSameKey(KEYED.get(which));
            queue.add(KEYED.get(which), frame(KEYED.get(which)));
            return replaced;
        }
    }

    @Operation
    public boolean dropping(@Param(name = "few") int which) {
        synchronized (lock) {
            boolean dropped = queue.removeOldestUnkeyed();
            queue.add(UNKEYED.get(which), frame(UNKEYED.get(which)));
            return dropped;
        }
    }

    @Operation
    public boolean answer(@Param(name = "few") int which) {
        synchronized (lock) {
            return queue.addControl(frame(UNKEYED.get(which)));
        }
    }

    @Operation
    public String sizes() {
        synchronized (lock) {
            return queue.frames() + " " + queue.bytes() + " " + queue.isEmpty();
        }
    }

    @Operation
    public void restart() {
        synchronized (lock) {
            queue.removeDurable();
        }
    }

    /** A write begins, unless one is under way. */
    @Operation(nonParallelGroup = "writer")
    public String take() {
        synchronized (lock) {
            if (writing) {
                return "busy";
            }
            writing = true;
            StringBuilder taken = new StringBuilder();
            int count = queue.take(2, 1 << 20);
            for (int i = 0; i < count; i++) {
                taken.append(queue.batch()[i].text()).append('\n');
            }
            return taken.append(queue.batchEnd()).toString();
        }
    }

    /** The write that is under way ends. */
    @Operation(nonParallelGroup = "writer")
    public void written() {
        synchronized (lock) {
            if (writing) {
                writing = false;
                queue.written();
            }
        }
    }

    @Test
    @Timeout(900)
    void holds_underStress() {
        Checked.underStress(OutboundQueueLincheck.class);
    }
}
