package io.tidings.spi;

import io.tidings.message.UserKey;
import io.tidings.policy.Budget;

/**
 * Counts what users do against their budgets. The smallest complete implementation is
 * {@link io.tidings.limit.SlidingWindowLimiter}, for one node; {@link io.tidings.limit.LeasedLimiter} counts over all nodes.
 * {@code RateLimiterContract} proves one.
 *
 * <p>Within any window of a budget's length a user is granted at most its permits. Users of different tenants are different
 * users, and budgets of different names are counted apart. A refusal is not counted. An implementation that counts over
 * several nodes MAY grant a few more or less, and says how many.
 *
 * <p><b>Threads.</b> {@link #acquire} MAY be called concurrently, and MUST NOT block or wait for anything: what is not known now is
 * decided by what this node knows.
 * <p><b>Failure.</b> It MUST NOT throw or answer null; a hub whose limiter does counts by itself, and logs the first time. Clients
 * are told to wait for an hour at most, whatever a refusal says.
 */
public interface RateLimiter extends AutoCloseable {

    /** Counts one use of a budget by a user, or refuses it. An {@linkplain Budget#isLimited unlimited} budget is always granted. */
    Permit acquire(UserKey user, Budget budget);

    /** Lets go of what it holds. Idempotent. Called by the hub when its last connection has ended. */
    @Override
    default void close() {}
}
