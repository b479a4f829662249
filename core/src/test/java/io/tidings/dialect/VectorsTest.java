package io.tidings.dialect;

import static io.tidings.dialect.Frames.assertJson;
import static io.tidings.dialect.Frames.json;
import static io.tidings.dialect.Frames.read;
import static io.tidings.dialect.Frames.request;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.fasterxml.jackson.databind.JsonNode;
import io.tidings.message.Kind;
import io.tidings.message.Kinds;
import io.tidings.message.Message;
import io.tidings.message.MessageId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Every sample frame, field for field. */
@Tag("R10")
@Tag("R11")
@Tag("R20")
@Tag("R21")
@Tag("R71")
class VectorsTest {

    /** What a client's sample asks for. */
    private record Asks(Kind kind, String body, String requestId) {
        Asks(Kind kind, String body) {
            this(kind, body, null);
        }
    }

    private static final Map<String, Asks> IN = Map.ofEntries(
            Map.entry("added-envelope-in-AUTH", new Asks(Kinds.AUTH, "{'token':'<jwt>'}")),
            Map.entry("added-envelope-in-RESUME", new Asks(Kinds.RESUME, "{'lastMessageId':'p00000000010000000007'}")),
            Map.entry(
                    "added-envelope-in-SEND_MESSAGE",
                    new Asks(Kinds.SEND_MESSAGE, "{'receiverId':789,'content':'Hello'}", "c-1")),
            Map.entry("added-envelope-in-TOKEN_REFRESH", new Asks(Kinds.AUTH_REFRESH, "{'token':'<jwt>'}")),
            Map.entry(
                    "added-envelope-in-UNSUBSCRIBE", new Asks(Kinds.UNSUBSCRIBE_CATEGORIES, "{'categories':['CRM']}")),
            Map.entry("added-event-in-ack", new Asks(Kinds.ACK, "{'messageId':'p00000000010000000009'}")),
            Map.entry("added-event-in-auth-refresh", new Asks(Kinds.AUTH_REFRESH, "{'token':'<jwt>'}")),
            Map.entry("added-event-in-auth", new Asks(Kinds.AUTH, "{'token':'<jwt>'}")),
            Map.entry(
                    "added-event-in-category-subscribe",
                    new Asks(Kinds.SUBSCRIBE_CATEGORIES, "{'categories':['SOCIAL']}")),
            Map.entry(
                    "added-event-in-message-send",
                    new Asks(Kinds.SEND_MESSAGE, "{'receiverId':789,'content':'Hello'}", "c-1")),
            Map.entry("added-event-in-resume", new Asks(Kinds.RESUME, "{'lastMessageId':'p00000000010000000009'}")),
            Map.entry("added-event-in-topic-subscribe", new Asks(Kinds.SUBSCRIBE_TOPICS, "{'topics':['video/456']}")),
            Map.entry("envelope-in-ACK", new Asks(Kinds.ACK, "{'messageId':'msg-uuid-123'}")),
            Map.entry("envelope-in-PING", new Asks(Kinds.PING, "{}")),
            Map.entry("envelope-in-SUBSCRIBE", new Asks(Kinds.SUBSCRIBE_CATEGORIES, "{'categories':['TASK','CRM']}")),
            Map.entry(
                    "event-in-message-mark_seen",
                    new Asks(Kinds.MARK_MESSAGES_SEEN, "{'conversationWith':123,'messageIds':[456,457]}")),
            Map.entry(
                    "event-in-message-typing", new Asks(Kinds.SET_TYPING, "{'conversationWith':789,'isTyping':true}")),
            Map.entry(
                    "event-in-notification-mark_seen",
                    new Asks(Kinds.MARK_NOTIFICATIONS_SEEN, "{'notificationIds':[789,790]}")),
            Map.entry("event-in-pong", new Asks(Kinds.PONG, "{}")));

