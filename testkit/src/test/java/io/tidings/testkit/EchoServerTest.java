package io.tidings.testkit;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Holds the tests' server against the JDK's client, so that it is no mirror of our own. */
@Tag("R101")
class EchoServerTest {
    private final BlockingQueue<String> events = new LinkedBlockingQueue<>();

    private final WebSocket.Listener listener = new WebSocket.Listener() {
        private final StringBuilder text = new StringBuilder();

        @Override
        public CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
            text.append(data);
            if (last) {
                events.add("text " + text);
                text.setLength(0);
            }
            socket.request(1);
            return null;
        }

        @Override
        public CompletionStage<?> onPong(WebSocket socket, ByteBuffer message) {
            events.add("pong " + message.remaining());
            socket.request(1);
            return null;
        }

        @Override
        public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
            events.add("close " + code + ' ' + reason);
            return null;
        }
    };

    @Test
    void theJdksClient_isEchoedAndClosed() throws Exception {
        try (EchoServer server = EchoServer.echoing()) {
            WebSocket client = HttpClient.newHttpClient()
                    .newWebSocketBuilder()
                    .subprotocols("tidings.v1", "other")
                    .buildAsync(server.uri("/ws"), listener)
                    .get(5, SECONDS);
            assertEquals("tidings.v1", client.getSubprotocol());
            String longText = "ä".repeat(40_000);

            client.sendText("grüß", false).get(5, SECONDS);
            client.sendText(" dich", true).get(5, SECONDS);
            client.sendText("x".repeat(200), true).get(5, SECONDS);
            client.sendText(longText, true).get(5, SECONDS);
            client.sendPing(ByteBuffer.wrap(new byte[7])).get(5, SECONDS);
            client.sendClose(4321, "enough").get(5, SECONDS);

            assertEquals("text grüß dich", events.poll(5, SECONDS));
            assertEquals("text " + "x".repeat(200), events.poll(5, SECONDS));
            assertEquals("text " + longText, events.poll(5, SECONDS));
            assertEquals("pong 7", events.poll(5, SECONDS));
            assertEquals("close 4321 enough", events.poll(5, SECONDS));
        }
    }
}
