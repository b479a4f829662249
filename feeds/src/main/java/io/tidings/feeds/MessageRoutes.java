package io.tidings.feeds;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tidings.Hub;
import io.tidings.auth.Identity;
import io.tidings.http.HttpResponse;
import io.tidings.http.HttpRoute;
import io.tidings.message.Kinds;
import io.tidings.message.UserKey;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** Messages: {@code POST messages/}, {@code GET messages/inbox}, {@code POST messages/seen}, {@code GET messages/unread_count}. */
final class MessageRoutes {

    private final Conversations conversations;
    private final EventBodies bodies;

    private MessageRoutes(Conversations conversations, EventBodies bodies) {
        this.conversations = conversations;
        this.bodies = bodies;
    }

    static List<HttpRoute> of(String base, Rest rest, Conversations conversations, EventBodies bodies) {
        MessageRoutes routes = new MessageRoutes(conversations, bodies);
        return List.of(
                rest.post(base + "/messages/", Kinds.SEND_MESSAGE, routes::send),
                rest.get(base + "/messages/inbox", routes::inbox),
                rest.post(base + "/messages/seen", Kinds.MARK_MESSAGES_SEEN, routes::markSeen),
                rest.get(base + "/messages/unread_count", routes::unread));
    }

    private CompletionStage<HttpResponse> send(Identity caller, ObjectNode body, @Nullable String key) {
        UserKey receiver =
                new UserKey(caller.user().tenant(), body.path("receiverId").asText());
        return conversations
                .send(caller.user(), receiver, body.path("content").asText(), key)
                .thenApply(message ->
                        HttpResponse.json(201, bodies.message(message).toString()));
    }

    private CompletionStage<HttpResponse> inbox(Hub hub, Identity caller, QueryReader query) {
        UserKey with = query.user("with", caller.user());
        long after = query.row("after", 0);
        int limit = query.limit();
        return hub.position(caller.user())
                .thenCompose(position -> conversations
                        .messages(caller.user(), with, after, limit)
                        .thenApply(messages -> {
                            Long next = messages.isEmpty()
                                    ? null
                                    : messages.get(messages.size() - 1).id();
                            return HttpResponse.json(
                                    200,
                                    EventBodies.page(messages, bodies::message, next, position)
                                            .toString());
                        }));
    }

    private CompletionStage<HttpResponse> markSeen(Identity caller, ObjectNode body, @Nullable String key) {
        UserKey other = new UserKey(
                caller.user().tenant(), body.path("conversationWith").asText());
        return conversations
                .markSeen(caller.user(), other, Conversations.rowIds(body.path("messageIds")))
                .thenApply(marked -> HttpResponse.of(204));
    }

    private CompletionStage<HttpResponse> unread(Hub hub, Identity caller, QueryReader query) {
        return conversations
                .unread(caller.user())
                .thenApply(counts ->
                        HttpResponse.json(200, EventBodies.unread(counts).toString()));
    }
}
