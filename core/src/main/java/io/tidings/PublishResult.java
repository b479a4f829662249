package io.tidings;

import io.tidings.message.MessageId;

/** What came of publishing a transient message. */
public sealed interface PublishResult {

    /**
     * The message is on its way to whoever is connected.
     *
     * @param id the id that all recipients see
     */
    record Accepted(MessageId id) implements PublishResult {}

    /**
     * Some or all of this node's connections were not given the message, because more was published than they can be given.
     *
     * @param reason a sentence
     */
    record Overloaded(String reason) implements PublishResult {}
}
