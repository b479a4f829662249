package io.tidings.benchmarks;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/**
 * Compares what servers take to send one text to many connections.
 *
 * <p>For each kind in turn (A B A B …) it starts a server process and a client process, warms up, measures the CPU time
 * of the server process a delivery at a fixed rate, then the highest rate of which 98 % arrives with a p99 of at most
 * 250 ms. It prints every run, then medians, and the median of the pairs' ratios: neighbours in time are compared
 * because machines drift.
 *
 * <pre>{@code
 * java -cp benchmarks/target/benchmarks.jar io.tidings.benchmarks.FanOutBench \
 *     --kinds bare-tyrus,bare-undertow --pairs 5 --pin
 * }</pre>
 *
 * <p>{@code BenchOptions} lists the arguments, {@code ServerKind} the kinds.
 */
public final class FanOutBench {
    private FanOutBench() {}

    public static void main(String[] args) throws IOException {
        BenchOptions options;
        try {
            options = BenchOptions.parse(args);
        } catch (IllegalArgumentException e) {
            System.err.println(e.getMessage());
            System.exit(2);
            return;
        }
        System.out.printf(
                Locale.ROOT,
                "%,d connections, %d characters, %d s a step, CPU at %.0f broadcasts/s%s%n%n",
                options.connections(),
                options.characters(),
                options.seconds(),
                options.rate(),
                options.pin() ? ", one processor for the server" : "");
        System.out.println(
                "| run | kind | CPU µs/delivery | p50 ms | p99 ms | highest deliveries/s | its p99 ms | its CPU µs |");
        System.out.println("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |");
        List<List<FanOutRun.Result>> results = new ArrayList<>();
        options.kinds().forEach(kind -> results.add(new ArrayList<>()));
        for (int pair = 0; pair < options.pairs(); pair++) {
            for (int kind = 0; kind < options.kinds().size(); kind++) {
                String name = options.kinds().get(kind);
                try (FanOutRun run = new FanOutRun(options, name)) {
                    FanOutRun.Result result = run.measure();
                    results.get(kind).add(result);
                    row(Integer.toString(pair + 1), name, result);
                }
            }
        }
        for (int kind = 0; kind < options.kinds().size(); kind++) {
            List<FanOutRun.Result> of = results.get(kind);
            row(
                    "median",
                    options.kinds().get(kind),
                    new FanOutRun.Result(
                            median(of, FanOutRun.Result::fixed),
                            options.highest() ? median(of, FanOutBench::highest) : null));
        }
        if (results.size() == 2) {
            System.out.printf(
                    Locale.ROOT,
                    "%n%s to %s, median of %d pairs: CPU a delivery × %.2f",
                    options.kinds().get(1),
                    options.kinds().get(0),
                    options.pairs(),
                    ratio(results, result -> result.fixed().cpuMicros()));
            if (options.highest()) {
                System.out.printf(
                        Locale.ROOT,
                        ", highest rate × %.2f",
                        ratio(results, result -> highest(result).perSecond()));
            }
            System.out.println();
        }
    }

    private static void row(String run, String kind, FanOutRun.Result result) {
        FanOutRun.Step fixed = result.fixed();
        System.out.printf(
                Locale.ROOT,
                "| %s | %s | %.2f | %.1f | %.1f |",
                run,
                kind,
                fixed.cpuMicros(),
                fixed.p50Micros() / 1e3,
                fixed.p99Micros() / 1e3);
        FanOutRun.Step highest = result.highest();
        if (highest == null) {
            System.out.println(" | | |");
        } else {
            System.out.printf(
                    Locale.ROOT,
                    " %,.0f | %.1f | %.2f |%n",
                    highest.perSecond(),
                    highest.p99Micros() / 1e3,
                    highest.cpuMicros());
        }
    }

    private static FanOutRun.Step highest(FanOutRun.Result result) {
        return Objects.requireNonNull(result.highest(), "not looked for");
    }

    /** Each measure's own median. */
    private static FanOutRun.Step median(
            List<FanOutRun.Result> results, Function<FanOutRun.Result, FanOutRun.Step> which) {
        List<FanOutRun.Step> steps = results.stream().map(which).toList();
        return new FanOutRun.Step(
                (long) middle(steps, FanOutRun.Step::offered),
                (long) middle(steps, FanOutRun.Step::delivered),
                middle(steps, FanOutRun.Step::cpuMicros),
                middle(steps, FanOutRun.Step::perSecond),
                (long) middle(steps, FanOutRun.Step::p50Micros),
                (long) middle(steps, FanOutRun.Step::p99Micros));
    }

    private static double ratio(List<List<FanOutRun.Result>> results, ToDoubleFunction<FanOutRun.Result> measure) {
        List<Double> ratios = new ArrayList<>();
        for (int pair = 0; pair < results.get(0).size(); pair++) {
            ratios.add(measure.applyAsDouble(results.get(1).get(pair))
                    / measure.applyAsDouble(results.get(0).get(pair)));
        }
        return middle(ratios);
    }

    private static double middle(List<FanOutRun.Step> steps, ToDoubleFunction<FanOutRun.Step> measure) {
        return middle(steps.stream().map(measure::applyAsDouble).toList());
    }

    private static double middle(List<Double> values) {
        List<Double> sorted = values.stream().sorted().toList();
        int half = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(half) : (sorted.get(half - 1) + sorted.get(half)) / 2;
    }
}
