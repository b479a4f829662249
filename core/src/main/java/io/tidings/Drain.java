package io.tidings;

import io.tidings.message.CloseReason;
import io.tidings.policy.DrainPolicy;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Sends a hub's clients away: asks so many a step to leave, lets those go that have nothing left to get, and cuts what is left at
 * the deadline.
 *
 * <pre>
 *   untold ----- its turn ----> departing ----- answered, LIVE or nothing held -----> CLOSING ----> ENDED
 *                                   +------- the last call ----------------------------^      the deadline
 * </pre>
 *
 * <p>A connection whose turn has come goes on as before until the requests that it had made are answered, and what waits for it
 * to be LIVE is queued. The end is a task of its lane, so that fan-outs from before it are queued too. From the last call on
 * nobody waits: the close handshake needs what is left of the time.
 *
 * <p>One timer for all of them. Fields are touched by whoever begins, and then by the timer's thread alone.
 */
final class Drain {

    static final Duration STEP = Duration.ofMillis(100);

    private final Engine engine;
    private final DrainPolicy policy;
    private final AtomicBoolean begun = new AtomicBoolean();
    private final CompletableFuture<DrainResult> result = new CompletableFuture<>();
    private final ArrayDeque<HubConnection> untold = new ArrayDeque<>();

    private List<Departure> departing = new ArrayList<>();
    private long started;
    private int total;
    private int told;
    private double perNano;

    /** A connection whose turn has come. */
    private static final class Departure {
        private final HubConnection connection;
        private final CloseReason reason;
        private volatile boolean answered;

        Departure(HubConnection connection, CloseReason reason) {
            this.connection = connection;
            this.reason = reason;
        }

        /** Notes the moment at which the requests made so far are answered. */
        void begin() {
            SerialQueue calls = connection.calls();
            if (calls.isIdle()) {
                answered = true;
            } else {
                calls.add(() -> answered = true);
                calls.start();
            }
        }

        /** Lets the connection end, unless it has something to wait for. */
        boolean leave(boolean lastCall) {
            if (!lastCall && !(answered && connection.isSettled()) && connection.isOpen()) {
                return false;
            }
            if (!connection.lane().execute(() -> connection.end(reason, true))) {
                connection.end(reason, true);
            }
            return true;
        }
    }

    Drain(Engine engine, DrainPolicy policy) {
        this.engine = engine;
        this.policy = policy;
    }

    /** Begins, the first time; what comes of it. */
    CompletionStage<DrainResult> begin() {
        if (begun.compareAndSet(false, true)) {
            engine.drain(policy.spread(engine.live().size()));
            started = engine.ticker().nanos();
            untold.addAll(engine.live());
            total = untold.size();
            perNano = Math.max(policy.perSecond() / 1e9, (double) total / lastCall());
            if (total > 0) {
                HubLog.drainBegins(total);
            }
            step();
        }
        return result.minimalCompletionStage();
    }

    /** When nobody is waited for any more, in nanoseconds from the beginning. */
    private long lastCall() {
        long deadline = policy.deadline().toNanos();
        return deadline - Math.min(HubConnection.CLOSING_TIME.toNanos(), deadline / 3);
    }

    private void step() {
        long passed = engine.ticker().nanos() - started;
        int aborted = 0;
        if (passed >= policy.deadline().toNanos()) {
            aborted = abort();
        } else {
            tell(passed);
        }
        if (aborted > 0 || engine.live().isEmpty()) {
            DrainResult came = new DrainResult(total - Math.min(total, aborted), aborted, Duration.ofNanos(passed));
            if (total > 0) {
                HubLog.drained(came);
            }
            result.complete(came);
            return;
        }
        Duration left = policy.deadline().minusNanos(passed);
        engine.scheduler().schedule(left.compareTo(STEP) < 0 ? left : STEP, this::step);
    }

    private void tell(long passed) {
        boolean lastCall = passed >= lastCall();
        double step = perNano * STEP.toNanos();
        // A timer that comes late makes up for it, but not for all of it at once.
        double most = told + 2 * step;
        double due = lastCall ? total : Math.ceil(Math.min(perNano * passed + step, most));
        while (told < due && !untold.isEmpty()) {
            Departure departure = new Departure(untold.remove(), engine.drainReason());
            told++;
            departure.begin();
            departing.add(departure);
        }
        List<Departure> staying = new ArrayList<>();
        for (Departure departure : departing) {
            if (!leave(departure, lastCall)) {
                staying.add(departure);
            }
        }
        departing = staying;
    }

    /** One connection's trouble must not keep the others. */
    private static boolean leave(Departure departure, boolean lastCall) {
        try {
            return departure.leave(lastCall);
        } catch (RuntimeException | Error failure) {
            HubLog.drainFailed(failure);
            return false;
        }
    }

    private int abort() {
        int aborted = 0;
        for (HubConnection connection : engine.live()) {
            aborted++;
            try {
                connection.lost(CloseReason.RESTART);
            } catch (RuntimeException | Error failure) {
                HubLog.drainFailed(failure);
            }
        }
        return aborted;
    }
}
