package io.tidings.message;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;

/** What came of checking a value. */
public sealed interface Reading {

    /** The optional value is not there. */
    Reading ABSENT = new Value(MissingNode.getInstance());

    /**
     * The value holds.
     *
     * @param value its canonical form; a missing node where it is optional and not there
     */
    record Value(JsonNode value) implements Reading {}

    /**
     * The value does not hold.
     *
     * @param field where it stands: {@code data.messageIds}
     * @param text  what is wrong, as the end of a sentence that begins with the field
     */
    record Problem(String field, String text) implements Reading {
        /** The whole sentence. */
        public String sentence() {
            return field + ' ' + text;
        }
    }
}
