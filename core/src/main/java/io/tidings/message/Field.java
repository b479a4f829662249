package io.tidings.message;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One field of a kind's body: its name, what it holds and how much. Hosts' messages and clients' frames are checked by the
 * same fields.
 *
 * @param name     the canonical name
 * @param type     what it holds
 * @param required whether a body without it, or with null in it, is refused
 * @param max      the most it may hold, in the unit of its type; unused by types that have none
 * @param words    what a {@link FieldType#WORD} may be
 * @param children the fields of a {@link FieldType#OBJECT}
 */
public record Field(String name, FieldType type, boolean required, int max, List<String> words, List<Field> children) {

    private static final int MAX_IDS = 500;
    private static final int MAX_TEXTS = 100;
    private static final int MAX_COUNTS = 1_000;
    private static final int MAX_TEXT = 5_000;
    private static final int MAX_LINK = 2_048;
    private static final int MAX_DEPTH = 32;

    /**
     * Copies the lists.
     *
     * @throws IllegalArgumentException when the name is no id, the limit is negative, a {@link FieldType#WORD} has no words, or
     *                                  two children have one name
     */
    public Field {
        Ids.check("field", name);
        words = List.copyOf(words);
        children = List.copyOf(children);
        if (max < 0) {
            throw new IllegalArgumentException("field " + name + " holds at least 0, not " + max);
        }
        if (type == FieldType.WORD && words.isEmpty()) {
            throw new IllegalArgumentException("field " + name + " is one of no words");
        }
        if (children.stream().map(Field::name).distinct().count() != children.size()) {
            throw new IllegalArgumentException("field " + name + " names a child twice");
        }
    }

    /** A required field with its type's usual limit: 500 ids, 100 texts, 1,000 counts, 5,000 code points, 2,048 of a link. */
    public static Field of(String name, FieldType type) {
        int max = switch (type) {
            case IDS -> MAX_IDS;
            case TEXTS -> MAX_TEXTS;
            case COUNTS -> MAX_COUNTS;
            case TEXT, PROSE -> MAX_TEXT;
            case LINK -> MAX_LINK;
            default -> Integer.MAX_VALUE;
        };
        return new Field(name, type, true, max, List.of(), List.of());
    }

    /** A required field that is one of some words. */
    public static Field word(String name, String... words) {
        return new Field(name, FieldType.WORD, true, Integer.MAX_VALUE, List.of(words), List.of());
    }

    /** A required object of some fields. */
    public static Field object(String name, Field... children) {
        return new Field(name, FieldType.OBJECT, true, Integer.MAX_VALUE, List.of(), List.of(children));
    }

    /** The same field, but a body may lack it. */
    public Field optional() {
        return new Field(name, type, false, max, words, children);
    }

    /** The same field with another limit. */
    public Field max(int limit) {
        return new Field(name, type, required, limit, words, children);
    }

    /**
     * Checks a value and gives it its canonical form.
     *
     * @param path  where the value stands, for the problem: {@code data.messageIds}
     * @param value the value; null where the body lacks it
     * @param times how moments stand in it
     */
    public Reading read(String path, @Nullable JsonNode value, TimeFormat times) {
        if (value == null || value.isNull()) {
            return required ? problem(path, "is required") : Reading.ABSENT;
        }
        return switch (type) {
            case ID -> id(path, value);
            case IDS -> ids(path, value);
            case TEXT, PROSE -> text(path, value);
            case LINK -> link(path, value);
            case WORD ->
                value.isTextual() && words.contains(value.textValue())
                        ? new Reading.Value(value)
                        : problem(path, "must be one of " + String.join(", ", words));
            case TEXTS -> texts(path, value);
            case TIME -> {
                Long millis = times.fromJson(value);
                yield millis == null
                        ? problem(path, "must be a time")
                        : new Reading.Value(TimeFormat.EPOCH_MILLIS.toJson(millis));
            }
            case FLAG -> value.isBoolean() ? new Reading.Value(value) : problem(path, "must be true or false");
            case COUNT ->
                isCount(value)
                        ? new Reading.Value(value)
                        : problem(path, "must be an integer from 0 to " + Ids.MAX_NUMBER);
            case COUNTS -> counts(path, value);
            case OBJECT -> object(path, value, times);
            case ANY ->
                isDeep(value, MAX_DEPTH)
                        ? problem(path, "must not nest deeper than " + MAX_DEPTH)
                        : new Reading.Value(value.deepCopy());
        };
    }

    /** Reads an object's fields in their order; what no field names is left out. */
    static Reading readAll(List<Field> fields, String path, JsonNode value, TimeFormat times) {
        ObjectNode canonical = JsonNodeFactory.instance.objectNode();
        for (Field field : fields) {
            String inner = path.isEmpty() ? field.name : path + '.' + field.name;
            Reading reading = field.read(inner, value.get(field.name), times);
            if (reading instanceof Reading.Problem) {
                return reading;
            }
            if (reading instanceof Reading.Value read && reading != Reading.ABSENT) {
                canonical.set(field.name, read.value());
            }
        }
        return new Reading.Value(canonical);
    }

    private static Reading id(String path, JsonNode value) {
        String id = Ids.fromJson(value);
        return id == null ? problem(path, "must be an id") : new Reading.Value(Ids.toJson(id));
    }

    private Reading ids(String path, JsonNode value) {
        if (!value.isArray()) {
            return problem(path, "must be an array of ids");
        }
        if (value.size() > max) {
            return problem(path, "must have at most " + max + " ids");
        }
        ArrayNode canonical = JsonNodeFactory.instance.arrayNode(value.size());
        for (JsonNode element : value) {
            String id = Ids.fromJson(element);
            if (id == null) {
                return problem(path, "must be an array of ids");
            }
            canonical.add(Ids.toJson(id));
        }
        return new Reading.Value(canonical);
    }

    private Reading text(String path, JsonNode value) {
        if (!value.isTextual()) {
            return problem(path, "must be text");
        }
        String text = value.textValue();
        return text.length() > max && text.codePointCount(0, text.length()) > max
                ? problem(path, "must have at most " + max + " characters")
                : new Reading.Value(value);
    }

    private Reading link(String path, JsonNode value) {
        Reading text = text(path, value);
        return text instanceof Reading.Problem || Links.isAllowed(value.textValue())
                ? text
                : problem(path, "must be relative, http or https");
    }

    private Reading texts(String path, JsonNode value) {
        if (!value.isArray()) {
            return problem(path, "must be an array of texts");
        }
        if (value.size() > max) {
            return problem(path, "must have at most " + max + " entries");
        }
        for (JsonNode element : value) {
            String wrong = element.isTextual() ? Ids.problem(element.textValue()) : "must be text";
            if (wrong != null) {
                return problem(path, "must be an array of texts: each " + wrong);
            }
        }
        return new Reading.Value(value.deepCopy());
    }

    private Reading counts(String path, JsonNode value) {
        if (!value.isObject()) {
            return problem(path, "must be an object of counts");
        }
        if (value.size() > max) {
            return problem(path, "must have at most " + max + " counts");
        }
        for (Map.Entry<String, JsonNode> entry : value.properties()) {
            if (!isCount(entry.getValue()) || Ids.problem(entry.getKey()) != null) {
                return problem(path, "must be an object of counts");
            }
        }
        return new Reading.Value(value.deepCopy());
    }

    private Reading object(String path, JsonNode value, TimeFormat times) {
        return value.isObject() ? readAll(children, path, value, times) : problem(path, "must be an object");
    }

    private static boolean isDeep(JsonNode value, int left) {
        if (value.isContainerNode()) {
            for (JsonNode element : value) {
                if (left == 0 || isDeep(element, left - 1)) {
                    return true;
                }
            }
        }
        return false;
    }

    private static boolean isCount(JsonNode value) {
        return value.isIntegralNumber()
                && value.canConvertToLong()
                && value.longValue() >= 0
                && value.longValue() <= Ids.MAX_NUMBER;
    }

    private static Reading problem(String path, String text) {
        return new Reading.Problem(path, text);
    }
}
