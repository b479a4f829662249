package io.tidings.message;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("R23")
class MessageTest {

    private static final Instant NOON = Instant.parse("2024-01-15T12:00:00Z");

    private static final Kind KIND = Kind.of(
            "score.changed",
            Field.of("game", FieldType.ID),
            Field.of("points", FieldType.COUNT).optional(),
            Field.of("category", FieldType.TEXT).optional(),
            Field.object("last", Field.of("at", FieldType.TIME), Field.of("by", FieldType.IDS))
                    .optional(),
            Field.of("more", FieldType.ANY).optional());

    private static JsonNode json(String text) throws Exception {
        return new ObjectMapper().readTree(text);
    }

    private static void assertRefused(String message, Runnable making) {
        assertEquals(
                message,
                assertThrows(IllegalArgumentException.class, making::run).getMessage());
    }

    @Test
    void body_becomesCanonical() throws Exception {
        Message message = Message.of(KIND)
                .set("last", Map.of("at", NOON, "by", List.of("1", 2L, "x")))
                .set("game", "007")
                .set("points", 3)
                .at(NOON)
                .build();
        assertEquals(
                json("{\"game\":\"007\",\"points\":3,\"last\":{\"at\":1705320000000,\"by\":[1,2,\"x\"]}}")
                        .toString(),
                json(message.body().toString()).toString());
        assertEquals("score.changed", message.kind());
        assertEquals(NOON.toEpochMilli(), message.at());
        assertNull(message.key());
        assertNull(message.category());
    }

    @Test
    void times_mayStandInCollectionsAndMaps() throws Exception {
        Message message = Message.of(KIND)
                .set("game", 1)
                .set("more", List.of(NOON, Map.of("at", NOON), json("{\"a\":1}"), 1.5, true))
                .build();
        assertEquals(
                json("[1705320000000,{\"at\":1705320000000},{\"a\":1},1.5,true]"),
                json(message.body().get("more").toString()));
    }

    @Test
    void null_takesAFieldOut() {
        Message message = Message.of(KIND)
                .set("game", 1)
                .set("points", 3)
                .set("points", null)
                .build();
        assertEquals("{\"game\":1}", message.body().toString());
    }

    @Test
    void badBodies_nameTheField() {
        assertRefused(
                "kind score.changed: game is required", () -> Message.of(KIND).build());
        assertRefused(
                "kind score.changed has no field pints",
                () -> Message.of(KIND).set("game", 1).set("pints", 3).build());
        assertRefused(
                "kind score.changed: points must be an integer from 0 to 9007199254740991",
                () -> Message.of(KIND).set("game", 1).set("points", -3).build());
        assertRefused(
                "kind score.changed: last.by is required",
                () -> Message.of(KIND)
                        .set("game", 1)
                        .set("last", Map.of("at", 5))
                        .build());
    }

    @Test
    void valueThatIsNoJson_isRefused_namingTheField() {
        String message = assertThrows(
                        IllegalArgumentException.class, () -> Message.of(KIND).set("more", new Object()))
                .getMessage();
        assertEquals("more cannot be a java.lang.Object", message);
    }

    @Test
    void category_isTheBodysUnlessTheHostSaysOne() {
        assertEquals(
                "SOCIAL",
                Message.of(KIND)
                        .set("game", 1)
                        .set("category", "SOCIAL")
                        .build()
                        .category());
        assertEquals(
                "OTHER",
                Message.of(KIND)
                        .set("game", 1)
                        .set("category", "SOCIAL")
                        .category("OTHER")
                        .build()
                        .category());
    }

    @Test
    @Tag("R34")
    void key_isTheKindsUnlessTheHostSaysOne() {
        assertEquals(
                "score.changed",
                Message.of(KIND.conflated("")).set("game", 1).build().key());
        assertEquals(
                "score.changed:1",
                Message.of(KIND.conflated("game")).set("game", "1").build().key());
        assertEquals(
                "mine",
                Message.of(KIND.conflated("game"))
                        .set("game", "1")
                        .key("mine")
                        .build()
                        .key());
    }

    @Test
    void impossibleKinds_areRefused() {
        assertRefused("kind must not be empty", () -> Kind.of(""));
        assertRefused(
                "kind k names a field twice",
                () -> Kind.of("k", Field.of("a", FieldType.ID), Field.of("a", FieldType.TEXT)));
        assertRefused(
                "kind k is conflated by b, which is no field of it",
                () -> Kind.of("k", Field.of("a", FieldType.ID)).conflated("b"));
        assertRefused(
                "kind k is conflated by a, which does not hold one value",
                () -> Kind.of("k", Field.of("a", FieldType.IDS)).conflated("a"));
    }

    @Test
    void madeAt_fillsInWhatIsMissing() {
        Message without = Message.of(KIND).set("game", 1).build();
        assertEquals(0, without.at());
        assertEquals(5, without.madeAt(5).at());
        Message with = Message.of(KIND).set("game", 1).at(NOON).build();
        assertSame(with, with.madeAt(5));
    }

    @Test
    void canonicalForm_comesBack() throws Exception {
        Message full = Message.of(KIND)
                .set("game", 1)
                .category("SOCIAL")
                .key("k")
                .at(NOON)
                .build();
        Message plain = Message.of(KIND).set("game", "x").build();
        for (Message message : List.of(full, plain)) {
            ObjectNode form = message.toJson();
            assertEquals(message, Message.fromJson(form));
            assertEquals(
                    form.toString(),
                    Message.fromJson(json(form.toString())).toJson().toString());
        }
        assertEquals(
                "{\"v\":1,\"kind\":\"score.changed\",\"at\":1705320000000,\"category\":\"SOCIAL\",\"key\":\"k\","
                        + "\"body\":{\"game\":1}}",
                full.toJson().toString());
        assertEquals(
                "{\"v\":1,\"kind\":\"score.changed\",\"at\":0,\"body\":{\"game\":\"x\"}}",
                plain.toJson().toString());
    }

    @Test
    void unknownMembers_areIgnored() throws Exception {
        Message message = Message.fromJson(json("{\"v\":1,\"kind\":\"k\",\"at\":5,\"body\":{},\"later\":[1]}"));
        assertEquals(new Message("k", (ObjectNode) json("{}"), 5, null, null), message);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "[]",
                "1",
                "{\"v\":2,\"kind\":\"k\",\"at\":5,\"body\":{}}",
                "{\"v\":\"1\",\"kind\":\"k\",\"at\":5,\"body\":{}}",
                "{\"v\":1.5,\"kind\":\"k\",\"at\":5,\"body\":{}}",
                "{\"kind\":\"k\",\"at\":5,\"body\":{}}",
                "{\"v\":1,\"kind\":1,\"at\":5,\"body\":{}}",
                "{\"v\":1,\"kind\":\"k\",\"at\":\"5\",\"body\":{}}",
                "{\"v\":1,\"kind\":\"k\",\"at\":99999999999999999999,\"body\":{}}",
                "{\"v\":1,\"kind\":\"k\",\"at\":5,\"body\":[]}",
                "{\"v\":1,\"kind\":\"k\",\"at\":5}"
            })
    void whatIsNoMessage_isRefused(String text) throws Exception {
        JsonNode form = json(text);
        assertThrows(IllegalArgumentException.class, () -> Message.fromJson(form));
    }
}
