package io.tidings.testkit;

import io.tidings.dialect.Dialect;
import java.util.List;

class LineDialectContractTest extends DialectContract {

    @Override
    protected Dialect dialect() {
        return new LineDialect();
    }

    @Override
    protected List<String> requests() {
        return List.of("message.send {\"receiverId\":789,\"content\":\"Hello\"} c-1", "pong {}");
    }
}
