package io.tidings.examples.standalone;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tidings.http.HttpResponse;
import io.tidings.http.HttpRoute;
import io.tidings.mailbox.Mailbox;
import io.tidings.message.UserKey;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** {@code GET /health}: one state per part, 200 when all that is there is up, else 503. */
final class HealthRoute {

    private static final long PROBE_SECONDS = 2;

    /** A user that nobody is; asking for the head of a mailbox makes none. */
    private static final UserKey NOBODY = new UserKey("health", "health");

    private final BooleanSupplier hubIsUp;
    private final Mailbox mailbox;

    private HealthRoute(BooleanSupplier hubIsUp, Mailbox mailbox) {
        this.hubIsUp = hubIsUp;
        this.mailbox = mailbox;
    }

    /** The route, with what says whether the hub takes connections. */
    static HttpRoute of(BooleanSupplier hubIsUp, Mailbox mailbox) {
        HealthRoute route = new HealthRoute(hubIsUp, mailbox);
        return HttpRoute.get("/health", request -> route.health());
    }

    private CompletionStage<HttpResponse> health() {
        return probe().thenApply(mailboxIsUp -> {
            boolean hub = hubIsUp.getAsBoolean();
            ObjectNode json = JsonNodeFactory.instance.objectNode();
            json.put("status", hub && mailboxIsUp ? "up" : "down");
            json.putObject("parts")
                    .put("hub", hub ? "up" : "draining")
                    .put("mailbox", mailboxIsUp ? "up" : "down")
                    .put("broker", "none");
            return HttpResponse.json(hub && mailboxIsUp ? 200 : 503, json.toString())
                    .with("Cache-Control", "no-store");
        });
    }

    private CompletionStage<Boolean> probe() {
        try {
            return mailbox.heads(List.of(NOBODY))
                    .toCompletableFuture()
                    .copy()
                    .orTimeout(PROBE_SECONDS, TimeUnit.SECONDS)
                    .handle((heads, failure) -> failure == null);
        } catch (RuntimeException e) {
            return CompletableFuture.completedFuture(false);
        }
    }
}
