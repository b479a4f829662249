package io.tidings.testkit;

import io.tidings.limit.SlidingWindowLimiter;
import io.tidings.message.UserKey;
import io.tidings.policy.Budget;
import io.tidings.spi.Permit;
import io.tidings.spi.RateLimiter;
import io.tidings.spi.Ticker;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The contract of a limiter passes the plainest one, and finds each of its possible flaws. */
@Tag("R101")
class RateLimiterContractProofTest {

    /** What can be wrong, and the test that says so. */
    enum Flaw {
        GRANTS_EVERYTHING("theLastThatFits_isGranted_andTheNextIsRefused"),
        GRANTS_ONE_MORE("theLastThatFits_isGranted_andTheNextIsRefused"),
        GRANTS_ONE_LESS("theLastThatFits_isGranted_andTheNextIsRefused"),
        NEVER_GRANTS_AGAIN("aUserWhoRested_hasTheWholeBudget"),
        HAS_A_FIXED_WINDOW("theWindow_slides_soThatNoMinuteHoldsMore"),
        HAS_A_BUCKET("theWindow_slides_soThatNoMinuteHoldsMore"),
        COUNTS_REFUSALS("refusals_areNotCounted"),
        SAYS_THE_WHOLE_WINDOW("refused_saysWhenToTryAgain_andThenOneIsGranted_andNoMore"),
        MIXES_USERS("users_areCountedApart_whateverTheirNames"),
        MIXES_TENANTS("users_areCountedApart_whateverTheirNames"),
        IGNORES_CASE("users_areCountedApart_whateverTheirNames"),
        JOINS_NAMES("users_areCountedApart_whateverTheirNames"),
        MIXES_BUDGETS("budgets_areCountedApart_byName"),
        LIMITS_THE_UNLIMITED("anUnlimitedBudget_isAlwaysGranted"),
        CAPS_BUDGETS("aLargeBudget_isGrantedWhole"),
        GOES_BY_THE_WALL_CLOCK("theWallClock_mayJump"),
        RACES("threadsSideBySide_areGrantedNoMoreTogether"),
        CLOSES_ONCE("theLastThatFits_isGranted_andTheNextIsRefused");

        private final String test;

        Flaw(String test) {
            this.test = test;
        }
    }

    /** What {@link Suite} is run with; set by the proof's thread before it runs the suite. */
    private static @Nullable Flaw flaw;

    static class Suite extends RateLimiterContract {
        @Override
        protected RateLimiter open(ManualTime time) {
            return new StubLimiter(time, flaw);
        }
    }

    @Test
    void plainLimiter_holds() {
        flaw = null;
        ContractProof.assertHolds(Suite.class);
    }

    @ParameterizedTest
    @EnumSource
    void everyFlaw_isCaught(Flaw each) {
        flaw = each;
        ContractProof.assertCaught(Suite.class, each.test);
    }

    /** A limiter that is right but for one flaw. */
    private static final class StubLimiter implements RateLimiter {

        private final Ticker time;
        private final @Nullable Flaw flaw;
        private final SlidingWindowLimiter right;
        private final Map<UserKey, Integer> counts = new HashMap<>();
        private boolean closed;

        StubLimiter(Ticker time, @Nullable Flaw flaw) {
            this.time = time;
            this.flaw = flaw;
            this.right = new SlidingWindowLimiter(flaw == Flaw.GOES_BY_THE_WALL_CLOCK ? new WallClock(time) : time);
        }

        @Override
        public Permit acquire(UserKey user, Budget budget) {
            if (flaw == null) {
                return right.acquire(user, budget);
            }
            return switch (flaw) {
                case GRANTS_EVERYTHING -> Permit.GRANTED;
                case GRANTS_ONE_MORE -> right.acquire(user, with(budget, budget.permits() + 1));
                case GRANTS_ONE_LESS -> right.acquire(user, with(budget, Math.max(1, budget.permits() - 1)));
                case NEVER_GRANTS_AGAIN -> counted(user, budget, 0);
                case HAS_A_FIXED_WINDOW ->
                    counted(user, budget, time.nanos() / budget.window().toNanos());
                case HAS_A_BUCKET -> bucket(user, budget);
                case COUNTS_REFUSALS -> {
                    Permit permit = right.acquire(user, budget);
                    right.acquire(user, new Budget(budget.name(), budget.permits() + 1_000, budget.window()));
                    yield permit;
                }
                case SAYS_THE_WHOLE_WINDOW ->
                    right.acquire(user, budget) instanceof Permit.Refused
                            ? new Permit.Refused(budget.window())
                            : Permit.GRANTED;
                case MIXES_USERS -> right.acquire(UserKey.of("anybody"), budget);
                case MIXES_TENANTS -> right.acquire(UserKey.of(user.user()), budget);
                case IGNORES_CASE ->
                    right.acquire(
                            new UserKey(
                                    user.tenant().toLowerCase(Locale.ROOT),
                                    user.user().toLowerCase(Locale.ROOT)),
                            budget);
                case JOINS_NAMES -> right.acquire(UserKey.of(user.toString()), budget);
                case MIXES_BUDGETS -> right.acquire(user, new Budget("any", budget.permits(), budget.window()));
                case LIMITS_THE_UNLIMITED -> right.acquire(user, budget.isLimited() ? budget : with(budget, 1_000));
                case CAPS_BUDGETS -> right.acquire(user, with(budget, Math.min(1_000, budget.permits())));
                case RACES -> racing(user, budget);
                case GOES_BY_THE_WALL_CLOCK, CLOSES_ONCE -> right.acquire(user, budget);
            };
        }

        private static Budget with(Budget budget, int permits) {
            return budget.isLimited() || permits < Budget.MAX
                    ? new Budget(budget.name(), permits, budget.window())
                    : budget;
        }

        private Permit counted(UserKey user, Budget budget, long window) {
            UserKey key = new UserKey(user.tenant(), user.user() + window);
            int count = counts.merge(key, 1, Integer::sum);
            return count <= budget.permits() ? Permit.GRANTED : new Permit.Refused(Duration.ofMillis(1));
        }

        /** Full at first, a permit comes back every so often. */
        private Permit bucket(UserKey user, Budget budget) {
            long came = (time.nanos() + Duration.ofHours(1).toNanos())
                    / (budget.window().toNanos() / budget.permits());
            int used = counts.merge(user, 0, Integer::sum);
            int first = counts.computeIfAbsent(UserKey.of("start " + user.user()), missing -> (int) came);
            if (used >= budget.permits() + came - first) {
                return new Permit.Refused(Duration.ofMillis(1));
            }
            counts.put(user, used + 1);
            return Permit.GRANTED;
        }

        private Permit racing(UserKey user, Budget budget) {
            int used;
            synchronized (this) {
                used = counts.getOrDefault(user, 0);
            }
            Thread.yield();
            synchronized (this) {
                counts.put(user, used + 1);
            }
            return used < budget.permits() ? Permit.GRANTED : new Permit.Refused(Duration.ofMillis(1));
        }

        @Override
        public void close() {
            if (closed && flaw == Flaw.CLOSES_ONCE) {
                throw new IllegalStateException("closed already");
            }
            closed = true;
        }
    }

    /** The wall clock taken for a clock that does not jump. */
    private record WallClock(Ticker time) implements Ticker {
        @Override
        public long nanos() {
            return time.epochMillis() * 1_000_000;
        }

        @Override
        public long epochMillis() {
            return time.epochMillis();
        }
    }
}
