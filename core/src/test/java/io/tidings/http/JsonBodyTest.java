package io.tidings.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tidings.message.Field;
import io.tidings.message.FieldType;
import io.tidings.message.Kind;
import io.tidings.message.Reading;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("R51")
@Tag("R67")
class JsonBodyTest {

    private static final Kind LETTER = Kind.of(
            "letter",
            Field.of("to", FieldType.ID),
            Field.of("text", FieldType.TEXT).max(5),
            Field.of("at", FieldType.TIME).optional(),
            Field.object("in", Field.of("any", FieldType.ANY)).optional());

    private static Reading read(String body) {
        return JsonBody.read(body.getBytes(StandardCharsets.UTF_8), LETTER);
    }

    private static Reading.Problem problem(String body) {
        return assertInstanceOf(Reading.Problem.class, read(body), body);
    }

    @Test
    void body_isReadInItsCanonicalForm() {
        Reading.Value value = assertInstanceOf(
                Reading.Value.class,
                read(" {\"text\":\"h\u00e9\",\"to\":\"123\",\"more\":1,\"at\":\"2024-01-15T10:30:00Z\"} "));
        assertEquals(
                "{\"to\":123,\"text\":\"h\u00e9\",\"at\":1705314600000}",
                value.value().toString());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "{",
                "[]",
                "null",
                "7",
                "\"text\"",
                "{\"to\":1,\"text\":\"a\"} x",
                "{\"to\":1,\"text\":\"a\"}{}",
                "{\"to\":1,\"to\":2,\"text\":\"a\"}",
                "{to:1}",
                "{\"to\":1,\"text\":\"\\ud800\"}",
                "{\"to\":1,\"text\":\"a\",\"in\":{\"any\":[\"\\udc00\"]}}"
            })
    void whatIsNoBody_isAProblemOfTheWhole(String body) {
        assertEquals("", problem(body).field());
        HttpResponse answer = HttpErrors.invalid(problem(body));
        assertEquals(400, answer.status());
        String said = new String(answer.body(), StandardCharsets.UTF_8);
        assertTrue(said.contains("\"message\":\"The body must be "), said);
        assertFalse(said.contains("\"field\""), said);
    }

    @Test
    void aFieldThatDoesNotHold_isNamed() {
        assertEquals("to", problem("{}").field());
        assertEquals("text", problem("{\"to\":1,\"text\":\"123456\"}").field());
        HttpResponse answer = HttpErrors.invalid(problem("{\"to\":1}"));
        String said = new String(answer.body(), StandardCharsets.UTF_8);
        assertTrue(said.contains("\"field\":\"text\""), said);
        assertTrue(said.contains("text is required"), said);
    }

    @Test
    void depth_endsAt32() {
        // The body itself and a field's object are two of them.
        for (int more : List.of(30, 31)) {
            String body = "{\"to\":1,\"text\":\"a\",\"in\":{\"any\":" + "[".repeat(more) + "]".repeat(more) + "}}";
            assertEquals(more == 30, read(body) instanceof Reading.Value, body);
        }
        assertEquals("", problem("[".repeat(60_000)).field());
    }

    @Test
    void bytesThatAreNotUtf8_areNoText() {
        byte[] body = "{\"to\":1,\"text\":\"?\"}".getBytes(StandardCharsets.UTF_8);
        body[body.length - 3] = (byte) 0xE9;
        Reading.Problem problem = assertInstanceOf(Reading.Problem.class, JsonBody.read(body, LETTER));
        assertEquals("must be UTF-8", problem.text());
    }
}
