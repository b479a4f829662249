package io.tidings.testkit;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;

/** An HTTP client over a plain socket, for requests that no well-behaved client sends. Not thread-safe. */
final class RawHttp implements AutoCloseable {

    private final Socket socket = new Socket();

    private RawHttp(InetSocketAddress address, Duration patience) throws IOException {
        socket.connect(address, Threads.millis(patience));
        socket.setSoTimeout(Threads.millis(patience));
        socket.setTcpNoDelay(true);
    }

    static RawHttp to(InetSocketAddress address, Duration patience) {
        try {
            return new RawHttp(address, patience);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Sends lines, each ended as HTTP ends them. */
    RawHttp lines(String... lines) {
        return raw(String.join("\r\n", lines) + "\r\n");
    }

    RawHttp raw(String text) {
        try {
            socket.getOutputStream().write(text.getBytes(ISO_8859_1));
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Sends an upgrade, and waits for nothing. */
    RawHttp upgrade(UpgradeRequest request) {
        return raw(new String(request.bytes(), ISO_8859_1));
    }

    /** The next response, body included. */
    UpgradeResponse response() {
        try {
            return new UpgradeResponseReader(socket.getInputStream()).read();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The next line, without its end. */
    String line() {
        StringBuilder line = new StringBuilder();
        try {
            int c;
            while ((c = socket.getInputStream().read()) >= 0 && c != '\n') {
                line.append((char) c);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return line.toString().strip();
    }

    /**
     * All that comes up to the end of the connection, or until nothing more comes of an answer and it stays open.
     *
     * @param silence how long after an answer another, or the end, is waited for
     */
    TransportRequestContract.Said said(Duration silence) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        try {
            byte[] some = new byte[8192];
            int read;
            while ((read = socket.getInputStream().read(some)) >= 0) {
                all.write(some, 0, read);
                socket.setSoTimeout(Threads.millis(silence));
            }
        } catch (SocketTimeoutException silent) {
            return new TransportRequestContract.Said(all.toString(ISO_8859_1), true);
        } catch (IOException reset) {
            // the end too
        }
        return new TransportRequestContract.Said(all.toString(ISO_8859_1), false);
    }

    /** All bytes up to the end of the stream. */
    String rest() {
        try {
            return new String(socket.getInputStream().readAllBytes(), ISO_8859_1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        Sockets.reset(socket);
    }
}
