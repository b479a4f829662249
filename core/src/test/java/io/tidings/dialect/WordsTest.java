package io.tidings.dialect;

import static io.tidings.dialect.Frames.assertJson;
import static io.tidings.dialect.Frames.encoded;
import static io.tidings.dialect.Frames.json;
import static io.tidings.dialect.Frames.message;
import static io.tidings.dialect.Frames.read;
import static io.tidings.dialect.Frames.request;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.tidings.message.Kind;
import io.tidings.message.Kinds;
import io.tidings.message.Message;
import io.tidings.policy.ConnectionPolicy;
import io.tidings.policy.Heartbeat;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Every word of both tables with every field, in each direction. */
@Tag("R10")
@Tag("R11")
@Tag("R20")
@Tag("R21")
class WordsTest {

    private static final Dialect EVENT = EventDialect.standard();
    private static final Dialect ENVELOPE = EnvelopeDialect.standard();

    /** A message with all its fields, and the frame of each dialect, or null where it has no word. */
    private record Said(Kind kind, String body, String event, String envelope) {}

    private static final List<Said> OUT = List.of(
            new Said(
                    Kinds.MESSAGE_NEW,
                    "{'id':456,'senderId':123,'receiverId':'ann','content':'Hi','createdAt':1705314600250,'seen':false}",
                    "{'type':'message:new','data':{'id':456,'senderId':123,'receiverId':'ann','content':'Hi',"
                            + "'createdAt':'2024-01-15T10:30:00.250Z','seen':false},'id':'p00000000010000000009'}",
                    "{'type':'NEW_MESSAGE','payload':{'id':456,'senderId':123,'receiverId':'ann','content':'Hi',"
                            + "'createdAt':1705314600250,'seen':false},"
                            + "'timestamp':1702454400000,'messageId':'p00000000010000000009'}"),
            new Said(
                    Kinds.MESSAGE_SEEN,
                    "{'messageIds':[1,'b'],'seenBy':7,'seenAt':1705314600000}",
                    "{'type':'message:seen','data':{'messageIds':[1,'b'],'seenBy':7,'seenAt':'2024-01-15T10:30:00Z'},"
                            + "'id':'p00000000010000000009'}",
                    "{'type':'MESSAGE_SEEN','payload':{'messageIds':[1,'b'],'seenBy':7,'seenAt':1705314600000},"
                            + "'timestamp':1702454400000,'messageId':'p00000000010000000009'}"),
            new Said(
                    Kinds.TYPING,
                    "{'userId':1,'conversationWith':2,'isTyping':true}",
                    "{'type':'message:typing','data':{'userId':1,'conversationWith':2,'isTyping':true},"
                            + "'id':'p00000000010000000009'}",
                    "{'type':'TYPING','payload':{'userId':1,'conversationWith':2,'isTyping':true},"
                            + "'timestamp':1702454400000,'messageId':'p00000000010000000009'}"),
            new Said(
                    Kinds.UNREAD_COUNT,
                    "{'count':3,'version':41}",
                    "{'type':'message:unread_count','data':{'count':3,'version':41},'id':'p00000000010000000009'}",
                    "{'type':'UNREAD_MESSAGES_UPDATE','payload':{'count':3,'version':41},"
                            + "'timestamp':1702454400000,'messageId':'p00000000010000000009'}"),
            new Said(
                    Kinds.NOTIFICATION_NEW,
                    "{'id':9,'userId':1,'kind':'like','refId':5,'createdAt':1705314600000,'seen':false,"
                            + "'actor':{'id':2,'username':'u','avatarUrl':'/a'},"
                            + "'target':{'type':'video','id':5,'title':'t','thumbUrl':'/h'},'title':'T','message':'M',"
                            + "'level':'WARNING','category':'SOCIAL','priority':'HIGH','actionUrl':'/x'}",
                    "{'type':'notification:new','data':{'id':9,'userId':1,'type':'like','refId':5,"
                            + "'createdAt':'2024-01-15T10:30:00Z','seen':false,"
                            + "'actor':{'id':2,'username':'u','avatarUrl':'/a'},"
                            + "'target':{'type':'video','id':5,'title':'t','thumbUrl':'/h'},'title':'T','message':'M',"
                            + "'level':'WARNING','category':'SOCIAL','priority':'HIGH','actionUrl':'/x'},"
                            + "'id':'p00000000010000000009'}",
                    "{'type':'NEW_NOTIFICATION','payload':{'id':9,'kind':'like','createdAt':1705314600000,"
                            + "'actor':{'id':2,'username':'u','avatarUrl':'/a'},"
                            + "'target':{'type':'video','id':5,'title':'t','thumbUrl':'/h'},'title':'T','message':'M',"
                            + "'type':'WARNING','category':'SOCIAL','priority':'HIGH','actionUrl':'/x'},"
                            + "'timestamp':1702454400000,'messageId':'p00000000010000000009'}"),
            new Said(
                    Kinds.NOTIFICATION_SEEN,
                    "{'notificationIds':[1,2],'seenAt':1705314600000,'remaining':12,'version':4}",
                    "{'type':'notification:seen','data':{'notificationIds':[1,2],'seenAt':'2024-01-15T10:30:00Z'},"
                            + "'id':'p00000000010000000009'}",
                    "{'type':'NOTIFICATION_READ','payload':{'notificationIds':[1,2],'remainingUnread':12,'version':4},"
                            + "'timestamp':1702454400000,'messageId':'p00000000010000000009'}"),
            new Said(
                    Kinds.UNSEEN_COUNT,
                    "{'count':5,'version':7,'byCategory':{'TASK':3,'CRM':2}}",
                    "{'type':'notification:unseen_count','data':{'count':5,'version':7,'byCategory':{'TASK':3,'CRM':2}},"
                            + "'id':'p00000000010000000009'}",
                    "{'type':'UNREAD_COUNT_UPDATE','payload':{'totalUnread':5,'version':7,"
                            + "'byCategory':{'TASK':3,'CRM':2}},"
                            + "'timestamp':1702454400000,'messageId':'p00000000010000000009'}"),
            new Said(
                    Kinds.PRESENCE_CHANGED,
                    "{'userId':1,'online':false,'lastSeenAt':1705314600000}",
                    "{'type':'presence:changed','data':{'userId':1,'online':false,"
                            + "'lastSeenAt':'2024-01-15T10:30:00Z'},'id':'p00000000010000000009'}",
                    "{'type':'PRESENCE_CHANGED','payload':{'userId':1,'online':false,'lastSeenAt':1705314600000},"
                            + "'timestamp':1702454400000,'messageId':'p00000000010000000009'}"),
            new Said(
                    Kinds.CONNECTED,
                    "{'userId':1,'message':'m','connectionId':'c','lastMessageId':'p','pingIntervalMs':30000,"
                            + "'pongTimeoutMs':10000,'reconnectWindowMs':500,'tenantId':'acme'}",
                    "{'type':'connected','userId':1,'message':'m','connectionId':'c','lastMessageId':'p',"
                            + "'pingIntervalMs':30000,'pongTimeoutMs':10000,'reconnectWindowMs':500,'tenantId':'acme'}",
                    "{'type':'CONNECTED','payload':{'userId':1,'message':'m','connectionId':'c','lastMessageId':'p',"
                            + "'pingIntervalMs':30000,'pongTimeoutMs':10000,'reconnectWindowMs':500,'tenantId':'acme'},"
                            + "'timestamp':1702454400000,'messageId':'p00000000010000000009'}"),
            new Said(
                    Kinds.PING,
                    "{'timestamp':1705314600000}",
                    "{'type':'ping','timestamp':'2024-01-15T10:30:00Z'}",
                    null),
            new Said(
                    Kinds.PONG,
                    "{}",
                    null,
                    "{'type':'PONG','payload':{},'timestamp':1702454400000,'messageId':'p00000000010000000009'}"),
            new Said(
                    Kinds.RESULT,
                    "{'id':'c-1','data':{'id':456,'more':[1,null,{'a':'b'}]}}",
                    "{'type':'result','id':'c-1','data':{'id':456,'more':[1,null,{'a':'b'}]}}",
                    "{'type':'RESULT','payload':{'id':'c-1','data':{'id':456,'more':[1,null,{'a':'b'}]}},"
                            + "'timestamp':1702454400000,'messageId':'p00000000010000000009'}"),
            new Said(
                    Kinds.ERROR,
                    "{'code':'RATE_LIMIT','message':'m','timestamp':1702454400000,'field':'data.x','retryAfter':12,'id':'c'}",
                    "{'type':'error','error':{'code':'RATE_LIMIT','message':'m','timestamp':'2023-12-13T08:00:00Z',"
                            + "'field':'data.x','retryAfter':12,'id':'c'}}",
                    "{'type':'ERROR','payload':{'code':'RATE_LIMIT','message':'m','field':'data.x','retryAfter':12,'id':'c'},"
                            + "'timestamp':1702454400000,'messageId':'p00000000010000000009'}"),
            new Said(
                    Kinds.AUTH_REFRESHED,
                    "{'expiresAt':1705314600000}",
                    "{'type':'auth:refreshed','data':{'expiresAt':'2024-01-15T10:30:00Z'}}",
                    "{'type':'TOKEN_REFRESHED','payload':{'expiresAt':1705314600000},"
                            + "'timestamp':1702454400000,'messageId':'p00000000010000000009'}"),
            new Said(
                    Kinds.AUTH_EXPIRING,
                    "{'expiresAt':1705314600000}",
                    "{'type':'auth:expiring','data':{'expiresAt':'2024-01-15T10:30:00Z'}}",
                    "{'type':'TOKEN_EXPIRING','payload':{'expiresAt':1705314600000},"
                            + "'timestamp':1702454400000,'messageId':'p00000000010000000009'}"),
            new Said(
                    Kinds.DELIVERY_GAP,
                    "{'from':'p1','to':'p2','reason':'trimmed'}",
                    "{'type':'delivery:gap','data':{'from':'p1','to':'p2','reason':'trimmed'}}",
                    "{'type':'DELIVERY_GAP','payload':{'from':'p1','to':'p2','reason':'trimmed'},"
                            + "'timestamp':1702454400000,'messageId':'p00000000010000000009'}"),
            new Said(
                    Kinds.DELIVERY_LIVE,
                    "{'lastMessageId':'p1'}",
                    "{'type':'delivery:live','data':{'lastMessageId':'p1'}}",
                    "{'type':'DELIVERY_LIVE','payload':{'lastMessageId':'p1'},"
                            + "'timestamp':1702454400000,'messageId':'p00000000010000000009'}"));

