package io.tidings.testkit.client;

import com.fasterxml.jackson.databind.JsonNode;
import io.tidings.spi.Scheduler;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Requests without an answer, in the order in which they were made. On a new connection all are made again, under their ids, by
 * which the server knows those that it has done.
 *
 * <p>The client's executor only.
 */
final class ClientRequests {

    /** How many go out before the first is answered; fewer than a server lets a connection queue. */
    static final int MAX_UNANSWERED = 16;

    private final int most;
    private final Map<String, Pending> pending = new LinkedHashMap<>();
    private int unanswered;

    ClientRequests(int most) {
        this.most = most;
    }

    /** One request. */
    static final class Pending {
        final String id;
        final String frame;
        final CompletableFuture<JsonNode> outcome;
        Scheduler.@Nullable Cancellable timer;
        boolean sent;

        Pending(String id, String frame, CompletableFuture<JsonNode> outcome) {
            this.id = id;
            this.frame = frame;
            this.outcome = outcome;
        }
    }

    /** False when there is no room. */
    boolean add(Pending request) {
        if (pending.size() >= most) {
            return false;
        }
        pending.put(request.id, request);
        return true;
    }

    /** Makes those whose turn it is. */
    void send(Consumer<String> socket) {
        for (Pending request : pending.values()) {
            if (unanswered >= MAX_UNANSWERED) {
                return;
            }
            if (!request.sent) {
                request.sent = true;
                unanswered++;
                socket.accept(request.frame);
            }
        }
    }

    /** The connection is gone: none is under way. */
    void lost() {
        pending.values().forEach(request -> request.sent = false);
        unanswered = 0;
    }

    /** Takes out a request; null where there is none of that id. */
    @Nullable
    Pending take(String id) {
        Pending request = pending.remove(id);
        if (request != null) {
            if (request.sent) {
                unanswered--;
            }
            if (request.timer != null) {
                request.timer.cancel();
            }
        }
        return request;
    }

    /** The largest that is under way, which is the one that was too large; null where none is. */
    @Nullable
    Pending takeLargest() {
        String largest = null;
        int length = -1;
        for (Pending request : pending.values()) {
            if (request.sent && request.frame.length() > length) {
                largest = request.id;
                length = request.frame.length();
            }
        }
        return largest == null ? null : take(largest);
    }

    /** Takes out all. */
    List<Pending> takeAll() {
        List<Pending> all = new ArrayList<>();
        for (String id : List.copyOf(pending.keySet())) {
            Pending request = take(id);
            if (request != null) {
                all.add(request);
            }
        }
        return all;
    }
}
