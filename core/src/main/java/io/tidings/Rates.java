package io.tidings;

import io.tidings.limit.SlidingWindowLimiter;
import io.tidings.message.UserKey;
import io.tidings.policy.Budget;
import io.tidings.policy.RateLimits;
import io.tidings.spi.HubObserver;
import io.tidings.spi.Permit;
import io.tidings.spi.RateLimiter;
import io.tidings.spi.Ticker;
import org.jspecify.annotations.Nullable;

/**
 * Charges what users do to their budgets, and tells of refusals. Refusals themselves, and how often they are told of, are
 * counted on this node alone.
 */
final class Rates {

    private final RateLimits limits;
    private final HubObserver observer;
    private final RateLimiter limiter;
    private final SlidingWindowLimiter own;
    private final @Nullable Budget refusals;
    private final Budget warnings;
    private final Budget typingWarnings;

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

    /** A host's limiter that throws leaves it to this node. */
    private Permit ask(UserKey user, Budget budget) {
        try {
            return limiter.acquire(user, budget);
        } catch (RuntimeException failure) {
            HubLog.limiterFailed(failure);
            return own.acquire(user, budget);
        }
    }

    void close() {
        limiter.close();
    }
}
