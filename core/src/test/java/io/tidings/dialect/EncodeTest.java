package io.tidings.dialect;

import static io.tidings.dialect.Frames.AT;
import static io.tidings.dialect.Frames.assertJson;
import static io.tidings.dialect.Frames.encoded;
import static io.tidings.dialect.Frames.json;
import static io.tidings.dialect.Frames.message;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tidings.message.Field;
import io.tidings.message.FieldType;
import io.tidings.message.Kind;
import io.tidings.message.Kinds;
import io.tidings.message.Message;
import io.tidings.message.MessageId;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EncodeTest {

    private static final Dialect EVENT = EventDialect.standard();
    private static final Dialect ENVELOPE = EnvelopeDialect.standard();

    private static final String CHAT =
            "{'id':1,'senderId':2,'receiverId':3,'content':'%s','createdAt':1702454400000,'seen':false}";

    @Test
    void id_isTheLastMember_andEachFrameShowsItsOwn() {
        Message message = message(Kinds.MESSAGE_NEW, CHAT.formatted("\u00e9\ud83d\ude00"));
        FrameTemplate event = EVENT.encode(message).orElseThrow();
        FrameTemplate envelope = ENVELOPE.encode(message).orElseThrow();
        MessageId other = MessageId.ofTransient(5, 77);

        assertTrue(event.frame(Frames.ID).text().endsWith(",\"id\":\"p00000000010000000009\"}"));
        assertTrue(event.frame(other).text().endsWith(",\"id\":\"" + other + "\"}"));
        assertTrue(envelope.frame(other).text().endsWith(",\"messageId\":\"" + other + "\"}"));
        assertArrayEquals(
                event.frame(other).text().getBytes(StandardCharsets.UTF_8),
                event.frame(other).toBytes());
    }

    @Test
    void text_isUtf8_escapedWhereJsonAsks() {
        String content = "a\"b\\c\n\u0001\u00e9\u20ac\ud83d\ude00</script>";
        ObjectNode body = (ObjectNode) json(CHAT.formatted(""));
        body.put("content", content);

        JsonNode frame =
                json(encoded(EVENT, Message.of(Kinds.MESSAGE_NEW).body(body).build()));

        assertEquals(content, frame.path("data").path("content").textValue());
    }

    /** UTF-8 has no bytes for half a pair, and one recipient-facing text must not fail a fan-out. */
    @ParameterizedTest
    @ValueSource(strings = {"\ud83d", "\ude00", "\ude00\ud83d", "a\ud83db", "\ud83d\ud83d\ude00"})
    void loneSurrogate_isReplaced(String broken) {
        ObjectNode body = (ObjectNode) json(CHAT.formatted(""));
        body.put("content", broken);
        Message data = message(Kinds.RESULT, "{'id':'c'}");
        data.body().set("data", JsonNodeFactory.instance.objectNode().put("k" + broken, broken));

        String chat = json(encoded(
                        EVENT, Message.of(Kinds.MESSAGE_NEW).body(body).build()))
                .path("data")
                .path("content")
                .textValue();
        JsonNode result = json(encoded(EVENT, data)).path("data");

        assertTrue(StandardCharsets.UTF_8.newEncoder().canEncode(chat));
        assertTrue(chat.contains("\ufffd"));
        assertEquals(broken.length(), chat.length());
        assertEquals(chat, result.path("k" + chat).textValue());
    }

    @Test
    void optionalFieldsThatAreAbsent_areLeftOut() {
        assertJson(
                "{'type':'message:unread_count','data':{'count':3},'id':'p00000000010000000009'}",
                encoded(EVENT, message(Kinds.UNREAD_COUNT, "{'count':3}")));
        assertJson("{'type':'result','id':'c'}", encoded(EVENT, message(Kinds.RESULT, "{'id':'c'}")));
        assertJson(
                "{'type':'error','error':{'code':'FORBIDDEN','message':'m','timestamp':'2023-12-13T08:00:00Z'}}",
                encoded(EVENT, message(Kinds.ERROR, "{'code':'FORBIDDEN','message':'m','timestamp':" + AT + "}")));
    }

    /** Messages that another version of the library stored are not checked again. */
    @Test
    void nullsAndUnknownFields_areLeftOut() {
        Message stored = new Message(
                Kinds.UNREAD_COUNT.name(),
                (ObjectNode) json("{'count':3,'version':null,'later':{'a':1}}"),
                AT,
                null,
                null);

        assertJson(
                "{'type':'message:unread_count','data':{'count':3},'id':'p00000000010000000009'}",
                encoded(EVENT, stored));
    }

    @Test
    void nullsOfNotifications_areLikeAbsentFields() {
        Message stored = new Message(
                Kinds.NOTIFICATION_NEW.name(),
                (ObjectNode) json("{'id':1,'kind':'like','createdAt':1702454400000,'level':null,'category':null,"
                        + "'priority':null,'actor':{'id':2,'username':null}}"),
                AT,
                null,
                null);

        assertJson(
                "{'type':'NEW_NOTIFICATION','payload':{'id':1,'kind':'like','createdAt':1702454400000,'actor':{'id':2},"
                        + "'type':'INFO','category':'OTHER','priority':'NORMAL'},"
                        + "'timestamp':1702454400000,'messageId':'p00000000010000000009'}",
                encoded(ENVELOPE, stored));
    }

    @Tag("R10")
    @Test
    void envelopeNotification_alwaysSaysLevelCategoryAndPriority() {
        Message bare = message(
                Kinds.NOTIFICATION_NEW, "{'id':1,'userId':2,'kind':'system','createdAt':1702454400000,'seen':true}");

        assertJson(
                "{'type':'NEW_NOTIFICATION','payload':{'id':1,'kind':'system','createdAt':1702454400000,'type':'INFO',"
                        + "'category':'OTHER','priority':'NORMAL'},"
                        + "'timestamp':1702454400000,'messageId':'p00000000010000000009'}",
                encoded(ENVELOPE, bare));
        assertJson(
                "{'type':'notification:new','data':{'id':1,'userId':2,'type':'system',"
                        + "'createdAt':'2023-12-13T08:00:00Z','seen':true},'id':'p00000000010000000009'}",
                encoded(EVENT, bare));
    }

    @Tag("R10")
    @Test
    void envelopeCount_hasCategoriesThatAddUp() {
        assertJson(
                "{'totalUnread':5,'version':1,'byCategory':{'OTHER':5}}",
                json(encoded(ENVELOPE, message(Kinds.UNSEEN_COUNT, "{'count':5,'version':1}")))
                        .path("payload")
                        .toString());
        assertJson(
                "{'totalUnread':0,'byCategory':{}}",
                json(encoded(ENVELOPE, message(Kinds.UNSEEN_COUNT, "{'count':0}")))
                        .path("payload")
                        .toString());
    }

    @Test
    void eventPingAndSeen_sayWhenTheMessageWasMade_whereTheBodySaysNothing() {
        assertJson("{'type':'ping','timestamp':'2023-12-13T08:00:00Z'}", encoded(EVENT, message(Kinds.PING, "{}")));
        assertJson(
                "{'type':'notification:seen','data':{'notificationIds':[1],'seenAt':'2023-12-13T08:00:00Z'},"
                        + "'id':'p00000000010000000009'}",
                encoded(EVENT, message(Kinds.NOTIFICATION_SEEN, "{'notificationIds':[1]}")));
        assertJson("{'type':'ping'}", encoded(EVENT, Message.of(Kinds.PING).build()));
    }

    @Test
    void kindWithoutWord_hasNoFrame() {
        Message unknown = Message.of(Kind.of("unheard.of")).build();

        assertTrue(EVENT.encode(unknown).isEmpty());
        assertTrue(ENVELOPE.encode(unknown).isEmpty());
    }

    @Test
    void timesWithinObjects_standAsTheDialectWritesTimes() {
        Kind kind = Kind.of(
                "order",
                Field.object(
                        "eta",
                        Field.of("from", FieldType.TIME),
                        Field.of("note", FieldType.TEXT).optional()));
        Message message = message(kind, "{'eta':{'from':1702454400001}}");

        assertJson(
                "{'type':'order','data':{'eta':{'from':'2023-12-13T08:00:00.001Z'}},'id':'p00000000010000000009'}",
                encoded(EventDialect.builder().outbound(kind, "order").build(), message));
        assertJson(
                "{'type':'order','payload':{'eta':{'from':1702454400001}},"
                        + "'timestamp':1702454400000,'messageId':'p00000000010000000009'}",
                encoded(EnvelopeDialect.builder().outbound(kind, "order").build(), message));
    }

    @Test
    void hostDataBeyondWhatJsonIsWritten_isRefused_namingTheKind() {
        ObjectNode deep = JsonNodeFactory.instance.objectNode();
        ObjectNode inner = deep;
        for (int i = 0; i < 2_000; i++) {
            inner = inner.putObject("a");
        }
        Message message = message(Kinds.RESULT, "{'id':'c'}");
        message.body().set("data", deep);

        String problem = assertThrows(IllegalArgumentException.class, () -> EVENT.encode(message))
                .getMessage();
        assertEquals("a message of kind result nests too deep", problem);
    }
}
