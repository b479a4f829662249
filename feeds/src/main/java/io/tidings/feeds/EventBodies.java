package io.tidings.feeds;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tidings.dialect.EventDialect;
import io.tidings.message.Message;
import io.tidings.message.MessageId;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What REST shows: the same that the frames of the event dialect say. */
final class EventBodies {

    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final EventDialect dialect = EventDialect.standard();

    ObjectNode message(ChatMessage message) {
        return data(FeedMessages.messageNew(message));
    }

    /** As it was told. */
    ObjectNode told(Notification notification) {
        return data(notification.message());
    }

    /** As it is now. */
    ObjectNode now(Notification notification) {
        return told(notification).put("seen", notification.seenAt() != null);
    }

    static ObjectNode unread(Counts.Unread counts) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("count", counts.count())
                .put("version", counts.version());
    }

    static ObjectNode unseen(Counts.Unseen counts) {
        ObjectNode body = JsonNodeFactory.instance
                .objectNode()
                .put("count", counts.count())
                .put("version", counts.version());
        ObjectNode byCategory = body.putObject("byCategory");
        new TreeMap<>(counts.byCategory()).forEach(byCategory::put);
        return body;
    }

    /** {@code items}, {@code next} and {@code position}. */
    static <T> ObjectNode page(List<T> items, Function<T, ObjectNode> body, @Nullable Long next, MessageId position) {
        ObjectNode page = JsonNodeFactory.instance.objectNode();
        ArrayNode array = page.putArray("items");
        items.forEach(item -> array.add(body.apply(item)));
        page.put("next", next);
        return page.put("position", position.toString());
    }

    /** What the frame says, without its envelope. */
    private ObjectNode data(Message message) {
        // The id goes into the envelope, which is dropped.
        String frame = dialect.encode(message)
                .orElseThrow(() -> new IllegalStateException("no word for " + message.kind()))
                .frame(MessageId.ofTransient(0, 0))
                .text();
        try {
            return (ObjectNode) MAPPER.readTree(frame).path("data");
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a dialect's frame is JSON", e);
        }
    }
}
