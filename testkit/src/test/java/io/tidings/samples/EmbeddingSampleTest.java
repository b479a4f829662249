package io.tidings.samples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tidings.Hub;
import io.tidings.auth.TokenIssuer;
import io.tidings.message.UserKey;
import io.tidings.spi.Handshake;
import io.tidings.spi.HandshakeRequest;
import io.tidings.spi.TransportListener;
import io.tidings.testkit.RecordedFrame;
import io.tidings.testkit.RecordingConnection;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The samples do what the guide says of them. */
@Tag("R103")
class EmbeddingSampleTest {

    private static final Path GUIDE = Path.of("..", "docs", "embedding.md");
    private static final Path SAMPLE =
            Path.of("src", "test", "java", "io", "tidings", "samples", "EmbeddingSample.java");
    private static final String MARK = "<!-- EmbeddingSample -->";

    private final TokenIssuer issuer = TokenIssuer.withRandomSecret();

    /** A client that says text frames and whose frames are recorded. */
    private record Client(RecordingConnection wire, TransportListener says) {

        RecordedFrame say(String text, String answer) {
            says.text(text, true);
            return wire.takeFrame(answer);
        }
    }

    private record Asked(String path, String query) implements HandshakeRequest {
        @Override
        public Optional<String> header(String name) {
            return Optional.empty();
        }

        @Override
        public List<String> subprotocols() {
            return List.of();
        }

        @Override
        public String remoteAddress() {
            return "127.0.0.1";
        }
    }

    private Client connect(Hub hub, UserKey user) {
        Handshake handshake =
                hub.acceptor().begin(new Asked("/api/v1/ws", "token=" + issuer.issue(user, Duration.ofHours(1))));
        assertEquals(Handshake.UPGRADE, handshake.immediate());
        RecordingConnection wire = new RecordingConnection();
        Client client = new Client(wire, handshake.open(wire));
        wire.takeFrame("connected");
        wire.takeFrame("delivery:live");
        return client;
    }

    @Test
    void chat_isSentOncePerRequest_andReachesTheReceiver() {
        try (Hub hub = EmbeddingSample.hub(issuer.authenticator().build())) {
            Client ann = connect(hub, UserKey.of(1));
            Client bob = connect(hub, UserKey.of(2));
            String request =
                    "{\"type\":\"message:send\",\"id\":\"c-1\",\"data\":{\"receiverId\":2,\"content\":\"Hello\"}}";
            RecordedFrame result = ann.say(request, "result");
            RecordedFrame message = bob.wire().takeFrame("message:new");
            assertEquals("Hello", message.at("/data/content").asText());
            assertEquals(1, message.at("/data/senderId").asInt());
            assertEquals(message.at("/id"), result.at("/data/messageId"));
            assertEquals(result.at("/data"), ann.say(request, "result").at("/data"), "a repeat");
            bob.wire().assertExhausted();
        }
    }

    @Test
    void ownKinds_areSaidAndTaken() throws Exception {
        try (Hub hub = EmbeddingSample.hub(issuer.authenticator().build())) {
            UserKey ann = UserKey.of(1);
            Client client = connect(hub, ann);
            assertTrue(
                    EmbeddingSample.shipped(hub, ann, 77).toCompletableFuture().get(10, TimeUnit.SECONDS));
            RecordedFrame shipped = client.wire().takeFrame("order:shipped");
            assertEquals(77, shipped.at("/data/orderId").asInt());
            assertFalse(shipped.at("/data/shippedAt").isMissingNode());
            RecordedFrame refused =
                    client.say("{\"type\":\"order:cancel\",\"id\":\"c-2\",\"data\":{\"orderId\":77}}", "error");
            assertEquals("FORBIDDEN", refused.at("/error/code").asText());
            assertEquals("data.orderId", refused.at("/error/field").asText());
        }
    }

    @Test
    void topics_areForThoseWhoMay() {
        try (Hub hub = EmbeddingSample.hub(issuer.authenticator().build())) {
            Client client = connect(hub, UserKey.of(1));
            RecordedFrame refused = client.say(
                    "{\"type\":\"topic:subscribe\",\"id\":\"a\",\"data\":{\"topics\":[\"user/2\"]}}", "error");
            assertEquals("FORBIDDEN", refused.at("/error/code").asText());
            client.say("{\"type\":\"topic:subscribe\",\"id\":\"b\",\"data\":{\"topics\":[\"video/5\"]}}", "result");
            assertTrue(EmbeddingSample.watched(hub, 5, 3));
            assertEquals(
                    3,
                    client.wire().takeFrame("video:viewers").at("/data/count").asInt());
        }
    }

    @Test
    void loggedOut_closesEveryConnection() {
        try (Hub hub = EmbeddingSample.hub(issuer.authenticator().build())) {
            Client one = connect(hub, UserKey.of(1));
            Client two = connect(hub, UserKey.of(1));
            EmbeddingSample.loggedOut(hub, UserKey.of(1));
            assertEquals("logged out", one.wire().takeClose(4505).reason());
            assertEquals("logged out", two.wire().takeClose(4505).reason());
        }
    }

    @Test
    void everyOptionOfTheGuide_isTaken() {
        EmbeddingSample.tuned(issuer.authenticator().build()).close();
        assertNotNull(EmbeddingSample.sharedSecret("0123456789abcdef0123456789abcdef"));
        assertNotNull(EmbeddingSample.publishedKeys());
    }

    @Test
    void guide_quotesTheSample() throws IOException {
        String sample = stripped(Files.readAllLines(SAMPLE));
        List<String> lines = Files.readAllLines(GUIDE);
        int quotes = 0;
        for (int i = 0; i < lines.size(); i++) {
            if (lines.get(i).equals(MARK)) {
                List<String> quote = new ArrayList<>();
                for (int at = i + 2; !lines.get(at).equals("```"); at++) {
                    quote.add(lines.get(at));
                }
                assertTrue(sample.contains(stripped(quote)), () -> "not in the sample: " + String.join("\n", quote));
                quotes++;
            }
        }
        assertTrue(quotes >= 8, quotes + " quotes");
    }

    /** Indentation is the only difference that there may be. */
    private static String stripped(List<String> lines) {
        return lines.stream().map(String::strip).collect(Collectors.joining("\n"));
    }
}
