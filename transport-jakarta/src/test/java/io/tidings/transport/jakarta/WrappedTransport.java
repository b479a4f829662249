package io.tidings.transport.jakarta;

import io.tidings.dialect.Frame;
import io.tidings.http.HttpRouter;
import io.tidings.spi.Acceptor;
import io.tidings.spi.Handshake;
import io.tidings.spi.HandshakeRequest;
import io.tidings.spi.Transport;
import io.tidings.spi.TransportConnection;
import io.tidings.spi.TransportListener;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;

/** A good transport whose every part can be replaced by a bad one. All methods pass on what they get. */
class WrappedTransport implements Transport {

    final Transport good;

    WrappedTransport(String host) {
        this(new UndertowTransport(TransportOptions.builder().host(host).build()));
    }

    WrappedTransport(Transport good) {
        this.good = good;
    }

    @Override
    public InetSocketAddress start(Acceptor acceptor) throws IOException {
        return good.start(wrap(acceptor));
    }

    @Override
    public CompletionStage<Void> pause() {
        return good.pause();
    }

    @Override
    public void close() {
        good.close();
    }

    Acceptor wrap(Acceptor acceptor) {
        return new WrappedAcceptor(acceptor);
    }

    Handshake wrap(Handshake handshake) {
        return new WrappedHandshake(handshake);
    }

    TransportConnection wrap(TransportConnection connection) {
        return connection;
    }

    TransportListener wrap(TransportListener listener) {
        return listener;
    }

    class WrappedAcceptor implements Acceptor {
        private final Acceptor acceptor;

        WrappedAcceptor(Acceptor acceptor) {
            this.acceptor = acceptor;
        }

        @Override
        public Set<String> paths() {
            return acceptor.paths();
        }

        @Override
        public int maxInboundBytes(String path) {
            return acceptor.maxInboundBytes(path);
        }

        @Override
        public HttpRouter routes() {
            return acceptor.routes();
        }

        @Override
        public Handshake begin(HandshakeRequest request) {
            return wrap(acceptor.begin(request));
        }
    }

    class WrappedHandshake implements Handshake {
        private final Handshake handshake;

        WrappedHandshake(Handshake handshake) {
            this.handshake = handshake;
        }

        @Override
        public int immediate() {
            return handshake.immediate();
        }

        @Override
        public CompletionStage<Integer> decision() {
            return handshake.decision();
        }

        @Override
        public Optional<String> subprotocol() {
            return handshake.subprotocol();
        }

        @Override
        public TransportListener open(TransportConnection connection) {
            return wrap(handshake.open(wrap(connection)));
        }

        @Override
        public void abandon() {
            handshake.abandon();
        }
    }

    static class WrappedConnection implements TransportConnection {
        final TransportConnection connection;

        WrappedConnection(TransportConnection connection) {
            this.connection = connection;
        }

        @Override
        public void write(Frame[] frames, int count, WriteCallback callback) {
            connection.write(frames, count, callback);
        }

        @Override
        public void ping() {
            connection.ping();
        }

        @Override
        public void close(int code, String reason) {
            connection.close(code, reason);
        }

        @Override
        public void abort() {
            connection.abort();
        }

        @Override
        public Executor lane() {
            return connection.lane();
        }
    }

    static class WrappedListener implements TransportListener {
        final TransportListener listener;

        WrappedListener(TransportListener listener) {
            this.listener = listener;
        }

        @Override
        public void text(CharSequence part, boolean last) {
            listener.text(part, last);
        }

        @Override
        public void binary() {
            listener.binary();
        }

        @Override
        public void pong() {
            listener.pong();
        }

        @Override
        public void tooLarge() {
            listener.tooLarge();
        }

        @Override
        public void closed(int code, String reason) {
            listener.closed(code, reason);
        }

        @Override
        public void failed(Throwable failure) {
            listener.failed(failure);
        }
    }
}
