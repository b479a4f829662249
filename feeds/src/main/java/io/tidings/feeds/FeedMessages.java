package io.tidings.feeds;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tidings.message.Ids;
import io.tidings.message.Kinds;
import io.tidings.message.Message;
import io.tidings.message.UserKey;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What users are told. */
final class FeedMessages {

    private FeedMessages() {}

    static Message messageNew(ChatMessage message) {
        return Message.of(Kinds.MESSAGE_NEW)
                .set("id", message.id())
                .set("senderId", id(message.sender()))
                .set("receiverId", id(message.receiver()))
                .set("content", message.content())
                .set("createdAt", message.createdAt())
                .set("seen", message.seenAt() != null)
                .at(message.createdAt())
                .build();
    }

    static Message messageSeen(List<Long> ids, UserKey by, Instant at) {
        return Message.of(Kinds.MESSAGE_SEEN)
                .set("messageIds", ids)
                .set("seenBy", id(by))
                .set("seenAt", at)
                .at(at)
                .build();
    }

    static Message unread(Head head) {
        return Message.of(Kinds.UNREAD_COUNT)
                .set("count", head.unread())
                .set("version", head.unreadVersion())
                .build();
    }

    static Message typing(UserKey who, UserKey to, boolean types) {
        return Message.of(Kinds.TYPING)
                .set("userId", id(who))
                .set("conversationWith", id(to))
                .set("isTyping", types)
                .build();
    }

    /** A user who is there, or since when not. */
    static Message presence(UserKey user, @Nullable Instant lastSeenAt) {
        return Message.of(Kinds.PRESENCE_CHANGED)
                .set("userId", id(user))
                .set("online", lastSeenAt == null)
                .set("lastSeenAt", lastSeenAt)
                .build();
    }

    /** A notification; its id is set when there is one. */
    static Message notificationNew(long id, UserKey user, NotificationDraft draft, Instant at) {
        return notification(id, user, at)
                .set("kind", draft.kind())
                .set("refId", draft.refId())
                .set("title", draft.title())
                .set("message", draft.message())
                .set("level", draft.level().name())
                .set("category", draft.category())
                .set("priority", draft.priority().name())
                .set("actionUrl", draft.actionUrl())
                .build();
    }

    static Message notificationNew(
            long id, Interaction interaction, @Nullable Profile profile, NotificationTemplates.Text text, Instant at) {
        ObjectNode actor = JsonNodeFactory.instance.objectNode();
        actor.set("id", Ids.toJson(interaction.actor().user()));
        if (profile != null) {
            actor.put("username", profile.username());
            if (profile.avatarUrl() != null) {
                actor.put("avatarUrl", profile.avatarUrl());
            }
        }
        Target target = interaction.target();
        ObjectNode what = JsonNodeFactory.instance.objectNode();
        what.put("type", target.type());
        what.set("id", Ids.toJson(target.id()));
        if (target.title() != null) {
            what.put("title", target.title());
        }
        if (target.thumbUrl() != null) {
            what.put("thumbUrl", target.thumbUrl());
        }
        return notification(id, interaction.owner(), at)
                .set("kind", interaction.type().word())
                .set("refId", Ids.toJson(target.id()))
                .set("actor", actor)
                .set("target", what)
                .set("title", text.title())
                .set("message", text.message())
                .set("level", NotificationDraft.Level.INFO.name())
                .set("category", Notifications.SOCIAL)
                .set("priority", NotificationDraft.Priority.NORMAL.name())
                .build();
    }

    private static Message.Builder notification(long id, UserKey user, Instant at) {
        return Message.of(Kinds.NOTIFICATION_NEW)
                .set("id", id)
                .set("userId", id(user))
                .set("createdAt", at)
                .set("seen", false)
                .at(at);
    }

    static Message notificationSeen(List<Long> ids, Head head, Instant at) {
        return Message.of(Kinds.NOTIFICATION_SEEN)
                .set("notificationIds", ids)
                .set("seenAt", at)
                .set("remaining", head.unseenTotal())
                .set("version", head.unseenVersion())
                .at(at)
                .build();
    }

    static Message unseen(Head head) {
        return Message.of(Kinds.UNSEEN_COUNT)
                .set("count", head.unseenTotal())
                .set("version", head.unseenVersion())
                .set("byCategory", head.unseen())
                .build();
    }

    private static JsonNode id(UserKey user) {
        return Ids.toJson(user.user());
    }
}
