package io.tidings.examples.standalone;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tidings.dialect.Dialect;
import io.tidings.message.Message;
import io.tidings.message.MessageId;
import java.util.Optional;

/** Messages as REST shows them: as the event dialect does. */
final class EventFrames {

    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final Dialect dialect;

    EventFrames(Dialect dialect) {
        this.dialect = dialect;
    }

    /** The whole frame; empty where the dialect has no word for the message. */
    Optional<JsonNode> frame(Message message, MessageId id) {
        return dialect.encode(message).map(template -> parse(template.frame(id).text()));
    }

    /** What the frame says, without its envelope. */
    JsonNode data(Message message) {
        // The id goes into the envelope, which is dropped.
        return frame(message, MessageId.ofTransient(0, 0)).orElseThrow().path("data");
    }

    private static JsonNode parse(String frame) {
        try {
            return MAPPER.readTree(frame);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a dialect's frame is JSON", e);
        }
    }
}
