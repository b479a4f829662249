package io.tidings.benchmarks;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.Arrays;

/**
 * The core's own cost of a fan-out: everything but the transport, which takes each frame and forgets it. One thread publishes
 * and is the only lane, so that nothing but the fan-out is measured.
 *
 * <p>{@code java -cp benchmarks/target/benchmarks.jar io.tidings.benchmarks.NullFanOutBench [connections] [rounds]} prints
 * nanoseconds of processor time and allocated bytes a recipient, each the median of the rounds.
 */
public final class NullFanOutBench {

    private static final int WARM_UP = 20_000;
    private static final int PER_ROUND = 2_000;

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private NullFanOutBench() {}

    /** Runs the bench. */
    public static void main(String[] arguments) {
        int connections = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 1_000;
        int rounds = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 11;
        NullHub hub = new NullHub(connections);
        for (int i = 0; i < WARM_UP; i++) {
            hub.publish();
        }
        double[] nanos = new double[rounds];
        double[] bytes = new double[rounds];
        for (int round = 0; round < rounds; round++) {
            long before = hub.written();
            long allocated = allocated();
            long started = THREADS.getCurrentThreadCpuTime();
            for (int i = 0; i < PER_ROUND; i++) {
                hub.publish();
            }
            long recipients = hub.written() - before;
            nanos[round] = (THREADS.getCurrentThreadCpuTime() - started) / (double) recipients;
            bytes[round] = (allocated() - allocated) / (double) recipients;
            if (recipients != (long) PER_ROUND * connections) {
                throw new IllegalStateException(recipients + " were written");
            }
        }
        Arrays.sort(nanos);
        Arrays.sort(bytes);
        System.out.printf(
                "%d connections: %.1f ns a recipient (%.1f to %.1f), %.2f bytes a recipient%n",
                connections, nanos[rounds / 2], nanos[0], nanos[rounds - 1], bytes[rounds / 2]);
        hub.close();
    }

    private static long allocated() {
        return THREADS.getCurrentThreadAllocatedBytes();
    }
}
