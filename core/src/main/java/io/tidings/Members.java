package io.tidings;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The connections of one lane that share an address. Each is held through a {@link Membership} that knows its slot, so that
 * leaving costs the same however many there are.
 *
 * <p>Touched by the lane's thread alone, so neither a fan-out nor a change needs a lock or a copy.
 */
final class Members {

    private static final int FIRST_CAPACITY = 4;

    private @Nullable Membership[] slots = new Membership[FIRST_CAPACITY];
    private int size;

    /** One connection in one group. Lane thread only. */
    static final class Membership {
        private final Members group;
        private final HubConnection connection;
        private int slot;

        private Membership(Members group, HubConnection connection, int slot) {
            this.group = group;
            this.connection = connection;
            this.slot = slot;
        }

        void leave() {
            group.remove(this);
        }

        Members group() {
            return group;
        }
    }

    Membership join(HubConnection connection) {
        if (size == slots.length) {
            slots = Arrays.copyOf(slots, size * 2);
        }
        Membership membership = new Membership(this, connection, size);
        slots[size++] = membership;
        return membership;
    }

    boolean isEmpty() {
        return size == 0;
    }

    /** Queues a message for every member but an instance. Allocates nothing a member. */
    void offer(Outgoing message, FrameSet frames, @Nullable String except) {
        for (int i = 0; i < size; i++) {
            Membership member = slots[i];
            if (member != null && (except == null || !except.equals(member.connection.instance()))) {
                member.connection.offerOnLane(message, frames);
            }
        }
    }

    private void remove(Membership leaving) {
        Membership last = slots[--size];
        if (last != null) {
            slots[leaving.slot] = last;
            last.slot = leaving.slot;
        }
        slots[size] = null;
        if (slots.length > FIRST_CAPACITY && size < slots.length / 4) {
            slots = Arrays.copyOf(slots, slots.length / 2);
        }
    }
}
