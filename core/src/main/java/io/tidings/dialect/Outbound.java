package io.tidings.dialect;

import io.tidings.message.Message;
import org.jspecify.annotations.Nullable;

/** What one of a dialect's server-to-client frames says. */
public sealed interface Outbound {

    /**
     * A message.
     *
     * @param message   its canonical form
     * @param messageId the frame's message id as it stands there, or null
     */
    record Read(Message message, @Nullable String messageId) implements Outbound {}

    /**
     * Not a frame of the dialect.
     *
     * @param field   the first field that does not hold, or null
     * @param message a sentence for the publisher's developer
     */
    record Unreadable(@Nullable String field, String message) implements Outbound {}
}
