package io.tidings;

import io.tidings.dialect.Frame;
import io.tidings.mailbox.Entry;
import io.tidings.mailbox.Gap;
import io.tidings.mailbox.Page;
import io.tidings.message.Message;
import io.tidings.message.MessageId;
import io.tidings.message.Position;
import io.tidings.policy.QueueLimits;
import io.tidings.policy.QueueLimits.Overflow;
import io.tidings.spi.HubObserver.Drop;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What one connection is to be told: its queue, where it stands in the mailbox, and the keyed messages that wait for LIVE or
 * for room. Decides what is queued, what waits and what gives way.
 *
 * <p>Not safe by itself: every method is called under the connection's lock.
 */
final class Outbound {

    /** What waits outside of the queue: so many, and this share of the queue's bytes. */
    static final int MAX_HELD = 256;

    static final int HELD_SHARE = 4;

    private final Engine engine;
    private final int dialect;
    private final QueueLimits limits;
    private final OutboundQueue queue;
    private final @Nullable DeliveryEvents events;
    private final Unacknowledged unacknowledged;
    private final Delivery delivery;

    /** Oldest key first. */
    private @Nullable List<Outgoing> held;

    private int heldBytes;

    /** What became of a transient message. */
    enum Taken {
        QUEUED,
        /** It waits for LIVE or for room, or gave way. */
        NOT_QUEUED,
        /** The queue is full, and the host chose to disconnect. */
        OVERFLOW
    }

    /**
     * Nothing yet.
     *
     * @param events who is told of gaps, or null
     */
    Outbound(Engine engine, int dialect, @Nullable DeliveryEvents events) {
        this.engine = engine;
        this.events = events;
        this.dialect = dialect;
        this.limits = engine.queueLimits();
        this.queue = new OutboundQueue(limits);
        this.unacknowledged =
                new Unacknowledged(engine.acknowledgements().redeliverAfter().toNanos());
        this.delivery = new Delivery(unacknowledged);
    }

    OutboundQueue queue() {
        return queue;
    }

    Delivery delivery() {
        return delivery;
    }

    Unacknowledged unacknowledged() {
        return unacknowledged;
    }

    /** Waiting and being written, held ones included. */
    int frames() {
        return queue.frames() + (held == null ? 0 : held.size());
    }

    /** Of {@link #frames()}. */
    int bytes() {
        return queue.bytes() + heldBytes;
    }

    /** Whether something that was taken will be queued only once the connection is LIVE. */
    boolean isWaitingForLive() {
        return held != null && !followsHints();
    }

    /**
     * Queues a transient message, or lets one give way.
     *
     * @param waitsForLive whether a keyed one must not overtake durable messages that are still to be read
     */
    Taken offer(Outgoing message, Frame frame, boolean waitsForLive) {
        if (message.care() == Outgoing.Care.KEYED) {
            return offerKeyed(message, frame, waitsForLive);
        }
        if (!queue.hasRoom(frame.length())) {
            if (limits.onOverflow() == Overflow.DISCONNECT) {
                return Taken.OVERFLOW;
            }
            if (limits.onOverflow() == Overflow.DROP_NEWEST || !makeRoom(frame.length())) {
                engine.drops().count(Drop.NEWEST);
                return Taken.NOT_QUEUED;
            }
        }
        queue.add(message, frame);
        return Taken.QUEUED;
    }

    /**
     * Queues the next durable message; where it does not fit, it is read again from the mailbox later.
     *
     * @param frame null where the connection is not shown the message
     * @return whether something was queued
     */
    boolean next(Position position, Outgoing message, @Nullable Frame frame) {
        if (frame != null && !queue.hasRoom(frame.length())) {
            delivery.pause(position);
            return false;
        }
        if (frame == null) {
            delivery.advance(position);
        } else {
            queue.add(message, frame);
            delivery.queued(position);
        }
        releaseHeld();
        return !queue.isEmpty();
    }

    /** Begins again from a position; what waits from before will be read again. */
    void restart(Position from, @Nullable String unreadable) {
        queue.removeDurable();
        delivery.start(from, unreadable, queue.isBelow(2));
    }

    /** Begins again after what was acknowledged; what waits will be read with the rest. */
    void again() {
        delivery.again(queue.removeDurable(), queue.isBelow(2));
    }

