package io.tidings.testkit;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.ProtocolException;
import java.net.SocketTimeoutException;

/**
 * Reads an {@link UpgradeResponse} off a blocking stream.
 *
 * <p>Byte by byte up to the empty line: the frames behind it must stay in the socket, for a client that never reads.
 */
final class UpgradeResponseReader {
    static final int MAX_HEAD_BYTES = 16 * 1024;
    private static final int MAX_BODY_BYTES = 64 * 1024;

    private final InputStream in;

    UpgradeResponseReader(InputStream in) {
        this.in = in;
    }

    UpgradeResponse read() throws IOException {
        UpgradeResponse head = UpgradeResponse.parseHead(readHead());
        return head.granted() ? head : head.withBody(new String(readBody(head), UTF_8));
    }

    private byte[] readHead() throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream(256);
        for (int matched = 0; matched < 4; ) {
            int b = in.read();
            if (b < 0) {
                throw new EOFException("the peer closed after " + head.size() + " bytes of its answer");
            }
            head.write(b);
            if (head.size() > MAX_HEAD_BYTES) {
                throw new ProtocolException("response head: expected at most " + MAX_HEAD_BYTES + " bytes");
            }
            boolean expected = b == (matched % 2 == 0 ? '\r' : '\n');
            matched = expected ? matched + 1 : b == '\r' ? 1 : 0;
        }
        return head.toByteArray();
    }

    /** What arrives of the body before the peer ends or falls silent: a refusal is worth more than its last byte. */
    private byte[] readBody(UpgradeResponse head) throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        try {
            if (head.header("Transfer-Encoding").orElse("").equalsIgnoreCase("chunked")) {
                int size;
                while ((size = Integer.parseInt(readLine().split(";", 2)[0].strip(), 16)) > 0) {
                    copy(body, size);
                    readLine();
                }
            } else {
                copy(body, head.header("Content-Length").map(Integer::parseInt).orElse(MAX_BODY_BYTES));
            }
        } catch (SocketTimeoutException | EOFException cutShort) {
            return body.toByteArray();
        } catch (NumberFormatException e) {
            throw (IOException) new ProtocolException("body length: expected a number").initCause(e);
        }
        return body.toByteArray();
    }

    private void copy(ByteArrayOutputStream body, int bytes) throws IOException {
        int wanted = Math.min(bytes, MAX_BODY_BYTES - body.size());
        for (int i = 0; i < wanted; i++) {
            int b = in.read();
            if (b < 0) {
                throw new EOFException();
            }
            body.write(b);
        }
        if (wanted < bytes) {
            throw new EOFException("the rest is not kept");
        }
    }

    private String readLine() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        int b;
        while ((b = in.read()) != '\n') {
            if (b < 0 || line.size() > MAX_HEAD_BYTES) {
                throw new EOFException();
            }
            line.write(b);
        }
        return line.toString(ISO_8859_1).strip();
    }
}
