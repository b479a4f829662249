package io.tidings.benchmarks;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.BooleanSupplier;

/**
 * A node dies, and all its clients come to another one at once and resume, while that one's own users are sent messages.
 *
 * <p>{@code java -cp benchmarks/target/benchmarks.jar io.tidings.benchmarks.ResumeBench} prints how long it took until all were
 * live, how many calls of the mailbox each cost, and how late the messages of the others were meanwhile; see
 * {@link ResumeOptions} for its arguments. The clients are in this process, the server is in one of its own: each has
 * descriptors for one side.
 */
public final class ResumeBench {

    private static final Duration PATIENCE = Duration.ofMinutes(3);
    private static final Duration CALM = Duration.ofSeconds(5);

    private ResumeBench() {}

    /** Runs the bench. */
    public static void main(String[] arguments) throws Exception {
        ResumeOptions options = ResumeOptions.parse(arguments);
        Path ids = Files.createTempFile("resume", ".ids");
        List<String> serverArguments = new ArrayList<>(List.of(arguments));
        serverArguments.add(ids.toString());
        try (ChildProcess server =
                ChildProcess.start(ResumeServer.class, OptionalInt.empty(), options.jvm(), serverArguments)) {
            int port = Integer.parseInt(server.next()[1]);
            run(options, server, port, Files.readAllLines(ids));
        } finally {
            Files.delete(ids);
        }
    }

    private static void run(ResumeOptions options, ChildProcess server, int port, List<String> ids) throws Exception {
        List<String> others = new ArrayList<>();
        for (int i = 0; i < options.others(); i++) {
            others.add(ResumeServer.PATH + "?token=o" + i + "&device=d&instance=i");
        }
        List<String> returning = new ArrayList<>();
        for (int i = 0; i < options.connections(); i++) {
            int user = i / options.tabs();
            returning.add(ResumeServer.PATH + "?token=u" + user + "&device=d&instance=i" + i % options.tabs()
                    + "&lastMessageId=" + ids.get(user));
        }
        try (ResumeClients stay = new ResumeClients(port, others, 0, 1)) {
            await("the others live", () -> stay.live.get() == options.others());
            server.ask("send");
            Thread.sleep(CALM.toMillis());
            stay.take();
            Thread.sleep(CALM.toMillis());
            System.out.println("others, calm:    " + line(stay.take()));
            server.ask("mark");
            stay.take();
            try (ResumeClients come = new ResumeClients(port, returning, options.missed(), 2)) {
                await("all live", () -> come.live.get() == options.connections());
                System.out.println("others, storm:   " + line(stay.take()));
                String[] report = server.ask("report");
                long attaches = Long.parseLong(report[1]);
                long reads = Long.parseLong(report[2]);
                System.out.printf(
                        "live:            %d, last after %.1f s, half after %.1f s; %d refused, %d failed, %d given up, %d"
                                + " wrong, %d ended%n",
                        come.live.get(),
                        come.untilLive.max() / 1e6,
                        come.untilLive.quantile(0.5) / 1e6,
                        come.refused.get(),
                        come.failed.get(),
                        come.silent.get(),
                        come.wrong.get(),
                        come.ended.get() + stay.ended.get());
                System.out.printf(
                        "mailbox calls:   %.2f a connection: %d attaches, %d reads; beside them %s appends, %s heads,"
                                + " %s cursor moves%n",
                        (attaches + reads) / (double) options.connections(),
                        attaches,
                        reads,
                        report[3],
                        report[4],
                        report[5]);
            }
        }
    }

    private static String line(Latencies latencies) {
        return String.format(
                "p50 %.1f ms, p99 %.1f ms, max %.1f ms",
                latencies.quantile(0.5) / 1e3, latencies.quantile(0.99) / 1e3, latencies.max() / 1e3);
    }

    private static void await(String what, BooleanSupplier condition) throws InterruptedException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - end > 0) {
                throw new IllegalStateException("not in time: " + what);
            }
            Thread.sleep(5);
        }
    }
}
