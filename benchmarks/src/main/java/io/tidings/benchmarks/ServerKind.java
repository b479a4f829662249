package io.tidings.benchmarks;

import io.tidings.transport.jakarta.JettyTransport;
import io.tidings.transport.jakarta.TomcatTransport;
import io.tidings.transport.jakarta.TransportOptions;
import io.tidings.transport.jakarta.TyrusTransport;
import io.tidings.transport.jakarta.UndertowTransport;
import java.util.Arrays;
import java.util.Locale;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** The servers that can be measured, by the name that the command line uses: {@code BARE_TYRUS} is {@code bare-tyrus}. */
enum ServerKind {
    /** Tyrus on Grizzly, one asynchronous send a session and text. */
    BARE_TYRUS(BareTyrus::new),
    /** Tomcat's own WebSocket, one asynchronous send a session and text, one at a time. */
    BARE_TOMCAT(BareTomcat::new),
    /** Jetty's own WebSocket, one asynchronous send a session and text. */
    BARE_JETTY(BareJetty::new),
    /** Undertow's Jakarta endpoint, one asynchronous send a session and text. */
    BARE_UNDERTOW(BareUndertow::new),
    /** Netty, the frame encoded once, flushed with every text. */
    BARE_NETTY(() -> new BareNetty(false)),
    /** Netty, the frame encoded once, flushed when the event loop has no more texts waiting. */
    BARE_NETTY_GATHERED(() -> new BareNetty(true)),
    /** A hub on Tyrus. */
    TIDINGS_TYRUS(() -> new TidingsServer(new TyrusTransport(TransportOptions.defaults()))),
    /** A hub on Tomcat. */
    TIDINGS_TOMCAT(() -> new TidingsServer(new TomcatTransport(TransportOptions.defaults()))),
    /** A hub on Jetty. */
    TIDINGS_JETTY(() -> new TidingsServer(new JettyTransport(TransportOptions.defaults()))),
    /** A hub on Undertow. */
    TIDINGS_UNDERTOW(() -> new TidingsServer(new UndertowTransport(TransportOptions.defaults()))),
    /** A hub on a sketch of a Netty transport. */
    TIDINGS_NETTY(() -> new TidingsServer(new NettySpike()));

    private final Supplier<BenchServer> server;

    ServerKind(Supplier<BenchServer> server) {
        this.server = server;
    }

    BenchServer open() {
        return server.get();
    }

    /** The kind of that name; a name that no kind has is an {@link IllegalArgumentException} that lists them. */
    static ServerKind named(String name) {
        return Arrays.stream(values())
                .filter(kind -> kind.toString().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no server \"" + name + "\"; there are "
                        + Arrays.stream(values()).map(ServerKind::toString).collect(Collectors.joining(", "))));
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
