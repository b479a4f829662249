package io.tidings.benchmarks;

import jakarta.websocket.SendHandler;
import jakarta.websocket.SendResult;
import jakarta.websocket.Session;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One session of the bare loop. Both containers queue further sends behind one in flight, without a limit of their
 * own; up to {@value #MAX_IN_FLIGHT} texts may wait here, then texts are skipped.
 */
final class BareSession implements SendHandler {
    static final int MAX_IN_FLIGHT = 64;

    private final Session session;
    private final AtomicInteger inFlight = new AtomicInteger();

    BareSession(Session session) {
        this.session = session;
    }

    void send(String text) {
        if (inFlight.incrementAndGet() > MAX_IN_FLIGHT) {
            inFlight.decrementAndGet();
            return;
        }
        try {
            session.getAsyncRemote().sendText(text, this);
        } catch (RuntimeException closed) {
            inFlight.decrementAndGet();
        }
    }

    @Override
    public void onResult(SendResult result) {
        inFlight.decrementAndGet();
    }
}
