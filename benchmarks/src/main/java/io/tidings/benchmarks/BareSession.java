package io.tidings.benchmarks;

import jakarta.websocket.SendHandler;
import jakarta.websocket.SendResult;
import jakarta.websocket.Session;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One session of the bare loop. All containers but Tomcat queue further sends behind one in flight, without a limit of their own;
 * for Tomcat, which refuses them, they wait here. Up to {@value #MAX_IN_FLIGHT} texts may wait, then texts are skipped.
 */
final class BareSession implements SendHandler {
    static final int MAX_IN_FLIGHT = 64;

    private final Session session;
    private final boolean oneAtATime;
    private final AtomicInteger inFlight = new AtomicInteger();

    /** Guarded by itself: what waits for the one in flight. */
    private final Queue<String> waiting = new ArrayDeque<>();

    BareSession(Session session, boolean oneAtATime) {
        this.session = session;
        this.oneAtATime = oneAtATime;
    }

    void send(String text) {
        int ahead = inFlight.getAndIncrement();
        if (ahead >= MAX_IN_FLIGHT) {
            inFlight.decrementAndGet();
            return;
        }
        if (oneAtATime) {
            synchronized (waiting) {
                waiting.add(text);
            }
            if (ahead == 0) {
                sendNext();
            }
        } else {
            start(text);
        }
    }

    @Override
    public void onResult(SendResult result) {
        if (inFlight.decrementAndGet() > 0 && oneAtATime) {
            sendNext();
        }
    }

    private void sendNext() {
        String next;
        synchronized (waiting) {
            next = waiting.poll();
        }
        if (next != null) {
            start(next);
        }
    }

    private void start(String text) {
        try {
            session.getAsyncRemote().sendText(text, this);
        } catch (RuntimeException closed) {
            inFlight.decrementAndGet();
        }
    }
}
