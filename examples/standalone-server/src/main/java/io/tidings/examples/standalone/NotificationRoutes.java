package io.tidings.examples.standalone;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tidings.auth.Identity;
import io.tidings.examples.standalone.Sender.Sent;
import io.tidings.http.HttpResponse;
import io.tidings.http.HttpRoute;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** {@code POST /api/v1/notifications/} for services, {@code POST /api/v1/interactions} for users. */
final class NotificationRoutes {

    /** What a token must allow to notify anybody of anything. */
    static final String SCOPE = "notify";

    private final Notifications notifications;
    private final Posted posted;

    private NotificationRoutes(Notifications notifications, Posted posted) {
        this.notifications = notifications;
        this.posted = posted;
    }

    static List<HttpRoute> of(Rest rest, Notifications notifications, Posted posted) {
        NotificationRoutes routes = new NotificationRoutes(notifications, posted);
        return List.of(
                rest.post("/api/v1/notifications/", SCOPE, Notifications.POSTED, routes::post),
                rest.post("/api/v1/interactions", Notifications.INTERACTION, routes::interact));
    }

    private CompletionStage<HttpResponse> post(Identity caller, ObjectNode body, @Nullable String key) {
        return notifications.post(caller, body, key).thenApply(posted::response);
    }

    private CompletionStage<HttpResponse> interact(Identity caller, ObjectNode body, @Nullable String key) {
        Optional<CompletionStage<Sent>> sent = notifications.interact(caller, body, key);
        return sent.isEmpty() ? Rest.answer(HttpResponse.of(204)) : sent.get().thenApply(posted::response);
    }
}
