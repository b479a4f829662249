package io.tidings.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tidings.message.Field;
import io.tidings.message.Kind;
import io.tidings.message.Kinds;
import io.tidings.message.Message;
import java.lang.reflect.Modifier;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Messages of every kind of the protocol, made from the kinds' fields. */
final class SampleMessages {

    private static final Instant MADE = Instant.parse("2024-01-15T10:30:00.250Z");

    private SampleMessages() {}

    /** One message of each kind with all its fields, and one with the required ones alone. */
    static List<Message> ofEveryKind() {
        List<Message> messages = new ArrayList<>();
        for (Kind kind : kinds()) {
            messages.add(of(kind, true));
            messages.add(of(kind, false));
        }
        return messages;
    }

    /** A message of a kind, with optional fields or without. */
    static Message of(Kind kind, boolean all) {
        return Message.of(kind).body(object(kind.fields(), all)).at(MADE).build();
    }

    private static List<Kind> kinds() {
        return Arrays.stream(Kinds.class.getFields())
                .filter(field -> Modifier.isStatic(field.getModifiers()) && field.getType() == Kind.class)
                .map(SampleMessages::kind)
                .toList();
    }

    private static Kind kind(java.lang.reflect.Field constant) {
        try {
            return (Kind) constant.get(null);
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(constant + " is public", e);
        }
    }

    private static ObjectNode object(List<Field> fields, boolean all) {
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        for (Field field : fields) {
            if (all || field.required()) {
                body.set(field.name(), value(field, all));
            }
        }
        return body;
    }

    private static JsonNode value(Field field, boolean all) {
        JsonNodeFactory json = JsonNodeFactory.instance;
        return switch (field.type()) {
            case ID -> json.numberNode(456L);
            case IDS -> json.arrayNode().add(456L).add("b-7");
            case TEXT, PROSE -> json.textNode("some text");
            case LINK -> json.textNode("/videos/456");
            case WORD -> json.textNode(field.words().get(0));
            case TEXTS -> json.arrayNode().add("TASK").add("video/456");
            case TIME -> json.numberNode(MADE.toEpochMilli());
            case FLAG -> json.booleanNode(true);
            case COUNT -> json.numberNode(12L);
            case COUNTS -> json.objectNode().put("TASK", 8L).put("OTHER", 4L);
            case OBJECT -> object(field.children(), all);
            case ANY -> json.objectNode().put("id", 456L);
        };
    }
}
