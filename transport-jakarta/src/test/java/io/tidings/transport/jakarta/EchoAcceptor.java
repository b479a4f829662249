package io.tidings.transport.jakarta;

import io.tidings.dialect.Frame;
import io.tidings.dialect.FrameTemplate;
import io.tidings.http.HttpResponse;
import io.tidings.http.HttpRoute;
import io.tidings.http.HttpRouter;
import io.tidings.spi.Acceptor;
import io.tidings.spi.Handshake;
import io.tidings.spi.HandshakeRequest;
import io.tidings.spi.TransportConnection;
import io.tidings.spi.TransportListener;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Lets everybody in, says what it hears, and takes what is posted to {@link #ROUTE}. */
final class EchoAcceptor implements Acceptor {

    static final String PATH = "/ws";
    static final String ROUTE = "/route";

    private final int status;

    EchoAcceptor() {
        this(Handshake.UPGRADE);
    }

    /** Refuses at once with a status. */
    EchoAcceptor(int status) {
        this.status = status;
    }

    @Override
    public Set<String> paths() {
        return Set.of(PATH);
    }

    @Override
    public int maxInboundBytes(String path) {
        return 4096;
    }

    @Override
    public HttpRouter routes() {
        return new HttpRouter(List.of(
                HttpRoute.post(ROUTE, request -> CompletableFuture.completedFuture(HttpResponse.text(200, "taken")))));
    }

    @Override
    public Handshake begin(HandshakeRequest request) {
        return new Handshake() {
            @Override
            public int immediate() {
                return status;
            }

            @Override
            public CompletionStage<Integer> decision() {
                return CompletableFuture.completedFuture(UPGRADE);
            }

            @Override
            public Optional<String> subprotocol() {
                return Optional.empty();
            }

            @Override
            public TransportListener open(TransportConnection connection) {
                return new Echo(connection);
            }

            @Override
            public void abandon() {}
        };
    }

    private record Echo(TransportConnection connection) implements TransportListener {
        @Override
        public void text(CharSequence part, boolean last) {
            byte[] text = part.toString().getBytes(StandardCharsets.UTF_8);
            connection.write(new Frame[] {FrameTemplate.withoutId(text).frame()}, 1, failure -> {});
        }

        @Override
        public void binary() {}

        @Override
        public void pong() {}

        @Override
        public void tooLarge() {}

        @Override
        public void closed(int code, String reason) {}

        @Override
        public void failed(Throwable failure) {}
    }
}
