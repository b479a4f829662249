package io.tidings.dialect;

import static io.tidings.dialect.Frames.invalid;
import static io.tidings.dialect.Frames.request;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tidings.message.Field;
import io.tidings.message.FieldType;
import io.tidings.message.Kind;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Each word that clients say, with each of its fields missing, of a wrong type and too long; generated from the tables. */
@Tag("R51")
class BadInputTest {

    /** One kind with a field of each type that the protocol's requests do not have. */
    private static final Kind EVERYTHING = Kind.of(
            "test.everything",
            Field.of("count", FieldType.COUNT),
            Field.of("counts", FieldType.COUNTS).max(3),
            Field.of("time", FieldType.TIME),
            Field.word("word", "ONE", "TWO"),
            Field.object("object", Field.of("id", FieldType.ID)),
            Field.of("any", FieldType.ANY));

    private static final EventDialect EVENT =
            EventDialect.builder().inbound(EVERYTHING, "test:everything").build();
    private static final EnvelopeDialect ENVELOPE =
            EnvelopeDialect.builder().inbound(EVERYTHING, "TEST").build();

    /** A row of a dialect's table, and a field of it. */
    private record Case(Dialect dialect, String id, Shape shape, WireField row) {

        String path() {
            return shape.place() + '.' + row.wire();
        }

        /** A frame in which all fields hold but this one, which is as given; null for absent. */
        String frame(String value) {
            StringBuilder fields = new StringBuilder();
            for (WireField other : shape.fields()) {
                String json = other == row ? value : good(other.field(), EVENT == dialect);
                if (json != null) {
                    fields.append(fields.isEmpty() ? "" : ",").append("\"%s\":%s".formatted(other.wire(), json));
                }
            }
            return "{\"type\":\"%s\",\"%s\":\"r-1\",\"%s\":{%s}}".formatted(shape.word(), id, shape.place(), fields);
        }

        DynamicTest refuses(String what, String value) {
            return dynamicTest(shape.word() + " " + row.wire() + " " + what, () -> {
                Inbound.Invalid invalid = invalid(dialect, frame(value));
                assertTrue(
                        invalid.field() != null && invalid.field().startsWith(path()),
                        () -> path() + " expected, was " + invalid.field());
                assertTrue(invalid.message().startsWith(invalid.field() + " "), invalid.message());
                assertTrue(invalid.message().length() <= 256, invalid.message());
                assertEquals("r-1", invalid.requestId());
            });
        }

        DynamicTest accepts(String what, String value) {
            return dynamicTest(shape.word() + " " + row.wire() + " " + what, () -> {
                assertEquals(shape.kind().name(), request(dialect, frame(value)).kind());
            });
        }
    }

    @TestFactory
    Stream<DynamicTest> missingField_isRefusedByName() {
        return cases().flatMap(c -> Stream.of(c.refuses("absent", null), c.refuses("null", "null")));
    }

    @TestFactory
    Stream<DynamicTest> wrongType_isRefusedByName() {
        return cases().filter(c -> c.row().field().type() != FieldType.ANY)
                .flatMap(c -> wrong(c.row().field().type(), c.dialect() == EVENT).stream()
                        .map(value -> c.refuses("= " + value, value)));
    }

    @TestFactory
    Stream<DynamicTest> limit_isLetIn_andOneMoreIsRefusedByName() {
        return cases().flatMap(c -> {
            List<DynamicTest> tests = new ArrayList<>();
            int max = c.row().field().max();
            switch (c.row().field().type()) {
                case ID -> {
                    tests.add(c.accepts("of 128 characters", text("a", 128)));
                    tests.add(c.refuses("of 129 characters", text("a", 129)));
                    tests.add(c.accepts("of 2^53-1", "9007199254740991"));
                    tests.add(c.refuses("of 2^53", "9007199254740992"));
                }
                case TEXT, PROSE -> {
                    tests.add(c.accepts("of " + max + " code points", text("\ud83d\ude00", max)));
                    tests.add(c.refuses("of one code point more", text("\ud83d\ude00", max + 1)));
                    tests.add(c.accepts("of " + max + " characters", text("a", max)));
                    tests.add(c.refuses("of one character more", text("a", max + 1)));
                }
                case IDS -> {
                    tests.add(c.accepts("of " + max, array("1", max)));
                    tests.add(c.refuses("of one more", array("1", max + 1)));
                    tests.add(c.refuses("with one too long", "[" + text("a", 129) + "]"));
                }
                case TEXTS -> {
                    tests.add(c.accepts("of " + max, array("\"a\"", max)));
                    tests.add(c.refuses("of one more", array("\"a\"", max + 1)));
                    tests.add(c.accepts("with one of 128 characters", "[" + text("a", 128) + "]"));
                    tests.add(c.refuses("with one too long", "[" + text("a", 129) + "]"));
                }
                case COUNT -> {
                    tests.add(c.accepts("of 2^53-1", "9007199254740991"));
                    tests.add(c.refuses("of 2^53", "9007199254740992"));
                }
                case COUNTS -> {
                    tests.add(c.accepts("of " + max, "{\"a\":1,\"b\":2,\"c\":3}"));
                    tests.add(c.refuses("of one more", "{\"a\":1,\"b\":2,\"c\":3,\"d\":4}"));
                }
                default -> {}
            }
            return tests.stream();
        });
    }

