package io.tidings.examples.standalone;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import io.tidings.testkit.RawWebSocketClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** A client in one dialect that has caught up. What it missed is in {@link #missed}; counts are passed over unless they are asked for. */
final class LiveClient implements AutoCloseable {

    static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final Set<String> COUNTS = Set.of(
            "message:unread_count", "notification:unseen_count", "UNREAD_MESSAGES_UPDATE", "UNREAD_COUNT_UPDATE");

    final RawWebSocketClient socket;
    final JsonNode connected;
    final List<JsonNode> missed = new ArrayList<>();

    private LiveClient(RawWebSocketClient socket, String greeting, String live) {
        this.socket = socket;
        this.connected = next(greeting);
        for (JsonNode frame = next(); !frame.path("type").asText().equals(live); frame = next()) {
            missed.add(frame);
        }
    }

    static LiveClient event(RawWebSocketClient socket) {
        return new LiveClient(socket, "connected", "delivery:live");
    }

    static LiveClient envelope(RawWebSocketClient socket) {
        return new LiveClient(socket, "CONNECTED", "DELIVERY_LIVE");
    }

    /** Sends JSON, with single quotes for double ones. */
    void say(String frame) {
        socket.sendText(frame.replace('\'', '"'));
    }

    /** The next frame, whatever it is but a heartbeat. */
    JsonNode frame() {
        JsonNode frame = TestServer.json(socket.nextText(PATIENCE));
        return frame.path("type").asText().equals("ping") ? frame() : frame;
    }

    /** All durable frames so far, when they are so many: those that were missed and those that come. */
    List<JsonNode> durable(int count) {
        List<JsonNode> all = new ArrayList<>();
        missed.stream().filter(LiveClient::isDurable).forEach(all::add);
        while (all.size() < count) {
            JsonNode frame = frame();
            if (isDurable(frame)) {
                all.add(frame);
            }
        }
        return all;
    }

    private static boolean isDurable(JsonNode frame) {
        return frame.path("id").asText().startsWith("p")
                || frame.path("messageId").asText().startsWith("p");
    }

    /** The next frame, which is of a type. */
    JsonNode frame(String type) {
        JsonNode frame = frame();
        assertEquals(type, frame.path("type").asText(), frame.toString());
        return frame;
    }

    /** The next frame that is no count. */
    JsonNode next() {
        JsonNode frame = frame();
        while (COUNTS.contains(frame.path("type").asText())) {
            frame = frame();
        }
        return frame;
    }

    /** The next frame that is no count, which is of a type. */
    JsonNode next(String type) {
        JsonNode frame = next();
        assertEquals(type, frame.path("type").asText(), frame.toString());
        return frame;
    }

    /** The next frame of a type; others before it are passed over. */
    JsonNode await(String type) {
        JsonNode frame = frame();
        while (!frame.path("type").asText().equals(type)) {
            frame = frame();
        }
        return frame;
    }

    @Override
    public void close() {
        socket.close();
    }
}
