package io.tidings.testkit.client;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The two dialects, as a client speaks them. */
public enum ClientDialect {
    /** {@code {"type","data"}}. */
    EVENT(
            "data",
            "id",
            "ack",
            "auth:refresh",
            Map.of(
                    "connected",
                    Kind.CONNECTED,
                    "ping",
                    Kind.PING,
                    "result",
                    Kind.RESULT,
                    "error",
                    Kind.ERROR,
                    "delivery:gap",
                    Kind.GAP,
                    "delivery:live",
                    Kind.LIVE,
                    "auth:expiring",
                    Kind.EXPIRING,
                    "auth:refreshed",
                    Kind.OTHER)),
    /** {@code {"type","payload","timestamp","messageId"}}. */
    ENVELOPE(
            "payload",
            "messageId",
            "ACK",
            "TOKEN_REFRESH",
            Map.of(
                    "CONNECTED",
                    Kind.CONNECTED,
                    "RESULT",
                    Kind.RESULT,
                    "ERROR",
                    Kind.ERROR,
                    "DELIVERY_GAP",
                    Kind.GAP,
                    "DELIVERY_LIVE",
                    Kind.LIVE,
                    "TOKEN_EXPIRING",
                    Kind.EXPIRING,
                    "TOKEN_REFRESHED",
                    Kind.OTHER,
                    "PONG",
                    Kind.OTHER));

    /** What a frame is to the client. */
    enum Kind {
        CONNECTED,
        PING,
        RESULT,
        ERROR,
        GAP,
        LIVE,
        EXPIRING,
        /** Of no concern. */
        OTHER,
        /** The host's. */
        MESSAGE
    }

    /** A frame that came. */
    record Incoming(Kind kind, String type, @Nullable String id, JsonNode body) {
        String text(String field) {
            return body.path(field).asText("");
        }
    }

    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final String body;
    private final String id;
    private final String ack;
    private final String refresh;
    private final Map<String, Kind> words;

    ClientDialect(String body, String id, String ack, String refresh, Map<String, Kind> words) {
        this.body = body;
        this.id = id;
        this.ack = ack;
        this.refresh = refresh;
        this.words = words;
    }

    /** Null for what is no frame of this dialect. */
    @Nullable
    Incoming read(String text) {
        JsonNode frame;
        try {
            frame = MAPPER.readTree(text);
        } catch (JsonProcessingException broken) {
            return null;
        }
        String type = frame.path("type").asText("");
        if (type.isEmpty()) {
            return null;
        }
        Kind kind = words.getOrDefault(type, Kind.MESSAGE);
        return new Incoming(kind, type, frame.path(id).asText(null), bodyOf(frame, kind));
    }

    private JsonNode bodyOf(JsonNode frame, Kind kind) {
        if (this == EVENT) {
            switch (kind) {
                case CONNECTED, PING, RESULT -> {
                    return frame;
                }
                case ERROR -> {
                    return frame.path("error");
                }
                default -> {
                    // as all others
                }
            }
        }
        JsonNode found = frame.path(body);
        return found instanceof MissingNode ? JsonNodeFactory.instance.objectNode() : found;
    }

    /** A request of the host's kinds. */
    String request(String type, @Nullable String requestId, JsonNode content) {
        ObjectNode frame = JsonNodeFactory.instance.objectNode().put("type", type);
        if (requestId != null) {
            frame.put(id, requestId);
        }
        return frame.set(body, content).toString();
    }

    String ack(String messageId) {
        return request(ack, null, JsonNodeFactory.instance.objectNode().put("messageId", messageId));
    }

    String refresh(String token) {
        return request(refresh, null, JsonNodeFactory.instance.objectNode().put("token", token));
    }

    /** The answer to a ping of the event dialect; the other one's are the WebSocket's own. */
    String pong(JsonNode ping) {
        ObjectNode frame = JsonNodeFactory.instance.objectNode().put("type", "pong");
        return frame.set("timestamp", ping.path("timestamp")).toString();
    }
}
