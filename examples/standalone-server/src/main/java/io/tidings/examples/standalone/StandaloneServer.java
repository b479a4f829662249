package io.tidings.examples.standalone;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The process: reads flags, starts the server, says when it is ready, and ends with it.
 *
 * <p>Exit codes: 0 after SIGTERM, SIGINT or {@code --help}; 1 when it cannot listen or open its database; 2 for a flag that does not hold; 128 and the
 * signal's number after a second signal.
 */
public final class StandaloneServer {

    private static final int CANNOT_START = 1;
    private static final int BAD_FLAG = 2;

    private StandaloneServer() {}

    /** Runs until the process is told to end. */
    public static void main(String[] arguments) throws InterruptedException {
        if (List.of(arguments).contains("--help")) {
            System.out.print(Flag.usage());
            return;
        }
        ContainerLogs.toSlf4j();
        try {
            Flags flags = FlagParser.parse(List.of(arguments), System.getenv());
            run(Server.start(flags), flags.tokens().isDevMode());
        } catch (FlagProblem problem) {
            end(BAD_FLAG, String.valueOf(problem.getMessage()));
        } catch (IOException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            end(CANNOT_START, e.getMessage() + (cause == e ? "" : ": " + cause.getMessage()));
        }
    }

    private static void run(Server server, boolean devMode) throws InterruptedException {
        Logger log = LoggerFactory.getLogger(StandaloneServer.class);
        Ending.with(server);
        if (devMode) {
            log.warn("Dev mode: anybody on this machine gets a token for any user from {}/dev/token", server.url());
        }
        System.out.println("ready on " + server.url());
        new CountDownLatch(1).await();
    }

    private static void end(int status, String line) {
        System.err.println(line);
        System.exit(status);
    }
}
