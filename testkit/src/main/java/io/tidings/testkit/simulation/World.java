package io.tidings.testkit.simulation;

import io.tidings.HubStats;
import io.tidings.mailbox.CursorMove;
import io.tidings.mailbox.Mailbox;
import io.tidings.message.Position;
import io.tidings.message.UserKey;
import io.tidings.spi.Broker;
import io.tidings.spi.Ticker;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** One run: who is in it, what happens to them, and what is found to be wrong first. */
final class World {

    private static final long MILLI = 1_000_000;
    private static final long SECOND = 1_000 * MILLI;

    /** How long everything may take to be well again: a round of comparing heads is 30 s. */
    private static final long RECOVERY = 120 * SECOND;

    /** Within what everything arrives in calm weather, which is less than a round. */
    private static final long CALM = 3 * SECOND;

    private static final int MAX_STEPS = 3_000_000;

    private final Chance chance;
    private final Turns turns;
    private final Trace trace;
    private final Weather weather;
    private final Ledger ledger;
    private final SimulatedNetwork network;
    private final Mailbox mailbox;
    private final SimulatedHost host;
    private final Simulation simulation;
    private final List<SimulatedNode> nodes = new ArrayList<>();
    private final List<UserKey> users = new ArrayList<>();
    private final List<SimulatedClient.Device> devices = new ArrayList<>();
    private final List<SimulatedClient> clients = new ArrayList<>();

    /** By instance, those that are gone included. */
    private final List<SimulatedClient> everyone = new ArrayList<>();

    private final List<Wire> wires = new ArrayList<>();
    private @Nullable String violation;
    private boolean healed;
    private int pages;

    World(Simulation simulation, long seed, boolean traced) {
        this.simulation = simulation;
        Chance seeded = new Chance(seed);
        weather = new Weather(seeded.fork());
        turns = new Turns(seeded.fork());
        trace = new Trace(traced, turns);
        chance = seeded.fork();
        ledger = new Ledger(this::violated);
        network = new SimulatedNetwork(this);
        host = new SimulatedHost(this);
        mailbox = simulation.mailbox(surroundings(), weather);
    }

    private Surroundings surroundings() {
        Ticker ticker = new Ticker() {
            @Override
            public long nanos() {
                return turns.now();
            }

            @Override
            public long epochMillis() {
                return World.this.epochMillis();
            }
        };
        return new Surroundings(ticker, (delay, task) -> turns.in(delay.toNanos(), task), turns.pool(), chance.fork());
    }

    Turns turns() {
        return turns;
    }

    Chance chance() {
        return chance;
    }

    Weather weather() {
        return weather;
    }

    Ledger ledger() {
        return ledger;
    }

    Mailbox mailbox() {
        return mailbox;
    }

    SimulatedNetwork network() {
        return network;
    }

    Broker broker(SimulatedNode node) {
        return simulation.broker(surroundings(), node.name() + "-" + node.life(), network.broker(node));
    }

    long epochMillis() {
        return Instant.parse("2025-01-01T00:00:00Z").toEpochMilli() + turns.passed() / MILLI;
    }

    boolean isHealed() {
        return healed;
    }

    /** Whether nothing that is lost or fails comes any more, or ever came. */
    boolean isCalmNow() {
        return healed || weather.calm;
    }

    @Nullable
    String violation() {
        return violation;
    }

    Trace trace() {
        return trace;
    }

    void trace(String who, Supplier<String> what) {
        trace.add(who, what);
    }

    /** Something is wrong; the first is what counts. */
    void violated(String what) {
        if (violation == null) {
            violation = what;
            trace("VIOLATION", () -> what);
        }
    }

    // Who is in it.

    private void populate() {
        for (int i = 1; i <= chance.between(2, 3); i++) {
            nodes.add(new SimulatedNode(this, "n" + i));
        }
        nodes.forEach(SimulatedNode::start);
        // The same user of two tenants is two users.
        users.add(new UserKey("east", "7"));
        users.add(new UserKey("west", "7"));
        if (chance.below(2) == 0) {
            users.add(new UserKey("east", "8"));
        }
        for (UserKey user : users) {
            for (int i = 1; i <= chance.between(1, 2); i++) {
                SimulatedClient.Device device = new SimulatedClient.Device(user, "d" + i);
                devices.add(device);
                for (int page = chance.between(1, 2); page > 0; page--) {
                    open(device);
                }
            }
        }
    }

