package io.tidings.testkit.client;

import io.tidings.spi.Scheduler;
import io.tidings.spi.Ticker;
import java.net.URI;
import java.net.http.HttpClient;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** The options of a {@link TidingsClient}. Not safe for use by several threads. */
public final class ClientOptions {

    /** Shared by all clients that bring none; its tasks only hand on to executors. */
    private static final class Shared {
        static final HttpClient HTTP = HttpClient.newHttpClient();
        static final RandomGenerator RANDOM = new SecureRandom();
        static final Scheduler TIMER = timer();

        private Shared() {}

        private static Scheduler timer() {
            ScheduledThreadPoolExecutor timer =
                    new ScheduledThreadPoolExecutor(1, task -> daemon(task, "tidings-client-timer"));
            timer.setRemoveOnCancelPolicy(true);
            return (delay, task) -> {
                ScheduledFuture<?> scheduled = timer.schedule(task, delay.toNanos(), TimeUnit.NANOSECONDS);
                return () -> scheduled.cancel(false);
            };
        }
    }

    private final URI endpoint;
    private final Supplier<CompletionStage<String>> tokens;
    private ClientDialect dialect = ClientDialect.EVENT;
    private ClientListener listener = new ClientListener() {};
    private String device = "default";
    private @Nullable String instance;
    private @Nullable String lastMessageId;
    private List<String> categories = List.of();
    private Duration backoffBase = Duration.ofMillis(500);
    private Duration backoffCap = Duration.ofSeconds(30);
    private Duration stableAfter = Duration.ofSeconds(30);
    private Duration connectTimeout = Duration.ofSeconds(10);
    private Duration ackDelay = Duration.ofSeconds(2);
    private Duration requestTimeout = Duration.ofMinutes(1);
    private int maxRequests = 100;
    private Ticker ticker = Ticker.SYSTEM;
    private @Nullable Scheduler scheduler;
    private @Nullable RandomGenerator random;
    private @Nullable Executor executor;

    ClientOptions(URI endpoint, Supplier<CompletionStage<String>> tokens) {
        this.endpoint = endpoint;
        this.tokens = tokens;
    }

    /** Sets which dialect the endpoint speaks; default {@link ClientDialect#EVENT}. */
    public ClientOptions dialect(ClientDialect spoken) {
        dialect = spoken;
        return this;
    }

    /** Sets who is told; default nobody. */
    public ClientOptions listener(ClientListener told) {
        listener = told;
        return this;
    }

    /** Sets whose cursor it is, 1 to 128 characters; default {@code default}. A claim of the token wins. */
    public ClientOptions device(String id) {
        device = id;
        return this;
    }

    /** Sets what a reconnect replaces, 1 to 128 characters; default a random one. */
    public ClientOptions instance(String id) {
        instance = id;
        return this;
    }

    /** Sets the id after which the first connection begins; default the device's cursor, which the server keeps. */
    public ClientOptions lastMessageId(String id) {
        lastMessageId = id;
        return this;
    }

    /** Sets which categories come; default all. */
    public ClientOptions categories(List<String> wanted) {
        categories = List.copyOf(wanted);
        return this;
    }

    /**
     * Sets how retries are spread: the n-th falls below {@code base} doubled n times, and never above {@code cap}; default 500 ms
     * and 30 s. The first one's window is the server's to say.
     */
    public ClientOptions backoff(Duration base, Duration cap) {
        backoffBase = base;
        backoffCap = cap;
        return this;
    }

    /** Sets how long a connection must have been open before the backoff begins anew; default 30 s. */
    public ClientOptions stableAfter(Duration duration) {
        stableAfter = duration;
        return this;
    }

    /** Sets how long it may take from asking for a token to the frame that says connected; default 10 s. */
    public ClientOptions connectTimeout(Duration timeout) {
        connectTimeout = timeout;
        return this;
    }

    /**
     * Sets how long acknowledgements are gathered, which are cumulative; default 2 s. A server counts them for all connections of a
     * user together.
     */
    public ClientOptions ackDelay(Duration delay) {
        ackDelay = delay;
        return this;
    }

    /** Sets how long an answer is waited for; default 1 minute; a server knows repeats for 5 minutes, so less than those. */
    public ClientOptions requestTimeout(Duration timeout) {
        requestTimeout = timeout;
        return this;
    }

