package io.tidings.message;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("R51")
class FieldTest {

    private static JsonNode json(String text) throws Exception {
        return new ObjectMapper().readTree(text);
    }

    private static Reading read(Field field, String text) throws Exception {
        return field.read("data." + field.name(), json(text), TimeFormat.ISO_8601);
    }

    /** Compares as JSON does, for which 1 is 1 in whatever type it is kept. */
    private static void assertReads(String expected, Field field, String text) throws Exception {
        Reading.Value read = assertInstanceOf(Reading.Value.class, read(field, text));
        assertEquals(json(expected), json(read.value().toString()));
    }

    private static void assertProblem(String expected, Field field, String text) throws Exception {
        assertEquals(
                expected,
                assertInstanceOf(Reading.Problem.class, read(field, text), text).sentence());
    }

    @Test
    void missingOrNull_isAProblemOnlyWhereRequired() throws Exception {
        Field field = Field.of("f", FieldType.ANY);
        assertProblem("data.f is required", field, "null");
        assertEquals(new Reading.Problem("p", "is required"), field.read("p", null, TimeFormat.ISO_8601));
        assertSame(Reading.ABSENT, field.optional().read("p", null, TimeFormat.ISO_8601));
        assertSame(Reading.ABSENT, read(field.optional(), "null"));
    }

    @Test
    void id_isTextOrANumber_andBecomesCanonical() throws Exception {
        Field field = Field.of("f", FieldType.ID);
        assertReads("123", field, "123");
        assertReads("123", field, "\"123\"");
        assertReads("9007199254740991", field, "\"9007199254740991\"");
        assertReads("\"9007199254740992\"", field, "\"9007199254740992\"");
        assertReads("\"abc\"", field, "\"abc\"");
        for (String bad : List.of("9007199254740992", "1.5", "-1", "true", "[]", "{}", "\"\"")) {
            assertProblem("data.f must be an id", field, bad);
        }
    }

    @Test
    void ids_areAnArray_upToTheLimit() throws Exception {
        Field field = Field.of("f", FieldType.IDS).max(2);
        assertReads("[]", field, "[]");
        assertReads("[1,\"a\"]", field, "[\"1\",\"a\"]");
        assertProblem("data.f must have at most 2 ids", field, "[1,2,3]");
        assertProblem("data.f must be an array of ids", field, "1");
        assertProblem("data.f must be an array of ids", field, "[1,null]");
        assertEquals(500, Field.of("f", FieldType.IDS).max());
    }

    @Test
    void text_isCountedInCodePoints() throws Exception {
        Field field = Field.of("f", FieldType.TEXT).max(2);
        assertReads("\"\"", field, "\"\"");
        assertReads("\"\\ud83d\\ude00\\ud83d\\ude00\"", field, "\"\\ud83d\\ude00\\ud83d\\ude00\"");
        assertProblem("data.f must have at most 2 characters", field, "\"\\ud83d\\ude00\\ud83d\\ude00x\"");
        assertProblem("data.f must have at most 2 characters", field, "\"abc\"");
        assertProblem("data.f must be text", field, "1");
        assertEquals(5_000, Field.of("f", FieldType.TEXT).max());
    }

    @Test
    void word_isOneOfItsWords() throws Exception {
        Field field = Field.word("f", "LOW", "HIGH");
        assertReads("\"LOW\"", field, "\"LOW\"");
        assertProblem("data.f must be one of LOW, HIGH", field, "\"low\"");
        assertProblem("data.f must be one of LOW, HIGH", field, "1");
    }

    @Test
    void texts_areAnArray_upToTheLimit() throws Exception {
        Field field = Field.of("f", FieldType.TEXTS).max(2);
        assertReads("[\"a\",\"b\"]", field, "[\"a\",\"b\"]");
        assertProblem("data.f must have at most 2 entries", field, "[\"a\",\"b\",\"c\"]");
        assertProblem("data.f must be an array of texts", field, "\"a\"");
        assertProblem("data.f must be an array of texts: each must be text", field, "[1]");
        assertProblem("data.f must be an array of texts: each must not be empty", field, "[\"\"]");
        assertEquals(100, Field.of("f", FieldType.TEXTS).max());
    }

    @Test
    void time_isReadAsTheDialectWritesIt_andBecomesMillis() throws Exception {
        Field field = Field.of("f", FieldType.TIME);
        assertReads("1705314600000", field, "\"2024-01-15T10:30:00Z\"");
        assertProblem("data.f must be a time", field, "1705314600000");
        assertEquals(
                new Reading.Value(json("1705314600000")),
                field.read("f", json("1705314600000"), TimeFormat.EPOCH_MILLIS));
    }

    @Test
    void flag_isTrueOrFalse() throws Exception {
        Field field = Field.of("f", FieldType.FLAG);
        assertReads("true", field, "true");
        assertProblem("data.f must be true or false", field, "\"true\"");
        assertProblem("data.f must be true or false", field, "1");
    }

    @Test
    void count_isAnInteger_upTo2To53() throws Exception {
        Field field = Field.of("f", FieldType.COUNT);
        assertReads("0", field, "0");
        assertReads("9007199254740991", field, "9007199254740991");
        for (String bad : List.of("-1", "9007199254740992", "1.0", "\"1\"", "99999999999999999999")) {
            assertProblem("data.f must be an integer from 0 to 9007199254740991", field, bad);
        }
    }

