package io.tidings.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tidings.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The part of {@link TransportContract} about HTTP beside the connections. */
abstract class TransportRoutesContract extends TransportHandshakeContract {

    TransportRoutesContract() {}

    @Test
    void route_get_answersWithHeadersAndBody() {
        UpgradeResponse response = get(ScriptedAcceptor.ECHO + "?q=a%20b&q=c%2Bd+e", "X-CONTRACT: h");
        assertEquals(200, response.status());
        assertEquals("GET " + ScriptedAcceptor.ECHO + " q=[a b, c+d e] h=h from=127.0.0.1 body=", response.body());
        assertEquals(Optional.of("answered"), response.header("X-Contract"));
        assertEquals(Optional.of("text/plain; charset=utf-8"), response.header("Content-Type"));
    }

    @Test
    void route_post_takesTheBody() {
        try (RawHttp http = http()) {
            http.lines("POST " + ScriptedAcceptor.ECHO + " HTTP/1.1", "Host: x", "Content-Length: 11", "")
                    .raw("hello");
            assertTrue(http.raw(" world").response().body().endsWith("body=hello world"));
        }
    }

    @Test
    void route_post_takesAChunkedBody() {
        try (RawHttp http = http()) {
            http.lines("POST " + ScriptedAcceptor.ECHO + " HTTP/1.1", "Host: x", "Transfer-Encoding: chunked", "")
                    .lines("5", "hello", "6", " world", "0", "");
            assertTrue(http.response().body().endsWith("body=hello world"));
        }
    }

    @Test
    void route_post_thatWaitsToBeAsked_isAsked() {
        try (RawHttp http = http()) {
            http.lines(
                    "POST " + ScriptedAcceptor.ECHO + " HTTP/1.1",
                    "Host: x",
                    "Content-Length: 5",
                    "Expect: 100-continue",
                    "");
            assertTrue(http.line().startsWith("HTTP/1.1 100"));
            assertEquals("", http.line());
            assertTrue(http.raw("hello").response().body().endsWith("body=hello"));
        }
    }

    @Test
    void route_bodyOfExactlyTheLimit_isTaken() {
        String body = "x".repeat(ScriptedAcceptor.MAX_BODY_BYTES);
        try (RawHttp http = http()) {
            http.lines("POST " + ScriptedAcceptor.ECHO + " HTTP/1.1", "Host: x", "Content-Length: " + body.length(), "")
                    .raw(body);
            assertTrue(http.response().body().endsWith("body=" + body));
        }
    }

    @Test
    void route_bodyOverTheLimit_isRefusedUnread() {
        long[] lengths = {ScriptedAcceptor.MAX_BODY_BYTES + 1, Integer.MAX_VALUE - 1L, 1L << 40};
        for (long length : lengths) {
            try (RawHttp http = http()) {
                http.lines("POST " + ScriptedAcceptor.ECHO + " HTTP/1.1", "Host: x", "Content-Length: " + length, "");
                assertEquals(413, http.response().status());
            }
        }
    }

    @Test
    void route_chunkedBodyOverTheLimit_isRefusedBeforeItsEnd() {
        try (RawHttp http = http()) {
            http.lines("POST " + ScriptedAcceptor.ECHO + " HTTP/1.1", "Host: x", "Transfer-Encoding: chunked", "")
                    .lines("401", "x".repeat(0x401));
            assertEquals(413, http.response().status());
        }
    }

    @Test
    void route_head_hasNoBody() {
        try (RawHttp http = http()) {
            String all = http.lines("HEAD " + ScriptedAcceptor.ECHO + " HTTP/1.1", "Host: x", "Connection: close", "")
                    .rest();
            assertTrue(all.startsWith("HTTP/1.1 200 "), all);
            assertTrue(all.toLowerCase(Locale.ROOT).contains("content-length: "), all);
            assertTrue(all.endsWith("\r\n\r\n"), all);
        }
    }

