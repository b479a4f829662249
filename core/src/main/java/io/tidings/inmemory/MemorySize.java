package io.tidings.inmemory;

import com.fasterxml.jackson.databind.JsonNode;
import io.tidings.mailbox.Append;
import io.tidings.mailbox.Idempotency;
import io.tidings.message.Message;
import java.util.Iterator;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * About how many bytes of memory things cost: objects by rules of thumb, text at two bytes a character, so rather too much than
 * too little. Costs a step for each value of a body, whatever the length of texts.
 */
final class MemorySize {

    /** The message, its entry, its position, and its places in lists. */
    private static final int MESSAGE = 320;

    private static final int TEXT = 56;
    private static final int NODE = 40;
    private static final int MEMBER = 48;
    private static final int REMEMBERED = 160;

    /** Of the largest that {@link #of(Idempotency)} can say. */
    static final int LARGEST_REMEMBERED = REMEMBERED + TEXT + 2 * Idempotency.MAX_KEY;

    private MemorySize() {}

    /** Of a message that is held. */
    static long of(Append append) {
        Message message = append.message();
        long remembered = append.idempotency() instanceof Idempotency.Sequence ? REMEMBERED : 0;
        return MESSAGE
                + remembered
                + text(append.except())
                + text(message.category())
                + text(message.key())
                + of(message.body());
    }

    /** Of what is remembered to tell a repeat by. */
    static long of(Idempotency idempotency) {
        if (idempotency instanceof Idempotency.Key key) {
            return REMEMBERED + text(key.key());
        }
        return idempotency instanceof Idempotency.Sequence sequence ? REMEMBERED + text(sequence.source()) : 0;
    }

    private static long of(JsonNode node) {
        if (node.isTextual()) {
            return text(node.textValue());
        }
        long bytes = NODE;
        if (node.isObject()) {
            for (Iterator<Map.Entry<String, JsonNode>> members = node.fields(); members.hasNext(); ) {
                Map.Entry<String, JsonNode> member = members.next();
                bytes += MEMBER + text(member.getKey()) + of(member.getValue());
            }
        } else {
            for (JsonNode element : node) {
                bytes += of(element);
            }
        }
        return bytes;
    }

    private static long text(@Nullable String text) {
        return text == null ? 0 : TEXT + 2L * text.length();
    }
}
