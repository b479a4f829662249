package io.tidings.testkit;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.tidings.spi.Broker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A receiver that keeps what arrives, and notices when two threads call it at once. */
final class BrokerRecorder implements Broker.Receiver {

    private final AtomicInteger callers = new AtomicInteger();
    private final Object lock = new Object();

    @GuardedBy("lock")
    private final List<Broker.Publication> received = new ArrayList<>();

    @GuardedBy("lock")
    private final Set<List<Object>> contents = new HashSet<>();

    @GuardedBy("lock")
    private int recoveries;

    @GuardedBy("lock")
    private boolean overlapped;

    /** Set by the test before anything arrives. */
    private volatile @Nullable Consumer<Broker.Publication> also;

    /** Does something more with what arrives, within the call. */
    void alsoDo(Consumer<Broker.Publication> body) {
        also = body;
    }

    @Override
    public void received(Broker.Publication publication) {
        enter();
        Consumer<Broker.Publication> more = also;
        if (more != null) {
            more.accept(publication);
        }
        List<Object> content = BrokerFixture.content(publication);
        synchronized (lock) {
            received.add(publication);
            contents.add(content);
            lock.notifyAll();
        }
        callers.decrementAndGet();
    }

    @Override
    public void recovered() {
        enter();
        synchronized (lock) {
            recoveries++;
            lock.notifyAll();
        }
        callers.decrementAndGet();
    }

    List<Broker.Publication> received() {
        synchronized (lock) {
            return List.copyOf(received);
        }
    }

    /** What arrived, as {@link BrokerFixture#content} has it, each once. */
    Set<List<Object>> contents() {
        synchronized (lock) {
            return Set.copyOf(contents);
        }
    }

    int recoveries() {
        synchronized (lock) {
            return recoveries;
        }
    }

    boolean hasOverlapped() {
        synchronized (lock) {
            return overlapped;
        }
    }

    /** Waits until something arrived, for at most so long. */
    boolean awaitReceived(List<Object> content, Duration patience) throws InterruptedException {
        long deadline = System.nanoTime() + patience.toNanos();
        synchronized (lock) {
            while (!contents.contains(content)) {
                long rest = (deadline - System.nanoTime()) / 1_000_000;
                if (rest <= 0) {
                    return false;
                }
                lock.wait(rest);
            }
            return true;
        }
    }

    /** Stays long enough for another caller to come in, where the broker lets one. */
    private void enter() {
        if (callers.incrementAndGet() > 1) {
            synchronized (lock) {
                overlapped = true;
            }
        }
        for (int i = 0; i < 3; i++) {
            Thread.yield();
        }
    }
}
