package io.tidings.transport.jakarta;

import io.tidings.testkit.SwarmClient;
import io.tidings.testkit.SwarmOptions;
import io.tidings.testkit.UpgradeRequest;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;

/**
 * Many clients in a process of their own, because one process has descriptors for either side of 10,000 connections but not for
 * both. Killing it cuts them all.
 */
final class SwarmChild {

    private SwarmChild() {}

    static Process start(int port, int count) throws IOException {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        String classPath = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        return new ProcessBuilder(
                        java,
                        "-Xmx256m",
                        "-cp",
                        classPath,
                        SwarmChild.class.getName(),
                        Integer.toString(port),
                        Integer.toString(count))
                .inheritIO()
                .start();
    }

    /** Opens the connections and holds them until the process is killed. */
    public static void main(String[] arguments) throws InterruptedException {
        int port = Integer.parseInt(arguments[0]);
        int count = Integer.parseInt(arguments[1]);
        SwarmClient swarm = SwarmClient.open(SwarmOptions.DEFAULTS);
        swarm.connect(count, i -> UpgradeRequest.to(URI.create("ws://127.0.0.1:" + port + "/api/v1/ws?token=u" + i)));
        swarm.awaitOpen(count, Duration.ofSeconds(120));
        new CountDownLatch(1).await();
    }
}
