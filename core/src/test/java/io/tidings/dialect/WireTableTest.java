package io.tidings.dialect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.util.RawValue;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Walks what {@code docs/wire.md} says that clients can say, word by word and field by field, and holds both dialects to it. What
 * a field may hold stands here once more, apart from the code, as the page's table of limits has it.
 */
@Tag("R51")
class WireTableTest {

    private static final EventDialect EVENT = EventDialect.standard();
    private static final EnvelopeDialect ENVELOPE = EnvelopeDialect.standard();

    /** JSON of every type, and what is near to each. */
    private static final List<String> VALUES = List.of(
            "1", "1.5", "-1", "\"x\"", "\"\"", "true", "[]", "[1]", "[\"x\"]", "[null]", "[[]]", "{}", "{\"a\":1}");

    /** What a field takes of those, what just fits, and what is too long by one. */
    private record Rule(Set<String> taken, String fits, String tooLong) {}

    private static final Rule ID = new Rule(Set.of("1", "\"x\""), word(128), word(129));
    private static final Rule IDS = new Rule(Set.of("[]", "[1]", "[\"x\"]"), array(word(128), 500), array("1", 501));
    private static final Rule NAMES = new Rule(Set.of("[]", "[\"x\"]"), array(word(128), 100), array("\"x\"", 101));
    private static final Rule MESSAGE_ID = textOf(128);

    private static final Map<String, Rule> RULES = Map.of(
            "receiverId", ID,
            "conversationWith", ID,
            "content", textOf(5_000),
            "messageIds", IDS,
            "notificationIds", IDS,
            "isTyping", new Rule(Set.of("true"), "false", "\"false\""),
            "messageId", MESSAGE_ID,
            "lastMessageId", MESSAGE_ID,
            "token", textOf(16_384),
            "categories", NAMES);

    private static Rule rule(String field) {
        Rule rule = RULES.get(field.equals("topics") ? "categories" : field);
        if (rule == null) {
            throw new AssertionError("wire.md names a field whose limits this test does not know: " + field);
        }
        return rule;
    }

    private static Rule textOf(int max) {
        return new Rule(Set.of("\"x\"", "\"\""), text(max), text(max + 1));
    }

    /** So many code points of two UTF-16 units each. */
    private static String text(int codePoints) {
        return '"' + "😀".repeat(codePoints) + '"';
    }

    private static String word(int characters) {
        return '"' + "a".repeat(characters) + '"';
    }

    private static String array(String element, int count) {
        return "[" + String.join(",", Collections.nCopies(count, element)) + "]";
    }

    // --- The page

