package io.tidings.feeds;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tidings.Hub;
import io.tidings.auth.Identity;
import io.tidings.feeds.FeedStore.NotificationQuery;
import io.tidings.http.HttpResponse;
import io.tidings.http.HttpRoute;
import io.tidings.message.Kinds;
import io.tidings.message.UserKey;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Notifications: {@code POST interactions}, {@code POST notifications/}, {@code GET notifications/}, {@code POST notifications/seen},
 * {@code GET notifications/unseen_count}.
 */
final class NotificationRoutes {

    /** What a token must allow to notify anybody of anything. */
    static final String SCOPE = "notify";

    private final Notifications notifications;
    private final EventBodies bodies;

    private NotificationRoutes(Notifications notifications, EventBodies bodies) {
        this.notifications = notifications;
        this.bodies = bodies;
    }

    static List<HttpRoute> of(String base, Rest rest, Notifications notifications, EventBodies bodies) {
        NotificationRoutes routes = new NotificationRoutes(notifications, bodies);
        return List.of(
                rest.post(base + "/interactions", FeedKinds.INTERACTION, routes::interact),
                rest.post(base + "/notifications/", SCOPE, FeedKinds.POST_NOTIFICATION, routes::post),
                rest.get(base + "/notifications/", routes::list),
                rest.post(base + "/notifications/seen", Kinds.MARK_NOTIFICATIONS_SEEN, routes::markSeen),
                rest.get(base + "/notifications/unseen_count", routes::unseen));
    }

    /** Whether the owner has seen it is not the caller's to know, so a repeat is told what was told first. */
    private HttpResponse created(Notification notification) {
        return HttpResponse.json(201, bodies.told(notification).toString());
    }

    private CompletionStage<HttpResponse> interact(Identity caller, ObjectNode body, @Nullable String key) {
        JsonNode target = body.path("target");
        Interaction interaction = new Interaction(
                Interaction.Type.of(body.path("type").asText()),
                caller.user(),
                new UserKey(caller.user().tenant(), body.path("ownerId").asText()),
                new Target(
                        target.path("type").asText(),
                        target.path("id").asText(),
                        target.path("title").textValue(),
                        target.path("thumbUrl").textValue()));
        return notifications
                .interact(interaction, key)
                .thenApply(made -> made.map(this::created).orElseGet(() -> HttpResponse.of(204)));
    }

    private CompletionStage<HttpResponse> post(Identity caller, ObjectNode body, @Nullable String key) {
        NotificationDraft draft = NotificationDraft.of(
                        body.path("title").asText(), body.path("message").asText())
                .withLevel(NotificationDraft.Level.valueOf(body.path("type").asText("INFO")))
                .withCategory(body.path("category").asText("OTHER"))
                .withPriority(
                        NotificationDraft.Priority.valueOf(body.path("priority").asText("NORMAL")))
                .withActionUrl(body.path("actionUrl").textValue());
        UserKey user = new UserKey(caller.user().tenant(), body.path("userId").asText());
        return notifications.post(caller.user(), user, draft, key).thenApply(this::created);
    }

    private CompletionStage<HttpResponse> list(Hub hub, Identity caller, QueryReader query) {
        NotificationQuery asked = new NotificationQuery(
                caller.user(),
                query.flag("unseen"),
                query.word("category"),
                query.row("before", Long.MAX_VALUE),
                query.limit());
        return hub.position(caller.user())
                .thenCompose(position -> notifications.list(asked).thenApply(found -> {
                    boolean full = found.size() == asked.limit();
                    Long next = full ? (Long) found.get(found.size() - 1).id() : null;
                    return HttpResponse.json(
                            200,
                            EventBodies.page(found, bodies::now, next, position).toString());
                }));
    }

    private CompletionStage<HttpResponse> markSeen(Identity caller, ObjectNode body, @Nullable String key) {
        return notifications
                .markSeen(caller.user(), Conversations.rowIds(body.path("notificationIds")))
                .thenApply(marked -> HttpResponse.of(204));
    }

    private CompletionStage<HttpResponse> unseen(Hub hub, Identity caller, QueryReader query) {
        return notifications
                .unseen(caller.user())
                .thenApply(counts ->
                        HttpResponse.json(200, EventBodies.unseen(counts).toString()));
    }
}
