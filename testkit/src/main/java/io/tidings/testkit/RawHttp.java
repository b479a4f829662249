package io.tidings.testkit;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;

/** An HTTP client over a plain socket, for requests that no well-behaved client sends. Not thread-safe. */
final class RawHttp implements AutoCloseable {

    private final Socket socket = new Socket();

    private RawHttp(InetSocketAddress address) throws IOException {
        socket.connect(address, Threads.millis(RecordedSession.PATIENCE));
        socket.setSoTimeout(Threads.millis(RecordedSession.PATIENCE));
        socket.setTcpNoDelay(true);
    }

    static RawHttp to(InetSocketAddress address) {
        try {
            return new RawHttp(address);
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
