package io.tidings.examples.standalone;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tidings.feeds.FeedStore;
import io.tidings.http.HttpResponse;
import io.tidings.http.HttpRoute;
import io.tidings.mailbox.Mailbox;
import io.tidings.message.UserKey;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** {@code GET /health}: one state per part, 200 when all that is there is up, else 503. */
final class HealthRoute {

    private static final long PROBE_SECONDS = 2;

    /** A user that nobody is; asking for a head makes none. */
    private static final UserKey NOBODY = new UserKey("health", "health");

    private final BooleanSupplier hubIsUp;
    private final Mailbox mailbox;
    private final FeedStore feeds;

    private HealthRoute(BooleanSupplier hubIsUp, Mailbox mailbox, FeedStore feeds) {
        this.hubIsUp = hubIsUp;
        this.mailbox = mailbox;
        this.feeds = feeds;
    }

    /** The route, with what says whether the hub takes connections. */
    static HttpRoute of(BooleanSupplier hubIsUp, Mailbox mailbox, FeedStore feeds) {
        HealthRoute route = new HealthRoute(hubIsUp, mailbox, feeds);
        return HttpRoute.get("/health", request -> route.health());
    }

    private CompletionStage<HttpResponse> health() {
        CompletionStage<Boolean> mailboxProbe = probe(() -> mailbox.heads(List.of(NOBODY)));
        CompletionStage<Boolean> feedsProbe = probe(() -> feeds.heads(List.of(NOBODY)));
        return mailboxProbe.thenCombine(feedsProbe, this::response);
    }

    private HttpResponse response(boolean mailboxIsUp, boolean feedsAreUp) {
        boolean hub = hubIsUp.getAsBoolean();
        boolean up = hub && mailboxIsUp && feedsAreUp;
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("status", word(up));
        json.putObject("parts")
                .put("hub", hub ? "up" : "draining")
                .put("mailbox", word(mailboxIsUp))
                .put("feeds", word(feedsAreUp))
                .put("broker", "none");
        return HttpResponse.json(up ? 200 : 503, json.toString()).with("Cache-Control", "no-store");
    }

    private static String word(boolean up) {
        return up ? "up" : "down";
    }

    /** Whether a part answers; both are asked at once. */
    private static CompletionStage<Boolean> probe(Supplier<CompletionStage<?>> question) {
        try {
            return question.get()
                    .toCompletableFuture()
                    .copy()
                    .orTimeout(PROBE_SECONDS, TimeUnit.SECONDS)
                    .handle((answer, failure) -> failure == null);
        } catch (RuntimeException e) {
            return CompletableFuture.completedFuture(false);
        }
    }
}