    @TestFactory
    Stream<DynamicTest> holderOfTheFields_isRequired_andMustBeAnObject() {
        return cases().map(c -> dynamicTest(c.shape().word(), () -> {
            String open = "{\"type\":\"%s\",\"%s\":\"r-1\"".formatted(c.shape().word(), c.id());
            String place = c.shape().place();
            for (String frame : List.of(open + "}", open + ",\"" + place + "\":null}")) {
                assertEquals(new Inbound.Invalid(place, place + " is required", "r-1"), invalid(c.dialect(), frame));
            }
            for (String value : List.of("1", "\"x\"", "true", "[]", "[{}]")) {
                assertEquals(
                        new Inbound.Invalid(place, place + " must be an object", "r-1"),
                        invalid(c.dialect(), open + ",\"" + place + "\":" + value + "}"));
            }
        }));
    }

    /** The sentence of the sample error frame. */
    @Test
    void sentence_isAsTheSampleSays() {
        Inbound.Invalid invalid =
                invalid(EVENT, "{'type':'message:mark_seen','data':{'conversationWith':123,'messageIds':'456'}}");

        assertEquals(new Inbound.Invalid("data.messageIds", "data.messageIds must be an array of ids", null), invalid);
    }

    /** Guards the generator itself: a table that lost its rows would pass every test above. */
    @Test
    void cases_coverBothTables() {
        Map<String, Long> byDialect =
                cases().collect(Collectors.groupingBy(c -> c.dialect().name(), Collectors.counting()));

        assertEquals(Map.of("event", 15L + 6, "envelope", 15L + 6), byDialect);
    }

    private static Stream<Case> cases() {
        return Stream.concat(cases(EVENT, EVENT.words(), "id"), cases(ENVELOPE, ENVELOPE.words(), "messageId"));
    }

    private static Stream<Case> cases(Dialect dialect, WordTable words, String id) {
        return words.inbound().values().stream()
                .flatMap(shape -> shape.fields().stream()
                        .filter(row -> row.wire() != null)
                        .map(row -> new Case(dialect, id, shape, row)));
    }

    private static String good(Field field, boolean iso) {
        return switch (field.type()) {
            case ID, COUNT -> "1";
            case IDS -> "[1,\"b\"]";
            case TEXT, PROSE, LINK, ANY -> "\"x\"";
            case WORD -> "\"" + field.words().get(0) + "\"";
            case TEXTS -> "[\"x\"]";
            case TIME -> iso ? "\"2024-01-15T10:30:00Z\"" : "1705314600000";
            case FLAG -> "true";
            case COUNTS -> "{\"a\":1}";
            case OBJECT -> "{\"id\":1}";
        };
    }

    private static List<String> wrong(FieldType type, boolean iso) {
        return switch (type) {
            case ID ->
                List.of(
                        "\"\"",
                        "-1",
                        "1.5",
                        "1.0",
                        "1e2",
                        "true",
                        "[]",
                        "[1]",
                        "{}",
                        "{\"id\":1}",
                        "\"a\\u0000b\"",
                        "\"a\\nb\"",
                        "123456789012345678901234567890");
            case IDS ->
                List.of("1", "\"1\"", "true", "{}", "[true]", "[null]", "[\"\"]", "[-1]", "[1,[2]]", "[1,{}]", "[1.5]");
            case TEXT, PROSE -> List.of("1", "true", "[]", "[\"x\"]", "{}");
            case LINK -> List.of("1", "true", "[]", "{}", "\"javascript:x\"", "\"//x\"");
            case WORD -> List.of("1", "\"one\"", "\"\"", "\"THREE\"", "true", "[]", "{}");
            case TEXTS -> List.of("1", "\"x\"", "true", "{}", "[1]", "[null]", "[\"\"]", "[[\"x\"]]", "[\"a\\u0000\"]");
            case TIME ->
                iso
                        ? List.of(
                                "1705314600000",
                                "\"\"",
                                "\"yesterday\"",
                                "\"2024-01-15\"",
                                "\"2024-01-15T10:30:00\"",
                                "\"2024-13-15T10:30:00Z\"",
                                "true",
                                "[]",
                                "{}",
                                text("2", 10_000))
                        : List.of(
                                "\"1705314600000\"",
                                "\"2024-01-15T10:30:00Z\"",
                                "1.5",
                                "9007199254740992",
                                "true",
                                "[]",
                                "{}");
            case FLAG -> List.of("0", "1", "\"true\"", "\"\"", "[]", "[true]", "{}");
            case COUNT -> List.of("-1", "1.5", "1.0", "\"1\"", "true", "[]", "{}", "99999999999999999999");
            case COUNTS ->
                List.of(
                        "1",
                        "\"x\"",
                        "[]",
                        "true",
                        "{\"a\":-1}",
                        "{\"a\":\"1\"}",
                        "{\"a\":null}",
                        "{\"\":1}",
                        "{\"a\":{}}");
            case OBJECT -> List.of("1", "\"x\"", "true", "[]", "[{}]", "{}", "{\"id\":true}");
            case ANY -> List.of();
        };
    }

    private static String text(String unit, int times) {
        ObjectNode node = JsonNodeFactory.instance.objectNode().put("t", unit.repeat(times));
        return node.get("t").toString();
    }

    private static String array(String element, int times) {
        return "[" + String.join(",", Collections.nCopies(times, element)) + "]";
    }
}
