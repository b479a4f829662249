package io.tidings.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Nobody can say that they are somebody else, and a trusted proxy can. */
@Tag("R8")
class TrustedProxiesTest {

    private static final TrustedProxies PROXIES =
            TrustedProxies.of(List.of("10.0.0.0/8", "192.0.2.1", "2001:db8:1::/48"));

    private static String client(String peer, @Nullable String forwarded, @Nullable String forwardedFor) {
        Map<String, List<String>> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        if (forwarded != null) {
            headers.put("Forwarded", lines(forwarded));
        }
        if (forwardedFor != null) {
            headers.put("X-Forwarded-For", lines(forwardedFor));
        }
        return PROXIES.client(peer, name -> headers.getOrDefault(name, List.of()));
    }

    private static List<String> lines(String text) {
        return Arrays.asList(text.split("\\|", -1));
    }

    /** Lines by bar. */
    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '`',
            value = {
                "10.0.0.1 ; 203.0.113.7                                   ; 203.0.113.7",
                "192.0.2.1; 203.0.113.7                                   ; 203.0.113.7",
                "192.0.2.2; 203.0.113.7                                   ; 192.0.2.2",
                "unknown  ; 203.0.113.7                                   ; unknown",
                "::ffff:10.0.0.1; 203.0.113.7                             ; 203.0.113.7",
                "2001:db8:1::5  ; 203.0.113.7                             ; 203.0.113.7",
                "2001:db8:2::5  ; 203.0.113.7                             ; 2001:db8:2::5",
                "10.0.0.1 ; 198.51.100.1, 203.0.113.7                     ; 203.0.113.7",
                "10.0.0.1 ; 203.0.113.7, 10.0.0.2                         ; 203.0.113.7",
                "10.0.0.1 ; 1.1.1.1, 203.0.113.7 , 10.0.0.3,10.0.0.2      ; 203.0.113.7",
                "10.0.0.1 ; 10.0.0.3, 10.0.0.2                            ; 10.0.0.3",
                "10.0.0.1 ; 203.0.113.7|10.0.0.2                          ; 203.0.113.7",
                "10.0.0.1 ; 1.1.1.1|203.0.113.7                           ; 203.0.113.7",
                "10.0.0.1 ; 1.1.1.1, 203.0.113.7|10.0.0.3|10.0.0.2        ; 203.0.113.7",
                "10.0.0.1 ; 203.0.113.7,, ,10.0.0.2,                      ; 203.0.113.7",
                "10.0.0.1 ; ,                                             ; 10.0.0.1",
                "10.0.0.1 ; 203.0.113.7:4711                              ; 203.0.113.7",
                "10.0.0.1 ; [2001:db8:2::7]:4711                          ; 2001:db8:2:0:0:0:0:7",
                "10.0.0.1 ; [2001:db8:2::7]                               ; 2001:db8:2:0:0:0:0:7",
                "10.0.0.1 ; 2001:db8:2::7                                 ; 2001:db8:2:0:0:0:0:7",
                "10.0.0.1 ; ::ffff:203.0.113.7                            ; 203.0.113.7",
                "10.0.0.1 ; 203.0.113.7, unknown                          ; 10.0.0.1",
                "10.0.0.1 ; 203.0.113.7, unknown, 10.0.0.2                ; 10.0.0.2",
                "10.0.0.1 ; 203.0.113.7, _hidden                          ; 10.0.0.1",
                "10.0.0.1 ; 203.0.113.7, localhost                        ; 10.0.0.1",
                "10.0.0.1 ; 203.0.113.7, 203.0.113.8:port                 ; 10.0.0.1",
                "10.0.0.1 ; 203.0.113.7, 203.0.113.8:123456               ; 10.0.0.1",
                "10.0.0.1 ; 203.0.113.7, [203.0.113.8]                    ; 10.0.0.1",
                "10.0.0.1 ; 203.0.113.7, [2001:db8:2::7                   ; 10.0.0.1",
                "10.0.0.1 ; 203.0.113.7, [2001:db8:2::7]x                 ; 10.0.0.1",
                "10.0.0.1 ; 203.0.113.7, `'`203.0.113.8                   ; 10.0.0.1",
            })
    void xForwardedFor_isWalkedFromTheRight(String peer, String lines, String client) {
        assertEquals(client, client(peer.strip(), null, lines));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '`',
            value = {
                "10.0.0.1 ; for=203.0.113.7                                            ; 203.0.113.7",
                "192.0.2.2; for=203.0.113.7                                            ; 192.0.2.2",
                "10.0.0.1 ; For=203.0.113.7                                            ; 203.0.113.7",
                "10.0.0.1 ; for=\"203.0.113.7:80\"                                     ; 203.0.113.7",
                "10.0.0.1 ; for=\"[2001:db8:2::7]:80\"                                 ; 2001:db8:2:0:0:0:0:7",
                "10.0.0.1 ; for=\"[2001:db8:2::7]\"                                    ; 2001:db8:2:0:0:0:0:7",
                "10.0.0.1 ; for=\"[2001:db8:2::7]:_port\"                              ; 2001:db8:2:0:0:0:0:7",
                "10.0.0.1 ; for=1.1.1.1, for=203.0.113.7, for=10.0.0.2                 ; 203.0.113.7",
                "10.0.0.1 ; for=1.1.1.1, for=203.0.113.7|for=10.0.0.2                  ; 203.0.113.7",
                "10.0.0.1 ; for=203.0.113.7, for=unknown                               ; 10.0.0.1",
                "10.0.0.1 ; for=203.0.113.7, for=_gazonk, for=10.0.0.2                 ; 10.0.0.2",
                "10.0.0.1 ; for=203.0.113.7, by=10.0.0.1                               ; 10.0.0.1",
                "10.0.0.1 ; 203.0.113.7                                                ; 10.0.0.1",
                "10.0.0.1 ; for=203.0.113.7, for=                                      ; 10.0.0.1",
                "10.0.0.1 ; for=203.0.113.7, for=\"                                    ; 10.0.0.1",
                "10.0.0.1 ; for=\"x, for=203.0.113.7                                   ; 10.0.0.1",
                "10.0.0.1 ; by=\"a,b\", for=203.0.113.7                                ; 203.0.113.7",
                "10.0.0.1 ; by=\"a\\\",for=1.1.1.1,\", for=203.0.113.7                 ; 203.0.113.7",
                "10.0.0.1 ; for=\"1.1.1.1, for=203.0.113.7\"                           ; 10.0.0.1",
            })
    void forwarded_isWalkedFromTheRight(String peer, String lines, String client) {
        assertEquals(client, client(peer.strip(), lines.replace("`", ""), null));
    }

    @Test
    void forwarded_withTwoForInOneEntry_isNonsense() {
        assertEquals("10.0.0.1", client("10.0.0.1", "for=203.0.113.7;for=203.0.113.8", null));
        assertEquals("203.0.113.7", client("10.0.0.1", "proto=https;for=203.0.113.7;host=\"a;for=1.1.1.1\"", null));
    }

    @Test
    void bothHeaders_areBelieved_whereTheyAgree() {
        assertEquals("203.0.113.7", client("10.0.0.1", "for=203.0.113.7", "203.0.113.7"));
        assertEquals("203.0.113.7", client("10.0.0.1", "for=203.0.113.7", "203.0.113.7, 10.0.0.2"));
        assertEquals("10.0.0.1", client("10.0.0.1", "for=1.1.1.1", "203.0.113.7"), "a proxy writes one of them only");
        assertEquals("10.0.0.1", client("10.0.0.1", "for=203.0.113.7", "1.1.1.1"));
    }

    @Test
    void withoutHeaders_thePeerIsTheClient() {
        assertEquals("10.0.0.1", client("10.0.0.1", null, null));
        assertEquals("203.0.113.7", client("203.0.113.7", null, null));
    }

    @Test
    void trustInNobody_asksForNoHeader() {
        assertEquals("10.0.0.1", TrustedProxies.NONE.client("10.0.0.1", name -> {
            throw new AssertionError(name);
        }));
    }

    @Test
    void trustInEverybody_reachesTheFirstAddress() {
        TrustedProxies all = TrustedProxies.of(List.of("0.0.0.0/0", "::/0"));
        assertEquals(
                "1.1.1.1", all.client("2.2.2.2", name -> name.startsWith("X") ? List.of("1.1.1.1, ::5") : List.of()));
    }

    @Test
    void entries_beyondThirtyTwo_areNotLookedAt() {
        String proxies = ", 10.0.0.9".repeat(TrustedProxies.MAX_ENTRIES - 1);
        assertEquals("203.0.113.7", client("10.0.0.1", null, "203.0.113.7" + proxies));
        assertEquals("10.0.0.9", client("10.0.0.1", null, "203.0.113.7" + proxies + ", 10.0.0.9"));
        assertEquals("10.0.0.9", client("10.0.0.1", null, "203.0.113.7" + proxies.replace(", ", "|") + "|10.0.0.9"));
        assertEquals("10.0.0.1", client("10.0.0.1", null, "203.0.113.7" + ",".repeat(TrustedProxies.MAX_ENTRIES)));
        assertEquals("10.0.0.1", client("10.0.0.1", "for=203.0.113.7" + ",".repeat(TrustedProxies.MAX_ENTRIES), null));
    }

    @Test
    void longHeaders_costLittle_andTheProxysOwnWordCounts() {
        String rubbish = "1.1.1.1,".repeat(100_000);
        assertEquals("203.0.113.7", client("10.0.0.1", null, rubbish + "203.0.113.7"));
        assertEquals("10.0.0.1", client("10.0.0.1", null, "9".repeat(1_000_000)));
        assertEquals("10.0.0.1", client("10.0.0.1", "for=1.1.1.1,".repeat(100_000) + "for=203.0.113.7", null));
        assertEquals("203.0.113.7", client("10.0.0.1", "for=1.1.1.1,".repeat(600) + "for=203.0.113.7", null));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "proxy.example",
                "10.0.0.0/33",
                "10.0.0.0/-1",
                "10.0.0.0/",
                "10.0.0.0/8/8",
                "::/129",
                "10.0.0/8",
                "/8",
                "10.0.0.1:80",
                "[::1]",
                "fe80::1%eth0",
                "10.0.0.0/08",
                "*"
            })
    void whatIsNoAddressAndNoBlock_isRefusedByName(String text) {
        IllegalArgumentException refused = assertThrows(
                IllegalArgumentException.class, () -> TrustedProxies.of(List.of("10.0.0.1", text, "nonsense")));
        assertTrue(refused.getMessage().contains("was " + text + ";"), refused.getMessage());
        assertTrue(refused.getMessage().endsWith("was nonsense"), refused.getMessage());
    }

    @Test
    void routes_seeTheClient() {
        AtomicReference<String> seen = new AtomicReference<>();
        List<HttpRoute> routes = new ArrayList<>();
        routes.add(HttpRoute.get("/", request -> {
            seen.set(request.remoteAddress());
            return CompletableFuture.completedFuture(HttpResponse.of(204));
        }));
        HttpRequest request = new HttpRequest(
                "GET",
                "/",
                Map.of(),
                Map.of("x-forwarded-for".toUpperCase(Locale.ROOT), List.of("1.1.1.1", "203.0.113.7")),
                new byte[0],
                "10.0.0.1");
        new HttpRouter(routes, PROXIES, Cors.NONE).handle(request);
        assertEquals("203.0.113.7", seen.get());
        new HttpRouter(routes).handle(request);
        assertEquals("10.0.0.1", seen.get());
    }

    @Test
    @Tag("R50")
    void tooManyRequests_saysWhenToTryAgain_inWholeSeconds() {
        HttpResponse response = HttpErrors.tooManyRequests(java.time.Duration.ofMillis(1_001));
        assertEquals(429, response.status());
        assertEquals("2", response.headers().get("Retry-After"));
        String body = new String(response.body(), java.nio.charset.StandardCharsets.UTF_8);
        assertTrue(body.contains("\"code\":\"RATE_LIMIT\"") && body.contains("\"retryAfter\":2"), body);
        assertEquals(
                "1",
                HttpErrors.tooManyRequests(java.time.Duration.ZERO).headers().get("Retry-After"));
    }

    @Test
    void whatAProxyQuotes_isNoEntryOfItsOwn_whereverTheClientPutsQuotes() {
        for (String host : List.of("a\";for=1.1.1.1;b=", "a\"b", "\";for=1.1.1.1;b=\"", "\\", "\\\";for=1.1.1.1;b=")) {
            String quoted = '"' + host.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
            assertEquals("203.0.113.7", client("10.0.0.1", "host=" + quoted + ";for=203.0.113.7", null), quoted);
            assertEquals("203.0.113.7", client("10.0.0.1", "for=203.0.113.7;host=" + quoted, null), quoted);
        }
        assertEquals("10.0.0.1", client("10.0.0.1", "host=\"\\", null));
        assertEquals("203.0.113.7", client("10.0.0.1", "for=203.0.113.7;by=\"a,b\"", null), "a comma in quotes");
    }

    @Test
    void anAddressAlone_trustsNoneOfItsNeighbours() {
        assertEquals("192.0.2.0", client("192.0.2.0", null, "203.0.113.7"));
        assertEquals("192.0.2.3", client("192.0.2.3", null, "203.0.113.7"));
    }
}
