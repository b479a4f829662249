package io.tidings.dialect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tidings.message.Kind;
import io.tidings.message.Message;
import io.tidings.message.MessageId;
import io.tidings.message.Position;
import java.io.UncheckedIOException;
import java.time.Instant;

/** What the tests of dialects say over and over. JSON is compared as text, so that 5 and "5" differ and 5 and 5L do not. */
final class Frames {

    static final ObjectMapper MAPPER = new ObjectMapper();

    /** 2023-12-13T08:00:00Z. */
    static final long AT = 1702454400000L;

    static final MessageId ID = MessageId.of(new Position(1, 9));

    private Frames() {}

    /** Parses JSON; single quotes may stand for double ones. */
    static JsonNode json(String text) {
        try {
            return MAPPER.readTree(text.replace('\'', '"'));
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Message message(Kind kind, String body) {
        return Message.of(kind)
                .body((ObjectNode) json(body))
                .at(Instant.ofEpochMilli(AT))
                .build();
    }

    /** The frame of a message with {@link #ID}. */
    static String encoded(Dialect dialect, Message message) {
        return dialect.encode(message).orElseThrow().frame(ID).text();
    }

    static void assertJson(String expected, String actual) {
        assertJson(json(expected), json(actual));
    }

    static void assertJson(JsonNode expected, JsonNode actual) {
        assertEquals(sorted(expected), sorted(actual));
    }

    static Inbound.Request request(Dialect dialect, String frame) {
        return assertInstanceOf(Inbound.Request.class, dialect.decode(frame.replace('\'', '"')), frame);
    }

    static Inbound.Invalid invalid(Dialect dialect, String frame) {
        return assertInstanceOf(Inbound.Invalid.class, dialect.decode(frame.replace('\'', '"')), frame);
    }

    static Outbound.Read read(Dialect dialect, String frame) {
        return assertInstanceOf(Outbound.Read.class, dialect.read(frame.replace('\'', '"')), frame);
    }

    static Outbound.Unreadable unreadable(Dialect dialect, String frame) {
        return assertInstanceOf(Outbound.Unreadable.class, dialect.read(frame.replace('\'', '"')), frame);
    }

    private static String sorted(JsonNode node) {
        try {
            Object tree = MAPPER.treeToValue(node, Object.class);
            return MAPPER.writer(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS).writeValueAsString(tree);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }
}
