package io.tidings.dialect;

import static io.tidings.dialect.Frames.assertJson;
import static io.tidings.dialect.Frames.encoded;
import static io.tidings.dialect.Frames.invalid;
import static io.tidings.dialect.Frames.message;
import static io.tidings.dialect.Frames.read;
import static io.tidings.dialect.Frames.request;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tidings.message.Field;
import io.tidings.message.FieldType;
import io.tidings.message.Kind;
import io.tidings.message.Kinds;
import io.tidings.message.Message;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A host's own kinds, in and out. */
@Tag("R23")
class DialectBuilderTest {

    private static final Kind ORDER_SHIPPED =
            Kind.of("order.shipped", Field.of("orderId", FieldType.ID), Field.of("at", FieldType.TIME));
    private static final Kind CANCEL_ORDER = Kind.of("order.cancel", Field.of("orderId", FieldType.ID));

    private static final String SHIPPED = "{'orderId':5,'at':1705314600000}";

    /** The example of the builder's Javadoc. */
    private static EventDialect event() {
        return EventDialect.builder()
                .outbound(ORDER_SHIPPED, "order:shipped", Map.of("at", "shippedAt"))
                .inbound(CANCEL_ORDER, "order:cancel")
                .build();
    }

    @Test
    void hostsKind_isSaidInTheDialectsFrame_withItsId() {
        assertJson(
                "{'type':'order:shipped','data':{'orderId':5,'shippedAt':'2024-01-15T10:30:00Z'},"
                        + "'id':'p00000000010000000009'}",
                encoded(event(), message(ORDER_SHIPPED, SHIPPED)));
        assertJson(
                "{'type':'SHIPPED','payload':{'orderId':5,'at':1705314600000},"
                        + "'timestamp':1702454400000,'messageId':'p00000000010000000009'}",
                encoded(
                        EnvelopeDialect.builder()
                                .outbound(ORDER_SHIPPED, "SHIPPED")
                                .build(),
                        message(ORDER_SHIPPED, SHIPPED)));
    }

    @Test
    void hostsKind_isReadBack() {
        Message original = message(ORDER_SHIPPED, SHIPPED);

        Message read = read(event(), encoded(event(), original)).message();

        assertEquals(original.kind(), read.kind());
        assertJson(original.body(), read.body());
    }

    @Test
    void hostsRequest_isDecodedAndChecked() {
        Inbound.Request request = request(event(), "{'type':'order:cancel','id':1,'data':{'orderId':'5','x':1}}");

        assertEquals("order.cancel", request.kind());
        assertEquals("{\"orderId\":5}", request.body().toString());
        assertEquals(
                new Inbound.Invalid("data.orderId", "data.orderId is required", null),
                invalid(event(), "{'type':'order:cancel','data':{}}"));
    }

    @Test
    void protocolsWords_stayAsTheyAre_andTheStandardDialectKnowsNoneOfTheHosts() {
        Message chat = message(Kinds.UNREAD_COUNT, "{'count':1}");

        assertEquals(encoded(EventDialect.standard(), chat), encoded(event(), chat));
        assertTrue(
                EventDialect.standard().encode(message(ORDER_SHIPPED, SHIPPED)).isEmpty());
        assertEquals(
                "type",
                invalid(new EventDialect(), "{'type':'order:cancel','data':{'orderId':1}}")
                        .field());
        assertSame(EventDialect.standard(), EventDialect.standard());
        assertSame(EnvelopeDialect.standard(), EnvelopeDialect.standard());
        assertEquals(encoded(new EnvelopeDialect(), chat), encoded(EnvelopeDialect.standard(), chat));
    }

    @Test
    void kindOfTheProtocolWithoutAWord_mayGetOne() {
        EnvelopeDialect pings =
                EnvelopeDialect.builder().outbound(Kinds.PING, "PING").build();

        assertTrue(pings.encode(message(Kinds.PING, "{}")).isPresent());
    }

    @Test
    void oneRequest_mayHaveTwoWords() {
        EventDialect both =
                EventDialect.builder().inbound(Kinds.SEND_MESSAGE, "chat:send").build();

        String body = "'data':{'receiverId':1,'content':'x'}}";
        assertEquals(request(both, "{'type':'message:send'," + body), request(both, "{'type':'chat:send'," + body));
    }

    @Test
    void everyProblem_isToldAtOnce() {
        Map<String, String> renames = new TreeMap<>(Map.of("nope", "x", "orderId", "at"));
        DialectBuilder<EventDialect> builder = EventDialect.builder()
                .outbound(Kinds.MESSAGE_NEW, "chat:new")
                .outbound(CANCEL_ORDER, "message:new")
                .outbound(ORDER_SHIPPED, "order:shipped", renames)
                .outbound(Kind.of("empty"), "")
                .inbound(CANCEL_ORDER, "ack");

        String problems =
                assertThrows(IllegalArgumentException.class, builder::build).getMessage();

        assertEquals(
                String.join(
                        "; ",
                        "outbound kind order.shipped would say two fields as at",
                        "outbound kind order.shipped has no field nope",
                        "outbound kind message.new has a word already, message:new, and cannot have chat:new",
                        "outbound word message:new says kind message.new already and cannot say order.cancel",
                        "outbound word of kind empty must not be empty",
                        "inbound word ack says kind ack already and cannot say order.cancel"),
                problems);
    }
}
