package io.tidings;

import io.tidings.auth.Authentication;
import io.tidings.auth.TokenSource;
import io.tidings.http.HttpRouter;
import io.tidings.http.IpAddress;
import io.tidings.message.CloseReason;
import io.tidings.message.Ids;
import io.tidings.spi.Acceptor;
import io.tidings.spi.Handshake;
import io.tidings.spi.HandshakeRequest;
import io.tidings.spi.TransportConnection;
import io.tidings.spi.TransportListener;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Decides on handshakes and turns upgraded ones into connections. */
final class HubAcceptor implements Acceptor {

    /** The subprotocol that is offered and echoed. */
    static final String SUBPROTOCOL = "tidings.v1";

    private static final String BEARER_ENTRY = "bearer.";
    private static final String BEARER = "bearer ";
    private static final int MAX_REMOTE = 64;
    private static final String HANDSHAKES = "handshakes";
    private static final long WARNING_NANOS = 60_000_000_000L;

    private final Engine engine;
    private final HttpRouter routes;
    private final HandshakeGate gate;
    private final AtomicLong nextWarning;
    private final Map<String, Endpoint> endpoints = new LinkedHashMap<>();

    HubAcceptor(Engine engine, List<Endpoint> endpoints, HttpRouter routes) {
        this.engine = engine;
        this.routes = routes;
        this.gate = new HandshakeGate(engine.guards().handshakes(), engine.ticker());
        this.nextWarning = new AtomicLong(engine.ticker().nanos());
        endpoints.forEach(endpoint -> this.endpoints.put(endpoint.path(), endpoint));
    }

    @Override
    public Set<String> paths() {
        return Set.copyOf(endpoints.keySet());
    }

    @Override
    public int maxInboundBytes(String path) {
        return endpoint(path).policy().maxInboundBytes();
    }

    @Override
    public HttpRouter routes() {
        return routes;
    }

    @Override
    public Handshake begin(HandshakeRequest request) {
        Endpoint endpoint = endpoint(request.path());
        String peer = request.remoteAddress();
        String remote = engine.guards()
                .proxies()
                .client(peer.length() > MAX_REMOTE ? peer.substring(0, MAX_REMOTE) : peer, request::headers);
        if (engine.isDraining()) {
            return new Refused(503);
        }
        if (!gate.admits(IpAddress.parse(remote))) {
            tooFast(remote);
            return new Refused(429);
        }
        if (engine.isCrowded()) {
            engine.observer().limited(HANDSHAKES);
            return new Refused(503);
        }
        boolean allowed = endpoint.origins()
                .allow(
                        request.header("Origin").orElse(null),
                        request.header("Host").orElse(null));
        if (!allowed) {
            return new Refused(403);
        }
        QueryParameters query = new QueryParameters(request.query());
        Optional<String> subprotocol =
                request.subprotocols().contains(SUBPROTOCOL) ? Optional.of(SUBPROTOCOL) : Optional.empty();
        return new Begun(endpoint, remote, subprotocol, token(endpoint, request, query), asked(query));
    }

    private void tooFast(String remote) {
        engine.observer().limited(HANDSHAKES);
        long now = engine.ticker().nanos();
        long next = nextWarning.get();
        if (now - next >= 0 && nextWarning.compareAndSet(next, now + WARNING_NANOS)) {
            HubLog.handshakesLimited(remote);
        }
    }

    private Endpoint endpoint(String path) {
        Endpoint endpoint = endpoints.get(path);
        if (endpoint == null) {
            throw new IllegalArgumentException("no endpoint at " + path);
        }
        return endpoint;
    }

    private static @Nullable String token(Endpoint endpoint, HandshakeRequest request, QueryParameters query) {
        for (TokenSource source : TokenSource.values()) {
            if (endpoint.tokenSources().contains(source)) {
                Optional<String> token = switch (source) {
                    case HEADER ->
                        request.header("Authorization")
                                .filter(value -> value.regionMatches(true, 0, BEARER, 0, BEARER.length()))
                                .map(value -> value.substring(BEARER.length()).trim());
                    case QUERY -> query.get("token");
                    case SUBPROTOCOL ->
                        request.subprotocols().stream()
                                .filter(entry -> entry.startsWith(BEARER_ENTRY))
                                .map(entry -> entry.substring(BEARER_ENTRY.length()))
                                .findFirst();
                    case FRAME -> Optional.empty();
                };
                if (token.isPresent()) {
                    return token.get();
                }
            }
        }
        return null;
    }

    private static Opening.Asked asked(QueryParameters query) {
        return new Opening.Asked(
                query.get("device").orElse(null),
                query.get("instance").orElse(null),
                query.get("lastMessageId").map(HubAcceptor::cut).orElse(null),
                query.get("categories").map(HubAcceptor::words).orElse(null));
    }

