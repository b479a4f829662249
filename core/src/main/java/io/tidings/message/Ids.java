package io.tidings.message;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import org.jspecify.annotations.Nullable;

/**
 * The ids of users, tenants and rows: text inside the library; on the wire a canonical decimal from 0 to
 * 2<sup>53</sup>−1 (the integers that every JSON reader holds exactly, RFC 8259 section 6) is a JSON number, anything else
 * a string.
 */
public final class Ids {

    /** The longest id, in UTF-16 code units. */
    public static final int MAX_LENGTH = 128;

    /** The largest id that is a JSON number on the wire. */
    public static final long MAX_NUMBER = (1L << 53) - 1;

    private static final int MAX_DIGITS = 16;

    private Ids() {}

    /**
     * Refuses what is no id.
     *
     * @param field what the id is, for the message
     * @throws IllegalArgumentException when the id is empty, too long, or has a control character or a lone surrogate
     */
    public static void check(String field, String id) {
        String problem = problem(id);
        if (problem != null) {
            throw new IllegalArgumentException(field + " " + problem);
        }
    }

    /** What is wrong with an id, as the end of a sentence, or null. */
    public static @Nullable String problem(String id) {
        if (id.isEmpty()) {
            return "must not be empty";
        }
        if (id.length() > MAX_LENGTH) {
            return "must have at most " + MAX_LENGTH + " characters, has " + id.length();
        }
        for (int i = 0; i < id.length(); i++) {
            char c = id.charAt(i);
            if (Character.isISOControl(c)) {
                return "must not have control characters";
            }
            if (Character.isSurrogate(c)) {
                boolean pair = Character.isHighSurrogate(c)
                        && i + 1 < id.length()
                        && Character.isLowSurrogate(id.charAt(i + 1));
                if (!pair) {
                    return "must be valid Unicode";
                }
                i++;
            }
        }
        return null;
    }

    /** Whether the id is a JSON number on the wire. */
    public static boolean isNumber(String id) {
        int length = id.length();
        if (length == 0 || length > MAX_DIGITS || (id.charAt(0) == '0' && length > 1)) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            char c = id.charAt(i);
            if (c < '0' || c > '9') {
                return false;
            }
        }
        return Long.parseLong(id) <= MAX_NUMBER;
    }

    /** The id as it stands in JSON. */
    public static JsonNode toJson(String id) {
        return isNumber(id)
                ? JsonNodeFactory.instance.numberNode(Long.parseLong(id))
                : JsonNodeFactory.instance.textNode(id);
    }

    /** The id that a JSON value is, or null where it is none: neither text nor an integer from 0 to {@link #MAX_NUMBER}. */
    public static @Nullable String fromJson(JsonNode node) {
        if (node.isTextual()) {
            return problem(node.textValue()) == null ? node.textValue() : null;
        }
        if (node.isIntegralNumber() && node.canConvertToLong()) {
            long value = node.longValue();
            return value >= 0 && value <= MAX_NUMBER ? Long.toString(value) : null;
        }
        return null;
    }
}
