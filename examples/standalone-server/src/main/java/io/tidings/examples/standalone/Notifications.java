package io.tidings.examples.standalone;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tidings.auth.Identity;
import io.tidings.examples.standalone.Sender.Sent;
import io.tidings.message.Field;
import io.tidings.message.FieldType;
import io.tidings.message.Ids;
import io.tidings.message.Kind;
import io.tidings.message.Kinds;
import io.tidings.message.Message;
import io.tidings.message.UserKey;
import io.tidings.spi.Ticker;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Notifications, whichever way they come in. Bodies are canonical. */
final class Notifications {

    private static final int MAX_TITLE = 200;

    /** A notification by a service; {@code type} is the level. */
    static final Kind POSTED = Kind.of(
                    "notification.post",
                    Field.of("userId", FieldType.ID),
                    Field.of("title", FieldType.PROSE),
                    Field.of("message", FieldType.PROSE),
                    Field.word("type", "INFO", "SUCCESS", "WARNING", "ERROR").optional(),
                    Field.of("category", FieldType.TEXT).max(Ids.MAX_LENGTH).optional(),
                    Field.word("priority", "LOW", "NORMAL", "HIGH", "URGENT").optional(),
                    Field.of("actionUrl", FieldType.LINK).optional())
            .reaching("userId");

    /** Something that a user did to what another owns. */
    static final Kind INTERACTION = Kind.of(
                    "interaction",
                    Field.word("type", "like", "comment", "follow", "mention", "reply"),
                    Field.of("ownerId", FieldType.ID),
                    Field.object(
                            "target",
                            Field.of("type", FieldType.TEXT).max(Ids.MAX_LENGTH),
                            Field.of("id", FieldType.ID),
                            Field.of("title", FieldType.PROSE).max(MAX_TITLE),
                            Field.of("thumbUrl", FieldType.LINK).optional()))
            .reaching("ownerId");

    private final Sender sender;
    private final Ticker ticker;
    private final AtomicLong lastId;

    /** Ids count on from one. */
    Notifications(Sender sender, Ticker ticker, long lastId) {
        this.sender = sender;
        this.ticker = ticker;
        this.lastId = new AtomicLong(lastId);
    }

    /** Notifies {@code userId} of the service's own tenant; the body is {@link #POSTED}. */
    CompletionStage<Sent> post(Identity service, ObjectNode body, @Nullable String key) {
        Message.Builder message = begin(body.path("userId"))
                .set("kind", "system")
                .set("title", body.get("title"))
                .set("message", body.get("message"))
                .set("level", body.path("type").asText("INFO"))
                .set("category", body.path("category").asText("OTHER"))
                .set("priority", body.path("priority").asText("NORMAL"))
                .set("actionUrl", body.get("actionUrl"));
        return sender.send(user(service, body.path("userId")), message.build(), key);
    }

    /**
     * Notifies {@code ownerId} of what somebody did; the body is {@link #INTERACTION}.
     *
     * @return empty where it is the owner's own action, of which nobody is notified
     */
    Optional<CompletionStage<Sent>> interact(Identity actor, ObjectNode body, @Nullable String key) {
        UserKey owner = user(actor, body.path("ownerId"));
        if (owner.equals(actor.user())) {
            return Optional.empty();
        }
        JsonNode target = body.path("target");
        String username = Users.name(actor.user().user());
        ObjectNode who = JsonNodeFactory.instance.objectNode();
        who.set("id", Ids.toJson(actor.user().user()));
        who.put("username", username);
        Message.Builder message = begin(body.path("ownerId"))
                .set("kind", body.get("type"))
                .set("refId", target.get("id"))
                .set("actor", who)
                .set("target", target)
                .set("title", username)
                .set(
                        "message",
                        sentence(
                                body.path("type").asText(), target.path("title").asText()))
                .set("level", "INFO")
                .set("category", "SOCIAL")
                .set("priority", "NORMAL");
        return Optional.of(sender.send(owner, message.build(), key));
    }

    /** Tells all of the user's devices that {@code notificationIds} were seen. */
    CompletionStage<Sent> seen(Identity by, ObjectNode body, @Nullable String key) {
        Instant now = Instant.ofEpochMilli(ticker.epochMillis());
        Message message = Message.of(Kinds.NOTIFICATION_SEEN)
                .set("notificationIds", body.get("notificationIds"))
                .set("seenAt", now)
                .at(now)
                .build();
        return body.path("notificationIds").isEmpty()
                ? CompletableFuture.completedFuture(new Sent.Stored(message))
                : sender.send(by.user(), message, key);
    }

    private Message.Builder begin(JsonNode userId) {
        Instant now = Instant.ofEpochMilli(ticker.epochMillis());
        return Message.of(Kinds.NOTIFICATION_NEW)
                .set("id", lastId.incrementAndGet())
                .set("userId", userId)
                .set("createdAt", now)
                .set("seen", false)
                .at(now);
    }

    private static UserKey user(Identity sameTenant, JsonNode id) {
        return new UserKey(sameTenant.user().tenant(), id.asText());
    }

    private static String sentence(String type, String title) {
        return switch (type) {
            case "like" -> "likes “" + title + '”';
            case "comment" -> "commented on “" + title + '”';
            case "follow" -> "follows you";
            case "mention" -> "mentioned you in “" + title + '”';
            case "reply" -> "replied to you in “" + title + '”';
            default -> throw new IllegalArgumentException("no interaction: " + type);
        };
    }
}
