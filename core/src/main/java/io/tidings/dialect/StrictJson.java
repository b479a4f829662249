package io.tidings.dialect;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ContainerNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Parses untrusted text as one JSON object (RFC 8259), with bounds on what it costs: nesting, number of values, length of
 * numbers. Refuses what readers disagree about: a name that occurs twice, lone surrogates, numbers beyond a double.
 *
 * <p>For use by one thread and one text.
 */
final class StrictJson {

    /*
     * The tree is built here, not by the mapper: the loop cannot overflow the stack, and what it refuses itself costs no
     * exception.
     */

    /** How deep objects and arrays may nest; the object itself is the first level. */
    static final int MAX_DEPTH = 32;

    /** How many values, names' values and elements alike, a text may hold. */
    static final int MAX_VALUES = 100_000;

    /** The longest number, in characters. */
    static final int MAX_NUMBER_LENGTH = 100;

    // Names come from clients: a table of them shared by all parsers would only grow and be fought over.
    private static final JsonFactory FACTORY = new JsonFactoryBuilder()
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(MAX_DEPTH + 1)
                    .maxNumberLength(MAX_NUMBER_LENGTH)
                    .build())
            .build();

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    /** What came of a text. */
    sealed interface Parsed {

        /**
         * An object.
         *
         * @param frame its members
         */
        record Frame(ObjectNode frame) implements Parsed {}

        /**
         * Not one.
         *
         * @param field   what is wrong, or null where it is the whole
         * @param message how, as a sentence
         */
        record Wrong(@Nullable String field, String message) implements Parsed {}
    }

    /** Writer only, as are all below: the containers that are open, and the name of the next value in each. */
    private final ContainerNode<?>[] open = new ContainerNode<?>[MAX_DEPTH];

    private final @Nullable String[] names = new @Nullable String[MAX_DEPTH];
    private int depth;
    private int values;

    private StrictJson() {}

    /** Parses a text. Never throws; the time and the memory that it takes are linear in the text. */
    static Parsed parse(String text) {
        try (JsonParser parser = FACTORY.createParser(text)) {
            return new StrictJson().parse(parser);
        } catch (StreamConstraintsException tooLong) {
            return new Parsed.Wrong(null, "The message has a number, a name or a text that is too long");
        } catch (IOException malformed) {
            return new Parsed.Wrong(null, "The message must be valid JSON");
        }
    }

    private Parsed parse(JsonParser parser) throws IOException {
        if (parser.nextToken() != JsonToken.START_OBJECT) {
            return new Parsed.Wrong(null, "The message must be a JSON object");
        }
        ObjectNode root = NODES.objectNode();
        enter(root);
        while (depth > 0) {
            Parsed.Wrong wrong = take(parser, parser.nextToken());
            if (wrong != null) {
                return wrong;
            }
        }
        return parser.nextToken() == null
                ? new Parsed.Frame(root)
                : new Parsed.Wrong(null, "The message must have nothing after its JSON object");
    }

    private Parsed.@Nullable Wrong take(JsonParser parser, JsonToken token) throws IOException {
        switch (token) {
            case END_OBJECT, END_ARRAY -> depth--;
            case FIELD_NAME -> {
                String name = parser.currentName();
                names[depth - 1] = name;
                if (open[depth - 1].has(name)) {
                    return wrong("must not occur twice");
                }
                if (!isUnicode(name)) {
                    names[depth - 1] = null;
                    return wrong("must have names of valid Unicode");
                }
            }
            default -> {
                JsonNode value = value(parser, token);
                if (value == null) {
                    return wrong(
                            token == JsonToken.VALUE_STRING ? "must be valid Unicode" : "must be a smaller number");
                }
                if (++values > MAX_VALUES) {
                    return new Parsed.Wrong(null, "The message must have at most " + MAX_VALUES + " values");
                }
                add(value);
                if (value instanceof ContainerNode<?> container) {
                    if (depth == MAX_DEPTH) {
                        return new Parsed.Wrong(null, "The message must not nest deeper than " + MAX_DEPTH + " levels");
                    }
                    enter(container);
                }
            }
        }
        return null;
    }

    /** The value that a token begins, or null where it is none that is let in. */
    private static @Nullable JsonNode value(JsonParser parser, JsonToken token) throws IOException {
        return switch (token) {
            case START_OBJECT -> NODES.objectNode();
            case START_ARRAY -> NODES.arrayNode();
            case VALUE_STRING -> isUnicode(parser.getText()) ? NODES.textNode(parser.getText()) : null;
            case VALUE_NUMBER_INT ->
                switch (parser.getNumberType()) {
                    case INT -> NODES.numberNode(parser.getIntValue());
                    case LONG -> NODES.numberNode(parser.getLongValue());
                    default -> NODES.numberNode(parser.getBigIntegerValue());
                };
            case VALUE_NUMBER_FLOAT ->
                Double.isFinite(parser.getDoubleValue()) ? NODES.numberNode(parser.getDoubleValue()) : null;
            case VALUE_TRUE -> NODES.booleanNode(true);
            case VALUE_FALSE -> NODES.booleanNode(false);
            default -> NODES.nullNode();
        };
    }

    private void enter(ContainerNode<?> container) {
        open[depth] = container;
        names[depth] = null;
        depth++;
    }

    private void add(JsonNode value) {
        String name = names[depth - 1];
        if (open[depth - 1] instanceof ObjectNode object && name != null) {
            object.set(name, value);
        } else if (open[depth - 1] instanceof ArrayNode array) {
            array.add(value);
        }
    }

    /** A sentence about the value at hand. */
    private Parsed.Wrong wrong(String text) {
        StringBuilder path = new StringBuilder();
        for (int i = 0; i < depth && path.length() < Quoted.MAX_LENGTH; i++) {
            String name = names[i];
            if (name != null) {
                path.append(path.isEmpty() ? "" : ".").append(Quoted.of(name));
            }
        }
        return path.isEmpty()
                ? new Parsed.Wrong(null, "The message " + text)
                : new Parsed.Wrong(Quoted.of(path.toString()), Quoted.of(path.toString()) + ' ' + text);
    }

    private static boolean isUnicode(String text) {
        return Surrogates.firstLone(text) < 0;
    }
}
