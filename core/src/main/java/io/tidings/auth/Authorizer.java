package io.tidings.auth;

import io.tidings.message.Topic;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Says what an identity may do. What is refused is answered with {@code FORBIDDEN} and changes nothing.
 *
 * <p>Every method has a default, so the smallest complete implementation is {@code new Authorizer() {}}: clients may ask
 * the host's listener for anything and may join no topic.
 *
 * <p><b>Threads.</b> Methods MAY be called concurrently, from the connection's serial queue, and MAY block.
 * <p><b>Failure.</b> An exception or a failed stage refuses.
 */
public interface Authorizer {

    /** Refuses topics, allows requests. */
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
}
