package io.tidings;

import com.fasterxml.jackson.databind.JsonNode;
import io.tidings.spi.Handshake;
import io.tidings.spi.TransportListener;
import io.tidings.testkit.ManualTime;
import io.tidings.testkit.RecordedFrame;
import io.tidings.testkit.RecordingConnection;
import org.jspecify.annotations.Nullable;

/** A client of a {@link HubFixture}: the recorded side of the server's writes, and what the client says. */
public final class TestConnection {

    public final RecordingConnection wire = new RecordingConnection();
    private final ManualTime time;
    private final boolean envelope;
    private @Nullable TransportListener listener;
    private @Nullable JsonNode connected;

    public TestConnection(ManualTime time, boolean envelope) {
        this.time = time;
        this.envelope = envelope;
    }

    public void opened(Handshake handshake) {
        listener = handshake.open(wire);
    }

    public TestConnection live() {
        connected = wire.takeFrame(envelope ? "CONNECTED" : "connected").json();
        wire.takeFrame(envelope ? "DELIVERY_LIVE" : "delivery:live");
        return this;
    }

    public String id() {
        return connected
                .at(envelope ? "/payload/connectionId" : "/connectionId")
                .asText();
    }

    public TransportListener listener() {
        return listener;
    }

    /** The client says something, and what follows happens. */
    public TestConnection say(String text) {
        listener.text(text, true);
        time.runUntilQuiet();
        return this;
    }

    /** The client says something of its dialect without a body. */
    public TestConnection say(String type, String body) {
        return say("{\"type\":\"" + type + "\",\"" + (envelope ? "payload" : "data") + "\":" + body + "}");
    }

    public RecordedFrame take(String type) {
        return wire.takeFrame(type);
    }

    /** Answers every ping that can have come, and records none from now on. */
    public void answerPings() {
        wire.ignorePings();
        listener.pong();
        if (!envelope) {
            listener.text("{\"type\":\"pong\"}", true);
        }
    }

    /** The connection is cut. */
    public void cut() {
        listener.closed(1006, null);
        time.runUntilQuiet();
    }
}
