package io.tidings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.tidings.auth.AllowedOrigins;
import io.tidings.auth.Authentication;
import io.tidings.auth.Authenticator;
import io.tidings.auth.TokenSource;
import io.tidings.dialect.EnvelopeDialect;
import io.tidings.dialect.EventDialect;
import io.tidings.policy.DrainPolicy;
import io.tidings.spi.Handshake;
import io.tidings.spi.HubObserver;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** From the handshake to the first frame: tokens, origins, subprotocols, renewal and expiry. */
class HubOpeningTest {

    private HubFixture fixture = new HubFixture();

    @AfterEach
    void nothingIsLeft() {
        fixture.close();
    }

    @Test
    @Tag("R2")
    void token_firstSourcePresentDecides() {
        Map<String, String> header = Map.of("Authorization", "Bearer 1");
        List<String> entries = List.of("tidings.v1", "bearer.3");
        TestConnection byHeader = fixture.open(HubFixture.EVENT, "token=2", header, entries);
        assertEquals(1, byHeader.take("connected").at("/userId").asInt());
        TestConnection byQuery = fixture.open(HubFixture.EVENT, "token=2", Map.of(), entries);
        assertEquals(2, byQuery.take("connected").at("/userId").asInt());
        TestConnection byEntry = fixture.open(HubFixture.EVENT, "", Map.of(), entries);
        assertEquals(3, byEntry.take("connected").at("/userId").asInt());
        TestConnection byFrame = fixture.open(HubFixture.EVENT, "");
        byFrame.wire.assertExhausted();
        byFrame.say("auth", "{\"token\":\"4\"}");
        assertEquals(4, byFrame.take("connected").at("/userId").asInt());
    }

    @Test
    @Tag("R2")
    void token_badInTheFirstSource_isNotMadeGoodByALaterOne() {
        Map<String, String> header = Map.of("Authorization", "Bearer bad");
        TestConnection client = fixture.open(HubFixture.EVENT, "token=2", header, List.of());
        assertRefused(client, "error", "/error/code");
    }

    @Test
    @Tag("R2")
    void token_inASourceThatIsOff_isNotSeen() {
        fixture.close();
        Set<TokenSource> headerOnly = EnumSet.of(TokenSource.HEADER);
        fixture = new HubFixture(
                Endpoint.of(HubFixture.EVENT, EventDialect.standard()).withTokenSources(headerOnly),
                Endpoint.of(HubFixture.ENVELOPE, EnvelopeDialect.standard()),
                builder -> builder);
        TestConnection client = fixture.open(HubFixture.EVENT, "token=2", Map.of(), List.of("tidings.v1", "bearer.3"));
        assertRefused(client, "error", "/error/code");
    }

    @Test
    @Tag("R4")
    void token_bad_isToldInBothDialects_andClosedWith4500() {
        assertRefused(fixture.open(HubFixture.EVENT, "token=bad"), "error", "/error/code");
        assertRefused(fixture.open(HubFixture.ENVELOPE, "token=bad"), "ERROR", "/payload/code");
        assertEquals(0, fixture.hub.stats().unauthenticated());
    }

    @Test
    @Tag("R4")
    void token_missing_waitsTenSeconds_thenCloses() {
        TestConnection client = fixture.open(HubFixture.EVENT, "");
        fixture.time.advance(Duration.ofMillis(9_900));
        client.wire.assertExhausted();
        assertEquals(1, fixture.hub.stats().unauthenticated());
        fixture.time.advance(Duration.ofMillis(1_200));
        assertRefused(client, "error", "/error/code");
        assertEquals(0, fixture.hub.stats().unauthenticated());
    }

    @Test
    @Tag("R4")
    void token_missing_andAnotherFrameFirst_closesAtOnce() {
        TestConnection client = fixture.open(HubFixture.EVENT, "");
        client.say("ack", "{\"messageId\":\"p00000000000000000000\"}");
        assertRefused(client, "error", "/error/code");
        TestConnection invalid = fixture.open(HubFixture.EVENT, "");
        invalid.say("no json");
        assertRefused(invalid, "error", "/error/code");
    }

