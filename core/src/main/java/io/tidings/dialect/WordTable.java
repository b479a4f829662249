package io.tidings.dialect;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tidings.message.Field;
import io.tidings.message.FieldType;
import io.tidings.message.Ids;
import io.tidings.message.Kind;
import io.tidings.message.Message;
import io.tidings.message.Reading;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A dialect as a table: which word and shape says which kind, in either direction. Both dialects are this and nothing else.
 * Immutable.
 */
final class WordTable {

    private static final Field STAMP = Field.of("timestamp", FieldType.TIME).optional();

    private final FrameStyle style;
    private final FrameWriter writer;
    private final Map<String, Shape> outboundByKind = new LinkedHashMap<>();
    private final Map<String, Shape> outboundByWord = new LinkedHashMap<>();
    private final Map<String, Shape> inboundByWord = new LinkedHashMap<>();

    /**
     * Checks that words and kinds are told apart.
     *
     * @param outbound what the server says
     * @param inbound  what clients say
     * @param problems what is wrong so far; more is added
     * @throws IllegalArgumentException with every problem, when there is one
     */
    WordTable(FrameStyle style, List<Shape> outbound, List<Shape> inbound, List<String> problems) {
        this.style = style;
        writer = new FrameWriter(style);
        List<String> all = new ArrayList<>(problems);
        for (Shape shape : outbound) {
            Shape sameKind = outboundByKind.putIfAbsent(shape.kind().name(), shape);
            if (sameKind != null) {
                all.add("outbound kind " + shape.kind().name() + " has a word already, " + sameKind.word()
                        + ", and cannot have " + shape.word());
            }
            enter(shape, outboundByWord, "outbound", all);
        }
        for (Shape shape : inbound) {
            enter(shape, inboundByWord, "inbound", all);
        }
        if (!all.isEmpty()) {
            throw new IllegalArgumentException(String.join("; ", all));
        }
    }

    private static void enter(Shape shape, Map<String, Shape> byWord, String direction, List<String> problems) {
        String unfit = Ids.problem(shape.word());
        if (unfit != null) {
            problems.add(direction + " word of kind " + shape.kind().name() + " " + unfit);
            return;
        }
        Shape sameWord = byWord.putIfAbsent(shape.word(), shape);
        if (sameWord != null) {
            problems.add(direction + " word " + shape.word() + " says kind "
                    + sameWord.kind().name() + " already and cannot say "
                    + shape.kind().name());
        }
    }

    /** What the server says, by word, in the table's order. */
    Map<String, Shape> outbound() {
        return Collections.unmodifiableMap(outboundByWord);
    }

    /** What clients say, by word, in the table's order. */
    Map<String, Shape> inbound() {
        return Collections.unmodifiableMap(inboundByWord);
    }

    /** As {@link Dialect#encode}. */
    Optional<FrameTemplate> encode(Message message) {
        Shape shape = outboundByKind.get(message.kind());
        return shape == null ? Optional.empty() : Optional.of(writer.write(shape, message));
    }

    /** As {@link Dialect#decode}. */
    Inbound decode(String text) {
        StrictJson.Parsed parsed = StrictJson.parse(text);
        if (parsed instanceof StrictJson.Parsed.Wrong wrong) {
            return new Inbound.Invalid(wrong.field(), wrong.message(), null);
        }
        ObjectNode frame = ((StrictJson.Parsed.Frame) parsed).frame();
        Reading id = id(frame);
        if (id instanceof Reading.Problem problem) {
            return new Inbound.Invalid(problem.field(), problem.sentence(), null);
        }
        String requestId = textOf(id);
        Reading word = word(frame, inboundByWord);
        if (word instanceof Reading.Problem problem) {
            return new Inbound.Invalid(problem.field(), problem.sentence(), requestId);
        }
        Shape shape = row(inboundByWord, word);
        Reading body = shape.read(frame, style.times(), 0);
        return body instanceof Reading.Problem problem
                ? new Inbound.Invalid(problem.field(), problem.sentence(), requestId)
                : new Inbound.Request(shape.kind().name(), objectOf(body), requestId);
    }

    /** As {@link Dialect#read}. */
    Outbound read(String text) {
        StrictJson.Parsed parsed = StrictJson.parse(text);
        if (parsed instanceof StrictJson.Parsed.Wrong wrong) {
            return new Outbound.Unreadable(wrong.field(), wrong.message());
        }
        ObjectNode frame = ((StrictJson.Parsed.Frame) parsed).frame();
        Reading word = word(frame, outboundByWord);
        if (word instanceof Reading.Problem problem) {
            return new Outbound.Unreadable(problem.field(), problem.sentence());
        }
        Shape shape = row(outboundByWord, word);
        Reading id = shape.showsId() ? id(frame) : Reading.ABSENT;
        if (id instanceof Reading.Problem problem) {
            return new Outbound.Unreadable(problem.field(), problem.sentence());
        }
        long at = madeAt(frame);
        Reading reading = shape.read(frame, style.times(), at);
        if (reading instanceof Reading.Problem problem) {
            return new Outbound.Unreadable(problem.field(), problem.sentence());
        }
        Kind kind = shape.kind();
        ObjectNode body = objectOf(reading);
        Message message =
                new Message(kind.name(), body, at, body.path("category").textValue(), kind.keyOf(body));
        return new Outbound.Read(message, textOf(id));
    }

    private static Reading word(ObjectNode frame, Map<String, Shape> byWord) {
        JsonNode type = frame.get(FrameStyle.TYPE);
        if (type == null || type.isNull()) {
            return new Reading.Problem(FrameStyle.TYPE, "is required");
        }
        if (!type.isTextual()) {
            return new Reading.Problem(FrameStyle.TYPE, "must be text");
        }
        return byWord.containsKey(type.textValue())
                ? new Reading.Value(type)
                : new Reading.Problem(FrameStyle.TYPE, "is not known: " + Quoted.of(type.textValue()));
    }

    /** The frame's id as text; an integer is the text of its digits. */
    private Reading id(ObjectNode frame) {
        JsonNode id = frame.get(style.id());
        if (id == null || id.isNull()) {
            return Reading.ABSENT;
        }
        if (id.isTextual() && Ids.problem(id.textValue()) == null) {
            return new Reading.Value(id);
        }
        return id.isIntegralNumber()
                ? new Reading.Value(JsonNodeFactory.instance.textNode(id.asText()))
                : new Reading.Problem(
                        style.id(), "must be text of 1 to " + Ids.MAX_LENGTH + " characters, or an integer");
    }

    private long madeAt(ObjectNode frame) {
        if (style.stamp() == null) {
            return 0;
        }
        Reading reading = STAMP.read(style.stamp(), frame.get(style.stamp()), style.times());
        return reading instanceof Reading.Value value ? value.value().asLong() : 0;
    }

    private static Shape row(Map<String, Shape> byWord, Reading word) {
        return Objects.requireNonNull(byWord.get(((Reading.Value) word).value().textValue()));
    }

    private static ObjectNode objectOf(Reading body) {
        return (ObjectNode) ((Reading.Value) body).value();
    }

    private static @Nullable String textOf(Reading text) {
        return ((Reading.Value) text).value().textValue();
    }
}
