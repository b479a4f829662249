package io.tidings.dialect;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tidings.message.Kind;
import io.tidings.message.Kinds;
import io.tidings.message.Message;
import io.tidings.message.TimeFormat;
import io.tidings.policy.ConnectionPolicy;
import io.tidings.policy.Heartbeat;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Frames of {@code {"type", "payload", "timestamp", "messageId"}} with words such as {@code NEW_NOTIFICATION} and times in epoch
 * milliseconds. Every frame has all four members.
 *
 * <p>A notification's level, category and priority are always said: {@code INFO}, {@code OTHER} and {@code NORMAL} where the
 * message has none. The counts by category add up to the total: what has no category is {@code OTHER}.
 *
 * <p>Its connections are pinged by the WebSocket protocol every 54 s, do not close when idle, and may send 4,096 bytes at once.
 */
public final class EnvelopeDialect implements Dialect {

    private static final FrameStyle STYLE =
            new FrameStyle("payload", "messageId", "timestamp", TimeFormat.EPOCH_MILLIS);

    private static final ConnectionPolicy POLICY = new ConnectionPolicy(Heartbeat.protocol(), Duration.ZERO, 4_096);

    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
    private static final String NO_CATEGORY = "OTHER";

    private static final List<Shape> OUTBOUND = List.of(
            says(Kinds.CONNECTED, "CONNECTED"),
            says(Kinds.NOTIFICATION_NEW, "NEW_NOTIFICATION")
                    .renamed("level", "type")
                    .writing("level", text("INFO"))
                    .writing("category", text(NO_CATEGORY))
                    .writing("priority", text("NORMAL"))
                    .without("userId", "refId", "seen")
                    .reading("kind", text("system"))
                    .reading("refId", EnvelopeDialect::targetId)
                    .reading("seen", (at, body) -> JSON.booleanNode(false)),
            says(Kinds.UNSEEN_COUNT, "UNREAD_COUNT_UPDATE")
                    .renamed("count", "totalUnread")
                    .writing("byCategory", EnvelopeDialect::uncategorized),
            says(Kinds.NOTIFICATION_SEEN, "NOTIFICATION_READ")
                    .renamed("remaining", "remainingUnread")
                    .without("seenAt"),
            says(Kinds.PONG, "PONG"),
            says(Kinds.MESSAGE_NEW, "NEW_MESSAGE"),
            says(Kinds.MESSAGE_SEEN, "MESSAGE_SEEN"),
            says(Kinds.TYPING, "TYPING"),
            says(Kinds.UNREAD_COUNT, "UNREAD_MESSAGES_UPDATE"),
            says(Kinds.PRESENCE_CHANGED, "PRESENCE_CHANGED"),
            says(Kinds.RESULT, "RESULT"),
            says(Kinds.ERROR, "ERROR").without("timestamp").reading("timestamp", (at, body) -> JSON.numberNode(at)),
            says(Kinds.AUTH_REFRESHED, "TOKEN_REFRESHED"),
            says(Kinds.AUTH_EXPIRING, "TOKEN_EXPIRING"),
            says(Kinds.DELIVERY_GAP, "DELIVERY_GAP"),
            says(Kinds.DELIVERY_LIVE, "DELIVERY_LIVE"));

    private static final List<Shape> INBOUND = List.of(
            says(Kinds.PING, "PING").without("timestamp"),
            says(Kinds.ACK, "ACK"),
            says(Kinds.SUBSCRIBE_CATEGORIES, "SUBSCRIBE"),
            says(Kinds.UNSUBSCRIBE_CATEGORIES, "UNSUBSCRIBE"),
            says(Kinds.SUBSCRIBE_TOPICS, "SUBSCRIBE_TOPICS"),
            says(Kinds.UNSUBSCRIBE_TOPICS, "UNSUBSCRIBE_TOPICS"),
            says(Kinds.AUTH, "AUTH"),
            says(Kinds.AUTH_REFRESH, "TOKEN_REFRESH"),
            says(Kinds.RESUME, "RESUME"),
            says(Kinds.SEND_MESSAGE, "SEND_MESSAGE"),
            says(Kinds.MARK_MESSAGES_SEEN, "MARK_MESSAGES_SEEN"),
            says(Kinds.SET_TYPING, "TYPING"),
            says(Kinds.MARK_NOTIFICATIONS_SEEN, "MARK_NOTIFICATIONS_READ"));

    private static final EnvelopeDialect STANDARD = builder().build();

    private final WordTable words;

    private EnvelopeDialect(WordTable words) {
        this.words = words;
    }

    /** The dialect with the protocol's words alone. */
    public EnvelopeDialect() {
        this(STANDARD.words);
    }

    /** The dialect with the protocol's words alone, always the same. */
    public static EnvelopeDialect standard() {
        return STANDARD;
    }

    /** Starts the dialect with a host's own words beside the protocol's. */
    public static DialectBuilder<EnvelopeDialect> builder() {
        return new DialectBuilder<>(STYLE, OUTBOUND, INBOUND, EnvelopeDialect::new);
    }

    @Override
    public String name() {
        return "envelope";
    }

    @Override
    public ConnectionPolicy policy() {
        return POLICY;
    }

    @Override
    public Optional<FrameTemplate> encode(Message message) {
        return words.encode(message);
    }

    @Override
    public Inbound decode(String text) {
        return words.decode(text);
    }

    @Override
    public List<Kind> inbound() {
        return words.inbound().values().stream().map(Shape::kind).toList();
    }

    @Override
    public Outbound read(String text) {
        return words.read(text);
    }

    /** The table. */
    WordTable words() {
        return words;
    }

    private static Shape says(Kind kind, String word) {
        return Shape.of(STYLE, kind, word);
    }

    private static WireField.Absent text(String value) {
        return (at, body) -> JSON.textNode(value);
    }

    private static @Nullable JsonNode targetId(long at, ObjectNode body) {
        return body.path("target").get("id");
    }

    private static JsonNode uncategorized(long at, ObjectNode body) {
        ObjectNode counts = JSON.objectNode();
        JsonNode total = body.get("count");
        if (total != null && total.asLong() > 0) {
            counts.set(NO_CATEGORY, total);
        }
        return counts;
    }
}