    @Test
    void route_unknown_isNotFound_orNotAllowed() {
        assertEquals(404, get("/contract/nothing").status());
        try (RawHttp http = http()) {
            UpgradeResponse response = http.lines("PUT " + ScriptedAcceptor.ECHO + " HTTP/1.1", "Host: x", "")
                    .response();
            assertEquals(405, response.status());
            assertEquals(Optional.of("GET, POST"), response.header("Allow"));
        }
    }

    @Test
    void route_unknownWithABody_isNotFoundUnread() {
        try (RawHttp http = http()) {
            http.lines("POST /contract/nothing HTTP/1.1", "Host: x", "Content-Length: 1000000", "");
            assertEquals(404, http.response().status());
        }
    }

    @Test
    void route_failure_saysNothingOfIt() {
        for (String path : List.of(ScriptedAcceptor.THROWS, ScriptedAcceptor.FAILS)) {
            UpgradeResponse response = get(path);
            assertEquals(500, response.status());
            assertFalse(response.body().contains("secret"), response.body());
        }
    }

    @Test
    void page_ofAnotherOrigin_mayAskBeforehand() {
        UpgradeResponse may = preflight(ScriptedAcceptor.PAGE);
        assertEquals(204, may.status());
        assertEquals(Optional.of(ScriptedAcceptor.PAGE), may.header("Access-Control-Allow-Origin"));
        assertTrue(may.header("Access-Control-Allow-Headers").orElse("").contains("Authorization"));
        assertTrue(may.header("Access-Control-Allow-Methods").orElse("").contains("POST"));
        UpgradeResponse mayNot = preflight("https://foreign.example");
        assertEquals(403, mayNot.status());
        assertEquals(Optional.empty(), mayNot.header("Access-Control-Allow-Origin"));
    }

    @Test
    void page_ofAnotherOrigin_mayReadEveryAnswer() {
        String length = "Content-Length: " + (ScriptedAcceptor.MAX_BODY_BYTES + 1);
        String chunk = "401\r\n" + "x".repeat(0x401) + "\r\n";
        assertReadable(200, "GET " + ScriptedAcceptor.ECHO, "X-CONTRACT: h", "");
        assertReadable(400, "GET " + ScriptedAcceptor.ECHO + "?fail=1", "X-CONTRACT: h", "");
        assertReadable(404, "GET /contract/nothing", "X-CONTRACT: h", "");
        assertReadable(404, "POST /contract/nothing", "Content-Length: 1000000", "");
        assertReadable(405, "PUT " + ScriptedAcceptor.ECHO, "X-CONTRACT: h", "");
        assertReadable(413, "POST " + ScriptedAcceptor.ECHO, length, "");
        assertReadable(413, "POST " + ScriptedAcceptor.ECHO, "Transfer-Encoding: chunked", chunk);
        assertReadable(426, "GET " + ScriptedAcceptor.PATH, "X-CONTRACT: h", "");
        assertReadable(500, "GET " + ScriptedAcceptor.FAILS, "X-CONTRACT: h", "");
    }

    private UpgradeResponse preflight(String page) {
        try (RawHttp http = http()) {
            return http.lines(
                            "OPTIONS " + ScriptedAcceptor.ECHO + " HTTP/1.1",
                            "Host: x",
                            "Origin: " + page,
                            "Access-Control-Request-Method: POST",
                            "Access-Control-Request-Headers: authorization,idempotency-key",
                            "")
                    .response();
        }
    }

    private void assertReadable(int status, String request, String header, String body) {
        for (String page : List.of(ScriptedAcceptor.PAGE, "https://foreign.example")) {
            try (RawHttp http = http()) {
                UpgradeResponse response = http.lines(request + " HTTP/1.1", "Host: x", "Origin: " + page, header, "")
                        .raw(body)
                        .response();
                Optional<String> reader = page.equals(ScriptedAcceptor.PAGE) ? Optional.of(page) : Optional.empty();
                assertEquals(status, response.status(), request);
                assertEquals(reader, response.header("Access-Control-Allow-Origin"), request);
                assertEquals(Optional.of("Origin"), response.header("Vary"), request);
            }
        }
    }

