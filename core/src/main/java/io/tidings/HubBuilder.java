package io.tidings;

import io.tidings.auth.AllowedOrigins;
import io.tidings.auth.Authenticator;
import io.tidings.auth.Authorizer;
import io.tidings.dialect.Dialect;
import io.tidings.http.Cors;
import io.tidings.http.HttpRoute;
import io.tidings.http.TrustedProxies;
import io.tidings.inmemory.InMemoryMailbox;
import io.tidings.mailbox.Mailbox;
import io.tidings.message.Ids;
import io.tidings.message.Kinds;
import io.tidings.message.Message;
import io.tidings.policy.AcknowledgementPolicy;
import io.tidings.policy.ConnectionLimits;
import io.tidings.policy.DrainPolicy;
import io.tidings.policy.HandshakeLimits;
import io.tidings.policy.HeartbeatPolicy;
import io.tidings.policy.QueueLimits;
import io.tidings.policy.RateLimits;
import io.tidings.spi.Broker;
import io.tidings.spi.HubObserver;
import io.tidings.spi.RateLimiter;
import io.tidings.spi.Sanitizer;
import io.tidings.spi.Scheduler;
import io.tidings.spi.Ticker;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** Describes a hub. Every option has a default but the endpoints and the authenticator. Not safe for use by several threads. */
public final class HubBuilder {

    private static final int NODE_NAME_BITS = 20;

    private final List<Endpoint> endpoints = new ArrayList<>();
    private final List<HttpRoute> routes = new ArrayList<>();
    private final HubThreads threads = new HubThreads();
    private Cors cors = Cors.NONE;
    private @Nullable String eventsPath;
    private @Nullable Dialect eventsDialect;
    private @Nullable Authenticator authenticator;
    private Authorizer authorizer = Authorizer.STANDARD;
    private @Nullable Sanitizer sanitizer;
    private HubListener listener = HubListener.NONE;
    private @Nullable DeliveryListener deliveryListener;
    private @Nullable Mailbox mailbox;
    private @Nullable Broker broker;
    private QueueLimits queueLimits = QueueLimits.STANDARD;
    private AcknowledgementPolicy acknowledgementPolicy = AcknowledgementPolicy.STANDARD;
    private ConnectionLimits connectionLimits = ConnectionLimits.STANDARD;
    private HandshakeLimits handshakeLimits = HandshakeLimits.STANDARD;
    private RateLimits rateLimits = RateLimits.STANDARD;
    private @Nullable RateLimiter rateLimiter;
    private TrustedProxies trustedProxies = TrustedProxies.NONE;
    private DrainPolicy drainPolicy = DrainPolicy.STANDARD;
    private HubObserver observer = HubObserver.NONE;
    private @Nullable String node;
    private Ticker ticker = Ticker.SYSTEM;
    private @Nullable Scheduler scheduler;
    private RandomGenerator random = new SecureRandom();
    private @Nullable Executor executor;
    private List<Executor> lanes = List.of();
    private Duration expiryWarning = Duration.ofSeconds(30);
    private Duration expirySkew = Duration.ofSeconds(30);
    private Engine.@Nullable Options options;

    HubBuilder() {}

    /** Adds an endpoint; at least one is required, each with its own path. */
    public HubBuilder endpoint(Endpoint endpoint) {
        endpoints.add(endpoint);
        return this;
    }

    /** Sets who checks credentials; required. */
    public HubBuilder authenticator(Authenticator checker) {
        authenticator = checker;
        return this;
    }

    /** Sets who allows requests and topics; default: requests are allowed, within the tenant also those that reach others; topics are refused. */
    public HubBuilder authorizer(Authorizer allower) {
        authorizer = allower;
        return this;
    }

    /**
     * Sets who makes the text of clients harmless; default: the one on the class path, such as that of the module
     * {@code tidings-sanitizer-owasp}, and where there is none {@link Sanitizer#NONE}. What the host itself sends is not touched.
     */
    public HubBuilder sanitizer(Sanitizer cleaner) {
        sanitizer = cleaner;
        return this;
    }

    /** Sets who is told of connections and answers requests; default: nobody. */
    public HubBuilder listener(HubListener told) {
        listener = told;
        return this;
    }

    /** Sets who is told what becomes of durable messages; default: nobody, which costs nothing. */
    public HubBuilder deliveryListener(DeliveryListener told) {
        deliveryListener = told;
        return this;
    }

    /** Sets where durable messages are kept; default: in memory. The hub closes it. */
    public HubBuilder mailbox(Mailbox keeper) {
        mailbox = keeper;
        return this;
    }

    /** Sets what carries messages between nodes; default: nothing, there is one node. The hub closes it. */
    public HubBuilder broker(Broker carrier) {
        broker = carrier;
        return this;
    }

