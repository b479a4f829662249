package io.tidings;

import io.tidings.message.CloseReason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/** A host that writes down what it is told and answers as the test says. For hubs whose executor is one thread's. */
final class ScriptedListener implements HubListener {

    /** {@code connected}, {@code disconnected 1000} and the requests' ids or kinds, in order. */
    private final List<String> calls = new ArrayList<>();

    /** What is answered to a request; at first that it is done. */
    Function<Request, CompletionStage<Reply>> answer = request -> CompletableFuture.completedFuture(Reply.DONE);

    @Override
    public void connected(Connection connection) {
        calls.add("connected");
    }

    @Override
    public void disconnected(Connection connection, CloseReason reason, Duration lasted) {
        calls.add("disconnected " + reason.code());
    }

    @Override
    public CompletionStage<Reply> request(Connection connection, Request request) {
        calls.add(request.id() == null ? request.kind() : request.id());
        return answer.apply(request);
    }

    /** Takes what has been written down. */
    List<String> takeCalls() {
        List<String> taken = List.copyOf(calls);
        calls.clear();
        return taken;
    }
}
