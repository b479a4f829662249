package io.tidings.testkit;

import io.tidings.dialect.Dialect;
import io.tidings.dialect.EnvelopeDialect;
import java.util.List;

class EnvelopeDialectContractTest extends DialectContract {

    @Override
    protected Dialect dialect() {
        return EnvelopeDialect.standard();
    }

    @Override
    protected List<String> requests() {
        return List.of(
                "{\"type\":\"SEND_MESSAGE\",\"payload\":{\"receiverId\":789,\"content\":\"Hello\"},"
                        + "\"timestamp\":1702454400000,\"messageId\":\"c-1\"}",
                "{\"type\":\"SUBSCRIBE\",\"payload\":{\"categories\":[\"TASK\",\"CRM\"]},\"timestamp\":1702454400000}",
                "{\"type\":\"ACK\",\"payload\":{\"messageId\":\"msg-uuid-123\"}}",
                "{\"type\":\"PING\"}");
    }
}
