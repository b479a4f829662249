package io.tidings;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.tidings.dialect.EventDialect;
import io.tidings.dialect.Frame;
import io.tidings.message.Message;
import io.tidings.message.MessageId;
import io.tidings.message.Position;
import io.tidings.policy.QueueLimits;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The queue behaves as the plainest list would that is searched from end to end. */
@Tag("R33")
class OutboundQueueTest {

    private static final Dialects DIALECTS = new Dialects(List.of(Endpoint.of("/ws", EventDialect.standard())));

    private final OutboundQueue queue = new OutboundQueue(QueueLimits.STANDARD.withSize(1 << 20, 1_000));

    /** What is done to the queue, done to lists. */
    private static final class Model {
        private final Deque<Frame> control = new ArrayDeque<>();
        private final List<Outgoing> messages = new ArrayList<>();
        private List<Frame> writing = List.of();

        int frames() {
            return control.size() + messages.size() + writing.size();
        }

        int bytes() {
            int bytes = 0;
            for (Frame frame : control) {
                bytes += frame.length();
            }
            for (Outgoing message : messages) {
                bytes += frame(message).length();
            }
            for (Frame frame : writing) {
                bytes += frame.length();
            }
            return bytes;
        }

        /** The last durable message's position, or null. */
        @Nullable
        Position take(int maxFrames, int maxBytes) {
            List<Frame> taken = new ArrayList<>();
            Position end = null;
            int bytes = 0;
            while (frames() - writing.size() > 0 && taken.size() < maxFrames && bytes < maxBytes) {
                Frame next;
                if (control.isEmpty()) {
                    Outgoing message = messages.remove(0);
                    next = frame(message);
                    end = message.care() == Outgoing.Care.DURABLE ? message.id().position() : end;
                } else {
                    next = control.remove();
                }
                taken.add(next);
                bytes += next.length();
            }
            writing = taken;
            return end;
        }
    }

    private static Frame frame(Outgoing message) {
        return Objects.requireNonNull(message.frame(0));
    }

    private static Outgoing message(Random random, long number) {
        int kind = random.nextInt(10);
        if (kind < 4) {
            return Outgoing.durable(
                    new Encoded(HubFixture.chat((int) number), DIALECTS),
                    MessageId.of(new Position(1, number)),
                    DIALECTS.count());
        }
        Message message = kind < 7
                ? HubFixture.typing("u" + random.nextInt(4))
                : HubFixture.seen((int) Math.pow(10, random.nextInt(9)));
        Encoded encoded = new Encoded(message, DIALECTS);
        MessageId id = MessageId.ofTransient(1, number);
        return kind == 9
                ? Outgoing.inline(encoded, id, DIALECTS.count())
                : Outgoing.ofTransient(encoded, id, DIALECTS.count());
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void whateverIsDone_itHoldsWhatAListWouldHold(long seed) {
        Random random = new Random(seed);
        Model model = new Model();
        // Long runs of one direction let rings grow, wrap and shrink.
        int growth = 50;
        for (int step = 0; step < 20_000; step++) {
            if (random.nextInt(500) == 0) {
                growth = 10 + random.nextInt(80);
            }
            if (random.nextInt(100) < growth) {
                add(random, model, step);
            } else {
                takeOut(random, model);
            }
            assertEquals(model.frames(), queue.frames());
            assertEquals(model.bytes(), queue.bytes());
            assertEquals(model.control.isEmpty() && model.messages.isEmpty(), queue.isEmpty());
        }
    }

    private void add(Random random, Model model, long number) {
        Outgoing message = message(random, number);
        if (random.nextInt(10) == 0) {
            if (random.nextInt(5) == 0) {
                queue.addFirst(frame(message));
                model.control.addFirst(frame(message));
            } else {
                boolean taken = model.control.size() < OutboundQueue.MAX_CONTROL;
                assertEquals(taken, queue.addControl(frame(message)));
                if (taken) {
                    model.control.add(frame(message));
                }
            }
            return;
        }
        if (message.care() == Outgoing.Care.KEYED) {
            List<Outgoing> same = model.messages.stream()
                    .filter(waiting -> waiting.care() == Outgoing.Care.KEYED && waiting.sameKey(message))
                    .toList();
            assertEquals(!same.isEmpty(), queue.removeSameKey(message));
            model.messages.removeAll(same);
        }
        queue.add(message, frame(message));
        model.messages.add(message);
    }

    private void takeOut(Random random, Model model) {
        int how = random.nextInt(100);
        if (how < 5) {
            Outgoing oldest = model.messages.stream()
                    .filter(waiting -> waiting.care() == Outgoing.Care.UNKEYED)
                    .findFirst()
                    .orElse(null);
            assertEquals(oldest != null, queue.removeOldestUnkeyed());
            model.messages.remove(oldest);
        } else if (how == 5) {
            queue.removeDurable();
            model.messages.removeIf(
                    waiting -> waiting.care() == Outgoing.Care.DURABLE || waiting.care() == Outgoing.Care.INLINE);
        } else if (how == 6) {
            assertEquals(model.messages.size(), queue.clearMessages());
            model.messages.clear();
        } else if (how == 7 && random.nextInt(5) == 0) {
            assertEquals(model.messages.size(), queue.clear());
            model.messages.clear();
            model.control.clear();
            model.writing = List.of();
        } else if (model.writing.isEmpty()) {
            int maxFrames = 1 + random.nextInt(20);
            int maxBytes = 1 + random.nextInt(3_000);
            Position end = model.take(maxFrames, maxBytes);
            int count = queue.take(maxFrames, maxBytes);
            assertEquals(model.writing, Arrays.asList(queue.batch()).subList(0, count));
            assertEquals(end, queue.batchEnd());
        } else {
            queue.written();
            model.writing = List.of();
        }
    }

    @Test
    void oneLargeFrame_isLetIn_whenNothingElseIsHere() {
        OutboundQueue small = new OutboundQueue(QueueLimits.STANDARD.withSize(1_024, 16));
        assertEquals(true, small.hasRoom(5_000));
        Outgoing message = message(new Random(1), 1);
        small.add(message, frame(message));
        assertEquals(false, small.hasRoom(5_000));
        assertEquals(true, small.hasRoom(1_024 - frame(message).length()));
        assertEquals(false, small.hasRoom(1_025 - frame(message).length()));
        small.take(1, 1);
        assertEquals(false, small.hasRoom(5_000));
        small.written();
        assertEquals(true, small.hasRoom(5_000));
    }
}
