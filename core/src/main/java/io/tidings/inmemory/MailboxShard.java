package io.tidings.inmemory;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.tidings.mailbox.Append;
import io.tidings.mailbox.Appended;
import io.tidings.mailbox.Attachment;
import io.tidings.mailbox.CursorMove;
import io.tidings.mailbox.Idempotency;
import io.tidings.mailbox.Page;
import io.tidings.message.Position;
import io.tidings.message.UserKey;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The mailboxes of the users whose keys hash alike, under one lock, within which nothing is called but this package.
 *
 * <p>A box drops what is past its time when it is used; every append and attach looks after the next two boxes besides, in
 * turn, so that users who never come back cost memory only until about as many appends were made as there are users.
 */
final class MailboxShard {

    private static final int LOOKED_AFTER = 2;

    private final MailboxOptions options;
    private final Totals totals;
    private final Object lock = new Object();

    @GuardedBy("lock")
    private final Map<UserKey, UserBox> boxes = new HashMap<>();

    /** The order in which boxes are looked after; those no longer in the map leave it in their turn. */
    @GuardedBy("lock")
    private final ArrayDeque<UserBox> turns = new ArrayDeque<>();

    @GuardedBy("lock")
    private boolean closed;

    /** What all shards hold together. */
    static final class Totals {
        final AtomicLong messages = new AtomicLong();
        /** Keys and sources. */
        final AtomicLong remembered = new AtomicLong();

        final AtomicLong generations = new AtomicLong();
        /** The highest epoch that no box knows any more. */
        final AtomicLong forgottenEpoch = new AtomicLong();
    }

    MailboxShard(MailboxOptions options, Totals totals) {
        this.options = options;
        this.totals = totals;
    }

    /** Appends, or says null where there is no room. */
    @Nullable
    Appended append(Append append, long now, long epochMillis) {
        synchronized (lock) {
            lookAfterSome(LOOKED_AFTER, now);
            UserBox known = boxes.get(append.user());
            if (known != null) {
                expire(known, now);
                Appended repeated = known.repeated(append.idempotency());
                if (repeated != null) {
                    return repeated;
                }
                if (known.repeats().isOneSourceTooMany(append.idempotency())) {
                    return new Appended.Full(
                            "the user has " + Idempotency.MAX_SOURCES + " sources, which is all it may");
                }
            }
            boolean remembersKeys = options.windowNanos() > 0;
            Repeats repeats = known == null ? new Repeats() : known.repeats();
            boolean remembered = repeats.grows(append.idempotency(), remembersKeys);
            if (remembered && !reserve(totals.remembered)) {
                return null;
            }
            if (known != null && known.messages() == options.maxPerUser()) {
                known.trimOldest();
            } else if (!reserve(totals.messages)) {
                if (remembered) {
                    totals.remembered.decrementAndGet();
                }
                return null;
            }
            UserBox box = known != null ? known : create(append.user());
            box.use(now);
            return box.append(append, nextEpoch(0, epochMillis), now, remembersKeys);
        }
    }

    Page read(UserKey user, Position after, int limit, long now, long epochMillis) {
        synchronized (lock) {
            checkOpen();
            UserBox box = boxes.get(user);
            if (box == null) {
                return new UserBox(user).read(after, limit);
            }
            expire(box, now);
            if (box.isBeyondTheHead(after)) {
                box.beginEpoch(nextEpoch(box.epoch(), epochMillis));
            }
            return box.read(after, limit);
        }
    }

    Position head(UserKey user) {
        synchronized (lock) {
            checkOpen();
            UserBox box = boxes.get(user);
            return box == null ? Position.START : box.head();
        }
    }

    Attachment attach(UserKey user, String device, String instance, long now) {
        synchronized (lock) {
            checkOpen();
            lookAfterSome(LOOKED_AFTER, now);
            UserBox box = boxes.get(user);
            UserBox kept = box != null ? box : create(user);
            kept.use(now);
            return kept.cursors().attach(device, instance, totals.generations.incrementAndGet(), options.maxDevices());
        }
    }

    void move(CursorMove move) {
        synchronized (lock) {
            checkOpen();
            UserBox box = boxes.get(move.user());
            if (box != null) {
                box.cursors().move(move, box.head());
            }
        }
    }

    void forget(UserKey user) {
        synchronized (lock) {
            UserBox box = boxes.get(user);
            if (box != null) {
                forget(box);
            }
        }
    }

    /** Looks after so many boxes, or all of them. */
    void lookAfter(int count, long now) {
        synchronized (lock) {
            lookAfterSome(count, now);
        }
    }

    int users() {
        synchronized (lock) {
            return boxes.size();
        }
    }

    void close() {
        synchronized (lock) {
            closed = true;
            boxes.clear();
            turns.clear();
        }
    }

    @GuardedBy("lock")
    private void lookAfterSome(int count, long now) {
        checkOpen();
        for (int i = Math.min(count, turns.size()); i > 0; i--) {
            UserBox box = turns.remove();
            if (boxes.get(box.user()) == box) {
                expire(box, now);
                if (box.isForgettable(now, options.epochNanos())) {
                    forget(box);
                } else {
                    turns.add(box);
                }
            }
        }
    }

    @GuardedBy("lock")
    private UserBox create(UserKey user) {
        UserBox box = new UserBox(user);
        boxes.put(user, box);
        turns.add(box);
        return box;
    }

    @GuardedBy("lock")
    private void forget(UserBox box) {
        boxes.remove(box.user());
        totals.messages.addAndGet(-box.messages());
        totals.remembered.addAndGet(-box.repeats().size());
        totals.forgottenEpoch.accumulateAndGet(box.epoch(), Math::max);
    }

    private void expire(UserBox box, long now) {
        int messages = box.messages();
        int remembered = box.repeats().size();
        box.expire(now, options.retentionNanos(), options.windowNanos());
        totals.messages.addAndGet(box.messages() - messages);
        totals.remembered.addAndGet(box.repeats().size() - remembered);
    }

    /** The wall clock may go back; an epoch may not. */
    private long nextEpoch(long epoch, long epochMillis) {
        return Math.min(Position.MAX, Math.max(epochMillis, Math.max(epoch, totals.forgottenEpoch.get()) + 1));
    }

    private boolean reserve(AtomicLong total) {
        if (total.incrementAndGet() > options.maxMessages()) {
            total.decrementAndGet();
            return false;
        }
        return true;
    }

    @GuardedBy("lock")
    private void checkOpen() {
        if (closed) {
            throw new IllegalStateException("the mailbox is closed");
        }
    }
}