    @Test
    @Tag("R4")
    void token_bad_isRefusedBeforeTheUpgrade_whenTheHostChose() {
        fixture.close();
        List<Authentication.Reason> reasons = new ArrayList<>();
        fixture = new HubFixture(
                Endpoint.of(HubFixture.EVENT, EventDialect.standard()).refusingBeforeUpgrade(),
                Endpoint.of(HubFixture.ENVELOPE, EnvelopeDialect.standard()),
                builder -> builder.observer(new HubObserver() {
                    @Override
                    public void refused(Authentication.Reason reason) {
                        reasons.add(reason);
                    }
                }));
        assertEquals(401, decision("token=bad"));
        assertEquals(Handshake.UPGRADE, decision("token=1"));
        assertEquals(Handshake.UPGRADE, decision(""), "a frame may bring it");
        assertEquals(List.of(Authentication.Reason.SIGNATURE), reasons);
        assertEquals(0, fixture.hub.stats().unauthenticated());
    }

    private int decision(String query) {
        Handshake handshake = fixture.handshake(HubFixture.EVENT, query, Map.of(), List.of());
        int decision = handshake.decision().toCompletableFuture().join();
        handshake.abandon();
        return decision;
    }

    @Test
    @Tag("R4")
    void authenticator_outOfOrder_closesWith1011_andTellsNothing() {
        fixture.close();
        fixture = new HubFixture(builder ->
                builder.authenticator(token -> CompletableFuture.failedFuture(new IllegalStateException("secret"))));
        TestConnection client = fixture.open(HubFixture.EVENT, "token=1");
        client.wire.takeClose(1011);
        client.wire.assertExhausted();
    }

    @Test
    @Tag("R4")
    void authenticator_thatThrowsOrAnswersNothing_closesWith1011() {
        Authenticator throwing = token -> {
            throw new IllegalStateException("secret");
        };
        for (Authenticator broken : List.of(throwing, token -> null)) {
            fixture.close();
            fixture = new HubFixture(builder -> builder.authenticator(broken));
            TestConnection client = fixture.open(HubFixture.EVENT, "token=1");
            client.wire.takeClose(1011);
            client.wire.assertExhausted();
        }
    }

    @Test
    @Tag("R5")
    void renewal_ofTheSameUser_isConfirmed_andItsExpiryCounts() {
        TestConnection client = fixture.event("123+100");
        client.say("auth:refresh", "{\"token\":\"123+3600\"}");
        assertEquals(
                "2025-01-01T01:00:00Z",
                client.take("auth:refreshed").at("/data/expiresAt").asText());
        answerPings(client, Duration.ofSeconds(200));
        client.wire.assertExhausted();
    }

    @Test
    @Tag("R5")
    void renewal_ofAnotherUserOrTenant_isForbidden_andChangesNothing() {
        TestConnection client = fixture.event("123+100");
        client.say("auth:refresh", "{\"token\":\"124+3600\"}");
        assertEquals("FORBIDDEN", client.take("error").at("/error/code").asText());
        client.say("auth:refresh", "{\"token\":\"other/123+3600\"}");
        assertEquals("FORBIDDEN", client.take("error").at("/error/code").asText());
        client.say("auth:refresh", "{\"token\":\"bad\"}");
        assertEquals("UNAUTHORIZED", client.take("error").at("/error/code").asText());
        answerPings(client, Duration.ofSeconds(71));
        assertEquals(
                "2025-01-01T00:01:40Z",
                client.take("auth:expiring").at("/data/expiresAt").asText());
        answerPings(client, Duration.ofSeconds(61));
        client.wire.takeClose(4004);
        client.wire.assertExhausted();
    }