    private void open(SimulatedClient.Device device) {
        SimulatedClient.Acks[] all = SimulatedClient.Acks.values();
        // Liars are few: they are owed less, and so less is found.
        int drawn = chance.below(9);
        SimulatedClient.Acks acks = drawn < 4 ? all[0] : drawn < 8 ? all[1 + chance.below(3)] : all[4];
        SimulatedClient client = new SimulatedClient(
                this,
                device,
                device.user.tenant().charAt(0) + device.user.user() + device.name + "p" + ++pages,
                acks,
                chance.below(3) == 0);
        clients.add(client);
        everyone.add(client);
        turns.in(chance.upTo(weather.length / 2), client::connect);
    }

    void add(Wire wire) {
        wires.add(wire);
        if (wires.size() > 64) {
            wires.removeIf(Wire::isOver);
        }
    }

    /** The node that a client is sent to; it may be down. */
    SimulatedNode anyNode() {
        return nodes.get(chance.below(nodes.size()));
    }

    @Nullable
    SimulatedNode anyNodeThatIsUp() {
        List<SimulatedNode> up = nodes.stream().filter(SimulatedNode::isUp).toList();
        return up.isEmpty() ? null : up.get(chance.below(up.size()));
    }

    boolean ownsTransient(UserKey user, int number) {
        return host.owns(user, number);
    }

    boolean isHeld(UserKey user, int number) {
        return mailbox instanceof ModelMailbox model && model.holds(user, number);
    }

    // What is watched all the time.

    /** A client's cursor may move as far as it said that it has everything, and no further. */
    void judge(CursorMove move) {
        judge(move.instance(), move.position(), "moved");
    }

    void judge(String instance, Position position, String what) {
        for (SimulatedClient client : everyone) {
            if (client.name().equals(instance)) {
                if (!client.mayMoveTo(position)) {
                    violated("the cursor of " + instance + " is " + what + " to " + Ledger.text(position)
                            + ", which it confirmed up to " + Ledger.text(client.mayMoveTo()));
                }
                return;
            }
        }
        violated("the cursor of " + instance + ", which is nobody, is " + what);
    }

    void checkBounds(SimulatedNode node) {
        if (!node.isRunning()) {
            return;
        }
        HubStats stats = node.hub().stats();
        // A page's gap and its end have no room reserved; answers and pings go beside the messages.
        long bound = (long) (stats.connections() + stats.unauthenticated() + stats.closing())
                * (SimulatedNode.MAX_FRAMES + 8);
        if (stats.queuedFrames() > bound) {
            violated(node.name() + " holds " + stats.queuedFrames() + " frames for " + stats.connections()
                    + " connections");
        }
    }

    void crashed(SimulatedNode node) {
        boolean heard = chance.happens(0.7);
        for (Wire wire : wires) {
            if (wire.isOn(node)) {
                wire.nodeCrashed(heard);
            }
        }
        host.ended(node);
    }

    void replaced(SimulatedClient client) {
        if (client.wires() == 1) {
            violated(client.name() + " was replaced by itself");
        }
    }

    private void checkPromptness() {
        if (weather.calm) {
            long moment = turns.now() - CALM;
            for (SimulatedClient client : clients) {
                Ledger.Entry missing = client.isLiveSince(moment) ? client.missing(moment) : null;
                if (missing != null) {
                    violated(client.name() + " is live and has not got " + missing + " for three seconds");
                }
            }
        }
        turns.in(SECOND / 2, this::checkPromptness);
    }

    // What happens.

    private void storm() {
        int messages = chance.between(10, 60);
        for (int i = 0; i < messages; i++) {
            turns.in((chance.nextLong() >>> 1) % weather.length, this::send);
        }
        for (int bursts = chance.below(3); bursts > 0; bursts--) {
            long when = (chance.nextLong() >>> 1) % weather.length;
            int size = chance.between(5, 25);
            turns.in(when, () -> {
                for (int i = 0; i < size; i++) {
                    send();
                }
            });
        }
        for (int i = chance.below(20); i > 0; i--) {
            turns.in((chance.nextLong() >>> 1) % weather.length, this::publish);
        }
        Storm storm = new Storm(this, weather);
        storm.begin();
        checkPromptness();
    }