    /** What is asked for, and the word for it in each dialect, or null where it has none. */
    private record Asked(Kind kind, String body, String event, String envelope) {}

    private static final List<Asked> IN = List.of(
            new Asked(Kinds.SEND_MESSAGE, "{'receiverId':'ann','content':'Hi'}", "message:send", "SEND_MESSAGE"),
            new Asked(
                    Kinds.MARK_MESSAGES_SEEN,
                    "{'conversationWith':1,'messageIds':[1,'b']}",
                    "message:mark_seen",
                    "MARK_MESSAGES_SEEN"),
            new Asked(Kinds.SET_TYPING, "{'conversationWith':1,'isTyping':false}", "message:typing", "TYPING"),
            new Asked(
                    Kinds.MARK_NOTIFICATIONS_SEEN,
                    "{'notificationIds':[1]}",
                    "notification:mark_seen",
                    "MARK_NOTIFICATIONS_READ"),
            new Asked(Kinds.PONG, "{}", "pong", null),
            new Asked(Kinds.PING, "{}", null, "PING"),
            new Asked(Kinds.ACK, "{'messageId':'p1'}", "ack", "ACK"),
            new Asked(Kinds.AUTH, "{'token':'t'}", "auth", "AUTH"),
            new Asked(Kinds.AUTH_REFRESH, "{'token':'t'}", "auth:refresh", "TOKEN_REFRESH"),
            new Asked(Kinds.RESUME, "{'lastMessageId':'p1'}", "resume", "RESUME"),
            new Asked(Kinds.SUBSCRIBE_CATEGORIES, "{'categories':['A']}", "category:subscribe", "SUBSCRIBE"),
            new Asked(Kinds.UNSUBSCRIBE_CATEGORIES, "{'categories':['A']}", "category:unsubscribe", "UNSUBSCRIBE"),
            new Asked(Kinds.SUBSCRIBE_TOPICS, "{'topics':['a/b']}", "topic:subscribe", "SUBSCRIBE_TOPICS"),
            new Asked(Kinds.UNSUBSCRIBE_TOPICS, "{'topics':['a/b']}", "topic:unsubscribe", "UNSUBSCRIBE_TOPICS"));