    private static final Map<String, Kind> OUT = Map.ofEntries(
            Map.entry("added-envelope-out-CONNECTED", Kinds.CONNECTED),
            Map.entry("added-envelope-out-DELIVERY_GAP", Kinds.DELIVERY_GAP),
            Map.entry("added-envelope-out-DELIVERY_LIVE", Kinds.DELIVERY_LIVE),
            Map.entry("added-envelope-out-ERROR", Kinds.ERROR),
            Map.entry("added-envelope-out-NEW_MESSAGE", Kinds.MESSAGE_NEW),
            Map.entry("added-envelope-out-RESULT", Kinds.RESULT),
            Map.entry("added-envelope-out-UNREAD_COUNT_UPDATE", Kinds.UNSEEN_COUNT),
            Map.entry("added-event-out-auth-expiring", Kinds.AUTH_EXPIRING),
            Map.entry("added-event-out-auth-refreshed", Kinds.AUTH_REFRESHED),
            Map.entry("added-event-out-connected", Kinds.CONNECTED),
            Map.entry("added-event-out-delivery-gap", Kinds.DELIVERY_GAP),
            Map.entry("added-event-out-delivery-live", Kinds.DELIVERY_LIVE),
            Map.entry("added-event-out-error-invalid", Kinds.ERROR),
            Map.entry("added-event-out-error-rate-limit", Kinds.ERROR),
            Map.entry("added-event-out-message-new", Kinds.MESSAGE_NEW),
            Map.entry("added-event-out-notification-new-comment", Kinds.NOTIFICATION_NEW),
            Map.entry("added-event-out-notification-new-follow", Kinds.NOTIFICATION_NEW),
            Map.entry("added-event-out-notification-new-mention", Kinds.NOTIFICATION_NEW),
            Map.entry("added-event-out-notification-new-reply", Kinds.NOTIFICATION_NEW),
            Map.entry("added-event-out-result", Kinds.RESULT),
            Map.entry("envelope-out-NEW_NOTIFICATION", Kinds.NOTIFICATION_NEW),
            Map.entry("envelope-out-NOTIFICATION_READ", Kinds.NOTIFICATION_SEEN),
            Map.entry("envelope-out-PONG", Kinds.PONG),
            Map.entry("envelope-out-UNREAD_COUNT_UPDATE", Kinds.UNSEEN_COUNT),
            Map.entry("event-out-connected", Kinds.CONNECTED),
            Map.entry("event-out-error", Kinds.ERROR),
            Map.entry("event-out-message-new", Kinds.MESSAGE_NEW),
            Map.entry("event-out-message-seen", Kinds.MESSAGE_SEEN),
            Map.entry("event-out-message-typing", Kinds.TYPING),
            Map.entry("event-out-message-unread_count", Kinds.UNREAD_COUNT),
            Map.entry("event-out-notification-new", Kinds.NOTIFICATION_NEW),
            Map.entry("event-out-notification-seen", Kinds.NOTIFICATION_SEEN),
            Map.entry("event-out-notification-unseen_count", Kinds.UNSEEN_COUNT),
            Map.entry("event-out-ping", Kinds.PING),
            Map.entry("redis-shared-channel", Kinds.NOTIFICATION_NEW),
            Map.entry("redis-user-channel", Kinds.NOTIFICATION_NEW));

    /** Per word, every member that the protocol's reference adds to the users' own samples. */
    private static final Map<String, Set<String>> ADDITIONS = Map.ofEntries(
            // Event dialect: a top-level id on what has a message id.
            Map.entry(
                    "connected",
                    Set.of(
                            "connectionId",
                            "lastMessageId",
                            "pingIntervalMs",
                            "pongTimeoutMs",
                            "reconnectWindowMs",
                            "tenantId")),
            Map.entry("message:new", Set.of("id")),
            Map.entry("message:seen", Set.of("id")),
            Map.entry("message:typing", Set.of("id")),
            Map.entry("message:unread_count", Set.of("id", "data.version")),
            Map.entry(
                    "notification:new",
                    Set.of(
                            "id",
                            "data.actor",
                            "data.target",
                            "data.target.thumbUrl",
                            "data.title",
                            "data.message",
                            "data.level",
                            "data.category",
                            "data.priority",
                            "data.actionUrl")),
            Map.entry("notification:seen", Set.of("id")),
            Map.entry("notification:unseen_count", Set.of("id", "data.version", "data.byCategory")),
            Map.entry("ping", Set.of()),
            Map.entry("result", Set.of("data")),
            Map.entry("error", Set.of("error.field", "error.retryAfter", "error.id")),
            Map.entry("auth:refreshed", Set.of()),
            Map.entry("auth:expiring", Set.of()),
            Map.entry("delivery:gap", Set.of()),
            Map.entry("delivery:live", Set.of()),
            // Envelope dialect.
            Map.entry("CONNECTED", Set.of("payload.tenantId")),
            Map.entry("NEW_NOTIFICATION", Set.of("payload.kind", "payload.actor", "payload.target")),
            Map.entry("UNREAD_COUNT_UPDATE", Set.of("payload.version")),
            Map.entry("NOTIFICATION_READ", Set.of("payload.version")),
            Map.entry("PONG", Set.of()),
            Map.entry("NEW_MESSAGE", Set.of()),
            Map.entry("RESULT", Set.of("payload.data")),
            Map.entry("ERROR", Set.of("payload.field", "payload.retryAfter", "payload.id")),
            Map.entry("DELIVERY_GAP", Set.of()),
            Map.entry("DELIVERY_LIVE", Set.of()));

