package io.tidings.feeds;

import io.tidings.message.UserKey;
import java.util.Map;
import java.util.TreeMap;

/**
 * A user's row of a {@link FeedStore}, which a transaction locks: counts, and how far the outbox has got.
 *
 * @param user          whose it is
 * @param unread        how many messages the user has not seen
 * @param unreadVersion how often {@code unread} was written; 0 for never
 * @param unseen        how many notifications the user has not seen, by category, none of them 0
 * @param unseenVersion how often {@code unseen} was written; 0 for never
 * @param sequence      of the last row of the outbox that was written for the user; 0 for none
 * @param relayed       of the last row that was relayed; all rows up to it are gone
 * @param relay         the node that relays the user's rows, or empty
 * @param relayUntil    until when it does, in epoch milliseconds; then another may
 * @param lastSeenAt    when the user's last connection ended, in epoch milliseconds; 0 for not known
 */
public record Head(
        UserKey user,
        long unread,
        long unreadVersion,
        Map<String, Long> unseen,
        long unseenVersion,
        long sequence,
        long relayed,
        String relay,
        long relayUntil,
        long lastSeenAt) {

    /** Copies the counts. */
    public Head {
        unseen = Map.copyOf(unseen);
    }

    /** The head of a user of whom nothing is stored. */
    public static Head of(UserKey user) {
        return new Head(user, 0, 0, Map.of(), 0, 0, 0, "", 0, 0);
    }

    /** How many notifications the user has not seen. */
    public long unseenTotal() {
        return unseen.values().stream().mapToLong(Long::longValue).sum();
    }

    /** Whether rows of the outbox wait that nobody relays. */
    public boolean isWaiting(long now) {
        return relayed < sequence && relayUntil <= now;
    }

    Head withUnread(long count) {
        return new Head(
                user,
                count,
                unreadVersion + 1,
                unseen,
                unseenVersion,
                sequence,
                relayed,
                relay,
                relayUntil,
                lastSeenAt);
    }

    /** With so many more, or fewer, in some categories. */
    Head withUnseen(Map<String, Long> changes) {
        Map<String, Long> counts = new TreeMap<>(unseen);
        changes.forEach((category, change) -> counts.merge(category, change, Long::sum));
        counts.values().removeIf(count -> count == 0);
        return new Head(
                user,
                unread,
                unreadVersion,
                counts,
                unseenVersion + 1,
                sequence,
                relayed,
                relay,
                relayUntil,
                lastSeenAt);
    }

    Head withSequence(long last) {
        return new Head(
                user, unread, unreadVersion, unseen, unseenVersion, last, relayed, relay, relayUntil, lastSeenAt);
    }

    Head withRelayed(long last) {
        return new Head(
                user, unread, unreadVersion, unseen, unseenVersion, sequence, last, relay, relayUntil, lastSeenAt);
    }

    Head relayedBy(String node, long until) {
        return new Head(user, unread, unreadVersion, unseen, unseenVersion, sequence, relayed, node, until, lastSeenAt);
    }

    Head withLastSeen(long at) {
        return new Head(user, unread, unreadVersion, unseen, unseenVersion, sequence, relayed, relay, relayUntil, at);
    }
}
