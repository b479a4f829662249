package io.tidings.feeds;

import io.tidings.message.UserKey;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Keeps messages, notifications, counts, and the outbox of what users are to be told of them.
 *
 * <p>All rules of chat and notifications are the library's; a store only has to run {@link Work} as a transaction: alone among
 * those that lock one of the same users, whole or not at all, and lasting once its stage is complete as far as the store says that
 * anything lasts.
 *
 * <p>{@link InMemoryFeedStore} is one; {@code FeedStoreContract} of the testkit proves one.
 *
 * <p><b>Threads.</b> Methods MAY be called concurrently and MUST NOT block. Stages MAY complete on any thread, so what follows them MUST
 * NOT wait for another stage of the store.
 * <p><b>Order.</b> Transactions with one user in common run one after another. Two that one caller starts one after the other MAY run
 * in either order.
 * <p><b>Failure.</b> A stage that fails means that what was asked for may or may not have happened. A store that is full or
 * overloaded fails the stage at once, and then nothing has happened.
 */
public interface FeedStore extends AutoCloseable {

    /** The longest key of {@link FeedTransaction#remember}, in UTF-16 code units. */
    int MAX_KEY = 1_024;

    /**
     * Under which name its outbox is numbered in the users' mailboxes; see {@link io.tidings.mailbox.Idempotency.Sequence}. A store
     * that begins anew, and numbers from 1 again, has another name. 1 to 64 characters.
     */
    String source();

    /** Whether other nodes see the same rows. */
    boolean shared();

    /**
     * Runs work as one transaction.
     *
     * @param users who is locked, before the work begins and until it is done; at least one
     * @param work  MAY be run several times, so it changes nothing but the transaction
     * @return what the work returned, once that lasts; what the work threw, and then nothing has changed
     */
    <T> CompletionStage<T> transact(Set<UserKey> users, Work<T> work);

    /** The heads of some users, in their order; that of {@link Head#of} for one of whom nothing is stored. */
    CompletionStage<List<Head>> heads(List<UserKey> users);

    /**
     * Messages that a user sent or received, oldest first.
     *
     * @param with  whom the user wrote to or got them from, or null for everybody
     * @param after the id after which they begin; 0 for the first
     * @param limit at least 1
     */
    CompletionStage<List<ChatMessage>> messages(UserKey user, @Nullable UserKey with, long after, int limit);

    /** Who sent those of some messages that a user has received, each once. */
    CompletionStage<List<UserKey>> senders(UserKey receiver, Collection<Long> ids);

    /** A user's notifications, newest first. */
    CompletionStage<List<Notification>> notifications(NotificationQuery query);

    /**
     * Users with rows in the outbox that nobody relays: see {@link Head#isWaiting}.
     *
     * @param now   in epoch milliseconds
     * @param limit at least 1
     */
    CompletionStage<List<UserKey>> waiting(long now, int limit);

    /** Forgets keys that were remembered before a moment; completes with how many. */
    CompletionStage<Long> forgetKeys(Instant before);

    /** Stops; what is under way fails. Idempotent, and MAY block for a short time. */
    @Override
    void close();

    /**
     * What is done in a transaction.
     *
     * @param <T> what comes of it
     */
    @FunctionalInterface
    interface Work<T> {
        /** Does it. */
        T run(FeedTransaction transaction);
    }

    /**
     * Which notifications.
     *
     * @param user       whose
     * @param unseenOnly leaves out those that were seen
     * @param category   leaves out those of others; null for all
     * @param before     the id before which they begin; {@link Long#MAX_VALUE} for the newest
     * @param limit      at least 1
     */
    record NotificationQuery(
            UserKey user, boolean unseenOnly, @Nullable String category, long before, int limit) {}
}
