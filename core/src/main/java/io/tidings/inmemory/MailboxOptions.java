package io.tidings.inmemory;

/** The options of an {@link InMemoryMailbox}, in the units it counts in. */
record MailboxOptions(
        long retentionNanos,
        long epochNanos,
        long windowNanos,
        int maxPerUser,
        int maxDevices,
        long maxMessages,
        long maxBytes,
        InMemoryMailbox.WhenFull whenFull) {}
