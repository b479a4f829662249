package io.tidings.feeds;

import io.tidings.message.UserKey;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;

/**
 * Keeps who is connected, and on which devices: on this node, or on several that share a store. The smallest complete implementation is
 * {@link InMemoryPresenceStore}, which knows this node alone.
 *
 * <p><b>Order.</b> {@link #put} of a user is called again only when the stage of the call before is complete. What nodes say of a
 * user counts apart. A node that dies MUST be forgotten in time; one that lives says nothing twice, so a store that forgets
 * by itself refreshes what its node has said until {@link #close}.
 * <p><b>Threads.</b> Methods MAY be called concurrently and MUST NOT block. Stages MAY complete on any thread.
 * <p><b>Failure.</b> A stage that fails is logged, and the user is taken to be on no other node.
 */
public interface PresenceStore extends AutoCloseable {

    /**
     * Says on which devices a user is connected to this node, in place of what was said before.
     *
     * @param devices none where the user is not connected any more; then nothing is kept of the user for this node
     * @return whether the user is connected to another node
     */
    CompletionStage<Boolean> put(UserKey user, Set<String> devices);

    /** On which devices users are connected to any node: one set a user, in the same order, empty for one who is not. */
    CompletionStage<List<Set<String>>> devices(List<UserKey> users);

    /** Forgets what this node has said. Idempotent, and MAY block for a short time. */
    @Override
    void close();
}
