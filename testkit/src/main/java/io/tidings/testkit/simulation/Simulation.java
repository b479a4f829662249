package io.tidings.testkit.simulation;

import io.tidings.mailbox.Mailbox;
import io.tidings.spi.Broker;
import java.time.Duration;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Whole nodes, the mailbox and the broker between them, and their clients, in one thread and in simulated time. A seed decides
 * everything: who there is, what is sent, what goes wrong, and who runs next. The same seed is the same run, line by line.
 *
 * <pre>{@code
 * Simulation.standard().check(1, 2_000);                                          // throws at the first seed that fails
 * Simulation.standard().withMailbox(MyMailbox::new).run(4711).trace().forEach(System.out::println);
 * }</pre>
 *
 * <p>After the storm every node is up and nothing fails any more; then every client must be live and have everything that was
 * accepted for it, in order and once, within two simulated minutes. While it lasts, every frame, cursor and gap is judged as it
 * comes. See {@code docs/simulator.md} for what is simulated and what is not.
 *
 * <p>Immutable. <b>Threads.</b> Any; a run uses the caller's alone.
 */
public final class Simulation {

    private static final long IDEMPOTENCY_NANOS = Duration.ofMinutes(5).toNanos();
    private static final int SHOWN = 120;
    private static final Simulation STANDARD = new Simulation(null, null);

    private final @Nullable Function<Surroundings, Mailbox> mailboxes;
    private final @Nullable Brokers brokers;

    /** Makes brokers. */
    @FunctionalInterface
    public interface Brokers {
        /**
         * The broker of one life of a node.
         *
         * @param surroundings the time and the chance to go by
         * @param node         the node's name, of this life alone
         * @param simulated    the simulation's own broker of this node, which loses and delays: to be wrapped, or left alone
         */
        Broker broker(Surroundings surroundings, String node, Broker simulated);
    }

    private Simulation(@Nullable Function<Surroundings, Mailbox> mailboxes, @Nullable Brokers brokers) {
        this.mailboxes = mailboxes;
        this.brokers = brokers;
    }

    /** With a mailbox and brokers of the simulation's own. */
    public static Simulation standard() {
        return STANDARD;
    }

    /**
     * The same with another mailbox, which all nodes share; it is made once a run, and closed by nobody. What it does must be done
     * when its methods return, or go by its surroundings. The simulation delays its calls and loses its answers all the same.
     */
    public Simulation withMailbox(Function<Surroundings, Mailbox> made) {
        return new Simulation(made, brokers);
    }

    /** The same with other brokers. */
    public Simulation withBrokers(Brokers made) {
        return new Simulation(mailboxes, made);
    }

    /** Runs one seed. Where something is found to be wrong it runs again, to tell what happened. */
    public SimulationRun run(long seed) {
        SimulationRun run = run(seed, false);
        return run.violation() == null ? run : run(seed, true);
    }

    /** Runs one seed and tells what happened, whatever comes of it. */
    public SimulationRun runTraced(long seed) {
        return run(seed, true);
    }

    /**
     * Runs seeds one after the other.
     *
     * @throws AssertionError for the first that fails, with the seed, what is wrong and the last {@value #SHOWN} lines of what
     *     happened
     */
    public void check(long firstSeed, int count) {
        for (long seed = firstSeed; seed < firstSeed + count; seed++) {
            SimulationRun run = run(seed);
            if (run.violation() != null) {
                throw new AssertionError(run.report(SHOWN));
            }
        }
    }

    private SimulationRun run(long seed, boolean traced) {
        World world = new World(this, seed, traced);
        world.run();
        return new SimulationRun(
                seed,
                world.violation(),
                world.trace().lines(),
                world.turns().steps(),
                Duration.ofNanos(world.turns().passed()),
                world.turns().digest());
    }

    Mailbox mailbox(Surroundings surroundings, Weather weather) {
        return mailboxes == null
                ? new ModelMailbox(surroundings.ticker(), weather.maxPerUser, IDEMPOTENCY_NANOS)
                : mailboxes.apply(surroundings);
    }

    Broker broker(Surroundings surroundings, String node, Broker simulated) {
        return brokers == null ? simulated : brokers.broker(surroundings, node, simulated);
    }
}
