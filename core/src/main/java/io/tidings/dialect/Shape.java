package io.tidings.dialect;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tidings.message.Kind;
import io.tidings.message.Reading;
import io.tidings.message.TimeFormat;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * How one dialect says one kind: a row of its table.
 *
 * @param kind    the canonical kind
 * @param word    the frame's type
 * @param place   the member of the frame that holds the fields, or null where the frame itself does
 * @param showsId whether the frame shows the message's id
 * @param fields  the kind's fields in their order
 */
record Shape(Kind kind, String word, @Nullable String place, boolean showsId, List<WireField> fields) {

    Shape {
        fields = List.copyOf(fields);
    }

    /** All of a kind's fields under their own names, in the dialect's usual place, with the message's id. */
    static Shape of(FrameStyle style, Kind kind, String word) {
        return new Shape(
                kind,
                word,
                style.body(),
                true,
                kind.fields().stream().map(WireField::of).toList());
    }

    /** The same shape with the fields in another member of the frame; null for the frame itself. */
    Shape at(@Nullable String member) {
        return new Shape(kind, word, member, showsId, fields);
    }

    /** The same shape without the message's id. */
    Shape withoutId() {
        return new Shape(kind, word, place, false, fields);
    }

    /** The same shape with another name for a field. */
    Shape renamed(String field, String wire) {
        return with(Set.of(field), row -> new WireField(row.field(), wire, row.written(), row.read()));
    }

    /** The same shape without some fields. */
    Shape without(String... names) {
        return with(Set.of(names), row -> new WireField(row.field(), null, row.written(), row.read()));
    }

    /** The same shape, which writes something for a body that lacks the field. */
    Shape writing(String field, WireField.Absent value) {
        return with(Set.of(field), row -> new WireField(row.field(), row.wire(), value, row.read()));
    }

    /** The same shape, which reads something from a frame that lacks the field. */
    Shape reading(String field, WireField.Absent value) {
        return with(Set.of(field), row -> new WireField(row.field().optional(), row.wire(), row.written(), value));
    }

    /** The same shape, which also reads frames that lack some fields. */
    Shape lenient(String... names) {
        return with(Set.of(names), row -> new WireField(row.field().optional(), row.wire(), row.written(), row.read()));
    }

    /**
     * Reads the fields of a frame into a canonical body.
     *
     * @param at when the message was made, in epoch milliseconds; 0 where that is not known
     */
    Reading read(ObjectNode frame, TimeFormat times, long at) {
        JsonNode holder = frame;
        if (place != null) {
            holder = frame.get(place);
            if (holder == null || holder.isNull()) {
                if (needsFields()) {
                    return new Reading.Problem(place, "is required");
                }
                holder = JsonNodeFactory.instance.objectNode();
            }
            if (!holder.isObject()) {
                return new Reading.Problem(place, "must be an object");
            }
        }
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        for (WireField row : fields) {
            String wire = row.wire();
            if (wire != null) {
                Reading reading = row.field().read(place == null ? wire : place + '.' + wire, holder.get(wire), times);
                if (reading instanceof Reading.Problem) {
                    return reading;
                }
                if (reading instanceof Reading.Value read && reading != Reading.ABSENT) {
                    body.set(row.field().name(), read.value());
                }
            }
        }
        for (WireField row : fields) {
            if (!body.has(row.field().name())) {
                JsonNode value = row.read().value(at, body);
                if (value != null) {
                    body.set(row.field().name(), value);
                }
            }
        }
        return new Reading.Value(body);
    }

    private boolean needsFields() {
        return fields.stream().anyMatch(row -> row.wire() != null && row.field().required());
    }

    private Shape with(Set<String> names, UnaryOperator<WireField> change) {
        long known = fields.stream()
                .filter(row -> names.contains(row.field().name()))
                .count();
        if (known != names.size()) {
            throw new IllegalArgumentException("kind " + kind.name() + " has not all the fields " + names);
        }
        return new Shape(
                kind,
                word,
                place,
                showsId,
                fields.stream()
                        .map(row -> names.contains(row.field().name()) ? change.apply(row) : row)
                        .toList());
    }
}
