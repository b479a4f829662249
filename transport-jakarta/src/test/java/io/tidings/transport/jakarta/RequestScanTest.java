package io.tidings.transport.jakarta;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tidings.http.HttpResponse;
import java.nio.ByteBuffer;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RequestScanTest {

    private static final String GET = "GET /a?b=c HTTP/1.1\r\nHost: x\r\n\r\n";
    private static final String POST = "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello";
    private static final String CHUNKED = "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: Chunked\r\n\r\n"
            + "5;a=\"b\"\r\nhello\r\n1F\r\n" + "x".repeat(31) + "\r\n0\r\nX-Trailer: y\r\n\r\n";

    private final RequestScan scan = new RequestScan();

    @Test
    void goodRequests_inAnyPieces_haveNoProblem() {
        String all = GET + POST + CHUNKED + "OPTIONS * HTTP/1.0\r\n\r\n" + GET;
        for (int size = 1; size <= all.length(); size++) {
            RequestScan each = new RequestScan();
            for (int i = 0; i < all.length(); i += size) {
                String piece = all.substring(i, Math.min(all.length(), i + size));
                assertEquals(piece.length(), each.see(bytes(piece)), "pieces of " + size);
            }
            assertNull(each.problem());
            assertEquals(5, each.begun());
            assertFalse(each.inHead());
        }
    }

    @Test
    void badRequest_behindGoodOnes_leavesThoseAlone() {
        assertEquals((GET + POST).length(), scan.see(bytes(GET + POST + "GET  /a HTTP/1.1\r\n\r\n")));
        assertEquals(400, problem().status());
        assertEquals(2, scan.begun());
        assertFalse(scan.inBody());
    }

    @Test
    void badBody_takesItsRequestAlong() {
        assertEquals(GET.length(), scan.see(bytes(GET + CHUNKED.replace("5;a", "5 a"))));
        assertEquals(400, problem().status());
        assertEquals(2, scan.begun());
        assertTrue(scan.inBody());
    }

    @Test
    void halfAHead_isInHead_andHalfABodyIsNot() {
        scan.see(bytes("GET /a"));
        assertTrue(scan.inHead());
        scan.see(bytes(" HTTP/1.1\r\nHost: x\r\n\r\n"));
        assertFalse(scan.inHead());
        scan.see(bytes(POST.substring(0, POST.length() - 1)));
        assertFalse(scan.inHead());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                " GET / HTTP/1.1\r\nHost: x\r\n\r\n",
                "\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n",
                "G T / HTTP/1.1\r\nHost: x\r\n\r\n",
                "GET /\r\n\r\n",
                "GET / HTTP/1.1\nHost: x\n\n",
                "GET / HTTP/1.1 \r\nHost: x\r\n\r\n",
                "GET / http/1.1\r\nHost: x\r\n\r\n",
                "GET /#f HTTP/1.1\r\nHost: x\r\n\r\n",
                "GET /\u00e9 HTTP/1.1\r\nHost: x\r\n\r\n",
                "GET /\0 HTTP/1.1\r\nHost: x\r\n\r\n",
                "GET / HTTP/1.1\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n",
                "GET / HTTP/1.1\r\nHost : x\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: x\r\n folded\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: x\r\n: y\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: x\r\nnone\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: x\r\nA: b\rc\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: x\r\nA: b\0\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: x\nA: b\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n",
                "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
                "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1,1\r\n\r\n",
                "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: \r\n\r\n",
                "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1234567890123456789\r\n\r\n",
                "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n",
                "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, chunked\r\n\r\n",
                "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
                "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n\r\n",
                "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\ng\r\n",
                "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n123456789\r\n",
                "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\nx\n0\n\n",
                "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nxy\r\n",
                "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\rx"
            })
    void badRequest_isFound_inAnyPieces(String request) {
        assertTrue(scan.see(bytes(request)) < request.length());
        assertEquals(400, problem().status());
        RequestScan slowly = new RequestScan();
        for (int i = 0; i < request.length() && slowly.problem() == null; i++) {
            slowly.see(bytes(request.substring(i, i + 1)));
        }
        assertEquals(400, Objects.requireNonNull(slowly.problem()).status());
    }

    @Test
    void headOfExactlyTheLimit_isTaken_andOneByteMoreIsNot() {
        String start = "GET / HTTP/1.1\r\nHost: x\r\nA: ";
        int room = TransportOptions.MAX_HEADER_BYTES - start.length() - 4;
        scan.see(bytes((start + "x".repeat(room) + "\r\n\r\n").repeat(2)));
        assertNull(scan.problem());
        scan.see(bytes(start + "x".repeat(room + 1) + "\r\n\r\n"));
        assertEquals(431, problem().status());
    }

    @Test
    void requestLineOverTheLimit_hasAStatusOfItsOwn() {
        scan.see(bytes("GET /" + "x".repeat(TransportOptions.MAX_HEADER_BYTES)));
        assertEquals(414, problem().status());
    }

    @Test
    void hundredHeaders_areTaken_andOneMoreIsNot() {
        String start = "GET / HTTP/1.1\r\nHost: x\r\n";
        String more = "A: b\r\n";
        scan.see(bytes((start + more.repeat(TransportOptions.MAX_HEADERS - 1) + "\r\n").repeat(2)));
        assertNull(scan.problem());
        scan.see(bytes(start + more.repeat(TransportOptions.MAX_HEADERS) + "\r\n"));
        assertEquals(431, problem().status());
    }

    @Test
    void trailerOverTheLimit_isRefused() {
        String start = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n";
        scan.see(bytes(start + "A: b\r\n".repeat(TransportOptions.MAX_HEADER_BYTES)));
        assertEquals(431, problem().status());
    }

    @Test
    void otherVersion_hasAStatusOfItsOwn() {
        scan.see(bytes("GET / HTTP/2.0\r\n"));
        assertEquals(505, problem().status());
    }

    @Test
    void chunksAlone_endWithThem() {
        RequestScan chunks = RequestScan.ofChunks();
        chunks.see(bytes("5\r\nhello\r\n0\r\n\r\n\0 not looked at"));
        assertNull(chunks.problem());
        RequestScan bad = RequestScan.ofChunks();
        bad.see(bytes("hello"));
        assertNotNull(bad.problem());
    }

    private HttpResponse problem() {
        return Objects.requireNonNull(scan.problem());
    }

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(ISO_8859_1));
    }
}
