package io.tidings.testkit;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.tidings.message.Address;
import io.tidings.spi.Broker;
import io.tidings.spi.Scheduler;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A broker that does to what another one brings whatever the contract of {@link Broker} permits: loses it, doubles it, delays it
 * so that it is overtaken, and goes away.
 *
 * <pre>{@code
 * InMemoryBroker.Network network = new InMemoryBroker.Network();
 * Faults faults = new Faults(0.1, 0.1, Duration.ofMillis(50));
 * FaultyBroker broker = new FaultyBroker(network.broker(), faults, time, new Random(seed));
 * }</pre>
 *
 * <p>With {@link ManualTime}, one thread and one seed, faults repeat exactly.
 *
 * <p><b>Threads.</b> As {@link Broker} says; the receiver is called by the other broker's threads and the scheduler's, one at a
 * time. {@link #cut()}, {@link #mend()} and {@link #spoil} MAY be called by any thread at any time.
 */
public final class FaultyBroker implements Broker {

    /**
     * What befalls a publication on its way to this node.
     *
     * @param loss     how likely it is lost; 0 to 1
     * @param doubling how likely it arrives twice, of which each may be lost; 0 to 1
     * @param maxDelay it arrives up to so much later, drawn for each; zero brings it at once and in order
     */
    public record Faults(double loss, double doubling, Duration maxDelay) {

        /** None. */
        public static final Faults NONE = new Faults(0, 0, Duration.ZERO);

        /** Loses everything, without a word. */
        public static final Faults SILENCE = new Faults(1, 0, Duration.ZERO);

        /**
         * Checks the ranges.
         *
         * @throws IllegalArgumentException naming the first value out of range
         */
        public Faults {
            checkLikelihood("loss", loss);
            checkLikelihood("doubling", doubling);
            if (maxDelay.isNegative()) {
                throw new IllegalArgumentException("maxDelay must not be negative, was " + maxDelay);
            }
        }

        private static void checkLikelihood(String name, double value) {
            if (!(value >= 0 && value <= 1)) {
                throw new IllegalArgumentException(name + " must be from 0 to 1, was " + value);
            }
        }
    }

    private final Broker over;
    private final Scheduler scheduler;
    private final Object lock = new Object();

    @GuardedBy("lock")
    private final RandomGenerator random;

    @GuardedBy("lock")
    private Faults faults;

    @GuardedBy("lock")
    private @Nullable Receiver receiver;

    /** Calls of the receiver that wait for their turn. */
    @GuardedBy("lock")
    private final ArrayDeque<Runnable> calls = new ArrayDeque<>();

    @GuardedBy("lock")
    private boolean calling;

    @GuardedBy("lock")
    private boolean closed;

    /** Complete unless the broker is cut. */
    @GuardedBy("lock")
    private CompletableFuture<@Nullable Void> mended = CompletableFuture.completedFuture(null);

    /**
     * A broker over another, which it starts and closes.
     *
     * @param over      what carries publications
     * @param faults    what befalls them
     * @param scheduler what brings them later
     * @param random    what draws; used by one thread at a time
     */
    public FaultyBroker(Broker over, Faults faults, Scheduler scheduler, RandomGenerator random) {
        this.over = over;
        this.faults = faults;
        this.scheduler = scheduler;
        this.random = random;
    }

    /** Changes what befalls publications from now on; those that are delayed arrive. */
    public void spoil(Faults other) {
        synchronized (lock) {
            faults = other;
        }
    }

    /**
     * Cuts this node off: nothing arrives, what was delayed included, publishing fails and is lost, changes of subscriptions are
     * in force when it is over, and {@link #healthy()} is false.
     */
    public void cut() {
        synchronized (lock) {
            if (mended.isDone()) {
                mended = new CompletableFuture<>();
            }
        }
    }

    /** Ends a {@link #cut()} and tells the receiver so. */
    public void mend() {
        CompletableFuture<@Nullable Void> ended;
        Receiver told;
        synchronized (lock) {
            if (mended.isDone()) {
                return;
            }
            ended = mended;
            mended = CompletableFuture.completedFuture(null);
            told = receiver;
        }
        ended.complete(null);
        if (told != null) {
            call(told::recovered);
        }
    }

    @Override
    public void start(String node, Receiver told) {
        synchronized (lock) {
            receiver = told;
        }
        over.start(node, new Receiver() {
            @Override
            public void received(Publication publication) {
                arrive(told, publication);
            }

            @Override
            public void recovered() {
                call(told::recovered);
            }
        });
    }

    @Override
    public CompletionStage<Void> publish(Publication publication) {
        return isCut()
                ? CompletableFuture.failedStage(new IllegalStateException("the node is cut off"))
                : over.publish(publication);
    }

    @Override
    public CompletionStage<Void> subscribe(Address address, boolean subscribed) {
        CompletableFuture<@Nullable Void> reachable;
        synchronized (lock) {
            reachable = mended;
        }
        CompletionStage<Void> changed = over.subscribe(address, subscribed);
        return reachable.isDone() ? changed : changed.thenCombine(reachable, (done, mend) -> done);
    }

    @Override
    public boolean healthy() {
        return !isCut() && over.healthy();
    }

    @Override
    public void close() {
        synchronized (lock) {
            closed = true;
            calls.clear();
        }
        over.close();
    }

    private boolean isCut() {
        synchronized (lock) {
            return !mended.isDone();
        }
    }

    private void arrive(Receiver told, Publication publication) {
        int copies;
        synchronized (lock) {
            copies = faults.doubling > 0 && random.nextDouble() < faults.doubling ? 2 : 1;
        }
        for (int copy = 0; copy < copies; copy++) {
            arriveOnce(told, publication);
        }
    }

    private void arriveOnce(Receiver told, Publication publication) {
        long delay;
        synchronized (lock) {
            if (!mended.isDone() || (faults.loss > 0 && random.nextDouble() < faults.loss)) {
                return;
            }
            delay = faults.maxDelay.isZero() ? 0 : random.nextLong(faults.maxDelay.toNanos() + 1);
        }
        if (delay == 0) {
            call(() -> told.received(publication));
        } else {
            scheduler.schedule(Duration.ofNanos(delay), () -> {
                if (!isCut()) {
                    call(() -> told.received(publication));
                }
            });
        }
    }

    /** Calls the receiver, here or on the thread that is calling it already. */
    private void call(Runnable body) {
        synchronized (lock) {
            calls.add(body);
            if (calling) {
                return;
            }
            calling = true;
        }
        for (Runnable next = nextCall(); next != null; next = nextCall()) {
            boolean returned = false;
            try {
                next.run();
                returned = true;
            } finally {
                if (!returned) {
                    stopCalling();
                }
            }
        }
    }

    private @Nullable Runnable nextCall() {
        synchronized (lock) {
            Runnable next = closed ? null : calls.poll();
            calling = next != null;
            return next;
        }
    }

    private void stopCalling() {
        synchronized (lock) {
            calling = false;
        }
    }
}
