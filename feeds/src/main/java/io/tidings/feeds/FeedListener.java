package io.tidings.feeds;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tidings.Connection;
import io.tidings.HubListener;
import io.tidings.Reply;
import io.tidings.Request;
import io.tidings.message.CloseReason;
import io.tidings.message.ErrorCode;
import io.tidings.message.Kinds;
import io.tidings.message.UserKey;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** Does what clients ask of feeds over WebSocket; all else is another listener's. */
final class FeedListener implements HubListener {

    /** For how long the hub answers a repeat of a request. */
    private static final Duration REPEATS_LAST = Duration.ofMinutes(5);

    private final Feeds feeds;
    private final HubListener others;

    FeedListener(Feeds feeds, HubListener others) {
        this.feeds = feeds;
        this.others = others;
    }

    @Override
    public void connected(Connection connection) {
        feeds.connected(connection);
        others.connected(connection);
    }

    @Override
    public void disconnected(Connection connection, CloseReason reason, Duration lasted) {
        feeds.disconnected(connection);
        others.disconnected(connection, reason, lasted);
    }

    @Override
    public CompletionStage<Reply> request(Connection connection, Request request) {
        CompletionStage<Reply> answer;
        try {
            answer = answer(connection, request);
        } catch (IllegalArgumentException problem) {
            return refused(problem);
        }
        // What the host's listener throws is not for clients to read.
        return answer == null ? others.request(connection, request) : answer;
    }

    /** Null for what is not of feeds. */
    private @Nullable CompletionStage<Reply> answer(Connection connection, Request request) {
        String kind = request.kind();
        ObjectNode body = request.body();
        UserKey user = connection.user();
        if (kind.equals(Kinds.SEND_MESSAGE.name())) {
            return feeds.conversations()
                    .send(
                            user,
                            peer(user, body.path("receiverId")),
                            body.path("content").asText(),
                            key(connection, request, 0),
                            key(connection, request, 1))
                    .thenApply(message ->
                            new Reply.Done(JsonNodeFactory.instance.objectNode().put("id", message.id())));
        }
        if (kind.equals(Kinds.MARK_MESSAGES_SEEN.name())) {
            return feeds.conversations()
                    .markSeen(
                            user,
                            peer(user, body.path("conversationWith")),
                            Conversations.rowIds(body.path("messageIds")))
                    .thenApply(marked -> Reply.DONE);
        }
        if (kind.equals(Kinds.MARK_NOTIFICATIONS_SEEN.name())) {
            return feeds.notifications()
                    .markSeen(user, Conversations.rowIds(body.path("notificationIds")))
                    .thenApply(marked -> Reply.DONE);
        }
        if (kind.equals(Kinds.SET_TYPING.name())) {
            feeds.typing()
                    .set(
                            user,
                            peer(user, body.path("conversationWith")),
                            body.path("isTyping").asBoolean(),
                            connection.id());
            return CompletableFuture.completedFuture(Reply.DONE);
        }
        return null;
    }

    private static CompletionStage<Reply> refused(IllegalArgumentException problem) {
        String sentence = String.valueOf(problem.getMessage());
        int end = sentence.indexOf(' ');
        return CompletableFuture.completedFuture(
                new Reply.Refused(ErrorCode.INVALID_MESSAGE, sentence, end > 0 ? sentence.substring(0, end) : null));
    }

    /**
     * A repeat of the instance's request finds what was done first, on another node too, for as long as the hub answers repeats at
     * least and twice that at most: clients may count their requests anew.
     *
     * @param earlier how many such times ago
     */
    private @Nullable String key(Connection connection, Request request, int earlier) {
        String id = request.id();
        long time = feeds.epochMillis() / REPEATS_LAST.toMillis() - earlier;
        return id == null
                ? null
                : String.join("\n", "ws", connection.instance(), request.kind(), Long.toString(time), id);
    }

    private static UserKey peer(UserKey of, JsonNode id) {
        return new UserKey(of.tenant(), id.asText());
    }
}