    @Test
    @Tag("R5")
    void expiry_isWarnedOfAgain_whenTheTokenWasRenewedAfterTheWarning() {
        TestConnection client = fixture.event("123+60");
        answerPings(client, Duration.ofSeconds(31));
        client.take("auth:expiring");
        client.say("auth:refresh", "{\"token\":\"123+60\"}").take("auth:refreshed");
        answerPings(client, Duration.ofSeconds(31));
        client.take("auth:expiring");
    }

    @Test
    @Tag("R5")
    void expiry_warnsThirtySecondsBefore_andClosesAfterTheSkew_bothSides() {
        TestConnection client = fixture.envelope("123+100");
        answerPings(client, Duration.ofMillis(69_900));
        client.wire.assertExhausted();
        answerPings(client, Duration.ofMillis(1_200));
        client.take("TOKEN_EXPIRING");
        answerPings(client, Duration.ofMillis(58_800));
        client.wire.assertExhausted();
        answerPings(client, Duration.ofMillis(1_200));
        client.wire.takeClose(4004);
    }

    @Test
    @Tag("R5")
    void expiry_ofATokenThatHasEnded_isRefused() {
        assertRefused(fixture.open(HubFixture.EVENT, "token=123%2B-31"), "error", "/error/code");
        fixture.open(HubFixture.EVENT, "token=123%2B-29").take("connected");
    }

    @Test
    @Tag("R6")
    void origin_ofAnotherHost_isRefusedWith403_noneIsLetIn() {
        Map<String, String> foreign = Map.of("Origin", "https://evil.example", "Host", "app.example");
        assertEquals(
                403,
                fixture.handshake(HubFixture.EVENT, "token=1", foreign, List.of())
                        .immediate());
        Map<String, String> own = Map.of("Origin", "https://app.example", "Host", "app.example:443");
        assertEquals(
                Handshake.UPGRADE,
                fixture.handshake(HubFixture.EVENT, "token=1", own, List.of()).immediate());
        assertEquals(
                Handshake.UPGRADE,
                fixture.handshake(HubFixture.EVENT, "token=1", Map.of("Host", "app.example"), List.of())
                        .immediate());
    }

    @Test
    @Tag("R6")
    void origin_isJudgedByTheEndpoint() {
        fixture.close();
        fixture = new HubFixture(
                Endpoint.of(HubFixture.EVENT, EventDialect.standard())
                        .withOrigins(AllowedOrigins.of(List.of("https://*.app.example"))),
                Endpoint.of(HubFixture.ENVELOPE, EnvelopeDialect.standard()).withOrigins(AllowedOrigins.any()),
                builder -> builder);
        Map<String, String> sub = Map.of("Origin", "https://a.app.example", "Host", "x");
        Map<String, String> foreign = Map.of("Origin", "https://evil.example", "Host", "x");
        assertEquals(
                Handshake.UPGRADE,
                fixture.handshake(HubFixture.EVENT, "", sub, List.of()).immediate());
        assertEquals(
                403, fixture.handshake(HubFixture.EVENT, "", foreign, List.of()).immediate());
        assertEquals(
                Handshake.UPGRADE,
                fixture.handshake(HubFixture.ENVELOPE, "", foreign, List.of()).immediate());
    }

    @Test
    @Tag("R1")
    void subprotocol_isEchoed_theTokenEntryIsNot() {
        List<String> both = List.of("bearer.1", "tidings.v1");
        assertEquals(
                "tidings.v1",
                fixture.handshake(HubFixture.EVENT, "", Map.of(), both)
                        .subprotocol()
                        .orElseThrow());
        assertEquals(
                true,
                fixture.handshake(HubFixture.EVENT, "", Map.of(), List.of("bearer.1"))
                        .subprotocol()
                        .isEmpty());
    }

    @Test
    @Tag("R3")
    void tenant_isTold_andUsersOfTenantsAreApart() {
        TestConnection client = fixture.open(HubFixture.EVENT, "token=acme/0123");
        var connected = client.take("connected").json();
        assertEquals("acme", connected.path("tenantId").asText());
        assertEquals("0123", connected.path("userId").textValue(), "not canonical: stays text");
    }

