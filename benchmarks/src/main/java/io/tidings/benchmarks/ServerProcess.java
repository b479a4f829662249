package io.tidings.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * The server under test, in a process of its own, with the publisher inside it.
 *
 * <p>Argument: {@code --kind <name>}, see {@link ServerKind}. It prints {@code listening <port> <path>}. The command
 * {@code publish <broadcasts per second> <milliseconds> <characters>} on standard input broadcasts at that rate and
 * answers {@code published <broadcasts> <CPU nanoseconds> <elapsed nanoseconds>}, the CPU time of the whole process.
 * The end of the input ends the process.
 */
public final class ServerProcess {
    /** Held, because the log manager holds loggers weakly. Containers tell of their start at INFO. */
    private static final Logger ROOT_LOGGER = Logger.getLogger("");

    private ServerProcess() {}

    public static void main(String[] args) throws Exception {
        if (args.length != 2 || !args[0].equals("--kind")) {
            throw new IllegalArgumentException("expected --kind <name>, got " + String.join(" ", args));
        }
        ROOT_LOGGER.setLevel(Level.SEVERE);
        BenchServer server = ServerKind.named(args[1]).open();
        int port = server.start();
        System.out.println("listening " + port + " " + server.path());
        try (BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII))) {
            String line;
            while ((line = in.readLine()) != null) {
                String[] words = line.split(" ");
                System.out.println(publish(
                        server,
                        Double.parseDouble(words[1]),
                        TimeUnit.MILLISECONDS.toNanos(Long.parseLong(words[2])),
                        Integer.parseInt(words[3])));
            }
        }
        server.stop();
        Runtime.getRuntime().halt(0);
    }

    /**
     * A text is stamped with the time it was due, not with the time it left: a publisher that falls behind shows as
     * latency. What is not published within the duration is not published at all.
     */
    private static String publish(BenchServer server, double perSecond, long nanos, int characters) {
        OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
        long cpu = system.getProcessCpuTime();
        long start = System.nanoTime();
        long broadcasts = 0;
        long due = start;
        while (due - start < nanos) {
            long wait;
            while ((wait = due - System.nanoTime()) > 0) {
                LockSupport.parkNanos(wait);
            }
            if (-wait > nanos - (due - start) + TimeUnit.MILLISECONDS.toNanos(250)) {
                break;
            }
            server.broadcast(Stamp.text(due, characters));
            broadcasts++;
            due = start + (long) (broadcasts * 1e9 / perSecond);
        }
        return "published " + broadcasts + " " + (system.getProcessCpuTime() - cpu) + " " + (System.nanoTime() - start);
    }
}
