package io.tidings.testkit.simulation;

import io.tidings.spi.Scheduler;
import io.tidings.spi.Ticker;
import java.util.concurrent.Executor;
import java.util.random.RandomGenerator;

/**
 * What a mailbox or a broker of a simulation lives in. A simulation replays only when whatever takes time, or chance, goes by
 * these, and nothing by a thread or a clock of its own.
 *
 * @param ticker    the time
 * @param scheduler runs tasks later, in simulated time
 * @param executor  runs tasks, in the simulation's order; not always in the order in which they were given
 * @param random    chance that the seed decides
 */
public record Surroundings(Ticker ticker, Scheduler scheduler, Executor executor, RandomGenerator random) {}
