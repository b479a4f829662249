package io.tidings.testkit.simulation;

import io.tidings.Connection;
import io.tidings.DeliveryListener;
import io.tidings.Endpoint;
import io.tidings.Hub;
import io.tidings.HubStats;
import io.tidings.auth.Authentication;
import io.tidings.auth.Identity;
import io.tidings.dialect.EnvelopeDialect;
import io.tidings.dialect.EventDialect;
import io.tidings.message.Message;
import io.tidings.message.MessageId;
import io.tidings.message.UserKey;
import io.tidings.policy.ConnectionPolicy;
import io.tidings.policy.DrainPolicy;
import io.tidings.policy.HandshakeLimits;
import io.tidings.policy.Heartbeat;
import io.tidings.policy.HeartbeatPolicy;
import io.tidings.policy.QueueLimits;
import io.tidings.policy.RateLimits;
import io.tidings.spi.Sanitizer;
import io.tidings.spi.Scheduler;
import io.tidings.spi.Ticker;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * A node: a hub of the core, and the threads it would have. When it crashes nothing of it runs any more, and its next life
 * knows nothing of the one before.
 */
final class SimulatedNode implements Ticker {

    static final String EVENT = "/api/v1/ws";
    static final String ENVELOPE = "/notification/ws";

    /** The least that a queue may hold, so that it is often full. */
    static final int MAX_FRAMES = 16;

    private static final long EPOCH_MILLIS =
            Instant.parse("2025-01-01T00:00:00Z").toEpochMilli();
    private static final EventDialect EVENTS = EventDialect.standard();
    private static final EnvelopeDialect ENVELOPES = EnvelopeDialect.standard();

    private final World world;
    private final String name;
    private final long offsetNanos;
    private long jumpedMillis;

    private int life;
    private @Nullable Hub hub;
    private boolean draining;
    private boolean paused;

    /** Whether it stood still while it drained, so that its deadline may have passed unseen. */
    private boolean late;

    private final List<Turns.Queue> queues = new ArrayList<>();
    private final List<Turns.Timer> timers = new ArrayList<>();
    private Turns.Queue timer;
    private Turns.Queue brokerThread;
    private Turns.Queue pool;
    private @Nullable StoreLink store;

    SimulatedNode(World world, String name) {
        this.world = world;
        this.name = name;
        this.offsetNanos = (world.chance().nextLong() >> 2);
        this.jumpedMillis = world.chance().between(-2_000, 2_000);
        this.timer = world.turns().thread();
        this.brokerThread = timer;
        this.pool = timer;
    }

    String name() {
        return name;
    }

    int life() {
        return life;
    }

    boolean isAlive(int ofLife) {
        return hub != null && life == ofLife;
    }

    /** Whether it takes clients and messages. */
    boolean isUp() {
        return hub != null && !draining;
    }

    boolean isRunning() {
        return hub != null;
    }

    boolean isPaused() {
        return paused;
    }

    Hub hub() {
        Hub up = hub;
        if (up == null) {
            throw new IllegalStateException(name + " is down");
        }
        return up;
    }

    void start() {
        life++;
        draining = false;
        late = false;
        world.trace(name, () -> "starts, life " + life);
        queues.clear();
        timers.clear();
        timer = thread();
        brokerThread = thread();
        pool = pool();
        Turns.Queue handlers = pool();
        Chance random = world.chance().fork();
        StoreLink toStore = new StoreLink(world, this, world.mailbox());
        store = toStore;
        hub = Hub.builder()
                .endpoint(Endpoint.of(EVENT, EVENTS).withPolicy(policy(HeartbeatPolicy.Probe.FRAME)))
                .endpoint(Endpoint.of(ENVELOPE, ENVELOPES).withPolicy(policy(HeartbeatPolicy.Probe.PROTOCOL)))
                .authenticator(this::authenticate)
                .deliveryListener(new Told())
                .sanitizer(Sanitizer.NONE)
                .node(name + "-" + life)
                .ticker(this)
                .scheduler(scheduler(life))
                .random(random)
                .executor(handlers)
                .lanes(List.of(thread(), thread()))
                .mailbox(toStore)
                .broker(world.broker(this))
                .queueLimits(
                        new QueueLimits(8_192, MAX_FRAMES, QueueLimits.Overflow.DROP_OLDEST, Duration.ofSeconds(3)))
                .rateLimits(RateLimits.NONE)
                .handshakeLimits(HandshakeLimits.STANDARD.unlimited())
                .drainPolicy(new DrainPolicy(1_000, Duration.ofMillis(100), Duration.ofSeconds(8)))
                .expiryWarning(Duration.ofSeconds(2))
                .expirySkew(Duration.ofSeconds(2))
                .build();
    }

    private static ConnectionPolicy policy(HeartbeatPolicy.Probe probe) {
        Heartbeat heartbeat = probe == HeartbeatPolicy.Probe.FRAME
                ? new Heartbeat(probe, Duration.ofSeconds(4), Duration.ofSeconds(2), Heartbeat.Since.PROBE)
                : new Heartbeat(probe, Duration.ofSeconds(4), Duration.ofSeconds(7), Heartbeat.Since.LAST_ANSWER);
        return new ConnectionPolicy(heartbeat, Duration.ZERO, 4_096);
    }

