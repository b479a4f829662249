package io.tidings.feeds.jdbc;

import io.tidings.jdbc.Database;

/** What is asked of the rows of users, in one place because a test asks the databases how they go about it. */
final class Statements {

    /** The number of a user, in a condition. */
    private static final String USER = "(SELECT id FROM tidings_feed_head WHERE user_key = ?)";

    private static final String MESSAGE =
            "SELECT m.id, s.user_key, r.user_key, m.content, m.created_at, m.seen_at FROM ";
    private static final String WITH_USERS =
            " m JOIN tidings_feed_head s ON s.id = m.sender_id" + " JOIN tidings_feed_head r ON r.id = m.receiver_id";
    private static final String ROWS = "(SELECT * FROM (SELECT * FROM tidings_feed_message WHERE ";

    /** User, after, limit; user, after, limit; limit. What a user wrote to itself is found by its sender. */
    static final String MESSAGES = MESSAGE + ROWS + "sender_id = " + USER + " AND id > ? ORDER BY id LIMIT ?) sent"
            + " UNION ALL SELECT * FROM (SELECT * FROM tidings_feed_message WHERE receiver_id = " + USER
            + " AND id > ? AND sender_id <> receiver_id ORDER BY id LIMIT ?) received)" + WITH_USERS
            + " ORDER BY m.id LIMIT ?";

    /** User, peer, after, limit; peer, user, after, limit; limit. */
    static final String MESSAGES_WITH = MESSAGE + ROWS + "sender_id = " + USER + " AND receiver_id = " + USER
            + " AND id > ? ORDER BY id LIMIT ?) sent"
            + " UNION ALL SELECT * FROM (SELECT * FROM tidings_feed_message WHERE sender_id = " + USER
            + " AND receiver_id = " + USER + " AND id > ? AND sender_id <> receiver_id ORDER BY id LIMIT ?) received)"
            + WITH_USERS + " ORDER BY m.id LIMIT ?";

    /** Sender, id. */
    static final String SENT =
            MESSAGE + "tidings_feed_message" + WITH_USERS + " WHERE m.sender_id = " + USER + " AND m.id = ?";

    static final String WAITING = "SELECT user_key FROM tidings_feed_head WHERE relayed < last_sequence"
            + " AND relay_until <= ? ORDER BY relay_until LIMIT ?";

    static final String OUTBOX = "SELECT sequence, message, durable, except_instance FROM tidings_feed_outbox"
            + " WHERE user_id = ? AND sequence > ? ORDER BY sequence LIMIT ?";

    static final String FORGET = "DELETE FROM tidings_feed_outbox WHERE user_id = ? AND sequence <= ?";

    private static final String NOTIFICATION =
            "SELECT id, category, message, created_at, seen_at FROM tidings_feed_notification WHERE user_id = " + USER;

    private Statements() {}

    /** Receiver, ids. */
    static String received(Database database) {
        return MESSAGE + "tidings_feed_message" + WITH_USERS + " WHERE m.receiver_id = " + USER + " AND "
                + database.in("m.id") + " ORDER BY m.id";
    }

    /** Receiver, ids. */
    static String senders(Database database) {
        return "SELECT user_key FROM tidings_feed_head WHERE id IN (SELECT sender_id FROM tidings_feed_message"
                + " WHERE receiver_id = " + USER + " AND " + database.in("id") + ") ORDER BY user_key";
    }

    /** User, ids. */
    static String notifications(Database database) {
        return NOTIFICATION + " AND " + database.in("id") + " ORDER BY id";
    }

    /** User, [category], before, limit. */
    static String notifications(boolean unseenOnly, boolean ofCategory) {
        return NOTIFICATION
                + (ofCategory ? " AND category = ?" : "")
                + (unseenOnly ? " AND seen_at IS NULL" : "")
                + " AND id < ? ORDER BY id DESC LIMIT ?";
    }

    /** Hashes. */
    static String remembered(Database database) {
        return "SELECT key_hash, id FROM tidings_feed_key WHERE " + database.in("key_hash");
    }

    /** When, number of the user, ids. What was seen before stays. */
    static String seen(Database database, String table, String user) {
        return "UPDATE " + table + " SET seen_at = ? WHERE " + user + " = ? AND " + database.in("id")
                + " AND seen_at IS NULL";
    }

    /** Before, limit. Passes over what a transaction holds. */
    static String forgetKeys(Database database) {
        return "DELETE FROM tidings_feed_key WHERE key_hash IN (SELECT key_hash FROM tidings_feed_key"
                + " WHERE remembered_at < ? ORDER BY remembered_at LIMIT ?" + database.skipLocked() + ")";
    }
}