    private void send() {
        UserKey user = users.get(chance.below(users.size()));
        String except = null;
        if (chance.below(10) == 0) {
            SimulatedClient client = anyClient();
            except = client == null ? null : client.name();
        }
        host.send(user, except);
    }

    private void publish() {
        UserKey user = users.get(chance.below(users.size()));
        if (chance.below(2) == 0) {
            host.publish(io.tidings.message.Address.user(user), user.user());
        } else {
            host.publish(io.tidings.message.Address.tenant(user.tenant()), user.user());
        }
    }

    @Nullable
    SimulatedClient anyClient() {
        return clients.isEmpty() ? null : clients.get(chance.below(clients.size()));
    }

    List<SimulatedNode> nodes() {
        return nodes;
    }

    List<UserKey> users() {
        return users;
    }

    SimulatedHost host() {
        return host;
    }

    /** A page is closed, or dies, and the device opens another that remembers nothing. */
    void reload(SimulatedClient client) {
        clients.remove(client);
        client.leave(chance.below(2) == 0);
        open(client.device());
    }

    private void heal() {
        healed = true;
        trace("world", () -> "all is well from now on");
        network.mendAll();
        for (SimulatedNode node : nodes) {
            node.setClock();
            node.goOn();
            if (!node.isRunning()) {
                node.start();
            }
        }
        wires.forEach(Wire::unstall);
        clients.forEach(SimulatedClient::acknowledgeAll);
    }

    private boolean isWell() {
        if (host.pending() > 0 || nodes.stream().anyMatch(node -> !node.isUp())) {
            return false;
        }
        for (SimulatedClient client : clients) {
            if (!client.isLive() || client.missing(Long.MAX_VALUE) != null) {
                return false;
            }
        }
        return true;
    }

    /** Runs everything. */
    void run() {
        trace("world", weather::toString);
        populate();
        storm();
        if (!runFor(weather.length)) {
            return;
        }
        heal();
        long deadline = turns.now() + RECOVERY;
        if (!recover(deadline)) {
            return;
        }
        trace("world", () -> "everybody has everything");
        clients.forEach(SimulatedClient::acknowledgeAll);
        if (runFor(3 * SECOND) && recover(deadline + 3 * SECOND) && leave()) {
            close();
        }
    }

    private boolean recover(long deadline) {
        while (!isWell()) {
            if (turns.now() >= deadline) {
                violated("not well again " + RECOVERY / SECOND + " s after the storm: " + illness());
            }
            if (!runFor(SECOND / 4)) {
                return false;
            }
        }
        return true;
    }

    private String illness() {
        StringBuilder text = new StringBuilder(host.pending() + " sends are under way");
        for (SimulatedNode node : nodes) {
            if (!node.isUp()) {
                text.append("; ").append(node.name()).append(" is not up");
            }
        }
        for (SimulatedClient client : clients) {
            Ledger.Entry missing = client.missing(Long.MAX_VALUE);
            if (!client.isLive() || missing != null) {
                text.append("; ").append(client.state());
                if (missing != null) {
                    text.append(", has not got ").append(missing);
                }
            }
        }
        return text.toString();
    }

    private boolean leave() {
        List.copyOf(clients).forEach(client -> client.leave(true));
        clients.clear();
        if (!runFor(12 * SECOND)) {
            return false;
        }
        for (SimulatedNode node : nodes) {
            node.checkEmpty("has no clients any more");
        }
        return violation == null;
    }

    private void close() {
        nodes.forEach(node -> node.close(() -> {}));
        for (int i = 0; i < 100 && violation == null; i++) {
            runFor(SECOND);
            if (nodes.stream().noneMatch(SimulatedNode::isRunning)) {
                return;
            }
        }
        violated("not closed: "
                + nodes.stream()
                        .filter(SimulatedNode::isRunning)
                        .map(SimulatedNode::name)
                        .toList());
    }

    /** Lets time pass; false when something is wrong. */
    private boolean runFor(long nanos) {
        long until = turns.now() + nanos;
        while (violation == null && turns.step(until)) {
            if (turns.steps() > MAX_STEPS) {
                violated("no end after " + MAX_STEPS + " steps");
            }
        }
        return violation == null;
    }
}