    private static String cut(String text) {
        return text.length() > Ids.MAX_LENGTH ? text.substring(0, Ids.MAX_LENGTH) : text;
    }

    /** The words of a list by comma, as far as they are well formed and not too many. */
    static Set<String> words(String list) {
        return Arrays.stream(list.split(","))
                .map(String::trim)
                .filter(word -> Ids.problem(word) == null)
                .limit(InboundReader.MAX_SUBSCRIPTIONS)
                .collect(Collectors.toUnmodifiableSet());
    }

    private CompletionStage<Authentication> authenticate(String token) {
        if (token.isEmpty()) {
            return CompletableFuture.completedFuture(new Authentication.Refused(Authentication.Reason.MALFORMED));
        }
        return engine.authenticate(token);
    }

    /** No connection. */
    private record Refused(int immediate) implements Handshake {

        @Override
        public CompletionStage<Integer> decision() {
            return CompletableFuture.completedFuture(immediate);
        }

        @Override
        public Optional<String> subprotocol() {
            return Optional.empty();
        }

        @Override
        public TransportListener open(TransportConnection connection) {
            throw new IllegalStateException("the handshake was refused with " + immediate);
        }

        @Override
        public void abandon() {
            // Nothing was begun.
        }
    }

    /** Hears nothing of a connection that nobody wants. */
    private static final class Deaf implements TransportListener {

        @Override
        public void text(CharSequence part, boolean last) {}

        @Override
        public void binary() {}

        @Override
        public void pong() {}

        @Override
        public void tooLarge() {}

        @Override
        public void closed(int code, @Nullable String reason) {}

        @Override
        public void failed(Throwable failure) {}
    }

    /** A connection, if the credential holds. */
    private final class Begun implements Handshake {

        private final Endpoint endpoint;
        private final String remoteAddress;
        private final Optional<String> subprotocol;
        private final Opening.Asked asked;
        private final @Nullable CompletionStage<Authentication> checked;

        Begun(
                Endpoint endpoint,
                String remoteAddress,
                Optional<String> subprotocol,
                @Nullable String token,
                Opening.Asked asked) {
            this.endpoint = endpoint;
            this.remoteAddress = remoteAddress;
            this.subprotocol = subprotocol;
            this.asked = asked;
            this.checked = token == null ? null : authenticate(token);
        }

        @Override
        public int immediate() {
            return UPGRADE;
        }

        @Override
        public CompletionStage<Integer> decision() {
            if (!endpoint.refuseBeforeUpgrade()) {
                return CompletableFuture.completedFuture(UPGRADE);
            }
            if (checked == null) {
                boolean frame = endpoint.tokenSources().contains(TokenSource.FRAME);
                if (!frame) {
                    engine.observer().refused(Authentication.Reason.MISSING);
                }
                return CompletableFuture.completedFuture(frame ? UPGRADE : 401);
            }
            return checked.handle((result, failure) -> {
                if (result instanceof Authentication.Refused refused) {
                    engine.observer().refused(refused.reason());
                    return 401;
                }
                return failure == null ? UPGRADE : 503;
            });
        }

        @Override
        public Optional<String> subprotocol() {
            return subprotocol;
        }

        @Override
        public TransportListener open(TransportConnection transport) {
            if (engine.isDraining()) {
                // The hub was closed between the handshake and now, and may have no lanes and no watch any more.
                sendAway(transport);
                return new Deaf();
            }
            if (!engine.takePlace()) {
                // More handshakes were under way than there was room for.
                engine.observer().limited(HANDSHAKES);
                transport.close(CloseReason.TRY_AGAIN_LATER.code(), engine.unavailable());
                return new Deaf();
            }
            HubConnection connection =
                    new HubConnection(engine, endpoint, transport, engine.nextConnectionId(), remoteAddress);
            Opening opening = new Opening(engine, connection, asked);
            InboundReader reader = new InboundReader(connection, opening);
            engine.opened(connection);
            if (engine.isDraining()) {
                // It was closed a moment later, and may or may not have seen this connection.
                sendAway(transport);
                connection.closed(CloseReason.RESTART);
                return new Deaf();
            }
            if (checked == null) {
                opening.waitForToken();
            } else {
                opening.authenticate(checked);
            }
            return reader;
        }

        private void sendAway(TransportConnection transport) {
            CloseReason reason = engine.drainReason();
            transport.close(reason.code(), reason.reason());
        }

        @Override
        public void abandon() {
            // The credential's check ends by itself, and nobody hears of it.
        }
    }
}
