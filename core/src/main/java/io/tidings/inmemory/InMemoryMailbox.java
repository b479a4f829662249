package io.tidings.inmemory;

import io.tidings.mailbox.Append;
import io.tidings.mailbox.Appended;
import io.tidings.mailbox.Attachment;
import io.tidings.mailbox.CursorMove;
import io.tidings.mailbox.Mailbox;
import io.tidings.mailbox.Page;
import io.tidings.message.Ids;
import io.tidings.message.Position;
import io.tidings.message.UserKey;
import io.tidings.spi.Ticker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A mailbox in this process's memory: what it holds ends with the process, and other nodes do not see it.
 *
 * <p>Every call is done when its stage is returned. Users are spread over {@value #SHARDS} locks by the hash of their key; no
 * lock is held while anything else is called, and none while another is taken.
 *
 * <p>Appending costs the same however much is held, reading costs what is read. What is held is bounded by
 * {@link Builder#maxMessages} and {@link Builder#maxBytes}: beyond, and after dropping what is past its time,
 * {@link Builder#whenFull} says whether the new message is refused or the oldest of all gives way. The mailbox has no timer: what is past its time goes when its user's box is used, or when it is the
 * box's turn to be looked after by an append for somebody else.
 *
 * <p>An epoch is the wall clock's milliseconds at the user's first message, and higher than any that this mailbox forgot. It is
 * kept for 30 days beyond the retention of the user's last message.
 */
public final class InMemoryMailbox implements Mailbox {

    private static final int SHARDS = 64;
    private static final int MAX_NAME = Ids.MAX_LENGTH;
    private static final Duration EPOCH_BEYOND_RETENTION = Duration.ofDays(30);

    /** How many boxes of each shard are looked after at most before an append is refused, and how often. */
    private static final int LOOKED_AFTER_WHEN_FULL = 64;

    private static final long FULL_PAUSE_NANOS = Duration.ofMillis(10).toNanos();

    /** So many messages give way to one at most; one that is so much larger than others is refused. */
    private static final int MAX_DROPS = 10_000;

    private final MailboxOptions options;
    private final Ticker ticker;
    private final boolean shared;
    private final MailboxTotals totals;
    private final MailboxShard[] shards = new MailboxShard[SHARDS];

    /** When boxes were last looked after because there was no room. */
    private final AtomicLong fullNanos;

    private InMemoryMailbox(Builder builder) {
        ticker = builder.ticker;
        shared = builder.shared;
        options = new MailboxOptions(
                builder.retention.toNanos(),
                builder.retention.plus(EPOCH_BEYOND_RETENTION).toNanos(),
                builder.idempotencyWindow.toNanos(),
                builder.maxPerUser,
                builder.maxDevices,
                builder.maxMessages,
                builder.maxBytes,
                builder.whenFull);
        totals = new MailboxTotals(options);
        fullNanos = new AtomicLong(ticker.nanos() - FULL_PAUSE_NANOS);
        for (int i = 0; i < SHARDS; i++) {
            shards[i] = new MailboxShard(options, totals);
        }
    }

    /** Starts the options of a mailbox. */
    public static Builder builder() {
        return new Builder();
    }

    @Override
    public CompletionStage<List<Appended>> append(List<Append> appends) {
        return done(() -> {
            List<Appended> outcomes = new ArrayList<>(appends.size());
            for (Append append : appends) {
                outcomes.add(append(append));
            }
            return outcomes;
        });
    }

    private Appended append(Append append) {
        MailboxShard shard = shard(append.user());
        long now = ticker.nanos();
        long size = MemorySize.of(append);
        Appended outcome = shard.append(append, size, now, epochMillis());
        if (outcome == null && makeRoom(now)) {
            outcome = shard.append(append, size, now, epochMillis());
        }
        if (outcome == null && options.whenFull() == WhenFull.DROP_OLDEST && size <= options.maxBytes()) {
            outcome = dropAndAppend(shard, append, size, now);
        }
        return outcome != null ? outcome : new Appended.Full(totals.why(size));
    }

    /** Lets the oldest give way until there is room; null where that is not what is missing. */
    private @Nullable Appended dropAndAppend(MailboxShard shard, Append append, long size, long now) {
        for (int i = 0; i < MAX_DROPS; i++) {
            if (totals.isFull(size)) {
                if (!dropOldest(now)) {
                    return null;
                }
            } else {
                Appended outcome = shard.append(append, size, now, epochMillis());
                if (outcome != null || totals.isFullOfRemembered()) {
                    return outcome;
                }
                // Others took the room meanwhile.
            }
        }
        return null;
    }

    @Override
    public CompletionStage<Page> read(UserKey user, Position after, int limit) {
        if (limit < 1) {
            throw new IllegalArgumentException("limit must be at least 1, was " + limit);
        }
        return done(() -> shard(user).read(user, after, limit, ticker.nanos(), epochMillis()));
    }

    @Override
    public CompletionStage<List<Position>> heads(List<UserKey> users) {
        return done(() -> {
            List<Position> heads = new ArrayList<>(users.size());
            for (UserKey user : users) {
                heads.add(shard(user).head(user));
            }
            return heads;
        });
    }

    @Override
    public CompletionStage<Attachment> attach(UserKey user, String device, String instance) {
        checkName("device", device);
        checkName("instance", instance);
        return done(() -> shard(user).attach(user, device, instance, ticker.nanos()));
    }

    @Override
    public CompletionStage<Void> moveCursors(List<CursorMove> moves) {
        return done(() -> {
            for (CursorMove move : moves) {
                shard(move.user()).move(move);
            }
            return null;
        });
    }

    /** False, unless {@link Builder#sharedBetweenHubs()} says otherwise. */
    @Override
    public boolean shared() {
        return shared;
    }

    /** Drops all that is held of a user, cursors included, as when an account is deleted. The next message begins a new epoch. */
    public void forget(UserKey user) {
        shard(user).forget(user);
    }

    @Override
    public void close() {
        for (MailboxShard shard : shards) {
            shard.close();
        }
    }

    /** How many messages are held, those past their time included where it was not yet their turn. */
    long messages() {
        return totals.messages.get();
    }

    /** About how many bytes they cost. */
    long bytes() {
        return totals.bytes.get();
    }

    /** About how many bytes of memory keys and sources cost. */
    long remembered() {
        return totals.rememberedBytes.get();
    }

    /** How many messages have given way to newer ones of whomever, because there was no room in all. */
    public long dropped() {
        return totals.dropped.get();
    }

    /** How many users' boxes there are. */
    int users() {
        int users = 0;
        for (MailboxShard shard : shards) {
            users += shard.users();
        }
        return users;
    }

    private long epochMillis() {
        return Math.max(1, ticker.epochMillis());
    }

    private MailboxShard shard(UserKey user) {
        int hash = user.hashCode() * 0x9E3779B9;
        return shards[hash >>> 26];
    }

    /** Looks after boxes of all shards, unless that was done a moment ago. */
    private boolean makeRoom(long now) {
        long last = fullNanos.get();
        if (now - last < FULL_PAUSE_NANOS || !fullNanos.compareAndSet(last, now)) {
            return false;
        }
        for (MailboxShard shard : shards) {
            shard.lookAfter(LOOKED_AFTER_WHEN_FULL, now);
        }
        return true;
    }

    /** Drops the oldest message of all; false where there is none. */
    private boolean dropOldest(long now) {
        MailboxShard of = null;
        long since = 0;
        for (MailboxShard shard : shards) {
            Held oldest = shard.oldest();
            if (oldest != null && (of == null || oldest.atNanos - since < 0)) {
                of = shard;
                since = oldest.atNanos;
            }
        }
        return of != null && of.dropOldest(now);
    }

    private static void checkName(String what, String name) {
        if (name.isEmpty() || name.length() > MAX_NAME) {
            throw new IllegalArgumentException(
                    what + " must have 1 to " + MAX_NAME + " characters, has " + name.length());
        }
    }

    private static <T> CompletionStage<T> done(Supplier<T> call) {
        try {
            return CompletableFuture.completedStage(call.get());
        } catch (RuntimeException e) {
            return CompletableFuture.failedStage(e);
        }
    }

    /** What happens to a message for which there is no room in all. */
    public enum WhenFull {
        /** It is answered with {@link Appended.Full}: what was accepted stays. */
        REFUSE,
        /**
         * The messages that came first of all, whoever's, give way to it, as far as that helps. Their users' devices that have not
         * had them are told of a gap. A message larger than the whole mailbox, and one whose key has no room, is refused.
         */
        DROP_OLDEST
    }

    /** The options of a mailbox. Not safe for use by several threads. */
    public static final class Builder {

        private Duration retention = Duration.ofDays(7);
        private Duration idempotencyWindow = Duration.ofMinutes(5);
        private int maxPerUser = 1_000;
        private int maxDevices = 20;
        private long maxMessages = 1_000_000;
        private long maxBytes = Math.max(1, Runtime.getRuntime().maxMemory() / 4);
        private WhenFull whenFull = WhenFull.REFUSE;
        private Ticker ticker = Ticker.SYSTEM;
        private boolean shared;

        private Builder() {}

        /** Sets how long a message is kept; default 7 days; at least 1 ms, at most 10 years. */
        public Builder retention(Duration duration) {
            retention = duration;
            return this;
        }

        /** Sets how many messages are kept for a user; default 1,000; at least 1. Beyond, the oldest goes. */
        public Builder maxPerUser(int messages) {
            maxPerUser = messages;
            return this;
        }

        /**
         * Sets for how long an idempotency key is remembered; default 5 minutes; at most 10 years; zero remembers none.
         */
        public Builder idempotencyWindow(Duration duration) {
            idempotencyWindow = duration;
            return this;
        }

        /** Sets how many devices of a user keep a cursor; default 20; at least 1. */
        public Builder maxDevices(int devices) {
            maxDevices = devices;
            return this;
        }

        /** Sets how many messages are held in all, and how many keys and sources are remembered in all; default 1,000,000; at least 1. */
        public Builder maxMessages(long messages) {
            maxMessages = messages;
            return this;
        }

        /**
         * Sets about how many bytes of memory the messages that are held may take in all, by an estimate that rather counts too
         * much; default a quarter of what the heap may grow to; at least 1. Keys and sources may take a quarter of it besides.
         */
        public Builder maxBytes(long bytes) {
            maxBytes = bytes;
            return this;
        }

        /** Sets what happens to a message for which there is no room in all; default {@link WhenFull#REFUSE}. */
        public Builder whenFull(WhenFull policy) {
            whenFull = policy;
            return this;
        }

        /** Sets the clock; default {@link Ticker#SYSTEM}. */
        public Builder ticker(Ticker clock) {
            ticker = clock;
            return this;
        }

        /** Says that the hubs that get this object are all there are, so that several hubs of one process may share it. */
        public Builder sharedBetweenHubs() {
            shared = true;
            return this;
        }

        /**
         * The mailbox.
         *
         * @throws IllegalArgumentException naming every option out of range
         */
        public InMemoryMailbox build() {
            Duration longest = Duration.ofDays(3_653);
            List<String> problems = new ArrayList<>();
            if (retention.compareTo(Duration.ofMillis(1)) < 0 || retention.compareTo(longest) > 0) {
                problems.add("retention must be from 1 ms to 10 years, was " + retention);
            }
            if (idempotencyWindow.isNegative() || idempotencyWindow.compareTo(longest) > 0) {
                problems.add("idempotencyWindow must be from zero to 10 years, was " + idempotencyWindow);
            }
            if (maxPerUser < 1) {
                problems.add("maxPerUser must be at least 1, was " + maxPerUser);
            }
            if (maxDevices < 1) {
                problems.add("maxDevices must be at least 1, was " + maxDevices);
            }
            if (maxMessages < 1) {
                problems.add("maxMessages must be at least 1, was " + maxMessages);
            }
            if (maxBytes < 1) {
                problems.add("maxBytes must be at least 1, was " + maxBytes);
            }
            if (!problems.isEmpty()) {
                throw new IllegalArgumentException(String.join("; ", problems));
            }
            return new InMemoryMailbox(this);
        }
    }
}
