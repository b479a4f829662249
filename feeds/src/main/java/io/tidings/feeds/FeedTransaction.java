package io.tidings.feeds;

import io.tidings.message.UserKey;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.OptionalLong;

/**
 * What a {@link FeedStore} does within one transaction. It sees its own writes. Rows are only written for users whom the transaction
 * locked; a store refuses others with {@link IllegalArgumentException}.
 *
 * <p><b>Threads.</b> For the thread of {@link FeedStore.Work#run} alone, and only while that runs. MAY block.
 * <p><b>Failure.</b> Every method MAY throw what the store throws when it fails; the transaction then changes nothing.
 */
public interface FeedTransaction {

    /** The head of a locked user; that of {@link Head#of} where nothing is stored. */
    Head head(UserKey user);

    /** Writes the head of a locked user. */
    void put(Head head);

    /** The next id of a row: larger than every id that an earlier transaction with one of the same users has got. */
    long nextId();

    // Messages.

    /** Stores a message. Sender and receiver are locked. */
    void insert(ChatMessage message);

    /** Those of some messages that a user has received, in the order of their ids; the user need not be locked. */
    List<ChatMessage> received(UserKey receiver, Collection<Long> ids);

    /** A message that a user sent. Throws {@link IllegalStateException} when there is none. */
    ChatMessage sent(UserKey sender, long id);

    /** Marks those of some messages that a locked user has received and has not seen; the others stay as they are. */
    void messagesSeen(UserKey receiver, Collection<Long> ids, Instant at);

    // Notifications.

    /** Stores a notification of a locked user. */
    void insert(Notification notification);

    /** Those of some notifications that are a user's, in the order of their ids; the user need not be locked. */
    List<Notification> notifications(UserKey user, Collection<Long> ids);

    /** Marks those of some notifications that are a locked user's and were not seen; the others stay as they are. */
    void notificationsSeen(UserKey user, Collection<Long> ids, Instant at);

    // What was done already.

    /** The id that was remembered under a locked user's key, if any. */
    OptionalLong remembered(UserKey user, String key);

    /** Remembers an id under a locked user's key, which has none. The key has 1 to {@value FeedStore#MAX_KEY} characters. */
    void remember(UserKey user, String key, long id, Instant at);

    // The outbox.

    /** Adds a row for a locked user; its sequence is one more than the last row's. */
    void insert(OutboxRow row);

    /** A locked user's rows after a sequence, in order. */
    List<OutboxRow> outbox(UserKey user, long after, int limit);

    /** Takes a locked user's rows up to a sequence out. */
    void forget(UserKey user, long upTo);
}