    @Test
    void counts_areAnObject_upToTheLimit() throws Exception {
        Field field = Field.of("f", FieldType.COUNTS).max(2);
        assertReads("{\"a\":1,\"b\":2}", field, "{\"a\":1,\"b\":2}");
        assertProblem("data.f must have at most 2 counts", field, "{\"a\":1,\"b\":2,\"c\":3}");
        assertProblem("data.f must be an object of counts", field, "[1]");
        assertProblem("data.f must be an object of counts", field, "{\"a\":-1}");
        assertProblem("data.f must be an object of counts", field, "{\"\":1}");
        assertEquals(1_000, Field.of("f", FieldType.COUNTS).max());
    }

    @Test
    void object_isReadByItsFields_andProblemsNameThePath() throws Exception {
        Field field = Field.object(
                "f",
                Field.of("id", FieldType.ID),
                Field.object("in", Field.of("at", FieldType.TIME)).optional());
        assertReads("{\"id\":1}", field, "{\"more\":1,\"id\":\"1\",\"in\":null}");
        assertReads(
                "{\"id\":1,\"in\":{\"at\":1705314600000}}",
                field,
                "{\"in\":{\"at\":\"2024-01-15T10:30:00Z\"},\"id\":1}");
        assertProblem("data.f.id is required", field, "{}");
        assertProblem("data.f.in.at must be a time", field, "{\"id\":1,\"in\":{\"at\":1}}");
        assertProblem("data.f.in must be an object", field, "{\"id\":1,\"in\":[]}");
        assertProblem("data.f must be an object", field, "1");
    }

    @Test
    void whatCanChange_isCopied() throws Exception {
        for (Field field : List.of(Field.of("f", FieldType.ANY), Field.of("f", FieldType.COUNTS), Field.object("f"))) {
            ObjectNode given = JsonNodeFactory.instance.objectNode();
            Reading.Value value = (Reading.Value) field.read("f", given, TimeFormat.ISO_8601);
            assertNotSame(given, value.value());
        }
        for (Field field : List.of(Field.of("f", FieldType.TEXTS), Field.of("f", FieldType.IDS))) {
            ArrayNode given = JsonNodeFactory.instance.arrayNode().add("a");
            Reading.Value value = (Reading.Value) field.read("f", given, TimeFormat.ISO_8601);
            given.add("b");
            assertEquals(1, value.value().size());
        }
    }

    @Test
    void limit_appliesToTextsOfAnySize_cheaply() {
        Field field = Field.of("f", FieldType.TEXT).max(5_000);
        assertInstanceOf(
                Reading.Value.class,
                field.read("f", TextNode.valueOf("\ud83d\ude00".repeat(5_000)), TimeFormat.ISO_8601));
        assertInstanceOf(
                Reading.Problem.class,
                field.read("f", TextNode.valueOf("\ud83d\ude00".repeat(5_001)), TimeFormat.ISO_8601));
    }

    @Test
    void impossibleFields_areRefused() {
        assertRefused("field must not be empty", () -> Field.of("", FieldType.TEXT));
        assertRefused(
                "field f holds at least 0, not -1",
                () -> Field.of("f", FieldType.TEXT).max(-1));
        assertRefused("field f is one of no words", () -> Field.word("f"));
        assertRefused(
                "field f names a child twice",
                () -> Field.object("f", Field.of("a", FieldType.ID), Field.of("a", FieldType.TEXT)));
    }

    private static void assertRefused(String message, Runnable making) {
        assertEquals(
                message,
                assertThrows(IllegalArgumentException.class, making::run).getMessage());
    }

    @ParameterizedTest
    @Tag("R52")
    @ValueSource(
            strings = {
                "",
                "/a/b?c=d:e",
                "./a:b",
                "../a",
                "a/b:c",
                "?a=b:c",
                "#a:b",
                "https://x.example/",
                "HTTP://x",
                "https://user@x.example:8443/a?b#c",
                "/日本/😀"
            })
    void link_thatIsRelativeOrHttp_isTaken(String link) {
        assertEquals(
                new Reading.Value(text(link)),
                Field.of("f", FieldType.LINK).read("f", text(link), TimeFormat.ISO_8601));
    }

    @ParameterizedTest
    @Tag("R52")
    @ValueSource(
            strings = {
                "javascript:alert(1)",
                "JaVaScRiPt:alert(1)",
                "data:text/html,x",
                "vbscript:x",
                "file:///etc/passwd",
                "mailto:a@b.example",
                " javascript:x",
                "java\tscript:x",
                "java\nscript:x",
                "\u0001javascript:x",
                "\u00a0javascript:x",
                "\u2028/a",
                "/a b",
                "/a\u0000",
                "/a\u007f",
                "/a\u0085",
                "//evil.example",
                "///evil.example",
                "/\\evil.example",
                "\\\\evil.example",
                "%6Aavascript:x",
                "a:b",
                ":x",
                "https:evil.example",
                "https:/evil.example",
                "https:///evil.example",
                "https://",
                "http://?x",
                "httpss://x"
            })
    void link_thatABrowserMightRun_orThatLeadsElsewhereThanItLooks_isRefused(String link) {
        assertEquals(
                new Reading.Problem("f", "must be relative, http or https"),
                Field.of("f", FieldType.LINK).read("f", text(link), TimeFormat.ISO_8601));
    }

    @Test
    @Tag("R52")
    void linkAndProse_haveTheirLimits() {
        assertEquals(2_048, Field.of("f", FieldType.LINK).max());
        assertEquals(5_000, Field.of("f", FieldType.PROSE).max());
        Field prose = Field.of("f", FieldType.PROSE).max(2);
        assertEquals(new Reading.Value(text("😀😀")), prose.read("f", text("😀😀"), TimeFormat.ISO_8601));
        assertEquals(
                new Reading.Problem("f", "must have at most 2 characters"),
                prose.read("f", text("😀😀x"), TimeFormat.ISO_8601));
    }

    private static JsonNode text(String value) {
        return JsonNodeFactory.instance.textNode(value);
    }
}
