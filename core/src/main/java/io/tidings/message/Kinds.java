package io.tidings.message;

import static io.tidings.message.FieldType.ANY;
import static io.tidings.message.FieldType.COUNT;
import static io.tidings.message.FieldType.COUNTS;
import static io.tidings.message.FieldType.FLAG;
import static io.tidings.message.FieldType.ID;
import static io.tidings.message.FieldType.IDS;
import static io.tidings.message.FieldType.LINK;
import static io.tidings.message.FieldType.PROSE;
import static io.tidings.message.FieldType.TEXT;
import static io.tidings.message.FieldType.TEXTS;
import static io.tidings.message.FieldType.TIME;

import java.util.List;

/** The protocol's kinds. Times in bodies are canonical: epoch milliseconds. */
public final class Kinds {

    private static final int MAX_TOKEN = 16_384;
    private static final int MAX_URL = 2_048;

    private static final Field USER = Field.of("userId", ID);
    private static final Field VERSION = Field.of("version", COUNT).optional();
    private static final Field EXPIRES_AT = Field.of("expiresAt", TIME);
    private static final Field LAST_MESSAGE_ID = Field.of("lastMessageId", TEXT).max(Ids.MAX_LENGTH);

    // What hosts send.

    /** A chat message, for its receiver. */
    public static final Kind MESSAGE_NEW = Kind.of(
            "message.new",
            Field.of("id", ID),
            Field.of("senderId", ID),
            Field.of("receiverId", ID),
            Field.of("content", PROSE),
            Field.of("createdAt", TIME),
            Field.of("seen", FLAG));

    /** Somebody has seen messages, for their sender. */
    public static final Kind MESSAGE_SEEN =
            Kind.of("message.seen", Field.of("messageIds", IDS), Field.of("seenBy", ID), Field.of("seenAt", TIME));

    /** Somebody started or stopped typing, for the other side; the newest of each typist counts. */
    public static final Kind TYPING = Kind.of(
                    "typing.changed", USER, Field.of("conversationWith", ID), Field.of("isTyping", FLAG))
            .conflated("userId");

    /** How many messages a user has not seen. */
    public static final Kind UNREAD_COUNT =
            Kind.of("messages.unread", Field.of("count", COUNT), VERSION).conflated("");

    /** A notification. */
    public static final Kind NOTIFICATION_NEW = Kind.of(
            "notification.new",
            Field.of("id", ID),
            USER,
            Field.of("kind", TEXT).max(Ids.MAX_LENGTH),
            Field.of("refId", ID).optional(),
            Field.of("createdAt", TIME),
            Field.of("seen", FLAG),
            Field.object(
                            "actor",
                            Field.of("id", ID),
                            Field.of("username", TEXT).max(Ids.MAX_LENGTH).optional(),
                            Field.of("avatarUrl", TEXT).max(MAX_URL).optional())
                    .optional(),
            Field.object(
                            "target",
                            Field.of("type", TEXT).max(Ids.MAX_LENGTH),
                            Field.of("id", ID),
                            Field.of("title", PROSE).optional(),
                            Field.of("thumbUrl", TEXT).max(MAX_URL).optional())
                    .optional(),
            Field.of("title", PROSE).optional(),
            Field.of("message", PROSE).optional(),
            Field.word("level", "INFO", "SUCCESS", "WARNING", "ERROR").optional(),
            Field.of("category", TEXT).max(Ids.MAX_LENGTH).optional(),
            Field.word("priority", "LOW", "NORMAL", "HIGH", "URGENT").optional(),
            Field.of("actionUrl", LINK).optional());

    /** Notifications were seen, for all of the user's devices. */
    public static final Kind NOTIFICATION_SEEN = Kind.of(
            "notification.seen",
            Field.of("notificationIds", IDS),
            Field.of("seenAt", TIME).optional(),
            Field.of("remaining", COUNT).optional(),
            VERSION);

    /** How many notifications a user has not seen, in all and by category. */
    public static final Kind UNSEEN_COUNT = Kind.of(
                    "notifications.unseen",
                    Field.of("count", COUNT),
                    VERSION,
                    Field.of("byCategory", COUNTS).optional())
            .conflated("");

    /** A user came or went; the newest of each user counts. */
    public static final Kind PRESENCE_CHANGED = Kind.of(
                    "presence.changed",
                    USER,
                    Field.of("online", FLAG),
                    Field.of("lastSeenAt", TIME).optional())
            .conflated("userId");

    // What the library itself says to clients.

    /** The first frame of a connection. */
    public static final Kind CONNECTED = Kind.of(
            "connected",
            USER,
            Field.of("message", TEXT),
            Field.of("connectionId", TEXT),
            LAST_MESSAGE_ID,
            Field.of("pingIntervalMs", COUNT),
            Field.of("pongTimeoutMs", COUNT),
            Field.of("reconnectWindowMs", COUNT),
            Field.of("tenantId", ID).optional());

