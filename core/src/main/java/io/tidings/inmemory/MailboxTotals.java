package io.tidings.inmemory;

import java.util.concurrent.atomic.AtomicLong;

/** What all shards of a mailbox hold together, and how much they may. Safe for use by several threads. */
final class MailboxTotals {

    /** What repeats are told by may cost this share of what messages may. */
    private static final int REMEMBERED_SHARE = 4;

    final AtomicLong messages = new AtomicLong();
    final AtomicLong bytes = new AtomicLong();
    /** Keys and sources. */
    final AtomicLong remembered = new AtomicLong();

    final AtomicLong rememberedBytes = new AtomicLong();
    final AtomicLong generations = new AtomicLong();
    /** The highest epoch that no box knows any more. */
    final AtomicLong forgottenEpoch = new AtomicLong();
    /** Messages that gave way to others because there was no room in all. */
    final AtomicLong dropped = new AtomicLong();

    private final long maxMessages;
    private final long maxBytes;

    MailboxTotals(MailboxOptions options) {
        maxMessages = options.maxMessages();
        maxBytes = options.maxBytes();
    }

    /** Takes room for some messages, or says that there is not so much. */
    boolean reserve(int count, long size) {
        if (!reserve(messages, count, maxMessages)) {
            return false;
        }
        if (!reserve(bytes, size, maxBytes)) {
            messages.addAndGet(-count);
            return false;
        }
        return true;
    }

    /** Takes room for one more key or source, or says that there is none. */
    boolean reserveRemembered(long size) {
        if (!reserve(remembered, 1, maxMessages)) {
            return false;
        }
        if (!reserve(rememberedBytes, size, maxBytes / REMEMBERED_SHARE)) {
            remembered.decrementAndGet();
            return false;
        }
        return true;
    }

    void giveBackRemembered(long size) {
        remembered.decrementAndGet();
        rememberedBytes.addAndGet(-size);
    }

    /** Whether one message more fits no longer, though nothing needs to be remembered of it. */
    boolean isFull(long size) {
        return messages.get() >= maxMessages || bytes.get() + size > maxBytes;
    }

    /** Whether the largest key would fit no longer. */
    boolean isFullOfRemembered() {
        return remembered.get() >= maxMessages
                || rememberedBytes.get() + MemorySize.LARGEST_REMEMBERED > maxBytes / REMEMBERED_SHARE;
    }

    /** A sentence about what there is too much of. */
    String why(long size) {
        if (messages.get() >= maxMessages) {
            return "the mailbox holds " + maxMessages + " messages, which is all it may";
        }
        return bytes.get() + size > maxBytes
                ? "the mailbox holds about " + bytes.get() + " bytes and may hold " + maxBytes
                        + ", which leaves no room for " + size
                : "the mailbox remembers " + remembered.get() + " keys and sources, which is all it may";
    }

    private static boolean reserve(AtomicLong total, long amount, long max) {
        if (total.addAndGet(amount) > max && amount > 0) {
            total.addAndGet(-amount);
            return false;
        }
        return true;
    }
}
