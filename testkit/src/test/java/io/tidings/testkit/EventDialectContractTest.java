package io.tidings.testkit;

import io.tidings.dialect.Dialect;
import io.tidings.dialect.EventDialect;
import io.tidings.message.Field;
import io.tidings.message.FieldType;
import io.tidings.message.Kind;
import io.tidings.message.Message;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/** With a host's own words beside the protocol's. */
class EventDialectContractTest extends DialectContract {

    private static final Kind SHIPPED =
            Kind.of("order.shipped", Field.of("orderId", FieldType.ID), Field.of("at", FieldType.TIME));
    private static final Kind CANCEL = Kind.of("order.cancel", Field.of("orderId", FieldType.ID));

    @Override
    protected Dialect dialect() {
        return EventDialect.builder()
                .outbound(SHIPPED, "order:shipped", Map.of("at", "shippedAt"))
                .inbound(CANCEL, "order:cancel")
                .build();
    }

    @Override
    protected List<String> requests() {
        return List.of(
                "{\"type\":\"message:send\",\"id\":\"c-1\",\"data\":{\"receiverId\":789,\"content\":\"Hello\"}}",
                "{\"type\":\"message:mark_seen\",\"data\":{\"conversationWith\":123,\"messageIds\":[456,\"b\"]}}",
                "{\"type\":\"category:subscribe\",\"id\":7,\"data\":{\"categories\":[\"SOCIAL\"]}}",
                "{\"type\":\"pong\",\"timestamp\":\"2024-01-15T10:30:05Z\"}",
                "{\"type\":\"order:cancel\",\"data\":{\"orderId\":5}}");
    }

    @Override
    protected List<Message> messages() {
        return List.of(
                Message.of(SHIPPED).set("orderId", 5).set("at", Instant.EPOCH).build());
    }
}