    /** A token is {@code tenant/user@device} and, where it ends, {@code +} and epoch milliseconds. */
    private CompletionStage<Authentication> authenticate(String token) {
        int plus = token.indexOf('+');
        int at = token.indexOf('@');
        String user = token.substring(0, at);
        String device = token.substring(at + 1, plus < 0 ? token.length() : plus);
        Instant expiresAt = plus < 0 ? null : Instant.ofEpochMilli(Long.parseLong(token.substring(plus + 1)));
        int slash = user.indexOf('/');
        UserKey key = new UserKey(user.substring(0, slash), user.substring(slash + 1));
        Authentication accepted = new Authentication.Accepted(new Identity(key, device, Set.of(), Map.of(), expiresAt));
        if (world.chance().happens(0.5)) {
            return CompletableFuture.completedFuture(accepted);
        }
        CompletableFuture<Authentication> later = new CompletableFuture<>();
        int now = life;
        world.turns().in(world.chance().upTo(20_000_000), () -> run(now, () -> later.complete(accepted)));
        return later;
    }

    /** Everything in its memory is gone, and its connections' peers may or may not hear of it. */
    void crash() {
        world.trace(name, () -> "crashes");
        end();
        world.crashed(this);
    }

    private void end() {
        queues.forEach(Turns.Queue::stop);
        timers.forEach(Turns.Timer::cancel);
        world.network().forget(this);
        hub = null;
        paused = false;
        draining = false;
    }

    /** Drains, as before an orderly restart; told when it is closed. */
    void close(Runnable then) {
        Hub closing = hub();
        draining = true;
        int of = life;
        world.trace(name, () -> "drains");
        closing.close();
        closing.closed().thenRun(() -> {
            world.trace(name, () -> "is closed");
            // Its threads may have something left to do, which must harm nobody. As it is closed: all may be well by
            // then,
            // and a retry of a read, for one, is due up to 5 s later.
            boolean toTheEnd = world.isHealed();
            world.turns().in(toTheEnd ? 40_000_000_000L : 2_000_000_000L, () -> {
                if (isAlive(of)) {
                    if (!late) {
                        checkEmpty("is closed");
                    }
                    if (toTheEnd && !waitsForStore() && pendingTimers() > 0) {
                        world.violated(name + " is closed and has " + pendingTimers() + " timers");
                    }
                    end();
                    world.host().ended(this);
                    then.run();
                }
            });
        });
    }

    /** Nothing may be left of any connection, unless the store owes an answer. */
    void checkEmpty(String when) {
        HubStats left = hub().stats();
        if (!left.isEmpty() && !waitsForStore()) {
            world.violated(name + " " + when + " and holds " + left);
        }
    }

    private boolean waitsForStore() {
        StoreLink to = store;
        return to != null && to.unanswered() > 0;
    }

    private int pendingTimers() {
        timers.removeIf(Turns.Timer::isOver);
        return timers.size();
    }

    void pause(long nanos) {
        if (paused) {
            return;
        }
        paused = true;
        late = draining;
        int of = life;
        world.trace(name, () -> "stands still for " + nanos / 1_000_000 + " ms");
        queues.forEach(Turns.Queue::pause);
        world.turns().in(nanos, () -> {
            if (life == of) {
                goOn();
            }
        });
    }

    /** Ends a {@link #pause}. */
    void goOn() {
        if (paused && hub != null) {
            world.trace(name, () -> "goes on");
            paused = false;
            queues.forEach(Turns.Queue::resume);
        }
    }

    void jumpClock(long millis) {
        world.trace(name, () -> "its clock jumps by " + millis + " ms");
        jumpedMillis += millis;
    }

    void setClock() {
        jumpedMillis = 0;
    }

    /** Runs something on one of its threads, unless that life is over. */
    void run(int ofLife, Runnable task) {
        if (isAlive(ofLife)) {
            pool.execute(task);
        }
    }

    /** Runs something on the broker's thread, unless that life is over. */
    void broker(int ofLife, Runnable task) {
        if (isAlive(ofLife)) {
            brokerThread.execute(task);
        }
    }

    /** A thread of this life. */
    Turns.Queue thread() {
        return own(world.turns().thread());
    }

    private Turns.Queue pool() {
        return own(world.turns().pool());
    }

    private Turns.Queue own(Turns.Queue queue) {
        queues.add(queue);
        if (paused) {
            queue.pause();
        }
        return queue;
    }

    private Scheduler scheduler(int ofLife) {
        Turns.Queue thread = timer;
        return (delay, task) -> {
            if (!isAliveOrStarting(ofLife)) {
                return () -> {};
            }
            if (timers.size() >= 64 && (timers.size() & 31) == 0) {
                timers.removeIf(Turns.Timer::isOver);
            }
            boolean[] cancelled = new boolean[1];
            Turns.Timer[] made = new Turns.Timer[1];
            made[0] = world.turns()
                    .in(
                            delay.toNanos(),
                            () -> thread.execute(() -> {
                                if (!cancelled[0]) {
                                    task.run();
                                }
                            }));
            timers.add(made[0]);
            return () -> {
                cancelled[0] = true;
                made[0].cancel();
            };
        };
    }

    private boolean isAliveOrStarting(int ofLife) {
        return life == ofLife;
    }

    @Override
    public long nanos() {
        return world.turns().now() + offsetNanos;
    }

    @Override
    public long epochMillis() {
        return EPOCH_MILLIS + jumpedMillis + world.turns().passed() / 1_000_000;
    }

    /** What the host hears of must have happened. */
    private final class Told implements DeliveryListener {

        @Override
        public void accepted(UserKey user, MessageId id, Message message) {
            int number = message.body().path("id").asInt(-1);
            Ledger.Entry entry = world.ledger().book(user).entry(number);
            if (entry == null) {
                world.violated("the host was told that #" + number + " is accepted, and it is in no mailbox");
            }
        }

        @Override
        public void acknowledged(Connection connection, MessageId after, MessageId upTo) {
            world.judge(connection.instance(), upTo.position(), "said to be acknowledged");
        }
    }
}
