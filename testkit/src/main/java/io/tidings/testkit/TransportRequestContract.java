package io.tidings.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * The part of {@link TransportContract} about requests that only somebody hostile sends: each gets one answer at most, which says
 * nothing of the server, and never passes for two.
 */
abstract class TransportRequestContract extends TransportRoutesContract {

    /** What a refused client may still be sending when its answer comes. */
    private static final int STILL_SENDING_BYTES = 512 * 1024;

    private static final Duration A_MOMENT = Duration.ofSeconds(1);

    private static final String SMUGGLED = "GET " + ScriptedAcceptor.ECHO + "?q=smuggled HTTP/1.1\r\nHost: x\r\n\r\n";

    private static final String GET = "GET " + ScriptedAcceptor.ECHO + " HTTP/1.1\r\nHost: x\r\n";
    private static final String POST = "POST " + ScriptedAcceptor.ECHO + " HTTP/1.1\r\nHost: x\r\n";

    private static final String UPGRADE =
            "GET " + ScriptedAcceptor.PATH + " HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\n"
                    + "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n";

    /** Headers of which one reader takes the body to end elsewhere than another. */
    private static final List<String> DOUBTFUL = List.of(
            "Content-Length: 5\r\nTransfer-Encoding: chunked",
            "Transfer-Encoding: chunked\r\nContent-Length: 5",
            "Transfer-Encoding: xchunked",
            "Transfer-Encoding: chunkedx",
            "Transfer-Encoding: \"chunked\"",
            "Transfer-Encoding:\u000bchunked",
            "Transfer-Encoding: identity",
            "Transfer-Encoding: gzip, chunked",
            "Transfer-Encoding: chunked, identity",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
            "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked",
            "Transfer-Encoding : chunked",
            "Transfer-Encoding: chu\rnked",
            "Content-Length : 5",
            "Content-Length: 5\r\nContent-Length: 6",
            "Content-Length: 5, 6",
            "Content-Length: 5 6",
            "Content-Length: +5",
            "Content-Length: -5",
            "Content-Length: 0x5",
            "Content-Length: 99999999999999999999",
            "Host: y");

    TransportRequestContract() {}

    @Test
    void request_whoseEndIsInDoubt_isRefused_andTheLastOfItsConnection() {
        List<String> wrong = new ArrayList<>();
        for (String start : List.of(POST, GET, UPGRADE)) {
            for (String doubtful : DOUBTFUL) {
                Said said = said(start + doubtful + "\r\n\r\n0\r\n\r\n" + SMUGGLED);
                if (said.answers() != 1 || !said.refused() || said.open()) {
                    wrong.add(start.substring(0, start.indexOf(' ', 5)) + ' ' + doubtful + " -> " + said);
                }
            }
        }
        assertEquals(List.of(), wrong);
        assertTrue(acceptor.handshakes.isEmpty());
    }

    @Test
    void request_thatComesSlowly_isRefusedAllTheSame() {
        for (String doubtful :
                List.of("Content-Length: 5\r\nTransfer-Encoding: chunked", "Transfer-Encoding : chunked")) {
            try (RawHttp http = http()) {
                for (char c : (POST + doubtful + "\r\n\r\n").toCharArray()) {
                    http.raw(String.valueOf(c));
                }
                assertTrue(http.response().status() >= 400);
                assertEquals("", http.rest());
            } catch (UncheckedIOException cutOff) {
                // at the first byte that does not belong there
            }
        }
    }

    /** Proxies that send such a header on read it as one line, or refuse it (RFC 9112 section 5.2). */
    @Test
    void request_foldedHeader_isRefused_orIsOneLine() {
        Said said = said(GET + "X-Contract: a\r\n b\r\nConnection: close\r\n\r\n");
        assertEquals(1, said.answers(), said.toString());
        assertTrue(said.refused() || said.text().contains(" h=a b "), said.toString());
    }