    @Test
    @Tag("R13")
    void inbound_overTheLimit_closesWith1009_inOneFrameOrMany() {
        for (String path : List.of(HubFixture.EVENT, HubFixture.ENVELOPE)) {
            int limit = path.equals(HubFixture.EVENT) ? 32 * 1024 : 4_096;
            TestConnection fits = fixture.open(path, "token=1");
            fits.wire.takeFrames();
            fits.say(padded(limit));
            fits.take(path.equals(HubFixture.EVENT) ? "error" : "ERROR");
            TestConnection over = fixture.open(path, "token=1");
            over.wire.takeFrames();
            over.say(padded(limit + 1));
            over.wire.takeClose(1009);
            over.wire.assertExhausted();
            TestConnection pieces = fixture.open(path, "token=1");
            pieces.wire.takeFrames();
            String text = padded(limit + 1);
            for (int at = 0; at < text.length(); at += 1_000) {
                pieces.listener()
                        .text(text.substring(at, Math.min(text.length(), at + 1_000)), at + 1_000 >= text.length());
            }
            fixture.time.runUntilQuiet();
            pieces.wire.takeClose(1009);
            pieces.wire.assertExhausted();
        }
    }

    @Test
    @Tag("R13")
    void inbound_isCountedInBytes_alsoForPairsSplitOverTwoParts() {
        TestConnection client = fixture.envelope("1");
        String text = "{\"type\":\"PING\",\"x\":\"" + "\uD83D\uDE00".repeat(1_018) + "\"}";
        assertEquals(4_096 - 2, text.getBytes(StandardCharsets.UTF_8).length);
        int middle = text.indexOf('\uDE00');
        client.listener().text(text.substring(0, middle), false);
        client.say(text.substring(middle));
        client.take("PONG");
        client.say(text + "   ");
        client.wire.takeClose(1009);
    }

    @Test
    @Tag("R37")
    void binary_closesWith1003() {
        TestConnection client = fixture.event("1");
        client.listener().binary();
        fixture.time.runUntilQuiet();
        client.wire.takeClose(1003);
    }

    @Test
    void build_reportsEveryProblemAtOnce() {
        IllegalArgumentException problem =
                assertThrows(IllegalArgumentException.class, () -> Hub.builder().build());
        assertEquals(
                "The hub cannot be built: at least one endpoint is required; authenticator is required",
                problem.getMessage());
    }

    private static String padded(int bytes) {
        String frame = "{\"type\":\"nothing of ours\"}";
        return frame + " ".repeat(bytes - frame.length());
    }

    /** Lets time pass while the client answers every ping. */
    private void answerPings(TestConnection client, Duration duration) {
        for (long left = duration.toMillis(); left > 0; left -= 1_000) {
            fixture.time.advance(Duration.ofMillis(Math.min(1_000, left)));
            client.answerPings();
        }
    }

    private static void assertRefused(TestConnection client, String type, String code) {
        assertEquals("UNAUTHORIZED", client.take(type).at(code).asText());
        client.wire.takeClose(4500);
        client.wire.assertExhausted();
    }

    @Test
    @Tag("R36")
    void theWindowOfTheFirstRetry_growsWithTheNumberOfConnections_andIsHalfASecondAtLeast() {
        DrainPolicy slow = DrainPolicy.STANDARD.withPerSecond(2).withLeastSpread(Duration.ZERO);
        try (HubFixture fixture = new HubFixture(builder -> builder.drainPolicy(slow))) {
            List<Integer> windows = new ArrayList<>();
            for (int user = 1; user <= 4; user++) {
                TestConnection client = fixture.open(HubFixture.EVENT, "token=" + user);
                windows.add(client.take("connected")
                        .json()
                        .path("reconnectWindowMs")
                        .asInt());
            }
            assertEquals(List.of(500, 1_000, 1_500, 2_000), windows);
        }
    }
}
