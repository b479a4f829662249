package io.tidings.message;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.Collection;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a host sends: a kind, a body, and optionally a category and a conflation key. Messages are immutable and belong to no
 * dialect; mailboxes and brokers carry {@link #toJson()}.
 *
 * <p>Whether a message is durable or transient is not said by the message but by how it is sent: {@code Hub.send} keeps it
 * until it is delivered, {@code Hub.publish} does its best once.
 *
 * @param kind     the canonical name of its kind
 * @param body     the canonical body; MUST NOT be changed by anybody
 * @param at       when it was made, in epoch milliseconds; 0 where the hub shall say so when it is sent
 * @param category the category that a connection can filter on, or null
 * @param key      the conflation key: while two transient messages of one key wait for a connection only the newer is kept;
 *                 null for none. Durable messages are never conflated
 */
public record Message(
        String kind,
        ObjectNode body,
        long at,
        @Nullable String category,
        @Nullable String key) {

    /** The version of {@link #toJson()}. */
    public static final int VERSION = 1;

    private static final ObjectMapper MAPPER = new ObjectMapper();

    /** Starts a message of a kind. */
    public static Builder of(Kind kind) {
        return new Builder(kind);
    }

    /** The same message, made at a time where it has none yet. */
    public Message madeAt(long epochMillis) {
        return at == 0 ? new Message(kind, body, epochMillis, category, key) : this;
    }

    /** The canonical form that mailboxes and brokers carry: {@code v, kind, at, [category], [key], body}. */
    public ObjectNode toJson() {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("v", VERSION).put("kind", kind).put("at", at);
        if (category != null) {
            json.put("category", category);
        }
        if (key != null) {
            json.put("key", key);
        }
        json.set("body", body);
        return json;
    }

    /**
     * The message of a canonical form. Unknown members are ignored, so that a newer node may add some.
     *
     * @throws IllegalArgumentException when it is none, or of a later version
     */
    public static Message fromJson(JsonNode json) {
        JsonNode version = json.path("v");
        if (!version.isIntegralNumber() || !version.canConvertToInt() || version.intValue() != VERSION) {
            throw new IllegalArgumentException("v must be " + VERSION + ", was " + version);
        }
        JsonNode at = json.path("at");
        if (!json.path("kind").isTextual()
                || !at.isIntegralNumber()
                || !at.canConvertToLong()
                || !(json.path("body") instanceof ObjectNode body)) {
            throw new IllegalArgumentException("a message has a kind, a time and a body");
        }
        return new Message(
                json.path("kind").textValue(),
                body,
                at.longValue(),
                json.path("category").textValue(),
                json.path("key").textValue());
    }

    /** Collects a body and checks it against the kind. Not safe for use by several threads. */
    public static final class Builder {

        private final Kind kind;
        private final ObjectNode body = JsonNodeFactory.instance.objectNode();
        private @Nullable Instant at;
        private @Nullable String category;
        private @Nullable String key;

        private Builder(Kind kind) {
            this.kind = kind;
        }

        /**
         * Sets a field of the body.
         *
         * @param value text, a number, a boolean, an {@link Instant}, a collection or map of those, or a {@link JsonNode};
         *              null takes the field out
         * @throws IllegalArgumentException naming the field, when the value is something else
         */
        public Builder set(String field, @Nullable Object value) {
            if (value == null) {
                body.remove(field);
            } else {
                body.set(field, json(field, value));
            }
            return this;
        }

        private static JsonNode json(String field, @Nullable Object value) {
            if (value instanceof JsonNode node) {
                return node;
            }
            if (value instanceof Instant time) {
                return JsonNodeFactory.instance.numberNode(time.toEpochMilli());
            }
            if (value instanceof Collection<?> elements) {
                ArrayNode array = JsonNodeFactory.instance.arrayNode(elements.size());
                elements.forEach(element -> array.add(json(field, element)));
                return array;
            }
            if (value instanceof Map<?, ?> members) {
                ObjectNode object = JsonNodeFactory.instance.objectNode();
                members.forEach((name, member) -> object.set(String.valueOf(name), json(field, member)));
                return object;
            }
            try {
                return MAPPER.valueToTree(value);
            } catch (IllegalArgumentException e) {
                String type = value == null ? "null" : value.getClass().getName();
                throw new IllegalArgumentException(field + " cannot be a " + type, e);
            }
        }

        /** Sets all fields of a canonical object. */
        public Builder body(ObjectNode fields) {
            body.setAll(fields);
            return this;
        }

        /** Sets when the message was made; default: when the hub sends it. */
        public Builder at(Instant time) {
            at = time;
            return this;
        }

        /** Sets the category; default: the body's text {@code category}, else none. */
        public Builder category(String name) {
            category = name;
            return this;
        }

        /** Sets the conflation key; default: as the kind says. */
        public Builder key(String conflationKey) {
            key = conflationKey;
            return this;
        }

        /**
         * The message.
         *
         * @throws IllegalArgumentException naming the first field that does not hold, or that the kind does not have
         */
        public Message build() {
            for (String name : (Iterable<String>) body::fieldNames) {
                if (kind.fields().stream().noneMatch(field -> field.name().equals(name))) {
                    throw new IllegalArgumentException("kind " + kind.name() + " has no field " + name);
                }
            }
            Reading reading = kind.read("", body, TimeFormat.EPOCH_MILLIS);
            if (reading instanceof Reading.Problem problem) {
                throw new IllegalArgumentException("kind " + kind.name() + ": " + problem.sentence());
            }
            ObjectNode canonical = (ObjectNode) ((Reading.Value) reading).value();
            String label = category == null ? canonical.path("category").textValue() : category;
            long made = at == null ? 0 : at.toEpochMilli();
            return new Message(kind.name(), canonical, made, label, key == null ? kind.keyOf(canonical) : key);
        }
    }
}
