package io.tidings.dialect;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.tidings.message.Kind;
import io.tidings.message.Kinds;
import io.tidings.message.Message;
import io.tidings.message.TimeFormat;
import io.tidings.policy.ConnectionPolicy;
import io.tidings.policy.Heartbeat;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Frames of {@code {"type", "data", "id"}} with words such as {@code message:new} and times in ISO-8601. What has no message id
 * shows none; {@code connected}, {@code ping}, {@code result} and {@code error} have no {@code data} to hold their fields.
 *
 * <p>Its connections are pinged by message every 30 s, close after 5 minutes without a message, and may send 32 KiB at once.
 */
public final class EventDialect implements Dialect {

    private static final String DATA = "data";

    private static final FrameStyle STYLE = new FrameStyle(DATA, "id", null, TimeFormat.ISO_8601);

    private static final ConnectionPolicy POLICY =
            new ConnectionPolicy(Heartbeat.message(), Duration.ofMinutes(5), 32 * 1024);

    private static final WireField.Absent WHEN_MADE =
            (at, body) -> at == 0 ? null : JsonNodeFactory.instance.numberNode(at);

    private static final List<Shape> OUTBOUND = List.of(
            says(Kinds.MESSAGE_NEW, "message:new"),
            says(Kinds.MESSAGE_SEEN, "message:seen"),
            says(Kinds.TYPING, "message:typing"),
            says(Kinds.UNREAD_COUNT, "message:unread_count"),
            says(Kinds.NOTIFICATION_NEW, "notification:new").renamed("kind", "type"),
            says(Kinds.NOTIFICATION_SEEN, "notification:seen")
                    .without("remaining", "version")
                    .writing("seenAt", WHEN_MADE),
            says(Kinds.UNSEEN_COUNT, "notification:unseen_count"),
            says(Kinds.PRESENCE_CHANGED, "presence:changed"),
            // The first servers said userId and message alone.
            says(Kinds.CONNECTED, "connected")
                    .at(null)
                    .withoutId()
                    .lenient("connectionId", "lastMessageId", "pingIntervalMs", "pongTimeoutMs", "reconnectWindowMs"),
            says(Kinds.PING, "ping").at(null).withoutId().writing("timestamp", WHEN_MADE),
            says(Kinds.RESULT, "result").at(null).withoutId(),
            says(Kinds.ERROR, "error").at("error").withoutId(),
            says(Kinds.AUTH_REFRESHED, "auth:refreshed").withoutId(),
            says(Kinds.AUTH_EXPIRING, "auth:expiring").withoutId(),
            says(Kinds.DELIVERY_GAP, "delivery:gap").withoutId(),
            says(Kinds.DELIVERY_LIVE, "delivery:live").withoutId());

    private static final List<Shape> INBOUND = List.of(
            says(Kinds.SEND_MESSAGE, "message:send"),
            says(Kinds.MARK_MESSAGES_SEEN, "message:mark_seen"),
            says(Kinds.SET_TYPING, "message:typing"),
            says(Kinds.MARK_NOTIFICATIONS_SEEN, "notification:mark_seen"),
            says(Kinds.PONG, "pong").at(null),
            says(Kinds.ACK, "ack"),
            says(Kinds.AUTH, "auth"),
            says(Kinds.AUTH_REFRESH, "auth:refresh"),
            says(Kinds.RESUME, "resume"),
            says(Kinds.SUBSCRIBE_CATEGORIES, "category:subscribe"),
            says(Kinds.UNSUBSCRIBE_CATEGORIES, "category:unsubscribe"),
            says(Kinds.SUBSCRIBE_TOPICS, "topic:subscribe"),
            says(Kinds.UNSUBSCRIBE_TOPICS, "topic:unsubscribe"));

    private static final EventDialect STANDARD = builder().build();

    private final WordTable words;

    private EventDialect(WordTable words) {
        this.words = words;
    }

    /** The dialect with the protocol's words alone. */
    public EventDialect() {
        this(STANDARD.words);
    }

    /** The dialect with the protocol's words alone, always the same. */
    public static EventDialect standard() {
        return STANDARD;
    }

    /** Starts the dialect with a host's own words beside the protocol's. */
    public static DialectBuilder<EventDialect> builder() {
        return new DialectBuilder<>(STYLE, OUTBOUND, INBOUND, EventDialect::new);
    }

    @Override
    public String name() {
        return "event";
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
}
