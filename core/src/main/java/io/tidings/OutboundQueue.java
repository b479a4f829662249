package io.tidings;

import io.tidings.dialect.Frame;
import io.tidings.message.Position;
import io.tidings.policy.QueueLimits;
import java.util.ArrayDeque;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What waits to be written to one connection: a few control frames that go first, and messages in a ring.
 *
 * <p>A message that is taken out of the middle, because a newer one of its key came or because the oldest gives way, leaves a
 * hole that costs nothing but its slot. Frames being written count as queued until {@link #written}.
 *
 * <p>Not safe by itself: every method is called under the connection's lock.
 */
final class OutboundQueue {

    /** More unread answers than this, and the client is not reading. */
    static final int MAX_CONTROL = 128;

    private static final int FIRST_CAPACITY = 4;
    private static final int KEPT_CAPACITY = 64;
    private static final Frame[] NO_FRAMES = new Frame[0];

    private final QueueLimits limits;

    private @Nullable ArrayDeque<Frame> control;
    private @Nullable Frame[] ring = NO_FRAMES;
    private @Nullable Outgoing[] sources = new Outgoing[0];
    /** Slots from head to tail hold messages and holes; both only grow and are masked into the ring. */
    private int head;

    private int tail;
    private int messages;
    private int keyed;
    private int unkeyed;
    private int bytes;
    private int writingBytes;
    private int writingFrames;

    private Frame[] batch = NO_FRAMES;
    private @Nullable Position batchEnd;
    private boolean batchHasMessages;

    OutboundQueue(QueueLimits limits) {
        this.limits = limits;
    }

    /** Waiting and being written. */
    int frames() {
        return messages + (control == null ? 0 : control.size()) + writingFrames;
    }

    /** Of {@link #frames()}. */
    int bytes() {
        return bytes + writingBytes;
    }

    /** Whether messages wait, control frames aside. */
    boolean hasMessages() {
        return messages > 0;
    }

    boolean isEmpty() {
        return messages == 0 && (control == null || control.isEmpty());
    }

    /** Whether a message of some bytes fits; one that is larger than the limit fits when nothing else is here. */
    boolean hasRoom(int length) {
        int held = frames();
        return held == 0 || (held < limits.maxFrames() && bytes() + (long) length <= limits.maxBytes());
    }

    /** Whether less than a share of the limits is used, as when more is to be read from the mailbox. */
    boolean isBelow(int divisor) {
        return frames() < limits.maxFrames() / divisor && bytes() < limits.maxBytes() / divisor;
    }

    /** Queues an answer of the library; false when the client leaves too many unread. */
    boolean addControl(Frame frame) {
        ArrayDeque<Frame> answers = answers();
        if (answers.size() >= MAX_CONTROL) {
            return false;
        }
        answers.add(frame);
        bytes += frame.length();
        return true;
    }

    /** Queues an answer of the library before all others, however many there are. */
    void addFirst(Frame frame) {
        answers().addFirst(frame);
        bytes += frame.length();
    }

    /** Queues a message, whether it fits or not. */
    void add(Outgoing source, Frame frame) {
        if (tail - head == ring.length) {
            makeSlot();
        }
        int slot = tail & (ring.length - 1);
        ring[slot] = frame;
        sources[slot] = source;
        tail++;
        messages++;
        bytes += frame.length();
        count(source, 1);
    }

    /** Takes out the waiting message of the same key; false when there is none. */
    boolean removeSameKey(Outgoing source) {
        if (keyed == 0) {
            return false;
        }
        for (int at = tail - 1; at - head >= 0; at--) {
            Outgoing waiting = sources[at & (ring.length - 1)];
            if (waiting != null && waiting.care() == Outgoing.Care.KEYED && waiting.sameKey(source)) {
                remove(at);
                return true;
            }
        }
        return false;
    }

    /** Takes out the unkeyed transient message that waits longest; false when there is none. */
    boolean removeOldestUnkeyed() {
        if (unkeyed == 0) {
            return false;
        }
        for (int at = head; at != tail; at++) {
            Outgoing waiting = sources[at & (ring.length - 1)];
            if (waiting != null && waiting.care() == Outgoing.Care.UNKEYED) {
                remove(at);
                return true;
            }
        }
        return false;
    }

    /**
     * Takes out the durable messages, which will be read again, and what the library says between them.
     *
     * @return whether the library was to say something
     */
    boolean removeDurable() {
        boolean said = false;
        for (int at = head; at != tail; at++) {
            Outgoing waiting = sources[at & (ring.length - 1)];
            if (waiting != null
                    && (waiting.care() == Outgoing.Care.DURABLE || waiting.care() == Outgoing.Care.INLINE)) {
                said |= waiting.care() == Outgoing.Care.INLINE;
                remove(at);
            }
        }
        return said;
    }

    /**
     * Moves the next frames into {@link #batch()}, control frames first.
     *
     * @param maxFrames the most frames; at least 1
     * @param maxBytes  no further frame is taken once this is reached
     * @return how many
     */
    int take(int maxFrames, int maxBytes) {
        int count = 0;
        int length = 0;
        batchEnd = null;
        batchHasMessages = false;
        ArrayDeque<Frame> answers = control;
        while (answers != null && !answers.isEmpty() && count < maxFrames && length < maxBytes) {
            Frame frame = answers.remove();
            length += frame.length();
            put(frame, count++);
        }
        while (messages > 0 && count < maxFrames && length < maxBytes) {
            int slot = head++ & (ring.length - 1);
            Frame frame = ring[slot];
            Outgoing source = sources[slot];
            ring[slot] = null;
            sources[slot] = null;
            if (frame == null || source == null) {
                continue;
            }
            messages--;
            count(source, -1);
            length += frame.length();
            put(frame, count++);
            batchHasMessages = true;
            if (source.care() == Outgoing.Care.DURABLE) {
                batchEnd = source.id().position();
            }
        }
        if (messages == 0) {
            release();
        }
        bytes -= length;
        writingBytes = length;
        writingFrames = count;
        return count;
    }

    /** The frames of the last {@link #take}; the array is this queue's and is used again. */
    Frame[] batch() {
        return batch;
    }

    /** The position of the last durable message of the batch, or null. */
    @Nullable
    Position batchEnd() {
        return batchEnd;
    }

    /** Whether the batch holds anything but control frames. */
    boolean batchHasMessages() {
        return batchHasMessages;
    }

    /** The batch is written, or lost. */
    void written() {
        if (batch.length > KEPT_CAPACITY / 4) {
            batch = NO_FRAMES;
        } else {
            Arrays.fill(batch, 0, Math.min(batch.length, writingFrames), null);
        }
        writingFrames = 0;
        writingBytes = 0;
        batchEnd = null;
    }

    /** Drops all messages; control frames stay. Returns how many there were. */
    int clearMessages() {
        int dropped = messages;
        while (head != tail) {
            int slot = head++ & (ring.length - 1);
            Frame frame = ring[slot];
            if (frame != null) {
                bytes -= frame.length();
            }
            ring[slot] = null;
            sources[slot] = null;
        }
        messages = 0;
        keyed = 0;
        unkeyed = 0;
        release();
        return dropped;
    }

    /** Drops everything, also what is being written. Returns how many messages were waiting. */
    int clear() {
        int dropped = clearMessages();
        control = null;
        bytes = 0;
        // The transport may still be reading the batch: it is left to it, not emptied.
        batch = NO_FRAMES;
        written();
        return dropped;
    }

    private ArrayDeque<Frame> answers() {
        ArrayDeque<Frame> answers = control;
        if (answers == null) {
            answers = new ArrayDeque<>(FIRST_CAPACITY);
            control = answers;
        }
        return answers;
    }

    private void put(Frame frame, int at) {
        if (at == batch.length) {
            batch = Arrays.copyOf(batch, Math.max(FIRST_CAPACITY, at * 2));
        }
        batch[at] = frame;
    }

    private void remove(int at) {
        int slot = at & (ring.length - 1);
        Frame frame = ring[slot];
        Outgoing source = sources[slot];
        if (frame != null && source != null) {
            bytes -= frame.length();
            messages--;
            count(source, -1);
        }
        ring[slot] = null;
        sources[slot] = null;
    }

    private void count(Outgoing source, int change) {
        if (source.care() == Outgoing.Care.KEYED) {
            keyed += change;
        } else if (source.care() == Outgoing.Care.UNKEYED) {
            unkeyed += change;
        }
    }

    /** Closes the holes, in a larger ring when fewer than half of the slots are holes. */
    private void makeSlot() {
        int capacity = Math.max(FIRST_CAPACITY, messages > ring.length / 2 ? ring.length * 2 : ring.length);
        @Nullable Frame[] movedRing = new Frame[capacity];
        @Nullable Outgoing[] movedSources = new Outgoing[capacity];
        int to = 0;
        for (int at = head; at != tail; at++) {
            int slot = at & (ring.length - 1);
            if (ring[slot] != null) {
                movedRing[to] = ring[slot];
                movedSources[to++] = sources[slot];
            }
        }
        ring = movedRing;
        sources = movedSources;
        head = 0;
        tail = to;
    }

    /** Gives a ring that a slow moment made large back. */
    private void release() {
        head = 0;
        tail = 0;
        if (ring.length > KEPT_CAPACITY) {
            ring = NO_FRAMES;
            sources = new Outgoing[0];
        }
    }
}
