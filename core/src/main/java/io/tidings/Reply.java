package io.tidings;

import com.fasterxml.jackson.databind.JsonNode;
import io.tidings.message.ErrorCode;
import org.jspecify.annotations.Nullable;

/** What a host answers to a request. */
public sealed interface Reply {

    /** Done, with nothing to tell. */
    Reply DONE = new Done(null);

    /**
     * Done. A request with an id is answered by a {@code result} with the data; one without by nothing.
     *
     * @param data anything, or null
     */
    record Done(@Nullable JsonNode data) implements Reply {}

    /**
     * Not done, and nothing changed. Answered by an {@code error}, with the request's id where it has one.
     *
     * @param code    what went wrong
     * @param message a sentence for the client's developer
     * @param field   the field at fault, or null
     */
    record Refused(ErrorCode code, String message, @Nullable String field) implements Reply {}
}