    /** Adds a route that transports serve beside the endpoints. */
    public HubBuilder route(HttpRoute route) {
        routes.add(route);
        return this;
    }

    /**
     * Sets which web pages of other origins may use the routes, all of them; default: none. They may send {@code Authorization},
     * {@code Content-Type} and {@code Idempotency-Key}, and read every answer, refusals too. See {@link Cors}. Which pages may open
     * connections is each {@link Endpoint}'s to say.
     */
    public HubBuilder cors(AllowedOrigins pages) {
        cors = Cors.of(pages::allow);
        return this;
    }

    /**
     * Serves users' mailboxes to clients that poll, such as {@code GET /api/v1/events?after=&limit=}: {@code {items, next, gap?}}, with
     * {@code items} the frames that a connection would be told, and {@code next} the id to go on after, over requests or as the
     * {@code lastMessageId} of a connection. A page has at most {@code limit} frames (default 100, at most 1,000) and about 1 MiB; there is
     * more while {@code next} changes. A gap is told as a connection is told of it. {@code instance} and {@code categories} leave out
     * what they keep from a connection. No cursor moves.
     *
     * <p>Callers bring their token in the header; it is charged to the user's reads. Answers 401, 429, 400 for a bad {@code limit} or an
     * {@code after} of more than 128 characters, and 503 while tokens cannot be checked or the mailbox is away.
     *
     * @param dialect whose frames: one that an endpoint speaks
     */
    public HubBuilder eventsRoute(String path, Dialect dialect) {
        eventsPath = path;
        eventsDialect = dialect;
        return this;
    }

    /** Sets how much a connection may queue; default: {@link QueueLimits#STANDARD}. */
    public HubBuilder queueLimits(QueueLimits limits) {
        queueLimits = limits;
        return this;
    }

    /** Sets when what stays unacknowledged is written again; default: {@link AcknowledgementPolicy#STANDARD}. */
    public HubBuilder acknowledgementPolicy(AcknowledgementPolicy policy) {
        acknowledgementPolicy = policy;
        return this;
    }

    /** Sets how many connections a user may have; default: {@link ConnectionLimits#STANDARD}. */
    public HubBuilder connectionLimits(ConnectionLimits limits) {
        connectionLimits = limits;
        return this;
    }

    /** Sets how much a user may ask for; default: {@link RateLimits#STANDARD}. */
    public HubBuilder rateLimits(RateLimits limits) {
        rateLimits = limits;
        return this;
    }

    /**
     * Sets who counts what users ask for; default: a {@link io.tidings.limit.SlidingWindowLimiter}, for this node alone. The hub closes
     * it.
     */
    public HubBuilder rateLimiter(RateLimiter limiter) {
        rateLimiter = limiter;
        return this;
    }

    /** Sets how fast connections may come; default: {@link HandshakeLimits#STANDARD}. */
    public HubBuilder handshakeLimits(HandshakeLimits limits) {
        handshakeLimits = limits;
        return this;
    }

    /**
     * Sets the proxies whose {@code Forwarded} and {@code X-Forwarded-For} are believed, for logs and limits; default: none. Behind a
     * proxy that is not named here all clients have its address, and its share of the handshakes.
     */
    public HubBuilder trustedProxies(TrustedProxies proxies) {
        trustedProxies = proxies;
        return this;
    }

    /** Sets how clients are sent away when the hub stops; default: {@link DrainPolicy#STANDARD}. */
    public HubBuilder drainPolicy(DrainPolicy policy) {
        drainPolicy = policy;
        return this;
    }

    /** Sets who is told of figures; default: nobody. */
    public HubBuilder observer(HubObserver watcher) {
        observer = watcher;
        return this;
    }

    /** Sets how long before its token ends a client is told; default 30 s; zero or more. */
    public HubBuilder expiryWarning(Duration before) {
        expiryWarning = before;
        return this;
    }

    /**
     * Sets how long after its end a token still counts, for clocks that differ; default 30 s; zero or more. Give the authenticator
     * the same.
     */
    public HubBuilder expirySkew(Duration after) {
        expirySkew = after;
        return this;
    }

    /** Names this node, uniquely among the nodes; default: a random name. */
    public HubBuilder node(String name) {
        node = name;
        return this;
    }

    /** Sets the time; default: the machine's. */
    public HubBuilder ticker(Ticker time) {
        ticker = time;
        return this;
    }

    /** Sets what runs tasks later; default: one daemon thread. */
    public HubBuilder scheduler(Scheduler later) {
        scheduler = later;
        return this;
    }

    /** Sets the source of chance; default: a {@link SecureRandom}. MUST be safe for use by several threads. */
    public HubBuilder random(RandomGenerator chance) {
        random = chance;
        return this;
    }

    /** Sets where the host's handlers run; default: virtual threads where the JDK has them, else up to 64 daemon threads. */
    public HubBuilder executor(Executor handlers) {
        executor = handlers;
        return this;
    }