    @TestFactory
    Stream<DynamicTest> serversMessage_isSaidWithEveryField() {
        return OUT.stream()
                .flatMap(said -> Stream.of(says(said, EVENT, said.event()), says(said, ENVELOPE, said.envelope())));
    }

    @TestFactory
    Stream<DynamicTest> serversFrame_isReadAsWhatItSays() {
        return OUT.stream()
                .flatMap(said -> Stream.of(reads(said, EVENT, said.event()), reads(said, ENVELOPE, said.envelope())))
                .filter(test -> test != null);
    }

    @TestFactory
    Stream<DynamicTest> clientsFrame_isDecodedToWhatItAsks() {
        return IN.stream()
                .flatMap(asked -> Stream.of(
                        asks(asked, EVENT, asked.event(), "data", "id"),
                        asks(asked, ENVELOPE, asked.envelope(), "payload", "messageId")))
                .filter(test -> test != null);
    }

    @Test
    void tables_haveTheseWordsAndNoOthers() {
        assertEquals(
                OUT.stream()
                        .map(Said::event)
                        .filter(frame -> frame != null)
                        .map(WordsTest::word)
                        .collect(Collectors.toSet()),
                EventDialect.standard().words().outbound().keySet());
        assertEquals(
                OUT.stream()
                        .map(Said::envelope)
                        .filter(frame -> frame != null)
                        .map(WordsTest::word)
                        .collect(Collectors.toSet()),
                EnvelopeDialect.standard().words().outbound().keySet());
        assertEquals(
                IN.stream().map(Asked::event).filter(word -> word != null).collect(Collectors.toSet()),
                EventDialect.standard().words().inbound().keySet());
        assertEquals(
                IN.stream().map(Asked::envelope).filter(word -> word != null).collect(Collectors.toSet()),
                EnvelopeDialect.standard().words().inbound().keySet());
    }

