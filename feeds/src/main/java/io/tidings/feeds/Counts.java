package io.tidings.feeds;

import java.util.Map;

/** How many of a user's things are not seen, as the store counts them. */
public final class Counts {

    private Counts() {}

    /**
     * Messages.
     *
     * @param count   how many
     * @param version grows with every change; of two counts the one with the higher version is the newer
     */
    public record Unread(long count, long version) {}

    /**
     * Notifications.
     *
     * @param count      how many in all
     * @param version    as {@link Unread#version}
     * @param byCategory how many in each category; they add up to {@code count}
     */
    public record Unseen(long count, long version, Map<String, Long> byCategory) {}

    static Unread unread(Head head) {
        return new Unread(head.unread(), head.unreadVersion());
    }

    static Unseen unseen(Head head) {
        return new Unseen(head.unseenTotal(), head.unseenVersion(), head.unseen());
    }
}