    /** A heartbeat, either way. */
    public static final Kind PING = Kind.of("ping", Field.of("timestamp", TIME).optional());

    /** The answer to a heartbeat, either way; its time is never compared. */
    public static final Kind PONG = Kind.of("pong");

    /** A request was done. */
    public static final Kind RESULT =
            Kind.of("result", Field.of("id", TEXT), Field.of("data", ANY).optional());

    /** Something was refused or failed. */
    public static final Kind ERROR = Kind.of(
            "error",
            Field.word("code", "UNAUTHORIZED", "FORBIDDEN", "INVALID_MESSAGE", "RATE_LIMIT", "INTERNAL_ERROR"),
            Field.of("message", TEXT),
            Field.of("timestamp", TIME),
            Field.of("field", TEXT).optional(),
            Field.of("retryAfter", COUNT).optional(),
            Field.of("id", TEXT).optional());

    /** The new token holds. */
    public static final Kind AUTH_REFRESHED = Kind.of("auth.refreshed", EXPIRES_AT);

    /** The token expires soon. */
    public static final Kind AUTH_EXPIRING = Kind.of("auth.expiring", EXPIRES_AT);

    /** Messages between two positions are no longer held. */
    public static final Kind DELIVERY_GAP = Kind.of(
            "delivery.gap",
            Field.of("from", TEXT).max(Ids.MAX_LENGTH),
            Field.of("to", TEXT).max(Ids.MAX_LENGTH),
            Field.word("reason", "expired", "trimmed", "unknown", "epoch"));

    /** What was missed has been delivered. */
    public static final Kind DELIVERY_LIVE = Kind.of("delivery.live", LAST_MESSAGE_ID);

    // What clients say.

    /** Send a chat message. */
    public static final Kind SEND_MESSAGE = Kind.of(
                    "message.send", Field.of("receiverId", ID), Field.of("content", PROSE))
            .reaching("receiverId");

    /** Mark messages as seen. */
    public static final Kind MARK_MESSAGES_SEEN = Kind.of(
                    "messages.mark-seen", Field.of("conversationWith", ID), Field.of("messageIds", IDS))
            .reaching("conversationWith");

    /** Start or stop typing. */
    public static final Kind SET_TYPING = Kind.of(
                    "typing.set", Field.of("conversationWith", ID), Field.of("isTyping", FLAG))
            .reaching("conversationWith");

    /** Mark notifications as seen. */
    public static final Kind MARK_NOTIFICATIONS_SEEN =
            Kind.of("notifications.mark-seen", Field.of("notificationIds", IDS));

    /** Everything up to a message has arrived. */
    public static final Kind ACK = Kind.of("ack", Field.of("messageId", TEXT).max(Ids.MAX_LENGTH));

    /** Here is my token. */
    public static final Kind AUTH = Kind.of("auth", Field.of("token", TEXT).max(MAX_TOKEN));

    /** Here is my next token. */
    public static final Kind AUTH_REFRESH =
            Kind.of("auth.refresh", Field.of("token", TEXT).max(MAX_TOKEN));

    /** Deliver again from after a message. */
    public static final Kind RESUME = Kind.of("resume", LAST_MESSAGE_ID);

    /** Deliver these categories too. */
    public static final Kind SUBSCRIBE_CATEGORIES = Kind.of("categories.subscribe", Field.of("categories", TEXTS));

    /** Deliver these categories no longer. */
    public static final Kind UNSUBSCRIBE_CATEGORIES = Kind.of("categories.unsubscribe", Field.of("categories", TEXTS));

    /** Join topics. */
    public static final Kind SUBSCRIBE_TOPICS = Kind.of("topics.subscribe", Field.of("topics", TEXTS));

    /** Leave topics. */
    public static final Kind UNSUBSCRIBE_TOPICS = Kind.of("topics.unsubscribe", Field.of("topics", TEXTS));

    // What is asked for by REST alone.

    /** Who of some users is there; the authoriser is asked of each whether it may be seen. */
    public static final Kind GET_PRESENCE =
            Kind.of("presence.get", Field.of("users", IDS).max(100)).reaching("users");

    private static final List<Kind> INBOUND = List.of(
            SEND_MESSAGE,
            MARK_MESSAGES_SEEN,
            SET_TYPING,
            MARK_NOTIFICATIONS_SEEN,
            PING,
            PONG,
            ACK,
            AUTH,
            AUTH_REFRESH,
            RESUME,
            SUBSCRIBE_CATEGORIES,
            UNSUBSCRIBE_CATEGORIES,
            SUBSCRIBE_TOPICS,
            UNSUBSCRIBE_TOPICS);

    private Kinds() {}

    /** What clients can say in the protocol itself. */
    public static List<Kind> inbound() {
        return INBOUND;
    }
}
