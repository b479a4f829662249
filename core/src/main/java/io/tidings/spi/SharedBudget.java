package io.tidings.spi;

import io.tidings.message.UserKey;
import io.tidings.policy.Budget;
import java.time.Duration;
import java.util.concurrent.CompletionStage;

/**
 * What users have used up on all nodes, in a store that the nodes share. Nodes do not ask for every use: they take a few permits
 * ahead, on a <em>lease</em>, and use them up one by one. {@link io.tidings.limit.InMemorySharedBudget} is the smallest complete
 * implementation.
 *
 * <p>Within any window of a budget's length no more than its permits are leased in all. A permit counts from when it is leased,
 * whether it is used or not.
 *
 * <p><b>Threads.</b> Methods MAY be called concurrently and MUST NOT block. For a user and budget a node has one call under way.
 * <p><b>Failure.</b> A stage that fails, or is not complete within 10 s, means that the store is away; permits that it leased all
 * the same are lost until their window is over.
 */
public interface SharedBudget extends AutoCloseable {

    /**
     * Leases permits.
     *
     * @param count how many; 1 to the budget's permits
     */
    CompletionStage<Lease> lease(UserKey user, Budget budget, int count);

    /** Lets go of what it holds. Idempotent. */
    @Override
    default void close() {}

    /**
     * What came of it.
     *
     * @param granted    how many permits were leased; from zero to what was asked for, and less only where no more are left
     * @param retryAfter when there will be one again, where fewer were leased than asked for, a window at most; else zero
     */
    record Lease(int granted, Duration retryAfter) {

        /**
         * Checks the ranges.
         *
         * @throws IllegalArgumentException when either is negative
         */
        public Lease {
            if (granted < 0 || retryAfter.isNegative()) {
                throw new IllegalArgumentException("a lease is not negative, was " + granted + ", " + retryAfter);
            }
        }
    }
}
