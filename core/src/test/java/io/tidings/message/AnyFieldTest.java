package io.tidings.message;

import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What a field of any content takes is bounded in depth, so that nobody can make an encoder recurse too far. */
class AnyFieldTest {

    private static final Field ANY = Field.of("data", FieldType.ANY);

    @Test
    @Tag("R51")
    void any_asDeepAsAllowed_isTaken() {
        assertInstanceOf(Reading.Value.class, ANY.read("data", nested(32), TimeFormat.EPOCH_MILLIS));
    }

    @Test
    @Tag("R51")
    void any_deeper_isRefused_howeverDeep() {
        assertInstanceOf(Reading.Problem.class, ANY.read("data", nested(33), TimeFormat.EPOCH_MILLIS));
        assertInstanceOf(Reading.Problem.class, ANY.read("data", nested(1_000_000), TimeFormat.EPOCH_MILLIS));
    }

    private static JsonNode nested(int depth) {
        JsonNode node = JsonNodeFactory.instance.textNode("x");
        for (int i = 0; i < depth; i++) {
            node = JsonNodeFactory.instance.arrayNode().add(node);
        }
        return node;
    }
}
