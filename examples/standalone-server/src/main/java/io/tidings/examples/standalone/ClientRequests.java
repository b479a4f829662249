package io.tidings.examples.standalone;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.tidings.Connection;
import io.tidings.HubListener;
import io.tidings.Reply;
import io.tidings.Request;
import io.tidings.examples.standalone.Sender.Sent;
import io.tidings.message.ErrorCode;
import io.tidings.message.Kinds;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Does what clients ask for over WebSocket. */
final class ClientRequests implements HubListener {

    private final Chat chat;
    private final Notifications notifications;

    ClientRequests(Chat chat, Notifications notifications) {
        this.chat = chat;
        this.notifications = notifications;
    }

    @Override
    public CompletionStage<Reply> request(Connection connection, Request request) {
        String kind = request.kind();
        String key = key(connection, request);
        if (kind.equals(Kinds.SEND_MESSAGE.name())) {
            return chat.send(connection.identity(), request.body(), key)
                    .thenApply(sent -> reply(
                            sent,
                            stored -> JsonNodeFactory.instance
                                    .objectNode()
                                    .set("id", stored.message().body().get("id"))));
        }
        if (kind.equals(Kinds.MARK_MESSAGES_SEEN.name())) {
            return chat.seen(connection.identity(), request.body(), key).thenApply(ClientRequests::done);
        }
        if (kind.equals(Kinds.MARK_NOTIFICATIONS_SEEN.name())) {
            return notifications
                    .seen(connection.identity(), request.body(), key)
                    .thenApply(ClientRequests::done);
        }
        if (kind.equals(Kinds.SET_TYPING.name())) {
            chat.typing(connection.identity(), request.body());
            return CompletableFuture.completedFuture(Reply.DONE);
        }
        return NONE.request(connection, request);
    }

    private static @Nullable String key(Connection connection, Request request) {
        return Sender.key(connection.identity(), connection.instance() + '\n' + request.kind(), request.id());
    }

    private static Reply done(Sent sent) {
        return reply(sent, stored -> null);
    }

    private static Reply reply(Sent sent, Function<Sent.Stored, @Nullable JsonNode> data) {
        if (sent instanceof Sent.Stored stored) {
            return new Reply.Done(data.apply(stored));
        }
        return sent instanceof Sent.Rejected rejected
                ? new Reply.Refused(ErrorCode.INTERNAL_ERROR, rejected.reason(), null)
                : Reply.DONE;
    }
}
