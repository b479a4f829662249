package io.tidings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tidings.dialect.EnvelopeDialect;
import io.tidings.testkit.LineDialect;
import io.tidings.testkit.RecordedFrame;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A hub serves a dialect that it has never heard of, beside one that it knows. */
@Tag("R23")
class ThirdDialectTest {

    private static final String LINES = "/lines";

    @Test
    void unknownDialect_isServedLikeTheOthers() {
        try (HubFixture fixture = new HubFixture(
                Endpoint.of(LINES, new LineDialect()),
                Endpoint.of(HubFixture.ENVELOPE, EnvelopeDialect.standard()),
                builder -> builder)) {
            TestConnection lines = fixture.open(LINES, "token=123");
            TestConnection envelope = fixture.envelope("123");
            List<String> hello =
                    lines.wire.takeFrames().stream().map(RecordedFrame::text).toList();
            assertEquals(2, hello.size());
            assertTrue(hello.get(0).startsWith("connected {\"userId\":123,"), hello.get(0));
            assertTrue(hello.get(1).startsWith("delivery.live {"), hello.get(1));

            SendResult.Accepted sent = assertInstanceOf(SendResult.Accepted.class, fixture.send("123", 1));
            String line = lines.wire.takeFrame().text();
            assertTrue(line.startsWith("message.new {\"id\":1,"), line);
            assertTrue(line.endsWith("} " + sent.id()), line);
            assertEquals(
                    sent.id().toString(),
                    envelope.take("NEW_MESSAGE").at("/messageId").asText());

            lines.say("ack {\"messageId\":\"" + sent.id() + "\"}");
            lines.say("ack {\"messageId\":5} a-2");
            String wrong = lines.wire.takeFrame().text();
            assertTrue(wrong.startsWith("error {\"code\":\"INVALID_MESSAGE\""), wrong);
            assertTrue(wrong.contains("\"message\":\"body.messageId must be text\""), wrong);
            assertTrue(wrong.contains("\"id\":\"a-2\""), wrong);
            lines.say("message.send {\"receiverId\":124,\"content\":\"Hi\"} a-3");
            String refused = lines.wire.takeFrame().text();
            assertTrue(refused.contains("\"id\":\"a-3\""), refused);
            lines.wire.assertExhausted();
            envelope.wire.assertExhausted();
        }
    }
}
