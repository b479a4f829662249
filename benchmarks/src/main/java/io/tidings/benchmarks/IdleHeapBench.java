package io.tidings.benchmarks;

/**
 * The core's share of the heap that an idle connection costs: everything but the transport.
 *
 * <p>{@code java -Xmx1g -cp benchmarks/target/benchmarks.jar io.tidings.benchmarks.IdleHeapBench [connections]} prints bytes a
 * connection, each of a user of its own, after one message to each.
 */
public final class IdleHeapBench {

    private IdleHeapBench() {}

    /** Runs the bench. */
    public static void main(String[] arguments) {
        int connections = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 20_000;
        try (NullHub warm = new NullHub(1_000)) {
            warm.publish();
        }
        long before = used();
        try (NullHub hub = new NullHub(connections)) {
            hub.publish();
            long after = used();
            System.out.printf("%d connections: %d bytes a connection%n", connections, (after - before) / connections);
        }
    }

    private static long used() {
        Runtime runtime = Runtime.getRuntime();
        for (int i = 0; i < 5; i++) {
            System.gc();
        }
        return runtime.totalMemory() - runtime.freeMemory();
    }
}
