package io.tidings.benchmarks;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** One server process and its clients, from start to end. One thread uses it. */
final class FanOutRun implements AutoCloseable {
    private static final int WARM_UP_STEPS = 4;
    private static final double KEPT = 0.98;
    private static final long KEPT_P99_MICROS = 250_000;
    /** How finely the highest rate is looked for: 4 halvings of a doubling are 6 %. */
    private static final int HALVINGS = 4;

    private final BenchOptions options;
    private final ChildProcess server;
    private final ChildProcess clients;

    FanOutRun(BenchOptions options, String kind) throws IOException {
        this.options = options;
        server = ChildProcess.start(
                ServerProcess.class, options.serverProcessor(), options.jvm(), List.of("--kind", kind));
        String[] listening = server.next();
        clients = ChildProcess.start(
                LoadClient.class,
                options.clientProcessor(),
                List.of("-Xmx512m"),
                List.of(listening[1], listening[2], Integer.toString(options.connections())));
        clients.next();
    }

    /**
     * What one rate gave.
     *
     * @param offered       deliveries asked for: broadcasts that were due times connections
     * @param delivered     texts that the clients read
     * @param cpuMicros     CPU time of the server process for each of them
     * @param perSecond     deliveries a second
     * @param p50Micros     half of the deliveries took at most so long, from when the broadcast was due
     * @param p99Micros     99 % of the deliveries did
     */
    record Step(long offered, long delivered, double cpuMicros, double perSecond, long p50Micros, long p99Micros) {
        boolean kept() {
            return delivered >= KEPT * offered && p99Micros <= KEPT_P99_MICROS;
        }
    }

    /** What one run gave; no {@code highest} when it was not looked for. */
    record Result(Step fixed, @Nullable Step highest) {}

    Result measure() throws IOException {
        for (int i = 0; i < WARM_UP_STEPS; i++) {
            hold(options.rate() * (i + 1), 1000);
        }
        Step fixed = hold(options.rate(), options.seconds() * 1000L);
        return new Result(fixed, options.highest() ? highest(fixed) : null);
    }

    /** Doubles the rate until it is not kept, then halves the distance. A rate has two chances: neighbours are noisy. */
    private Step highest(Step fixed) throws IOException {
        double kept = options.rate();
        double lost = 0;
        Step best = fixed;
        for (int halvings = 0; halvings <= HALVINGS; ) {
            double rate = lost == 0 ? kept * 2 : Math.sqrt(kept * lost);
            Step step = hold(rate, options.seconds() * 1000L);
            if (!step.kept()) {
                step = hold(rate, options.seconds() * 1000L);
            }
            if (step.kept()) {
                kept = rate;
                best = step;
            } else {
                lost = rate;
            }
            if (lost > 0) {
                halvings++;
            }
        }
        return best;
    }

    private Step hold(double rate, long millis) throws IOException {
        clients.ask("mark");
        String[] published = server.ask("publish " + rate + " " + millis + " " + options.characters());
        String[] report = whenQuiet();
        long delivered = Long.parseLong(report[1]);
        if (!report[2].equals("0")) {
            throw new IOException(report[2] + " connections were closed by the server");
        }
        long offered = (long) Math.ceil(rate * millis / 1000) * options.connections();
        return new Step(
                offered,
                delivered,
                Long.parseLong(published[2]) / 1e3 / Math.max(1, delivered),
                delivered * 1e9 / Long.parseLong(published[3]),
                Long.parseLong(report[3]),
                Long.parseLong(report[4]));
    }

    /** The clients' report once nothing more arrives, so that one step's backlog is not the next one's. */
    private String[] whenQuiet() throws IOException {
        String[] report = clients.ask("report");
        while (true) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(300));
            String[] later = clients.ask("report");
            if (later[1].equals(report[1])) {
                return later;
            }
            report = later;
        }
    }

    @Override
    public void close() {
        clients.close();
        server.close();
    }
}
