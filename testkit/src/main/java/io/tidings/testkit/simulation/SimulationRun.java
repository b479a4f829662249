package io.tidings.testkit.simulation;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What came of one seed.
 *
 * @param seed      which
 * @param violation what was found to be wrong first, or null
 * @param trace     what happened, a line each; empty where nothing was wrong and nobody asked
 * @param steps     how many steps were made
 * @param simulated how much simulated time passed
 * @param digest    of all that was drawn and when: equal runs have equal ones
 */
public record SimulationRun(
        long seed, @Nullable String violation, List<String> trace, long steps, Duration simulated, long digest) {

    /** Copies the trace. */
    public SimulationRun {
        trace = List.copyOf(trace);
    }

    /** For people: the seed, what is wrong, and the last lines of what happened. */
    public String report(int lines) {
        StringBuilder text = new StringBuilder("seed " + seed + ": " + violation + "\n");
        int from = Math.max(0, trace.size() - lines);
        if (from > 0) {
            text.append("    … ").append(from).append(" lines before\n");
        }
        trace.subList(from, trace.size()).forEach(line -> text.append(line).append('\n'));
        return text.append("again: Simulation.standard().run(")
                .append(seed)
                .append("), or -Dtidings.simulation.seed=")
                .append(seed)
                .append(" with SimulationTest")
                .toString();
    }
}