    @Test
    void everySample_hasACase() throws Exception {
        Set<String> cases = new TreeSet<>(IN.keySet());
        cases.addAll(OUT.keySet());

        assertEquals(cases, new TreeSet<>(samples().keySet()));
    }

    @TestFactory
    Stream<DynamicTest> clientsSample_decodesToItsKindAndBody() throws Exception {
        Map<String, JsonNode> samples = samples();
        return IN.entrySet().stream()
                .map(entry -> dynamicTest(entry.getKey(), () -> {
                    Asks asks = entry.getValue();
                    Inbound.Request request = request(
                            dialectOf(entry.getKey()),
                            samples.get(entry.getKey()).toString());

                    assertEquals(asks.kind().name(), request.kind());
                    assertJson(json(asks.body()), request.body());
                    assertEquals(asks.requestId(), request.requestId());
                }));
    }

    @TestFactory
    Stream<DynamicTest> serversSample_readAndWritten_isTheSameButForListedAdditions() throws Exception {
        Map<String, JsonNode> samples = samples();
        return OUT.entrySet().stream()
                .map(entry -> dynamicTest(entry.getKey(), () -> {
                    Dialect dialect = dialectOf(entry.getKey());
                    JsonNode sample = frameOf(entry.getKey(), samples.get(entry.getKey()));
                    Outbound.Read read = read(dialect, sample.toString());
                    assertEquals(entry.getValue().name(), read.message().kind());
                    if (dialect instanceof EnvelopeDialect) {
                        assertEquals(sample.path("messageId").textValue(), read.messageId());
                    }

                    JsonNode frame = json(dialect.encode(read.message())
                            .orElseThrow()
                            .frame(idOf(read.messageId()))
                            .text());

                    Map<String, String> expected = leaves(sample);
                    Map<String, String> actual = leaves(frame);
                    // An id that is not of our making cannot stand in our frames: it must be text all the same.
                    if (read.messageId() != null
                            && !read.messageId().startsWith("p")
                            && !read.messageId().startsWith("t0")) {
                        assertTrue(frame.path("messageId").isTextual());
                        expected.remove("messageId");
                        actual.remove("messageId");
                    }
                    Map<String, String> extra = new TreeMap<>(actual);
                    extra.keySet().removeAll(expected.keySet());
                    actual.keySet().removeAll(extra.keySet());
                    assertEquals(expected, actual);
                    assertAdditions(sample.path("type").textValue(), extra.keySet());
                }));
    }