    @Test
    void route_slow_holdsUpNobody() {
        List<RawHttp> waiting = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            waiting.add(http().lines("GET " + ScriptedAcceptor.SLOW + " HTTP/1.1", "Host: x", ""));
        }
        awaitTrue("50 requests", () -> acceptor.slowRequests.size() == 50);
        assertEquals(200, get(ScriptedAcceptor.ECHO).status());
        connect();
        RecordedSession session = session();
        assertTrue(session.write("still here").succeeded());
        acceptor.slow.complete(HttpResponse.text(200, "at last"));
        for (RawHttp each : waiting) {
            assertEquals("at last", each.response().body());
            each.close();
        }
    }

    @Test
    void route_severalRequestsOnAConnection() {
        try (RawHttp http = http()) {
            for (int i = 0; i < 3; i++) {
                http.lines("GET " + ScriptedAcceptor.ECHO + "?q=" + i + " HTTP/1.1", "Host: x", "");
                assertTrue(http.response().body().contains("q=[" + i + "]"));
                http.lines("POST " + ScriptedAcceptor.ECHO + " HTTP/1.1", "Host: x", "Content-Length: 1", "")
                        .raw("" + i);
                assertTrue(http.response().body().endsWith("body=" + i));
            }
        }
    }

    @Test
    void route_pipelinedRequests_areAnsweredInOrder() {
        try (RawHttp http = http()) {
            http.raw("GET " + ScriptedAcceptor.SLOW + " HTTP/1.1\r\nHost: x\r\n\r\n"
                    + "GET " + ScriptedAcceptor.ECHO + "?q=2 HTTP/1.1\r\nHost: x\r\n\r\n"
                    + "GET " + ScriptedAcceptor.ECHO + "?q=3 HTTP/1.1\r\nHost: x\r\n\r\n");
            awaitTrue("the first request", () -> acceptor.slowRequests.size() == 1);
            acceptor.slow.complete(HttpResponse.text(200, "first"));
            assertEquals("first", http.response().body());
            assertTrue(http.response().body().contains("q=[2]"));
            assertTrue(http.response().body().contains("q=[3]"));
        }
    }

    @Test
    void route_offeredAnotherUpgrade_isServedWithout() {
        String[] offer = {
            "Host: x", "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQBAAAAAAIAAAAA"
        };
        try (RawHttp http = http()) {
            for (int i = 0; i < 2; i++) {
                http.lines("POST " + ScriptedAcceptor.ECHO + " HTTP/1.1")
                        .lines(offer)
                        .lines("Content-Length: 5", "");
                assertTrue(http.raw("hello").response().body().endsWith("body=hello"));
            }
            http.lines("GET " + ScriptedAcceptor.PATH + " HTTP/1.1")
                    .lines(offer)
                    .lines("");
            assertEquals(426, http.response().status());
        }
    }

    @Test
    void route_largeResponse_toASlowReader_isWhole() {
        try (RawHttp http = http()) {
            http.lines("GET " + ScriptedAcceptor.LARGE + " HTTP/1.1", "Host: x", "Connection: close", "");
            assertEquals(200, get(ScriptedAcceptor.ECHO).status(), "others are served meanwhile");
            String all = http.rest();
            assertEquals(ScriptedAcceptor.LARGE_BYTES, all.length() - all.indexOf("\r\n\r\n") - 4);
        }
    }

    @Test
    void route_garbage_endsOnlyItsOwnConnection() {
        try (RawHttp http = http()) {
            http.raw("\0\1\2 not http at all \r\n\r\n");
            String answer = http.rest();
            assertTrue(answer.isEmpty() || answer.matches("(?s)HTTP/1.1 (4\\d\\d|505) .*"), answer);
        }
        assertEquals(200, get(ScriptedAcceptor.ECHO).status());
    }

    @Test
    void endpoint_askedWithoutUpgrade_saysSo() {
        assertEquals(426, get(ScriptedAcceptor.PATH).status());
    }

    private UpgradeResponse get(String target, String... headers) {
        try (RawHttp http = http()) {
            http.lines("GET " + target + " HTTP/1.1", "Host: x");
            for (String header : headers) {
                http.lines(header);
            }
            return http.lines("").response();
        }
    }
}
