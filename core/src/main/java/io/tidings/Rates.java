package io.tidings;

import io.tidings.limit.SlidingWindowLimiter;
import io.tidings.message.UserKey;
import io.tidings.policy.Budget;
import io.tidings.policy.RateLimits;
import io.tidings.spi.HubObserver;
import io.tidings.spi.Permit;
import io.tidings.spi.RateLimiter;
import io.tidings.spi.Ticker;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Charges what users do to their budgets, and tells of refusals. Refusals themselves, and how often they are told of, are
 * counted on this node alone.
 */
final class Rates {

    /** What clients are told to wait at least, and at most. */
    private static final Duration SHORTEST = Duration.ofMillis(1);

    private static final Duration LONGEST = Duration.ofHours(1);

    private final RateLimits limits;
    private final HubObserver observer;
    private final RateLimiter limiter;
    private final SlidingWindowLimiter own;
    private final @Nullable Budget refusals;
    private final Budget warnings;
    private final Budget typingWarnings;

    /** Whether the host's limiter failed the last time, which is logged once; any thread, a race logs twice. */
    private volatile boolean failing;

    /**
     * Nothing used up yet.
     *
     * @param limiter who counts, or null for this node by itself
     */
    Rates(RateLimits limits, @Nullable RateLimiter limiter, HubObserver observer, Ticker ticker) {
        this.limits = limits;
        this.observer = observer;
        this.own = new SlidingWindowLimiter(ticker);
        this.limiter = limiter == null ? own : limiter;
        // The last one closes, so it does not fit any more.
        this.refusals =
                limits.refusals() == 1 ? null : new Budget("refusals", before(limits.refusals()), limits.window());
        this.warnings = new Budget("warnings", 1, limits.window());
        this.typingWarnings = new Budget("typing warnings", 1, limits.window());
    }

    private static int before(int refusals) {
        return refusals == Budget.UNLIMITED ? Budget.UNLIMITED : refusals - 1;
    }

    RateLimits limits() {
        return limits;
    }

    /** Charges something to a budget. */
    Permit acquire(UserKey user, Budget budget) {
        Permit permit = ask(user, budget);
        if (permit instanceof Permit.Refused refused) {
            refused(user, budget, refused);
        }
        return permit;
    }

    /** Whether one more refusal may be told: from the last on it is not, and the connection closes. */
    Permit refusal(UserKey user) {
        return refusals == null ? new Permit.Refused(limits.window()) : own.acquire(user, refusals);
    }

    /** Whether a change of typing that is dropped may be told of: once a window. */
    boolean warnsOfTyping(UserKey user) {
        return own.acquire(user, typingWarnings) instanceof Permit.Granted;
    }

    /** Somebody was refused. */
    void refused(UserKey user, Budget budget, Permit.Refused refused) {
        observer.limited(budget.name());
        if (own.acquire(user, warnings) instanceof Permit.Granted) {
            HubLog.rateLimited(user, budget, refused.retryAfter());
        }
    }

    /** A host's limiter that throws, or answers nothing, leaves it to this node. */
    private Permit ask(UserKey user, Budget budget) {
        try {
            Permit permit = Objects.requireNonNull(limiter.acquire(user, budget), "the limiter answered nothing");
            failing = false;
            return permit instanceof Permit.Refused refused ? bounded(refused) : permit;
        } catch (RuntimeException | Error failure) {
            if (!failing) {
                failing = true;
                HubLog.limiterFailed(failure);
            }
            return own.acquire(user, budget);
        }
    }

    /** What a host's limiter says must be fit for an error frame and a close frame. */
    private static Permit.Refused bounded(Permit.Refused refused) {
        if (refused.retryAfter().compareTo(SHORTEST) < 0) {
            return new Permit.Refused(SHORTEST);
        }
        return refused.retryAfter().compareTo(LONGEST) > 0 ? new Permit.Refused(LONGEST) : refused;
    }

    void close() {
        limiter.close();
    }
}
