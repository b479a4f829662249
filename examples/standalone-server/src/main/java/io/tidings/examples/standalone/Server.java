package io.tidings.examples.standalone;

import io.tidings.Endpoint;
import io.tidings.Hub;
import io.tidings.HubBuilder;
import io.tidings.auth.AllowedOrigins;
import io.tidings.auth.Authorizer;
import io.tidings.dialect.EnvelopeDialect;
import io.tidings.dialect.EventDialect;
import io.tidings.feeds.Feeds;
import io.tidings.http.HttpRoute;
import io.tidings.http.TrustedProxies;
import io.tidings.mailbox.Mailbox;
import io.tidings.policy.DrainPolicy;
import io.tidings.policy.RateLimits;
import io.tidings.sanitizer.owasp.OwaspSanitizer;
import io.tidings.spi.Ticker;
import io.tidings.spi.Transport;
import io.tidings.transport.jakarta.TransportOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A hub with everything around it, listening. */
final class Server implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Server.class);
    private static final Duration MAX_RELAYING = Duration.ofSeconds(2);
    private static final Duration MAX_CLOSING =
            DrainPolicy.STANDARD.deadline().plus(MAX_RELAYING).plusSeconds(5);

    private final LateHub hub = new LateHub();
    private final AtomicBoolean closing = new AtomicBoolean();
    private final Stored stored;
    private final Feeds feeds;
    private final Transport transport;
    private final InetSocketAddress address;

    private Server(Flags flags, Authorizer authorizer, RateLimits limits) throws IOException {
        stored = Stored.open(flags.stores());
        feeds = Feeds.builder().store(stored.feeds()).directory(new Users()).build();
        Hub built;
        try {
            built = hub(flags, authorizer, limits);
        } catch (RuntimeException e) {
            feeds.close();
            stored.close();
            throw e;
        }
        hub.is(built);
        feeds.start(built);
        transport = flags.container()
                .transport(TransportOptions.builder()
                        .host(flags.host())
                        .port(flags.port())
                        .build());
        try {
            address = transport.start(built.acceptor());
        } catch (IOException | RuntimeException e) {
            built.close();
            feeds.close();
            stored.close();
            throw e;
        }
    }

    /**
     * Starts one; it accepts connections when this returns.
     *
     * @throws IOException when it cannot listen, or open its database
     */
    static Server start(Flags flags) throws IOException {
        return start(flags, new Colleagues(), RateLimits.STANDARD);
    }

    /** Starts one whose users may do what an authoriser says, as fast as limits allow. */
    static Server start(Flags flags, Authorizer authorizer, RateLimits limits) throws IOException {
        return new Server(flags, authorizer, limits);
    }

    /** Where it listens, as the start of a URL: {@code http://127.0.0.1:8080}. */
    String url() {
        InetAddress host = address.getAddress();
        String text = host.getHostAddress().replaceFirst("%.*", "");
        return "http://" + (text.indexOf(':') < 0 ? text : '[' + text + ']') + ':' + address.getPort();
    }

    /** What the hub holds. */
    Hub hub() {
        return hub.get();
    }

    /**
     * Takes no new connection, drains, and stops: after the drain's deadline of 30 s, and the 2 s that the mailbox may take then,
     * at the latest.
     */
    @Override
    public void close() {
        if (closing.getAndSet(true)) {
            return;
        }
        transport.pause();
        // What was stored is in the mailboxes before the hub takes nothing any more.
        hub.get()
                .drain()
                .thenCompose(drained -> feeds.relayed(MAX_RELAYING))
                .thenAccept(relayed -> hub.get().close());
        try {
            hub.get().closed().toCompletableFuture().get(MAX_CLOSING.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            LOG.warn("Stopped before the hub was closed: {}", hub.get().stats());
        }
        transport.close();
        feeds.close();
        stored.close();
    }

    private Hub hub(Flags flags, Authorizer authorizer, RateLimits limits) {
        Credentials credentials = Credentials.of(flags.tokens());
        Mailbox mailbox = stored.mailbox();
        ServerMetrics metrics = new ServerMetrics();
        EventDialect event = EventDialect.standard();
        AllowedOrigins origins = origins(flags);
        HubBuilder builder = Hub.builder()
                .endpoint(Endpoint.of("/notification/ws", EnvelopeDialect.standard())
                        .withOrigins(origins))
                .endpoint(Endpoint.of("/api/v1/ws", event).withOrigins(origins))
                .authenticator(credentials.authenticator())
                .authorizer(authorizer)
                .sanitizer(new OwaspSanitizer())
                .rateLimits(limits)
                .cors(origins)
                .listener(feeds.listener())
                .mailbox(mailbox)
                .eventsRoute("/api/v1/events", event)
                .trustedProxies(TrustedProxies.of(flags.trustedProxies()))
                .observer(metrics);
        if (flags.node() != null) {
            builder.node(flags.node());
        }
        List<HttpRoute> routes = new ArrayList<>();
        routes.addAll(PageRoutes.all());
        routes.addAll(feeds.routes());
        routes.add(HealthRoute.of(() -> !closing.get(), mailbox, stored.feeds()));
        routes.add(MetricsRoute.of(() -> hub.get().stats(), metrics));
        credentials.issuer().ifPresent(issuer -> routes.add(DevTokenRoute.of(issuer, flags.tokens(), Ticker.SYSTEM)));
        routes.forEach(builder::route);
        return builder.build();
    }

    private static AllowedOrigins origins(Flags flags) {
        if (!flags.allowOrigins().isEmpty()) {
            return AllowedOrigins.of(flags.allowOrigins());
        }
        return flags.tokens().isDevMode() ? AllowedOrigins.any() : AllowedOrigins.sameHost();
    }
}
