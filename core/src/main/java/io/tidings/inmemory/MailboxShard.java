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
    private final MailboxTotals totals;
    private final Object lock = new Object();

    @GuardedBy("lock")
    private final Map<UserKey, UserBox> boxes = new HashMap<>();

    /** The order in which boxes are looked after; those no longer in the map leave it in their turn. */
    @GuardedBy("lock")
    private final ArrayDeque<UserBox> turns = new ArrayDeque<>();

    /** Guarded by the lock, but for its oldest. */
    private final Arrivals arrivals = new Arrivals();

    @GuardedBy("lock")
    private boolean closed;

    MailboxShard(MailboxOptions options, MailboxTotals totals) {
        this.options = options;
        this.totals = totals;
    }

    /** Appends, or says null where there is no room. */
    @Nullable
    Appended append(Append append, long size, long now, long epochMillis) {
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
            long rememberedSize = MemorySize.of(append.idempotency());
            if (remembered && !totals.reserveRemembered(rememberedSize)) {
                return null;
            }
            Held leaves = known != null && known.messages() == options.maxPerUser() ? known.oldest() : null;
            if (!totals.reserve(leaves == null ? 1 : 0, leaves == null ? size : size - leaves.bytes)) {
                if (remembered) {
                    totals.giveBackRemembered(rememberedSize);
                }
                return null;
            }
            if (known != null && leaves != null) {
                known.trimOldest();
            }
            UserBox box = known != null ? known : create(append.user());
            box.use(now);
            return box.append(append, size, nextEpoch(0, epochMillis), now, remembersKeys);
        }
    }

    Page read(UserKey user, Position after, int limit, long now, long epochMillis) {
        synchronized (lock) {
            checkOpen();
            UserBox box = boxes.get(user);
            if (box == null) {
                return new UserBox(user, arrivals).read(after, limit);
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

    /** The message that came first of those held, as it was a moment ago, or null. */
    @Nullable
    Held oldest() {
        return arrivals.oldest();
    }

    /** Drops the message that came first, or what is past its time with it; false where nothing is held. */
    boolean dropOldest(long now) {
        synchronized (lock) {
            checkOpen();
            Held oldest = arrivals.oldest();
            if (oldest == null) {
                return false;
            }
            UserBox box = oldest.box;
            expire(box, now);
            if (box.oldest() == oldest) {
                box.trimOldest();
                totals.messages.decrementAndGet();
                totals.bytes.addAndGet(-oldest.bytes);
                totals.dropped.incrementAndGet();
            }
            return true;
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
        UserBox box = new UserBox(user, arrivals);
        boxes.put(user, box);
        turns.add(box);
        return box;
    }

    @GuardedBy("lock")
    private void forget(UserBox box) {
        boxes.remove(box.user());
        totals.messages.addAndGet(-box.messages());
        totals.bytes.addAndGet(-box.bytes());
        totals.remembered.addAndGet(-box.repeats().size());
        totals.rememberedBytes.addAndGet(-box.repeats().bytes());
        box.clear();
        totals.forgottenEpoch.accumulateAndGet(box.epoch(), Math::max);
    }

    private void expire(UserBox box, long now) {
        int messages = box.messages();
        long bytes = box.bytes();
        int remembered = box.repeats().size();
        long rememberedBytes = box.repeats().bytes();
        box.expire(now, options.retentionNanos(), options.windowNanos());
        if (box.messages() != messages) {
            totals.messages.addAndGet(box.messages() - messages);
            totals.bytes.addAndGet(box.bytes() - bytes);
        }
        if (box.repeats().size() != remembered) {
            totals.remembered.addAndGet(box.repeats().size() - remembered);
            totals.rememberedBytes.addAndGet(box.repeats().bytes() - rememberedBytes);
        }
    }

    /** The wall clock may go back; an epoch may not. */
    private long nextEpoch(long epoch, long epochMillis) {
        return Math.min(Position.MAX, Math.max(epochMillis, Math.max(epoch, totals.forgottenEpoch.get()) + 1));
    }

    @GuardedBy("lock")
    private void checkOpen() {
        if (closed) {
            throw new IllegalStateException("the mailbox is closed");
        }
    }
}
