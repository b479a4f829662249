package io.tidings.auth;

import io.tidings.message.Topic;
import io.tidings.message.UserKey;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Says what an identity may do. What is refused is answered with {@code FORBIDDEN} and changes nothing.
 *
 * <p>Every method has a default, so the smallest complete implementation is {@code new Authorizer() {}}: clients may ask
 * the host's listener for anything, may reach every user of their tenant, may see nobody's presence but their own, and may join no topic. A host's own routes get the
 * same answers from {@code Hub.admit}.
 *
 * <p><b>Threads.</b> Methods MAY be called concurrently, on the hub's executor, and MAY block.
 * <p><b>Failure.</b> An exception or a failed stage refuses, and so do answers that are not all there after 30 s.
 */
public interface Authorizer {

    /** Refuses topics, allows requests, within the tenant also those that reach others. */
    Authorizer STANDARD = new Authorizer() {};

    /** Whether the identity may join a topic of its own tenant; default: no. */
    default CompletionStage<Boolean> maySubscribe(Identity identity, Topic topic) {
        return CompletableFuture.completedFuture(false);
    }

    /**
     * Whether the identity may make a request of this kind at all; default: yes.
     *
     * @param kind the canonical name, such as {@code message.send}
     */
    default CompletionStage<Boolean> mayRequest(Identity identity, String kind) {
        return CompletableFuture.completedFuture(true);
    }

    /**
     * Whether the identity may reach another user with a request of this kind: send a message, type, say that messages were seen.
     * Asked once for each user that the request names, after {@link #mayRequest}; default: yes within the tenant. Over WebSocket
     * nobody can name a user of another tenant.
     *
     * @param from who asks
     * @param to   who would be told
     * @param kind the canonical name, such as {@code message.send}
     */
    default CompletionStage<Boolean> mayReach(Identity from, UserKey to, String kind) {
        return CompletableFuture.completedFuture(from.user().tenant().equals(to.tenant()));
    }

    /**
     * Whether the identity may see whether a user is there, on which devices, and when the user was last seen; default: its own user
     * alone. Asked once for each user that a request names, after {@link #mayRequest} of {@code presence.get}. Changes of presence are
     * told on topics, of which {@link #maySubscribe} is asked.
     *
     * @param from who asks
     * @param user who would be seen
     */
    default CompletionStage<Boolean> maySee(Identity from, UserKey user) {
        return CompletableFuture.completedFuture(from.user().equals(user));
    }
}
