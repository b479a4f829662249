package io.tidings.dialect;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tidings.message.Field;
import org.jspecify.annotations.Nullable;

/**
 * One field of a kind as one dialect says it.
 *
 * @param field   the canonical field
 * @param wire    its name on the wire, or null where the dialect does not say it
 * @param written what is written for a body that lacks it
 * @param read    what a frame that lacks it means
 */
record WireField(Field field, @Nullable String wire, Absent written, Absent read) {

    /** What stands in for a field that is not there. */
    interface Absent {

        /** Nothing does. */
        Absent STAYS = (at, body) -> null;

        /**
         * The canonical value, or null for none.
         *
         * @param at   when the message was made, in epoch milliseconds; 0 where that is not known
         * @param body the canonical fields that are there
         */
        @Nullable
        JsonNode value(long at, ObjectNode body);
    }

    /** A field that keeps its canonical name. */
    static WireField of(Field field) {
        return new WireField(field, field.name(), Absent.STAYS, Absent.STAYS);
    }

    /** The value to write, or null for none. */
    @Nullable
    JsonNode toWrite(long at, ObjectNode body) {
        JsonNode value = body.get(field.name());
        return value == null || value.isNull() ? written.value(at, body) : value;
    }
}