    /** What ends a line for the server and not for a proxy hides a header from the proxy. */
    @Test
    void request_lineEndedByACarriageReturnAlone_isRefused() {
        for (String start : List.of(POST, GET, UPGRADE)) {
            for (String hidden : List.of("Content-Length: 5", "Transfer-Encoding: chunked", "X-Contract: y")) {
                Said said = said(start + "X: y\r" + hidden + "\r\n\r\n0\r\n\r\n" + SMUGGLED);
                assertTrue(said.answers() <= 1 && !said.open(), hidden + said);
                assertTrue(said.answers() == 0 || said.refused(), hidden + said);
            }
        }
        assertTrue(acceptor.handshakes.isEmpty());
    }

    @Test
    void request_controlCharactersInAHeader_areRefused() {
        for (String header : List.of("X\0: y", "X-Contract: a\0b", "X Y: z")) {
            Said said = said(UPGRADE + header + "\r\n\r\n");
            assertEquals(1, said.answers(), header + said);
            assertTrue(said.refused() || said.status() == 101 && header.equals("X Y: z"), header + said);
        }
    }

    @Test
    void request_chunksThatAreNone_endTheConnection() {
        for (String chunks : List.of(
                "zz\r\nhello\r\n0\r\n\r\n",
                "-5\r\nhello\r\n0\r\n\r\n",
                "0x5\r\nhello\r\n0\r\n\r\n",
                "ffffffffffffffff1\r\nhello\r\n0\r\n\r\n",
                "5\r\nhelloXX0\r\n\r\n",
                "\r\n5\r\nhello\r\n0\r\n\r\n",
                "5\r\nhello\r\n0\r\nno trailer\r\n\r\n",
                "5\r\nhello\r\n0\r\n: no name\r\n\r\n")) {
            Said said = said(POST + "Transfer-Encoding: chunked\r\n\r\n" + chunks + SMUGGLED);
            assertTrue(said.answers() <= 1 && !said.open(), chunks + said);
            assertTrue(said.answers() == 0 || said.refused(), chunks + said);
        }
    }

    @Test
    void request_endlessTrailer_isRefused() {
        try (RawHttp http = http()) {
            String answer = "";
            try {
                http.raw(POST + "Transfer-Encoding: chunked\r\n\r\n0\r\nX-Endless: ");
                for (int i = 0; i < 2000; i++) {
                    http.raw("x".repeat(1000));
                }
                answer = http.rest();
            } catch (UncheckedIOException cutOff) {
                // before the end, which is as good
            }
            assertTrue(answer.isEmpty() || answer.matches("(?s)HTTP/1.1 4\\d\\d .*"), answer);
        }
    }

    @Test
    void request_headOf32000Bytes_isTaken_andOf34000IsRefused() {
        assertEquals(200, said(padded(GET, 32_000)).status());
        assertOversized(said(padded(GET, 34_000)));
        assertOversized(said(padded(UPGRADE, 34_000)));
        assertTrue(acceptor.handshakes.isEmpty());
    }

    @Test
    void request_lineOf31000Bytes_isTaken_andOf34000IsRefused() {
        String line = "GET " + ScriptedAcceptor.ECHO + "?q=%s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
        assertEquals(200, said(line.formatted("q".repeat(31_000))).status());
        assertOversized(said(line.formatted("q".repeat(34_000))));
    }

    @Test
    void request_with100Headers_isTaken_andWith200IsRefused() {
        assertEquals(
                200,
                said(GET + "X-Many: y\r\n".repeat(98) + "Connection: close\r\n\r\n")
                        .status());
        assertOversized(said(GET + "X-Many: y\r\n".repeat(198) + "Connection: close\r\n\r\n"));
        assertOversized(said(UPGRADE + "X-Many: y\r\n".repeat(195) + "\r\n"));
    }

    @Test
    void request_refusedWhileItsBodyComes_isAnsweredAllTheSame() {
        String body = "x".repeat(STILL_SENDING_BYTES);
        for (String start : List.of(POST, POST.replace(ScriptedAcceptor.ECHO, "/contract/nothing"))) {
            Said said = said(start + "Content-Length: " + body.length() + "\r\n\r\n" + body);
            assertEquals(start.equals(POST) ? 413 : 404, said.status(), said.toString());
            assertEquals(1, said.answers());
            Said chunked = said(start + "Transfer-Encoding: chunked\r\n\r\n" + Integer.toHexString(body.length())
                    + "\r\n" + body + "\r\n0\r\n\r\n");
            assertEquals(start.equals(POST) ? 413 : 404, chunked.status(), chunked.toString());
        }
    }