    /**
     * Sets the lanes of connections whose transport brings none; each MUST run one task at a time, in order. Default: one daemon
     * thread a processor.
     */
    public HubBuilder lanes(List<Executor> executors) {
        lanes = List.copyOf(executors);
        return this;
    }

    /**
     * The hub, at work.
     *
     * @throws IllegalArgumentException that lists every problem
     */
    public Hub build() {
        List<String> problems = problems();
        List<Sanitizer> sanitizers = sanitizers();
        if (sanitizers.size() > 1) {
            problems.add("several sanitizers are on the class path, of which one must be named: "
                    + sanitizers.stream().map(each -> each.getClass().getName()).toList());
        }
        Authenticator checker = authenticator;
        if (!problems.isEmpty() || checker == null) {
            throw new IllegalArgumentException("The hub cannot be built: " + String.join("; ", problems));
        }
        HubObserver guarded = observer == HubObserver.NONE ? observer : new GuardedObserver(observer);
        options = new Engine.Options(
                node == null ? "n" + Integer.toString(random.nextInt(1 << NODE_NAME_BITS), 36) : node,
                List.copyOf(endpoints),
                checker,
                authorizer,
                sanitizers.isEmpty() ? Sanitizer.NONE : sanitizers.get(0),
                listener,
                deliveryListener,
                mailbox == null ? InMemoryMailbox.builder().ticker(ticker).build() : mailbox,
                queueLimits,
                acknowledgementPolicy,
                guarded,
                ticker,
                scheduler == null ? threads.scheduler() : scheduler,
                random,
                executor == null ? threads.executor() : executor,
                expiryWarning,
                expirySkew,
                drainPolicy,
                new Engine.Guards(
                        handshakeLimits, trustedProxies, new Rates(rateLimits, rateLimiter, guarded, ticker)));
        return new Hub(this);
    }

    /** The one that was named, else those on the class path. */
    private List<Sanitizer> sanitizers() {
        Sanitizer named = sanitizer;
        return named != null
                ? List.of(named)
                : ServiceLoader.load(Sanitizer.class).stream()
                        .map(ServiceLoader.Provider::get)
                        .toList();
    }

    private List<String> problems() {
        List<String> problems = new ArrayList<>();
        if (endpoints.isEmpty()) {
            problems.add("at least one endpoint is required");
        }
        Set<String> paths = new HashSet<>();
        for (Endpoint endpoint : endpoints) {
            if (!paths.add(endpoint.path())) {
                problems.add("endpoint path " + endpoint.path() + " is used twice");
            }
        }
        for (Endpoint endpoint : endpoints) {
            if (endpoint.policy().heartbeat().probe() == HeartbeatPolicy.Probe.FRAME
                    && endpoint.dialect().encode(Message.of(Kinds.PING).build()).isEmpty()) {
                problems.add("endpoint " + endpoint.path() + " probes with ping messages, for which the dialect "
                        + endpoint.dialect().name() + " has no word");
            }
        }
        Dialect polled = eventsDialect;
        if (polled != null
                && endpoints.stream().noneMatch(endpoint -> endpoint.dialect().equals(polled))) {
            problems.add("the events route speaks the dialect " + polled.name() + ", which no endpoint does");
        }
        if (expiryWarning.isNegative()) {
            problems.add("expiryWarning must not be negative, was " + expiryWarning);
        }
        if (expirySkew.isNegative()) {
            problems.add("expirySkew must not be negative, was " + expirySkew);
        }
        if (authenticator == null) {
            problems.add("authenticator is required");
        }
        if (node != null && Ids.problem(node) != null) {
            problems.add("node " + Ids.problem(node));
        }
        if (broker != null && (mailbox == null || !mailbox.shared())) {
            problems.add("a broker between nodes requires a mailbox that all nodes share");
        }
        return problems;
    }

    Engine.Options options() {
        Engine.Options made = options;
        if (made == null) {
            throw new IllegalStateException("not built");
        }
        return made;
    }

    ConnectionLimits connectionLimits() {
        return connectionLimits;
    }

    DrainPolicy drainPolicy() {
        return drainPolicy;
    }

    List<Executor> laneExecutors() {
        return lanes.isEmpty() ? threads.lanes() : lanes;
    }

    Cors cors() {
        return cors;
    }

    @Nullable
    Broker broker() {
        return broker;
    }

    /** The host's, and the library's own. */
    List<HttpRoute> routes(Engine engine) {
        List<HttpRoute> all = new ArrayList<>(routes);
        if (eventsPath != null && eventsDialect != null) {
            all.add(EventsRoute.of(engine, eventsPath, eventsDialect));
        }
        return all;
    }

    /** Stops the threads that were made for the hub. */
    void release() {
        threads.stop();
    }
}