    @Tag("R13")
    @Tag("R31")
    @Tag("R32")
    @Test
    void policies_areTheDialectsDefaults() {
        assertEquals(new ConnectionPolicy(Heartbeat.message(), Duration.ofMinutes(5), 32_768), EVENT.policy());
        assertEquals(new ConnectionPolicy(Heartbeat.protocol(), Duration.ZERO, 4_096), ENVELOPE.policy());
        assertEquals(Set.of("event", "envelope"), Set.of(EVENT.name(), ENVELOPE.name()));
    }

    private static DynamicTest says(Said said, Dialect dialect, String frame) {
        return dynamicTest(said.kind().name() + " in " + dialect.name(), () -> {
            Message message = message(said.kind(), said.body());
            if (frame == null) {
                assertTrue(dialect.encode(message).isEmpty());
            } else {
                assertJson(frame, encoded(dialect, message));
            }
        });
    }

    private static DynamicTest reads(Said said, Dialect dialect, String frame) {
        return frame == null
                ? null
                : dynamicTest(said.kind().name() + " in " + dialect.name(), () -> {
                    Outbound.Read read = read(dialect, frame);
                    Message message = read.message();
                    assertEquals(said.kind().name(), message.kind());
                    assertEquals(frame.contains(Frames.ID.toString()) ? Frames.ID.toString() : null, read.messageId());
                    // Said again, it is the same frame: nothing that the dialect says was lost in reading.
                    assertJson(frame, encoded(dialect, message));
                    if (!Set.of(Kinds.NOTIFICATION_NEW, Kinds.NOTIFICATION_SEEN).contains(said.kind())) {
                        Message original = message(said.kind(), said.body());
                        assertJson(original.body(), message.body());
                        assertEquals(original.key(), message.key());
                    }
                });
    }

    private static DynamicTest asks(Asked asked, Dialect dialect, String word, String place, String id) {
        return word == null
                ? null
                : dynamicTest(word, () -> {
                    String frame = "{'type':'%s','%s':'r-1','%s':%s}".formatted(word, id, place, asked.body());
                    Inbound.Request request = request(dialect, frame);
                    assertEquals(asked.kind().name(), request.kind());
                    assertEquals("r-1", request.requestId());
                    assertJson(json(asked.body()), request.body());
                });
    }

    private static String word(String frame) {
        return json(frame).path("type").textValue();
    }
}
