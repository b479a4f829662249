package io.tidings.dialect;

import static io.tidings.dialect.Frames.invalid;
import static io.tidings.dialect.Frames.request;
import static io.tidings.dialect.Frames.unreadable;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tidings.message.Field;
import io.tidings.message.FieldType;
import io.tidings.message.Kind;
import io.tidings.message.Kinds;
import java.lang.management.ManagementFactory;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What clients may and may not write, whatever the word. */
@Tag("R51")
class DecodeTest {

    private static final EventDialect EVENT = EventDialect.standard();
    private static final EnvelopeDialect ENVELOPE = EnvelopeDialect.standard();

    // JSON.

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "{",
                "}",
                "{'type'",
                "{'type':}",
                "{'type':'pong'",
                "{'type':'pong',}",
                "{type:'pong'}",
                "{'type':'pong' 'a':1}",
                "{'type':'pong','a':NaN}",
                "{'type':'pong','a':Infinity}",
                "{'type':'pong','a':-Infinity}",
                "{'type':'pong','a':+1}",
                "{'type':'pong','a':01}",
                "{'type':'pong','a':1.}",
                "{'type':'pong','a':.5}",
                "{'type':'pong','a':0x10}",
                "{'type':'pong','a':tru}",
                "{'type':'pong','a':[1,]}",
                "{'type':'pong','a':[1}",
                "{'type':'pong','a':'\\x'}",
                "{'type':'pong','a':'\\u12'}",
                "{'type':'pong','a':'\n'}",
                "{'type':'pong','a':'\u0000'}",
                "{'type':'pong'}}",
                "{'type':'pong'} x",
                "/* c */{'type':'pong'}",
                "{'type':'pong'// c\n}",
                "\ufeff{'type':'pong'}",
                "not json"
            })
    void whatIsNotJson_isRefused_withoutAField(String text) {
        Inbound.Invalid invalid = invalid(EVENT, text);

        assertNull(invalid.field());
        assertNull(invalid.requestId());
        assertTrue(invalid.message().startsWith("The message must "), invalid.message());
    }

    @ParameterizedTest
    @ValueSource(strings = {"[]", "null", "1", "true", "'pong'", "[{'type':'pong'}]"})
    void whatIsNotAnObject_isRefused(String text) {
        assertEquals(new Inbound.Invalid(null, "The message must be a JSON object", null), invalid(EVENT, text));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"{'type':'pong'}{'type':'pong'}", "{'type':'pong'} 1", "{'type':'pong'}[]", "{'type':'pong'}''"})
    void whatFollowsTheObject_isRefused(String text) {
        assertEquals(
                new Inbound.Invalid(null, "The message must have nothing after its JSON object", null),
                invalid(EVENT, text));
        assertInstanceOf(Inbound.Request.class, EVENT.decode("\r\n\t {\"type\":\"pong\"} \r\n\t "));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void nesting_upTo32IsLetIn_33IsRefused(int kindOfNesting) {
        String open = kindOfNesting == 1 ? "[" : "{\"a\":";
        String close = kindOfNesting == 1 ? "]" : "}";
        String inner = kindOfNesting == 1 ? "" : "1";
        String frame = "{\"type\":\"pong\",\"x\":%s%s%s}";

        assertInstanceOf(
                Inbound.Request.class, EVENT.decode(frame.formatted(open.repeat(31), inner, close.repeat(31))));
        assertEquals(
                new Inbound.Invalid(null, "The message must not nest deeper than 32 levels", null),
                EVENT.decode(frame.formatted(open.repeat(32), inner, close.repeat(32))));
    }

    @ParameterizedTest
    @ValueSource(strings = {"[", "{\"a\":", "[{\"a\":"})
    void nestingOf100000_isRefusedAtLevel33_onASmallStack(String open) throws InterruptedException {
        String text = "{\"type\":\"pong\",\"x\":" + open.repeat(100_000);
        Inbound[] found = new Inbound[1];
        Thread small = new Thread(null, () -> found[0] = EVENT.decode(text), "small stack", 128 * 1024);
        small.start();
        small.join();

        assertEquals(new Inbound.Invalid(null, "The message must not nest deeper than 32 levels", null), found[0]);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'type':'pong','type':'ack'} | type",
                "{'type':'ack','data':{'messageId':'a','messageId':'a'}} | data.messageId",
                "{'type':'ack','data':{'x':[{'y':1,'y':1}]}} | data.x.y",
                "{'type':'pong','id':1,'\\u0069d':2} | id"
            })
    void nameThatOccursTwice_isRefused(String frame, String field) {
        assertEquals(new Inbound.Invalid(field, field + " must not occur twice", null), invalid(EVENT, frame));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'type':'message:send','data':{'receiverId':1,'content':'a\\ud83d'}} | data.content must be valid Unicode",
                "{'type':'message:send','data':{'receiverId':1,'content':'\\ude00\\ud83d'}} | data.content must be valid Unicode",
                "{'type':'message:send','data':{'receiverId':'\\ud83dx','content':'a'}} | data.receiverId must be valid Unicode",
                "{'type':'\\ud83d'} | type must be valid Unicode",
                "{'type':'pong','id':'\\ude00'} | id must be valid Unicode",
                "{'type':'pong','unknown':[['\\ude00']]} | unknown must be valid Unicode",
            })
    void loneSurrogate_isRefusedByName_escapedOrNot(String frame, String sentence) {
        String raw = frame.replace("\\ud83d", "\ud83d").replace("\\ude00", "\ude00");

        assertEquals(sentence, invalid(EVENT, frame).message());
        assertEquals(sentence, invalid(EVENT, raw).message());
        assertEquals(sentence.split(" ")[0], invalid(EVENT, raw).field());
    }

    @Test
    void loneSurrogateInAName_isRefused() {
        assertEquals(
                new Inbound.Invalid(null, "The message must have names of valid Unicode", null),
                invalid(EVENT, "{'type':'pong','\ud83d':1}"));
        assertEquals(
                new Inbound.Invalid("data", "data must have names of valid Unicode", null),
                invalid(EVENT, "{'type':'pong','data':{'a\ude00':1}}"));
        assertNull(invalid(EVENT, "{'type':'pong','\\ud83d':1}").field());
    }

    @Test
    void surrogatePair_isLetIn() {
        Inbound.Request request = request(
                EVENT, "{'type':'message:send','data':{'receiverId':1,'content':'\\ud83d\\ude00\ud83d\ude00'}}");

        assertEquals("\ud83d\ude00\ud83d\ude00", request.body().path("content").textValue());
    }

    @Test
    void number_ofBoundedLengthAndSize() {
        String frame = "{'type':'pong','x':%s}";

        request(EVENT, frame.formatted("1".repeat(100)));
        request(EVENT, frame.formatted("0." + "1".repeat(90)));
        request(EVENT, frame.formatted("1e308"));
        assertNull(invalid(EVENT, frame.formatted("1".repeat(101))).field());
        assertNull(invalid(EVENT, frame.formatted("1".repeat(100_000))).field());
        assertEquals(
                "x must be a smaller number",
                invalid(EVENT, frame.formatted("1e309")).message());
        assertEquals(
                "x must be a smaller number",
                invalid(EVENT, frame.formatted("-1e999999999")).message());
    }

    /** What one message may cost in memory does not depend on how long a host lets messages be. */
    @Test
    void values_upTo100000AreLetIn() {
        String frame = "{\"type\":\"pong\",\"x\":[%s1]}";

        assertInstanceOf(Inbound.Request.class, EVENT.decode(frame.formatted("1,".repeat(99_997))));
        assertEquals(
                new Inbound.Invalid(null, "The message must have at most 100000 values", null),
                EVENT.decode(frame.formatted("1,".repeat(99_998))));
    }

    static Stream<String> tenMegabytes() {
        int size = 10_000_000;
        return Stream.of(
                "{\"type\":\"pong\",\"x\":\"" + "a".repeat(size) + "\"}",
                "{\"type\":\"" + "a".repeat(size) + "\"}",
                "{\"" + "a".repeat(size) + "\":1}",
                "{\"type\":\"pong\",\"x\":[" + "1,".repeat(size / 2) + "1]}",
                "{\"type\":\"pong\",\"x\":[" + "{},".repeat(size / 3) + "1]}",
                "{\"type\":\"pong\",\"x\":" + "9".repeat(size) + "}",
                "{\"type\":\"pong\",\"x\":0." + "9".repeat(size) + "}",
                " ".repeat(size) + "{\"type\":\"pong\"}",
                "[".repeat(size),
                "\"" + "\\ud83d".repeat(size / 6) + "\"",
                "{\"type\":\"message:send\",\"data\":{\"receiverId\":1,\"content\":\"" + "a".repeat(size) + "\"}}",
                "{\"type\":\"pong\",\"id\":\"" + "a".repeat(size) + "\"}");
    }

    /** Ten allocated bytes a character are the text itself a few times over; a tree of it would be a hundred. */
    @ParameterizedTest
    @MethodSource("tenMegabytes")
    void tenMegabytes_costNoMoreThanAFewCopies(String text) {
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        Inbound inbound = EVENT.decode(text);
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;

        assertTrue(allocated <= 10L * text.length(), () -> allocated + " bytes for " + text.length());
        if (inbound instanceof Inbound.Invalid invalid) {
            assertTrue(invalid.message().length() <= 256);
        }
    }

    // Type.

    @Test
    void type_mustBeKnownText() {
        assertEquals(new Inbound.Invalid("type", "type is required", null), invalid(EVENT, "{}"));
        assertEquals(new Inbound.Invalid("type", "type is required", "7"), invalid(EVENT, "{'id':7,'type':null}"));
        assertEquals(new Inbound.Invalid("type", "type must be text", null), invalid(EVENT, "{'type':1}"));
        assertEquals(new Inbound.Invalid("type", "type must be text", null), invalid(EVENT, "{'type':{'a':1}}"));
        assertEquals(
                new Inbound.Invalid("type", "type is not known: message:yell", "c-1"),
                invalid(EVENT, "{'type':'message:yell','id':'c-1'}"));
        assertEquals(
                new Inbound.Invalid("type", "type is not known: ping", null), invalid(ENVELOPE, "{'type':'ping'}"));
        // What only the server says is no word of clients.
        assertEquals("type", invalid(EVENT, "{'type':'message:new','data':{}}").field());
        assertEquals(
                "type",
                invalid(ENVELOPE, "{'type':'NEW_NOTIFICATION','payload':{}}").field());
    }

    @Test
    void unknownType_isRepeatedWithin64Characters_withoutControlCharacters() {
        assertEquals(
                "type is not known: " + "a".repeat(64),
                invalid(EVENT, "{'type':'" + "a".repeat(500) + "'}").message());
        assertEquals(
                "type is not known: ab INFO c",
                invalid(EVENT, "{'type':'a\\nb\\r INFO\\u0000 \\u001b\\u2028\\u202ec'}")
                        .message());
        String faces =
                invalid(EVENT, "{'type':'x" + "\ud83d\ude00".repeat(64) + "'}").message();
        assertEquals("type is not known: x" + "\ud83d\ude00".repeat(31), faces);
        assertEquals(
                "type is not known: ",
                invalid(EVENT, "{'type':'" + "\\u0001".repeat(5_000) + "a'}").message());
    }

    @Test
    void fieldNamesOfClients_areRepeatedWithin64Characters() {
        String name = "n".repeat(500);
        Inbound.Invalid invalid = invalid(EVENT, "{'a\\n':{'%s':1,'%s':2}}".formatted(name, name));

        assertEquals("a." + "n".repeat(62), invalid.field());
        assertTrue(invalid.message().length() < 100);
    }

    // Request ids.

    @Tag("R21")
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'c-1' | c-1",
                "'7' | 7",
                "7 | 7",
                "0 | 0",
                "-3 | -3",
                "9007199254740993 | 9007199254740993",
                "'\u00e9 x' | \u00e9 x"
            })
    void requestId_isTextOrAnInteger(String json, String id) {
        assertEquals(
                id, request(EVENT, "{'type':'pong','id':%s}".formatted(json)).requestId());
        assertEquals(
                id,
                request(ENVELOPE, "{'type':'PING','messageId':%s}".formatted(json))
                        .requestId());
        // A frame that is wrong for another reason is answered with its id.
        assertEquals(
                id, invalid(EVENT, "{'type':'ack','id':%s}".formatted(json)).requestId());
    }

    @ParameterizedTest
    @ValueSource(strings = {"''", "1.5", "true", "[]", "{}", "['c']", "'a\\nb'", "1e2"})
    void requestId_ofAnotherType_isRefused(String json) {
        assertEquals(
                new Inbound.Invalid("id", "id must be text of 1 to 128 characters, or an integer", null),
                invalid(EVENT, "{'type':'pong','id':%s}".formatted(json)));
        assertEquals(
                new Inbound.Invalid("messageId", "messageId must be text of 1 to 128 characters, or an integer", null),
                invalid(ENVELOPE, "{'type':'PING','messageId':%s}".formatted(json)));
    }

    @Test
    void requestId_upTo128Characters() {
        String frame = "{'type':'pong','id':'%s'}";

        assertNotNull(request(EVENT, frame.formatted("a".repeat(128))).requestId());
        assertEquals("id", invalid(EVENT, frame.formatted("a".repeat(129))).field());
        assertNull(request(EVENT, "{'type':'pong','id':null}").requestId());
        assertNull(request(EVENT, "{'type':'pong'}").requestId());
        // The other dialect's name for it is no id.
        assertNull(request(EVENT, "{'type':'pong','messageId':5}").requestId());
    }

    // The rest of the frame.

    @Tag("R11")
    @ParameterizedTest
    @ValueSource(strings = {"1702454400000", "null", "'2024'", "-1", "1.5", "1e300", "{}", "[1]", "true"})
    void timestamp_isNeitherNeededNorTrusted(String json) {
        assertEquals(
                Kinds.PING.name(),
                request(ENVELOPE, "{'type':'PING','timestamp':%s}".formatted(json))
                        .kind());
        assertEquals(
                Kinds.PONG.name(),
                request(EVENT, "{'type':'pong','timestamp':%s}".formatted(json)).kind());
    }

    @Test
    void bodyWithoutFields_mayBeAbsent() {
        for (String payload : new String[] {"", ",'payload':null", ",'payload':{}", ",'payload':{'timestamp':'x'}"}) {
            assertTrue(
                    request(ENVELOPE, "{'type':'PING'" + payload + "}").body().isEmpty());
        }
        assertEquals(
                "payload", invalid(ENVELOPE, "{'type':'PING','payload':[]}").field());
        // An event pong has no data to hold fields: there it is a member like any unknown one.
        request(EVENT, "{'type':'pong','data':5}");
        Kind allOptional = Kind.of("k", Field.of("note", FieldType.TEXT).optional());
        EventDialect host = EventDialect.builder().inbound(allOptional, "k").build();
        assertTrue(request(host, "{'type':'k'}").body().isEmpty());
    }

    @Test
    void unknownFields_areIgnored_andDoNotReachTheBody() {
        Inbound.Request request = request(
                EVENT,
                "{'v':2,'type':'ack','payload':[],'data':{'messageId':'m','extra':{'a':[1]},'more':null},'error':1}");

        assertEquals("{\"messageId\":\"m\"}", request.body().toString());
    }

    @Test
    void ids_areCanonical_whicheverWayTheyAreWritten() {
        Inbound.Request request = request(
                EVENT, "{'type':'message:mark_seen','data':{'conversationWith':'123','messageIds':['1',2,'b','01']}}");

        assertEquals(
                "{\"conversationWith\":123,\"messageIds\":[1,2,\"b\",\"01\"]}",
                request.body().toString());
    }

    // What publishers write.

    @Tag("R71")
    @Test
    void foreignFrame_thatDoesNotHold_isUnreadable_byName() {
        assertEquals(new Outbound.Unreadable(null, "The message must be valid JSON"), unreadable(EVENT, "{'type'"));
        assertEquals(
                "type",
                unreadable(EVENT, "{'type':'ack','data':{'messageId':'m'}}").field());
        assertEquals("type", unreadable(EVENT, "{'type':5}").field());
        assertEquals(
                new Outbound.Unreadable("data.count", "data.count must be an integer from 0 to 9007199254740991"),
                unreadable(EVENT, "{'type':'message:unread_count','data':{'count':-1}}"));
        assertEquals(
                "payload",
                unreadable(ENVELOPE, "{'type':'NEW_NOTIFICATION','messageId':'m'}")
                        .field());
        assertEquals(
                "payload.type",
                unreadable(ENVELOPE, "{'type':'NEW_NOTIFICATION','payload':{'id':1,'createdAt':1,'type':'LOUD'}}")
                        .field());
        assertEquals(
                "messageId",
                unreadable(ENVELOPE, "{'type':'PONG','messageId':[]}").field());
        assertInstanceOf(Outbound.Unreadable.class, EVENT.read("[".repeat(100_000)));
    }

    @Tag("R71")
    @Test
    void foreignFrame_withAStrangeTimestamp_isOneWithoutATime() {
        Outbound.Read read = Frames.read(ENVELOPE, "{'type':'PONG','timestamp':'soon','messageId':12}");

        assertEquals(0, read.message().at());
        assertEquals("12", read.messageId());
    }

    // Anything at all.

    @Test
    void garbage_neverThrows() {
        Random random = new Random(7);
        String[] seeds = {
            "{\"type\":\"message:send\",\"id\":\"c-1\",\"data\":{\"receiverId\":789,\"content\":\"H\\u00e9llo\"}}",
            "{\"type\":\"SUBSCRIBE\",\"payload\":{\"categories\":[\"TASK\",\"CRM\"]},\"timestamp\":1702454400000}",
            "{\"type\":\"notification:unseen_count\",\"data\":{\"count\":5,\"byCategory\":{\"A\":1e5}}}"
        };
        for (int i = 0; i < 5_000; i++) {
            StringBuilder text = new StringBuilder(seeds[i % seeds.length]);
            for (int edits = random.nextInt(4); edits >= 0; edits--) {
                int at = random.nextInt(text.length());
                switch (random.nextInt(4)) {
                    case 0 -> text.setLength(Math.max(1, at));
                    case 1 -> text.setCharAt(at, (char) random.nextInt(0x10000));
                    case 2 -> text.setCharAt(at, "{}[]\",:\\0-e.tfn".charAt(random.nextInt(15)));
                    default -> text.insert(at, text.substring(random.nextInt(text.length())));
                }
            }
            assertNotNull(EVENT.decode(text.toString()));
            assertNotNull(ENVELOPE.decode(text.toString()));
            assertNotNull(EVENT.read(text.toString()));
        }
    }
}