    /** What one dialect's publishers write reaches the other dialect's clients with the fields that both have. */
    @Test
    void foreignFrames_crossDialects() throws Exception {
        Map<String, JsonNode> samples = samples();
        Message comment = read(
                        EventDialect.standard(),
                        frameOf("redis-shared-channel", samples.get("redis-shared-channel"))
                                .toString())
                .message();
        Message task = read(
                        EnvelopeDialect.standard(),
                        frameOf("redis-user-channel", samples.get("redis-user-channel"))
                                .toString())
                .message();

        assertJson("""
                {'type':'NEW_NOTIFICATION','payload':{'id':4711,'kind':'comment','createdAt':1705314600000,
                 'actor':{'id':999,'username':'john_doe','avatarUrl':'/avatars/999.jpg'},
                 'target':{'type':'video','id':456,'title':'My awesome video','thumbUrl':'/thumbs/456.jpg'},
                 'type':'INFO','category':'OTHER','priority':'NORMAL'},
                 'timestamp':1702454400000,'messageId':'p00000000010000000009'}""", Frames.encoded(EnvelopeDialect.standard(), comment.madeAt(Frames.AT)));
        assertJson("""
                {'type':'notification:new','data':{'id':9123,'type':'system','createdAt':'2023-12-13T08:00:00Z','seen':false,
                 'title':'Task Assigned','message':'You have been assigned task: Setup API','level':'INFO','category':'TASK',
                 'priority':'HIGH','actionUrl':'/ptm/tasks/123'},'id':'p00000000010000000009'}""", Frames.encoded(EventDialect.standard(), task));
        assertEquals("TASK", task.category());
        assertEquals(1702454400000L, task.at());
    }

    /** What an envelope leaves out is made up for as the reference says: refId is the target's id. */
    @Test
    void foreignEnvelope_hasTheReferenceOfItsTarget() {
        Outbound.Read read = read(
                EnvelopeDialect.standard(),
                "{'type':'NEW_NOTIFICATION','payload':{'id':1,'kind':'like','createdAt':1702454400000,"
                        + "'target':{'type':'video','id':456}}}");

        assertEquals(null, read.messageId());
        assertJson(
                "{'type':'notification:new','data':{'id':1,'type':'like','refId':456,'createdAt':'2023-12-13T08:00:00Z',"
                        + "'seen':false,'target':{'type':'video','id':456}},'id':'p00000000010000000009'}",
                Frames.encoded(EventDialect.standard(), read.message()));
    }

    private static void assertAdditions(String word, Set<String> extra) {
        Set<String> listed = ADDITIONS.get(word);
        assertTrue(listed != null, "no list of additions for " + word);
        List<String> unlisted = new ArrayList<>();
        for (String path : extra) {
            if (listed.stream().noneMatch(allowed -> path.equals(allowed) || path.startsWith(allowed + '.'))) {
                unlisted.add(path);
            }
        }
        assertEquals(List.of(), unlisted, "members of " + word + " that the reference does not list");
    }

    private static Dialect dialectOf(String sample) {
        return sample.contains("envelope") || sample.equals("redis-user-channel")
                ? EnvelopeDialect.standard()
                : EventDialect.standard();
    }

    private static JsonNode frameOf(String name, JsonNode sample) {
        return switch (name) {
            case "redis-shared-channel" -> sample.path("payload").path("event");
            case "redis-user-channel" -> sample.path("payload");
            default -> sample;
        };
    }

    private static MessageId idOf(String text) {
        if (text == null || text.length() != MessageId.LENGTH) {
            return Frames.ID;
        }
        MessageId durable =
                MessageId.of(MessageId.positionIn('p' + text.substring(1)).orElseThrow());
        return text.startsWith("p") ? durable : MessageId.ofTransient(durable.high(), durable.low());
    }

    /** Every value that is no object, by its path; arrays are compared whole. */
    private static Map<String, String> leaves(JsonNode frame) {
        Map<String, String> leaves = new HashMap<>();
        collect("", frame, leaves);
        return new TreeMap<>(leaves);
    }

    private static void collect(String path, JsonNode node, Map<String, String> leaves) {
        if (node.isObject() && !node.isEmpty()) {
            node.properties()
                    .forEach(member -> collect(
                            path.isEmpty() ? member.getKey() : path + '.' + member.getKey(),
                            member.getValue(),
                            leaves));
        } else {
            leaves.put(path, node.toString());
        }
    }

    private static Map<String, JsonNode> samples() throws IOException, URISyntaxException {
        Path folder = Path.of(VectorsTest.class.getResource("/vectors").toURI());
        try (Stream<Path> files = Files.list(folder)) {
            return files.collect(
                    Collectors.toMap(file -> file.getFileName().toString().replace(".json", ""), VectorsTest::parse));
        }
    }

    private static JsonNode parse(Path file) {
        try {
            return Frames.MAPPER.readTree(file.toFile());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
