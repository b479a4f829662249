package io.tidings.transport.jakarta;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tidings.Endpoint;
import io.tidings.Hub;
import io.tidings.auth.JwtAuthenticator;
import io.tidings.dialect.EventDialect;
import io.tidings.policy.Heartbeat;
import io.tidings.policy.HeartbeatPolicy;
import io.tidings.spi.Transport;
import io.tidings.testkit.ManualTime;
import io.tidings.testkit.RawWebSocketClient;
import io.tidings.testkit.Received;
import io.tidings.testkit.UpgradeRequest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Signed tokens that end while their connections are open, on real sockets in the test's own time. */
@Tag("R5")
class TokenLifeTest {

    enum Container {
        TYRUS(TyrusTransport::new),
        UNDERTOW(UndertowTransport::new),
        TOMCAT(TomcatTransport::new),
        JETTY(JettyTransport::new);

        private final Function<TransportOptions, Transport> transport;

        Container(Function<TransportOptions, Transport> transport) {
            this.transport = transport;
        }
    }

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String PATH = "/ws";

    private final ManualTime time = new ManualTime();
    private final WalkTokens tokens = new WalkTokens(ManualTime.START, "ours");

    /** A connection whose token has two minutes. */
    private void onTwoMinutes(Container container, Consumer<Talk> scene) throws IOException {
        EventDialect dialect = EventDialect.standard();
        Heartbeat daily = new Heartbeat(
                HeartbeatPolicy.Probe.PROTOCOL, Duration.ofDays(1), Duration.ofSeconds(10), Heartbeat.Since.PROBE);
        Hub hub = Hub.builder()
                .endpoint(Endpoint.of(PATH, dialect)
                        .withPolicy(dialect.policy().withHeartbeat(daily).withIdle(Duration.ZERO)))
                .authenticator(JwtAuthenticator.withJwkSet(tokens.jwks())
                        .issuer(WalkTokens.ISSUER)
                        .audience(WalkTokens.AUDIENCE)
                        .ticker(time)
                        .build())
                .ticker(time)
                .scheduler(time)
                .build();
        try (Transport transport = container.transport.apply(TransportOptions.defaults())) {
            InetSocketAddress address = transport.start(hub.acceptor());
            try (RawWebSocketClient client = RawWebSocketClient.to(
                            UpgradeRequest.to("127.0.0.1", address.getPort(), PATH)
                                    .bearer(tokens.good("1", 120)))
                    .connect()) {
                Talk talk = new Talk(client);
                talk.assertNext("\"connected\"");
                talk.assertNext("\"delivery:live\"");
                scene.accept(talk);
            }
        } finally {
            hub.close();
        }
    }

    @ParameterizedTest
    @EnumSource
    void token_isWarnedOf_30SecondsBefore_andEndsItsConnection_30SecondsAfter(Container container) throws IOException {
        onTwoMinutes(container, talk -> {
            talk.pass(87);
            talk.assertQuiet();
            talk.pass(6);
            talk.assertNext("\"auth:expiring\"");
            talk.pass(54);
            talk.assertQuiet();
            talk.pass(6);
            talk.assertClosed(4004);
        });
    }

    @ParameterizedTest
    @EnumSource
    void token_renewed_endsWithTheNewOne(Container container) throws IOException {
        onTwoMinutes(container, talk -> {
            talk.pass(93);
            talk.assertNext("\"auth:expiring\"");
            talk.refresh(tokens.good("1", 300));
            talk.assertNext("\"auth:refreshed\"", "2025-01-01T00:05:00Z");
            talk.assertNext("\"result\"");
            talk.pass(165);
            talk.assertQuiet();
            talk.pass(15);
            talk.assertNext("\"auth:expiring\"");
            talk.pass(60);
            talk.assertClosed(4004);
        });
    }

    @ParameterizedTest
    @EnumSource
    void token_notRenewed_byAnothersOrABadOne(Container container) throws IOException {
        onTwoMinutes(container, talk -> {
            talk.refresh(tokens.good("2", 600));
            talk.assertNext("\"error\"", "\"FORBIDDEN\"");
            tokens.bad().forEach((what, bad) -> {
                if (!what.equals(WalkTokens.HUGE)) {
                    talk.refresh(bad);
                    talk.assertNext("\"error\"", "\"UNAUTHORIZED\"");
                }
            });
            talk.pass(93);
            talk.assertNext("\"auth:expiring\"");
            talk.pass(60);
            talk.assertClosed(4004);
        });
    }

    /** What is said to a client, in the order in which it comes; the answers that end what it hears apart. */
    private final class Talk {
        private final RawWebSocketClient client;
        private final Deque<String> texts = new ArrayDeque<>();
        private int closed;
        private int requests;

        Talk(RawWebSocketClient client) {
            this.client = client;
        }

        /**
         * Lets time pass in steps of 3 s. In each the hub writes an answer, which it does only when all earlier writes are done: so
         * no write is ever older than a step, however long a thread of the host's must wait for its turn, and none is taken for
         * stuck.
         */
        void pass(int seconds) {
            for (int passed = 0; passed < seconds && closed == 0; passed += 3) {
                time.advance(Duration.ofSeconds(3));
                hear();
            }
        }

        /** All that was said before the answer to a request that changes nothing. */
        private void hear() {
            String id = "heard" + requests++;
            try {
                client.sendText("{\"type\":\"category:unsubscribe\",\"id\":\"" + id
                        + "\",\"data\":{\"categories\":[\"NONE\"]}}");
            } catch (UncheckedIOException ended) {
                // what was said before is there all the same
            }
            while (true) {
                Received next = client.next(PATIENCE);
                if (next instanceof Received.Text text) {
                    if (text.text().contains('"' + id + '"')) {
                        return;
                    }
                    texts.add(text.text());
                } else if (!(next instanceof Received.Ping)) {
                    closed = next instanceof Received.Close close ? close.code() : Received.Close.NO_CODE;
                    return;
                }
            }
        }

        void refresh(String token) {
            client.sendText("{\"type\":\"auth:refresh\",\"id\":\"r" + requests++ + "\",\"data\":{\"token\":\"" + token
                    + "\"}}");
        }

        void assertNext(String... pieces) {
            assertFalse(texts.isEmpty() && closed != 0, () -> "closed with " + closed);
            String said = texts.isEmpty() ? client.nextText(PATIENCE) : texts.remove();
            for (String piece : pieces) {
                assertTrue(said.contains(piece), said);
            }
        }

        void assertQuiet() {
            hear();
            assertEquals(List.of(), List.copyOf(texts));
            assertEquals(0, closed);
        }

        void assertClosed(int code) {
            assertEquals(List.of(), List.copyOf(texts));
            assertEquals(code, closed == 0 ? client.expectClose(PATIENCE).code() : closed);
        }
    }
}