    @Test
    void request_ofAnotherVersion_isAnsweredInKind() {
        Said old = said("GET " + ScriptedAcceptor.ECHO + " HTTP/1.0\r\n\r\n" + SMUGGLED);
        assertEquals(200, old.status());
        assertEquals(1, old.answers(), old.toString());
        assertFalse(old.open());
        for (String version : List.of("HTTP/2.0", "HTTP/1.2", "HTTP/9.9", "HTTQ/1.1", "HTTP/1.1x")) {
            Said said = said("GET " + ScriptedAcceptor.ECHO + ' ' + version + "\r\nHost: x\r\n\r\n" + SMUGGLED);
            assertTrue(said.refused() && said.answers() == 1 && !said.open(), version + said);
        }
        Said lowerCase =
                said("GET " + ScriptedAcceptor.ECHO + " http/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" + SMUGGLED);
        assertTrue(lowerCase.answers() == 1 && !lowerCase.open(), "the same to all, or nothing: " + lowerCase);
        for (String ancient : List.of("", " HTTP/0.9")) {
            Said said = said("GET " + ScriptedAcceptor.ECHO + ancient + "\r\n\r\n");
            assertTrue(said.text().isEmpty() || said.refused(), ancient + said);
        }
    }

    /** RFC 9112 section 2.2: from clients that end a body with a line of their own. */
    @Test
    void request_behindAnEmptyLine_isServed_orTheLastOfItsConnection() {
        for (String lines : List.of("\r\n", "\r\n\r\n")) {
            Said said = said(lines + GET + "Connection: close\r\n\r\n");
            assertTrue(said.answers() == 1 && !said.open(), said.toString());
            assertTrue(said.status() == 200 || said.status() == 400, said.toString());
        }
    }

    @Test
    void request_withoutHost_isRefused() {
        Said said = said("GET " + ScriptedAcceptor.ECHO + " HTTP/1.1\r\n\r\n" + SMUGGLED);
        assertTrue(said.refused() && said.answers() == 1 && !said.open(), said.toString());
    }

