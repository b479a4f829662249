package io.tidings.examples.standalone;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import io.tidings.testkit.RawWebSocketClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A client in one dialect that has caught up. What it missed is in {@link #missed}. */
final class LiveClient implements AutoCloseable {

    static final Duration PATIENCE = Duration.ofSeconds(20);

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

    JsonNode next() {
        return TestServer.json(socket.nextText(PATIENCE));
    }

    /** The next frame, which is of a type. */
    JsonNode next(String type) {
        JsonNode frame = next();
        assertEquals(type, frame.path("type").asText(), frame.toString());
        return frame;
    }

    @Override
    public void close() {
        socket.close();
    }
}
