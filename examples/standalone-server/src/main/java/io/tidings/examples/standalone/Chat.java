package io.tidings.examples.standalone;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tidings.auth.Identity;
import io.tidings.examples.standalone.Sender.Sent;
import io.tidings.message.Ids;
import io.tidings.message.Kinds;
import io.tidings.message.Message;
import io.tidings.message.UserKey;
import io.tidings.spi.Ticker;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Messages between two users of a tenant, whichever way they come in. Bodies are canonical. */
final class Chat {

    private final Sender sender;
    private final Ticker ticker;
    private final AtomicLong lastId;

    /** Ids count on from one. */
    Chat(Sender sender, Ticker ticker, long lastId) {
        this.sender = sender;
        this.ticker = ticker;
        this.lastId = new AtomicLong(lastId);
    }

    /** Sends {@code receiverId} the {@code content}. */
    CompletionStage<Sent> send(Identity from, ObjectNode body, @Nullable String key) {
        Instant now = Instant.ofEpochMilli(ticker.epochMillis());
        Message message = Message.of(Kinds.MESSAGE_NEW)
                .set("id", lastId.incrementAndGet())
                .set("senderId", Ids.toJson(from.user().user()))
                .set("receiverId", body.get("receiverId"))
                .set("content", body.get("content"))
                .set("createdAt", now)
                .set("seen", false)
                .at(now)
                .build();
        return sender.send(peer(from, body.path("receiverId")), message, key);
    }

    /** Tells {@code conversationWith} whether somebody types. */
    void typing(Identity who, ObjectNode body) {
        Message message = Message.of(Kinds.TYPING)
                .set("userId", Ids.toJson(who.user().user()))
                .set("conversationWith", body.get("conversationWith"))
                .set("isTyping", body.get("isTyping"))
                .build();
        sender.publish(peer(who, body.path("conversationWith")), message);
    }

    /** Tells {@code conversationWith} that their {@code messageIds} were seen. */
    CompletionStage<Sent> seen(Identity by, ObjectNode body, @Nullable String key) {
        Instant now = Instant.ofEpochMilli(ticker.epochMillis());
        Message message = Message.of(Kinds.MESSAGE_SEEN)
                .set("messageIds", body.get("messageIds"))
                .set("seenBy", Ids.toJson(by.user().user()))
                .set("seenAt", now)
                .at(now)
                .build();
        return body.path("messageIds").isEmpty()
                ? CompletableFuture.completedFuture(new Sent.Stored(message))
                : sender.send(peer(by, body.path("conversationWith")), message, key);
    }

    /** Somebody of the same tenant. */
    private static UserKey peer(Identity of, JsonNode id) {
        return new UserKey(of.user().tenant(), id.asText());
    }
}
