package io.tidings;

import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.tidings.auth.Authentication;
import io.tidings.auth.JwtAuthenticator;
import io.tidings.auth.TokenSource;
import io.tidings.dialect.EnvelopeDialect;
import io.tidings.dialect.EventDialect;
import io.tidings.http.TrustedProxies;
import io.tidings.policy.HandshakeLimits;
import io.tidings.spi.Handshake;
import io.tidings.testkit.ManualTime;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;

/**
 * Whatever a handshake asks for and whatever is said behind it, the hub answers, throws nothing, and is empty when the
 * connection has ended.
 */
@Tag("R2")
@Tag("R8")
@Tag("R35")
class HandshakeFuzz {

    private static final byte[] SECRET = "a secret of thirty-two bytes or so".getBytes(StandardCharsets.UTF_8);
    private static final Set<Integer> STATUSES = Set.of(Handshake.UPGRADE, 401, 403, 429, 503);

    /** Lines: the endpoint's path and the query; headers; an empty one; and what is said. */
    @FuzzTest(maxDuration = "60s")
    void handshake(byte[] bytes) {
        List<String> lines = Arrays.asList(DecoderFuzz.text(bytes).split("\n", -1));
        int end = lines.indexOf("");
        List<String> head = lines.subList(0, end < 0 ? lines.size() : end);
        List<String> said = end < 0 ? List.of() : lines.subList(end + 1, lines.size());
        String first = head.isEmpty() ? "" : head.get(0);
        boolean envelope = first.startsWith("n");
        Map<String, String> headers = new HashMap<>();
        List<String> subprotocols = new ArrayList<>();
        for (String line : head.isEmpty() ? head : head.subList(1, head.size())) {
            int colon = Math.max(0, line.indexOf(':'));
            String name = line.substring(0, colon).toLowerCase(Locale.ROOT);
            String value = line.substring(Math.min(line.length(), colon + 1)).trim();
            headers.merge(name, value, (a, b) -> a + "\n" + b);
            if (name.equals("sec-websocket-protocol")) {
                subprotocols.addAll(Arrays.asList(value.split(" *, *")));
            }
        }
        ManualTime time = new ManualTime();
        try (HubFixture fixture = fixture(time)) {
            Handshake handshake = fixture.handshake(
                    envelope ? HubFixture.ENVELOPE : HubFixture.EVENT,
                    first.substring(first.indexOf('?') + 1),
                    headers,
                    subprotocols);
            assertTrue(STATUSES.contains(handshake.immediate()));
            handshake
                    .decision()
                    .toCompletableFuture()
                    .orTimeout(60, TimeUnit.SECONDS)
                    .join();
            if (handshake.immediate() != Handshake.UPGRADE) {
                handshake.abandon();
                return;
            }
            handshake.subprotocol().ifPresent(chosen -> assertNotEquals("", chosen));
            TestConnection connection = new TestConnection(time, envelope);
            connection.opened(handshake);
            time.runUntilQuiet();
            for (String text : said) {
                connection.say(text);
            }
            connection.cut();
            fixture.assertEmpty();
        }
    }

    @FuzzTest(maxDuration = "60s")
    void token(byte[] bytes) {
        JwtAuthenticator authenticator =
                JwtAuthenticator.withSecret(SECRET).executor(Runnable::run).build();
        Authentication answer = authenticator
                .authenticate(DecoderFuzz.text(bytes))
                .toCompletableFuture()
                .orTimeout(60, TimeUnit.SECONDS)
                .join();
        if (answer instanceof Authentication.Accepted) {
            fail("nobody signed this");
        }
    }

    private static HubFixture fixture(ManualTime time) {
        return new HubFixture(
                time,
                Endpoint.of(HubFixture.EVENT, EventDialect.standard())
                        .withTokenSources(EnumSet.allOf(TokenSource.class)),
                Endpoint.of(HubFixture.ENVELOPE, EnvelopeDialect.standard())
                        .withTokenSources(EnumSet.allOf(TokenSource.class)),
                builder -> builder.handshakeLimits(HandshakeLimits.STANDARD)
                        .trustedProxies(TrustedProxies.of(List.of("192.168.0.0/16"))));
    }
}
