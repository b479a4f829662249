package io.tidings;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tidings.message.ErrorCode;
import org.jspecify.annotations.Nullable;

/** Whether something that a user asks for may go on to the host; see {@link Hub#admit}. */
public sealed interface Admission {

    /**
     * It may.
     *
     * @param body the canonical body, with its text sanitised
     */
    record Granted(ObjectNode body) implements Admission {}

    /**
     * It may not: nothing must change.
     *
     * @param code    {@code FORBIDDEN} where the authoriser says no, fails or does not answer; {@code INTERNAL_ERROR} where the
     *                sanitiser fails; {@code INVALID_MESSAGE} where text is too long once it is sanitised
     * @param message a sentence for the client's developer
     * @param field   the field at fault, by its canonical name, or null
     */
    record Refused(ErrorCode code, String message, @Nullable String field) implements Admission {}
}