    private static List<String> page() {
        Path file = Path.of("docs", "wire.md");
        for (int up = 0; up < 3 && !Files.exists(file); up++) {
            file = Path.of("..").resolve(file);
        }
        try {
            return Files.readAllLines(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What clients of a dialect say: the fields of each word. */
    private static Map<String, List<String>> table(String dialect) {
        Map<String, List<String>> table = new LinkedHashMap<>();
        boolean inDialect = false;
        boolean inTable = false;
        for (String line : page()) {
            if (line.startsWith("## ")) {
                inDialect = line.equals("## " + dialect);
            } else if (line.startsWith("### ")) {
                inTable = inDialect && line.equals("### Client to server");
            } else if (inDialect && inTable && line.startsWith("| `") && !line.startsWith("| `type`")) {
                String[] cells = line.split("\\|");
                List<String> words = quoted(cells[1]);
                List<String> said = quoted(cells[2]);
                for (int i = 0; i < words.size(); i++) {
                    table.put(
                            words.get(i),
                            cells[2].startsWith(" as ") ? eventFields(said.get(i)) : fields(String.join(", ", said)));
                }
            }
        }
        return table;
    }

    private static List<String> eventFields(String word) {
        return table("Event dialect").get(word);
    }

    private static List<String> quoted(String cell) {
        return Pattern.compile("`([^`]+)`")
                .matcher(cell)
                .results()
                .map(found -> found.group(1))
                .toList();
    }

    /** Fields in brackets may be anything or nothing; the rest is required. */
    private static List<String> fields(String cell) {
        return Pattern.compile("(?<!\\[)\\b[A-Za-z]+\\b(?!])")
                .matcher(cell)
                .results()
                .map(MatchResult::group)
                .toList();
    }

    // --- Frames

    private record Case(Dialect dialect, String place, String id, String word, List<String> fields) {

        /** A valid frame, but for one field. */
        String frame(@Nullable String changed, @Nullable String value) {
            ObjectNode frame = JsonNodeFactory.instance.objectNode();
            frame.put("type", word).put(id, "r-1");
            ObjectNode body = frame.putObject(place);
            for (String field : fields) {
                String held = field.equals(changed)
                        ? value
                        : rule(field).taken.stream().sorted().findFirst().orElseThrow();
                if (held != null) {
                    body.putRawValue(field, new RawValue(held));
                }
            }
            return frame.toString();
        }

        DynamicTest test(String what, org.junit.jupiter.api.function.Executable check) {
            return dynamicTest(word + ' ' + what, check);
        }

        DynamicTest refuses(String field, String what, @Nullable String value) {
            return test(field + ' ' + what, () -> {
                Inbound.Invalid invalid = assertInstanceOf(Inbound.Invalid.class, dialect.decode(frame(field, value)));
                assertEquals(place + '.' + field, invalid.field());
                assertEquals("r-1", invalid.requestId());
            });
        }

        DynamicTest takes(String field, String what, String value) {
            return test(field + ' ' + what, () -> request(frame(field, value)));
        }

        Inbound.Request request(String frame) {
            Inbound.Request request = assertInstanceOf(
                    Inbound.Request.class, dialect.decode(frame), () -> String.valueOf(dialect.decode(frame)));
            List<String> read = new ArrayList<>();
            request.body().fieldNames().forEachRemaining(read::add);
            assertEquals(fields, read);
            return request;
        }
    }

    private static Stream<Case> cases() {
        return Stream.concat(
                table("Event dialect").entrySet().stream()
                        .map(row -> new Case(EVENT, "data", "id", row.getKey(), row.getValue())),
                table("Envelope dialect").entrySet().stream()
                        .map(row -> new Case(ENVELOPE, "payload", "messageId", row.getKey(), row.getValue())));
    }

    @Test
    void thePage_namesEveryWordThatClientsCanSay_andNoOther() {
        assertEquals(EVENT.words().inbound().keySet(), table("Event dialect").keySet());
        assertEquals(
                ENVELOPE.words().inbound().keySet(), table("Envelope dialect").keySet());
    }

    @TestFactory
    Stream<DynamicTest> everyField_isRequired() {
        return cases().flatMap(each -> each.fields().stream()
                .flatMap(
                        field -> Stream.of(each.refuses(field, "missing", null), each.refuses(field, "null", "null"))));
    }

    @TestFactory
    Stream<DynamicTest> everyField_takesItsTypeAndNoOther() {
        return cases().flatMap(each -> each.fields().stream()
                .flatMap(field -> VALUES.stream()
                        .map(value -> rule(field).taken.contains(value)
                                ? each.takes(field, "= " + value, value)
                                : each.refuses(field, "= " + value, value))));
    }

    @TestFactory
    Stream<DynamicTest> everyField_takesAsMuchAsFits_andNotOneMore() {
        return cases().flatMap(each -> each.fields().stream()
                .flatMap(field -> Stream.of(
                        each.takes(field, "that just fits", rule(field).fits),
                        each.refuses(field, "too long by one", rule(field).tooLong))));
    }

    @TestFactory
    Stream<DynamicTest> unknownFields_areIgnored() {
        return cases().map(each -> each.test("with more fields", () -> {
            String plain = each.frame(null, null);
            Inbound.Request expected = each.request(plain);
            String more = "{\"extra\":{\"a\":[1]},\"timestamp\":\"whenever\","
                    + plain.substring(1)
                            .replace(
                                    "\"" + each.place() + "\":{",
                                    "\"" + each.place() + "\":{"
                                            + (each.fields().isEmpty() ? "\"extra\":1" : "\"extra\":1,"));
            assertEquals(expected, each.request(more));
        }));
    }

    @TestFactory
    Stream<DynamicTest> aBodyThatIsNoObject_isRefused_andOneThatIsMissingWhereFieldsAreRequired() {
        return cases().flatMap(each -> Stream.of("1", "\"x\"", "true", "[]", "null")
                .map(body -> each.test("with body " + body, () -> {
                    String frame = "{\"type\":\"" + each.word() + "\",\"" + each.place() + "\":" + body + "}";
                    Inbound inbound = each.dialect().decode(frame);
                    boolean ignored = each.word().equals("pong")
                            || (body.equals("null") && each.fields().isEmpty());
                    if (ignored) {
                        assertInstanceOf(Inbound.Request.class, inbound);
                    } else {
                        assertEquals(
                                each.place(),
                                assertInstanceOf(Inbound.Invalid.class, inbound).field());
                    }
                })));
    }
}
