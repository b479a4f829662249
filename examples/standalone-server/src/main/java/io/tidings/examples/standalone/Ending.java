package io.tidings.examples.standalone;

import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sun.misc.Signal;

/**
 * How the process ends: the first SIGTERM or SIGINT drains the server and exits with 0, the second ends it at once with 128 and its
 * number. A server that cannot be closed in time is not waited for.
 */
final class Ending {

    private static final Logger LOG = LoggerFactory.getLogger(Ending.class);

    /** More than a drain, and the mailbox after it, can take. */
    private static final long MAX_MILLIS = 40_000;

    private static final int NOT_CLOSED = 1;
    private static final int BY_SIGNAL = 128;

    private final Server server;
    private final AtomicBoolean begun = new AtomicBoolean();

    private Ending(Server server) {
        this.server = server;
    }

    /** Ends the process with the server from now on. */
    static void with(Server server) {
        Ending ending = new Ending(server);
        for (String name : new String[] {"TERM", "INT"}) {
            try {
                Signal.handle(new Signal(name), ending::signalled);
            } catch (IllegalArgumentException taken) {
                // The JVM keeps the signal for itself, and runs the hook.
                LOG.debug("SIG{} cannot be handled", name, taken);
            }
        }
        Runtime.getRuntime().addShutdownHook(new Thread(ending::end, "shutdown"));
    }

    private void signalled(Signal signal) {
        if (begun.get()) {
            LOG.warn("SIG{} again: not waiting any longer", signal.getName());
            Runtime.getRuntime().halt(BY_SIGNAL + signal.getNumber());
        }
        end();
    }

    private void end() {
        if (begun.getAndSet(true)) {
            return;
        }
        Thread closing = new Thread(server::close, "closing");
        closing.setDaemon(true);
        closing.start();
        try {
            closing.join(MAX_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        System.out.flush();
        // A signal would end the process with 128 and its number; an orderly end is no failure.
        Runtime.getRuntime().halt(closing.isAlive() ? NOT_CLOSED : 0);
    }
}
