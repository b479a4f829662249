package io.tidings;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.tidings.mailbox.Gap;
import io.tidings.message.MessageId;
import io.tidings.message.Position;
import org.jspecify.annotations.Nullable;

/**
 * What one connection's {@link DeliveryListener} is still to be told: of each kind at most one call waits in the serial queue, and
 * what happens meanwhile widens it.
 *
 * <p>Whoever notes something MUST start the serial queue afterwards, without the connection's lock.
 */
final class DeliveryEvents {

    private final HubConnection connection;
    private final DeliveryListener listener;
    private final SerialQueue calls;

    /** What is in the ranges is guarded by this. */
    private final Range delivered = new Range();

    private final Range acknowledged = new Range();

    /** What waits, or null. */
    @GuardedBy("this")
    private @Nullable Gap gap;

    @GuardedBy("this")
    private @Nullable Gap lastGap;

    /** Guarded by the events. */
    private static final class Range {
        private Position after = Position.START;
        private Position upTo = Position.START;
        private boolean begun;
        private boolean waiting;

        /** Nothing up to here is told. */
        void from(Position position) {
            if (!begun) {
                after = position;
                upTo = position;
            }
        }

        /** Whether a call is to be made that was not before. */
        boolean widen(Position to) {
            if (to.compareTo(upTo) <= 0) {
                return false;
            }
            begun = true;
            upTo = to;
            boolean first = !waiting;
            waiting = true;
            return first;
        }
    }

    /** How a range is told. */
    private interface Call {
        void tell(Connection connection, MessageId after, MessageId upTo);
    }

    DeliveryEvents(HubConnection connection, DeliveryListener listener, SerialQueue calls) {
        this.connection = connection;
        this.listener = listener;
        this.calls = calls;
    }

    /** Delivery begins after a position, or goes on there after a gap. */
    synchronized void from(Position position) {
        delivered.from(position);
        acknowledged.from(position);
    }

    synchronized void delivered(Position upTo) {
        if (delivered.widen(upTo)) {
            calls.add(() -> tell(delivered, listener::delivered));
        }
    }

    synchronized void acknowledged(Position upTo) {
        if (acknowledged.widen(upTo)) {
            calls.add(() -> tell(acknowledged, listener::acknowledged));
        }
    }

    /** A gap was told; one that is told again, because it was not confirmed, is not noted again. */
    synchronized void expired(Gap found) {
        if (found.equals(lastGap)) {
            return;
        }
        lastGap = found;
        if (gap == null) {
            calls.add(this::tellGap);
        }
        gap = gap == null ? found : new Gap(gap.from(), found.to(), found.reason());
    }

    private void tell(Range range, Call call) {
        Position after;
        Position upTo;
        synchronized (this) {
            after = range.after;
            upTo = range.upTo;
            range.after = upTo;
            range.waiting = false;
        }
        call.tell(connection, MessageId.of(after), MessageId.of(upTo));
    }

    private void tellGap() {
        Gap told;
        synchronized (this) {
            told = gap;
            gap = null;
        }
        if (told != null) {
            listener.expired(connection, told);
        }
    }
}