    @Test
    void request_wholeAddressAsTarget_isServed() {
        assertEquals(
                200,
                said("GET http://x" + ScriptedAcceptor.ECHO + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                        .status());
    }

    @Test
    void request_pathsThatOnlyResembleARoute_areNotFound() {
        for (String path : List.of(
                "/contract/x/%2e%2e/echo",
                "/contract/x/../echo/",
                "//contract/echo",
                "/contract//echo",
                "/contract%2fecho",
                "/contract/echo;a=b",
                "/contract;a/echo",
                "/contract/echo/",
                "/contract/echo%00",
                "/contract/echo\0",
                "/contract/\u00e9cho",
                "/contract/echo%",
                "/contract/echo%zz",
                "/contract/echo%c0%af",
                "/contract/echo#f",
                "/contract/\\echo",
                "contract/echo",
                "*")) {
            for (String request : List.of(GET, UPGRADE)) {
                String real = request.equals(GET) ? ScriptedAcceptor.ECHO : ScriptedAcceptor.PATH;
                String target = path.replace("echo", real.substring(real.lastIndexOf('/') + 1));
                Said said = saidForNow(
                        request.replace(real, target).replace("Connection: Upgrade", "Connection: Upgrade, close")
                                + (request.equals(GET) ? "Connection: close\r\n\r\n" : "\r\n"));
                assertTrue(said.answers() == 1 && (said.status() == 400 || said.status() == 404), target + said);
                assertFalse(said.text().contains("\tat ") || said.text().contains("Exception"), said.text());
            }
        }
    }

    @Test
    void request_oddMethods_areAnsweredOnce() {
        for (String method : List.of("OPTIONS", "TRACE", "CONNECT", "get", "G@T", "X".repeat(300))) {
            Said said =
                    said(method + ' ' + ScriptedAcceptor.ECHO + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
            assertTrue(said.refused() && said.answers() == 1, method + said);
            assertFalse(said.text().contains("\tat ") || said.text().contains("Exception"), said.text());
        }
    }

    @Test
    void upgrade_withABody_isRefused() {
        for (String body : List.of("Content-Length: 5\r\n\r\nhello", "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n")) {
            Said said = said(UPGRADE + body + SMUGGLED);
            assertTrue(said.refused() && said.answers() == 1 && !said.open(), body + said);
        }
        assertTrue(acceptor.handshakes.isEmpty());
    }

    @Test
    void upgrade_ofAnotherVersionOfWebSocket_isToldTheRightOne() {
        for (String version : List.of("12", "14", "8, 13", "", "x")) {
            try (RawHttp http = http()) {
                UpgradeResponse response = http.raw(UPGRADE.replace(": 13", ": " + version) + "\r\n")
                        .response();
                assertEquals(426, response.status(), version);
                assertEquals(Optional.of("13"), response.header("Sec-WebSocket-Version"));
            }
        }
    }

    @Test
    void upgrade_thatIsNone_isRefused() {
        int unannounced = saidForNow(UPGRADE.replace("Connection: Upgrade", "Connection: close") + "\r\n")
                .status();
        assertTrue(unannounced == 426 || unannounced == 400, "was " + unannounced);
        assertEquals(
                426, saidForNow(UPGRADE.replace("websocket", "h2c") + "\r\n").status());
        assertTrue(saidForNow(UPGRADE.replace("GET", "POST") + "\r\n").refused());
        assertTrue(saidForNow(UPGRADE.replace("HTTP/1.1", "HTTP/1.0") + "\r\n").refused());
        for (String key : List.of("AAAA", "", "AAAAAAAAAAAAAAAAAAAAAAAAAAAA", "not base64 at all!!!!!!")) {
            assertEquals(
                    400,
                    saidForNow(UPGRADE.replace("AAAAAAAAAAAAAAAAAAAAAA==", key) + "\r\n")
                            .status(),
                    key);
        }
        assertEquals(
                400,
                saidForNow(UPGRADE.replace("Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n", "") + "\r\n")
                        .status());
        for (String twice : List.of("Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==", "Sec-WebSocket-Version: 13")) {
            assertTrue(saidForNow(UPGRADE + twice + "\r\n\r\n").refused(), twice);
        }
        assertTrue(acceptor.handshakes.isEmpty());
    }

    private static String padded(String start, int bytes) {
        String rest = "Connection: close\r\nX-Padding: \r\n\r\n";
        String head = start.startsWith(UPGRADE) ? start : start + rest.substring(0, rest.indexOf('\n') + 1);
        return head + "X-Padding: " + "p".repeat(bytes - head.length() - 15) + "\r\n\r\n";
    }

    private static void assertOversized(Said said) {
        assertTrue(List.of(0, 400, 414, 431).contains(said.status()), said.toString());
        assertTrue(said.answers() <= 1 && !said.open(), said.toString());
    }

    /** All that is said to a request, up to the end. */
    private Said said(String request) {
        return said(request, patience());
    }

    /** What is said to a request after which the connection may stay open: nothing more for a moment is the end of it. */
    private Said saidForNow(String request) {
        return said(request, A_MOMENT);
    }

    private Said said(String request, Duration silence) {
        try (RawHttp http = http()) {
            try {
                http.raw(request);
            } catch (UncheckedIOException cutOff) {
                // what was said before is there all the same
            }
            return http.said(silence);
        }
    }

    /**
     * What a server said.
     *
     * @param open whether the connection was open still
     */
    record Said(String text, boolean open) {
        private static final Pattern STATUS = Pattern.compile("HTTP/1\\.[01] (\\d{3}) ");

        int answers() {
            return (int) STATUS.matcher(text).results().count();
        }

        /** Zero for no answer. */
        int status() {
            Matcher first = STATUS.matcher(text);
            return first.find() ? Integer.parseInt(first.group(1)) : 0;
        }

        boolean refused() {
            return status() >= 400
                    && status() != 500
                    && !text.toLowerCase(Locale.ROOT).contains("smuggled");
        }

        @Override
        public String toString() {
            return " " + answers() + " answers, " + (open ? "open: " : "closed: ")
                    + text.substring(0, Math.min(200, text.length()));
        }
    }
}