    /** Sets how many requests may be without an answer, those included that wait for a connection; default 100. */
    public ClientOptions maxRequests(int most) {
        maxRequests = most;
        return this;
    }

    /** Sets the time; default the machine's. */
    public ClientOptions ticker(Ticker time) {
        ticker = time;
        return this;
    }

    /** Sets what runs tasks later; default one daemon thread for all clients. */
    public ClientOptions scheduler(Scheduler later) {
        scheduler = later;
        return this;
    }

    /** Sets the source of chance; default a secure one. */
    public ClientOptions random(RandomGenerator chance) {
        random = chance;
        return this;
    }

    /** Sets what runs the client and its listener, MUST run one task at a time and in order; default a daemon thread. */
    public ClientOptions executor(Executor serial) {
        executor = serial;
        return this;
    }

    /**
     * Starts a client with these options.
     *
     * @throws IllegalArgumentException naming every option out of range
     */
    public TidingsClient start() {
        return start(JdkSocket.opener(Shared.HTTP, connectTimeout));
    }

    TidingsClient start(ClientSocket.Opener opener) {
        List<String> problems = new ArrayList<>();
        positive(problems, "backoffBase", backoffBase);
        positive(problems, "backoffCap", backoffCap);
        positive(problems, "connectTimeout", connectTimeout);
        positive(problems, "requestTimeout", requestTimeout);
        if (ackDelay.isNegative()) {
            problems.add("ackDelay must not be negative, was " + ackDelay);
        }
        if (stableAfter.isNegative()) {
            problems.add("stableAfter must not be negative, was " + stableAfter);
        }
        if (maxRequests < 1) {
            problems.add("maxRequests must be at least 1, was " + maxRequests);
        }
        if (endpoint.getScheme() == null || !endpoint.getScheme().matches("wss?")) {
            problems.add("endpoint must be a ws: or wss: address");
        }
        if (!problems.isEmpty()) {
            throw new IllegalArgumentException(String.join("; ", problems));
        }
        if (random == null) {
            random = Shared.RANDOM;
        }
        if (scheduler == null) {
            scheduler = Shared.TIMER;
        }
        if (instance == null) {
            instance = "i-" + Long.toString(random.nextLong() & Long.MAX_VALUE, 36);
        }
        if (executor == null) {
            ThreadPoolExecutor own = new ThreadPoolExecutor(
                    1, 1, 5, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> daemon(task, "tidings-client"));
            own.allowCoreThreadTimeOut(true);
            executor = own;
        }
        return new TidingsClient(this, opener).begin();
    }

    URI endpoint() {
        return endpoint;
    }

    Supplier<CompletionStage<String>> tokens() {
        return tokens;
    }

    ClientDialect dialect() {
        return dialect;
    }

    ClientListener listener() {
        return listener;
    }

    String device() {
        return device;
    }

    String instance() {
        return set("instance", instance);
    }

    @Nullable
    String lastMessageId() {
        return lastMessageId;
    }

    List<String> categories() {
        return categories;
    }

    Duration backoffBase() {
        return backoffBase;
    }

    Duration backoffCap() {
        return backoffCap;
    }

    Duration stableAfter() {
        return stableAfter;
    }

    Duration connectTimeout() {
        return connectTimeout;
    }

    Duration ackDelay() {
        return ackDelay;
    }

    Duration requestTimeout() {
        return requestTimeout;
    }

    int maxRequests() {
        return maxRequests;
    }

    Ticker ticker() {
        return ticker;
    }

    Scheduler scheduler() {
        return set("scheduler", scheduler);
    }

    RandomGenerator random() {
        return set("random", random);
    }

    Executor executor() {
        return set("executor", executor);
    }

    private static <T> T set(String what, @Nullable T value) {
        if (value == null) {
            throw new IllegalStateException(what + " is set when the client starts");
        }
        return value;
    }

    private static void positive(List<String> problems, String what, Duration duration) {
        if (duration.toMillis() < 1) {
            problems.add(what + " must be at least 1 ms, was " + duration);
        }
    }

    private static Thread daemon(Runnable task, String name) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        return thread;
    }
}