    /** Queues a page read after a position, as far as there is room, and goes LIVE where it ends the reading. */
    void page(Position from, Page page, List<Outgoing> messages, Predicate<Outgoing> shows, String instance) {
        tellGap(from, page);
        for (int i = 0; i < messages.size(); i++) {
            Entry entry = page.entries().get(i);
            Outgoing message = messages.get(i);
            boolean shown = shows.test(message) && !instance.equals(entry.except());
            Frame frame = shown ? message.frame(dialect) : null;
            if (frame != null && !queue.isBelow(2) && queue.frames() > 0) {
                delivery.pause(page.next());
                return;
            }
            if (frame == null) {
                delivery.advance(entry.position());
            } else {
                queue.add(message, frame);
                delivery.queued(entry.position());
            }
        }
        delivery.advance(page.next());
        if (delivery.endPage(page.atHead(), !page.next().equals(from))) {
            if (delivery.takeAnnouncement()) {
                addInline(engine.own().live(delivery.at()));
            }
            releaseHeld();
        }
    }

    /** Queues what has waited for LIVE or for room, as far as it fits. */
    void releaseHeld() {
        List<Outgoing> waiting = held;
        if (waiting == null || !followsHints()) {
            return;
        }
        int released = 0;
        while (released < waiting.size()) {
            Frame frame = waiting.get(released).frame(dialect);
            if (frame != null) {
                if (!queue.hasRoom(frame.length())) {
                    break;
                }
                queue.add(waiting.get(released), frame);
                heldBytes -= frame.length();
            }
            released++;
        }
        waiting.subList(0, released).clear();
        if (waiting.isEmpty()) {
            held = null;
        }
    }

    /** Drops the messages, and with everything the control frames too. Returns how many were dropped. */
    int clear(boolean everything) {
        int dropped = (held == null ? 0 : held.size()) + (everything ? queue.clear() : queue.clearMessages());
        held = null;
        heldBytes = 0;
        return dropped;
    }

    private Taken offerKeyed(Outgoing message, Frame frame, boolean waitsForLive) {
        if (queue.removeSameKey(message) || removeHeld(message)) {
            engine.drops().count(Drop.CONFLATED);
        }
        boolean mustWait = waitsForLive && !followsHints();
        if (!mustWait && (queue.hasRoom(frame.length()) || makeRoom(frame.length()))) {
            queue.add(message, frame);
            return Taken.QUEUED;
        }
        List<Outgoing> waiting = held;
        if (waiting == null) {
            waiting = new ArrayList<>(2);
            held = waiting;
        }
        while (!waiting.isEmpty()
                && (waiting.size() >= MAX_HELD || heldBytes + (long) frame.length() > limits.maxBytes() / HELD_SHARE)) {
            letGo(waiting.remove(0));
            engine.drops().count(Drop.OLDEST);
        }
        waiting.add(message);
        heldBytes += frame.length();
        return Taken.NOT_QUEUED;
    }

    private void letGo(Outgoing message) {
        Frame frame = message.frame(dialect);
        heldBytes -= frame == null ? 0 : frame.length();
    }

    /** Whether all that is known of the mailbox is queued, so that a count may follow. */
    private boolean followsHints() {
        return delivery.state() == Delivery.State.LIVE && !delivery.isMissing();
    }

    /** A key waits in one place at a time: what was queued was never held again. */
    private boolean removeHeld(Outgoing message) {
        List<Outgoing> waiting = held;
        for (int i = 0; waiting != null && i < waiting.size(); i++) {
            if (waiting.get(i).sameKey(message)) {
                letGo(waiting.remove(i));
                return true;
            }
        }
        return false;
    }

    private boolean makeRoom(int length) {
        while (!queue.hasRoom(length)) {
            if (!queue.removeOldestUnkeyed()) {
                return false;
            }
            engine.drops().count(Drop.OLDEST);
        }
        return true;
    }

    private void tellGap(Position from, Page page) {
        String unreadable = delivery.takeUnreadable();
        Gap gap = page.gap();
        if (unreadable != null) {
            addInline(engine.own().gap(unreadable, startOf(page), "unknown"));
        } else if (gap != null) {
            String reason = gap.reason().name().toLowerCase(Locale.ROOT);
            addInline(engine.own().gap(MessageId.of(from).toString(), gap.to(), reason));
        }
        if (gap != null) {
            delivery.gap(gap.to());
        }
        if (events != null && (unreadable != null || gap != null)) {
            Gap told = unreadable != null || gap == null
                    ? new Gap(Position.START, startOf(page), Gap.Reason.UNKNOWN)
                    : gap;
            events.from(told.to());
            events.expired(told);
        }
    }

    private static Position startOf(Page page) {
        if (page.entries().isEmpty()) {
            return page.next();
        }
        Position first = page.entries().get(0).position();
        return new Position(first.epoch(), first.offset() - 1);
    }

    private void addInline(Message message) {
        Outgoing inline = engine.inline(message);
        Frame frame = inline.frame(dialect);
        if (frame != null) {
            queue.add(inline, frame);
        }
    }
}
