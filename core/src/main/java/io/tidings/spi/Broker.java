package io.tidings.spi;

import io.tidings.message.Address;
import io.tidings.message.Message;
import io.tidings.message.MessageId;
import io.tidings.message.Position;
import io.tidings.message.UserKey;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Carries messages between nodes.
 *
 * <p>The smallest complete implementation is {@code InMemoryBroker}; {@code BrokerContract} proves one.
 *
 * <p><b>Delivery.</b> A broker MAY lose, double and reorder what it carries: durable messages are only hinted at and are read
 * from the mailbox where a hint is missing; transient ones carry an id by which a node drops a double. It MUST NOT change a
 * message, invent one, or bring it to another tenant.
 * <p><b>Threads.</b> Methods MAY be called concurrently and MUST NOT block. The receiver is called by one thread at a time.
 * <p><b>Failure.</b> A failed stage means "unknown": the message may still arrive.
 */
public interface Broker extends AutoCloseable {

    /**
     * Begins to bring what other nodes publish. Called once, before anything else.
     *
     * @param node     this node's name, unique among the nodes
     * @param receiver who is told; what this node publishes itself MUST NOT come back to it
     */
    void start(String node, Receiver receiver);

    /**
     * Publishes to the other nodes.
     *
     * @return completes when the broker took it
     */
    CompletionStage<Void> publish(Publication publication);

    /**
     * Says that this node has connections of a user, a topic or a tenant from now on, or no longer. What is not subscribed to
     * need not arrive. {@code Everyone} is always subscribed to.
     *
     * @return completes when the change is in force
     */
    CompletionStage<Void> subscribe(Address address, boolean subscribed);

    /** Whether messages cross now. */
    boolean healthy();

    /** Leaves; nothing arrives afterwards. Idempotent. */
    @Override
    void close();

    /** Who is told of what arrives. Calls MUST NOT be made under a lock of the broker, and return soon. */
    interface Receiver {

        /** A publication of another node arrived. */
        void received(Publication publication);

        /** The broker was away and is back: anything may have been missed. */
        void recovered();
    }

    /** What crosses. */
    sealed interface Publication {

        /**
         * A durable message is in a mailbox.
         *
         * @param user     whose
         * @param position where
         * @param message  the message as a cache, or null where it is too large to carry twice
         * @param except   the instance that is not shown it, or null
         */
        record Hint(
                UserKey user,
                Position position,
                @Nullable Message message,
                @Nullable String except) implements Publication {}

        /**
         * A transient message.
         *
         * @param address for whom
         * @param id      unique; a second arrival is dropped
         * @param message what
         */
        record Transient(Address address, MessageId id, Message message) implements Publication {}

        /**
         * An instance of a user has been attached; its connections of lower generations are replaced.
         *
         * @param user       whose
         * @param instance   which
         * @param generation of the newest attachment
         */
        record Attached(UserKey user, String instance, long generation) implements Publication {}
    }
}
