package io.tidings.inmemory;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.tidings.spi.Broker;
import io.tidings.spi.Broker.Publication;
import java.util.ArrayDeque;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What waits for one receiver. Any thread adds; one task at a time of the executor calls the receiver, outside the lock. Beyond
 * {@value #MAX_WAITING} publications the newest are lost, which the receiver is told as a recovery once it caught up.
 */
final class PublicationQueue {

    static final int MAX_WAITING = 65_536;

    private static final Logger LOG = LoggerFactory.getLogger(PublicationQueue.class);

    private final Broker.Receiver receiver;
    private final Executor executor;
    private final Object lock = new Object();

    @GuardedBy("lock")
    private final ArrayDeque<Publication> waiting = new ArrayDeque<>();

    @GuardedBy("lock")
    private boolean running;

    @GuardedBy("lock")
    private boolean lost;

    @GuardedBy("lock")
    private boolean closed;

    PublicationQueue(Broker.Receiver receiver, Executor executor) {
        this.receiver = receiver;
        this.executor = executor;
    }

    void add(Publication publication) {
        synchronized (lock) {
            if (closed) {
                return;
            }
            if (waiting.size() >= MAX_WAITING) {
                lost = true;
                return;
            }
            waiting.add(publication);
            if (running) {
                return;
            }
            running = true;
        }
        try {
            executor.execute(this::drain);
        } catch (RejectedExecutionException e) {
            LOG.warn("Publications are lost: the executor takes no tasks");
            synchronized (lock) {
                waiting.clear();
                running = false;
            }
        }
    }

    void close() {
        synchronized (lock) {
            closed = true;
            waiting.clear();
        }
    }

    private void drain() {
        for (Runnable call = next(); call != null; call = next()) {
            try {
                call.run();
            } catch (RuntimeException e) {
                LOG.error(
                        "A receiver of publications failed failure={}",
                        e.getClass().getName(),
                        e);
            }
        }
    }

    private @Nullable Runnable next() {
        synchronized (lock) {
            Publication publication = waiting.poll();
            if (publication != null) {
                return () -> receiver.received(publication);
            }
            if (lost && !closed) {
                lost = false;
                return receiver::recovered;
            }
            running = false;
            return null;
        }
    }
}
