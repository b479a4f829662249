package io.tidings.dialect;

import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jspecify.annotations.Nullable;

/** What a client's frame says. */
public sealed interface Inbound {

    /** The id that the client gave the frame and that answers carry, or null. */
    @Nullable
    String requestId();

    /**
     * A valid frame.
     *
     * @param kind      the canonical name of what is asked for
     * @param body      the canonical body: known fields alone, checked
     * @param requestId the client's id of the frame, or null
     */
    record Request(String kind, ObjectNode body, @Nullable String requestId) implements Inbound {}

    /**
     * A frame that is not what the dialect says.
     *
     * @param field     the first field that does not hold, such as {@code data.messageIds}, or null where the frame as a whole
     *                  does not
     * @param message   a sentence for the client's developer; holds no more than 64 characters of the client's own text
     * @param requestId the client's id of the frame where it could be read, or null
     */
    record Invalid(
            @Nullable String field,
            String message,
            @Nullable String requestId) implements Inbound {}
}
