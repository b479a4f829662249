package io.tidings.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tidings.message.UserKey;
import io.tidings.policy.Budget;
import io.tidings.spi.Permit;
import io.tidings.spi.RateLimiter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Proves a {@link RateLimiter}, in time that stands still until the suite moves it.
 *
 * <pre>{@code
 * class SlidingWindowLimiterContractTest extends RateLimiterContract {
 *
 *     @Override
 *     protected RateLimiter open(ManualTime time) {
 *         return new SlidingWindowLimiter(time);
 *     }
 * }
 * }</pre>
 *
 * <p>A limiter over several nodes is given a store that answers at once, so that it is exact.
 */
@Tag("R50")
public abstract class RateLimiterContract {

    private static final Duration WINDOW = Duration.ofSeconds(60);
    private static final Budget HUNDRED = new Budget("messages", 100, WINDOW);
    private static final UserKey ANN = UserKey.of("ann");
    private static final int THREADS = 4;

    private final ManualTime time = new ManualTime();
    private RateLimiter limiter = (user, budget) -> Permit.GRANTED;

    /** For subclasses. */
    protected RateLimiterContract() {}

    /** Makes a limiter of which nothing is used up; the suite closes it. */
    protected abstract RateLimiter open(ManualTime time) throws Exception;

    @BeforeEach
    void begin() throws Exception {
        limiter = open(time);
    }

    @AfterEach
    void end() {
        limiter.close();
        limiter.close();
    }

    /** How many of so many uses are granted. */
    private int granted(UserKey user, Budget budget, int tries) {
        int granted = 0;
        for (int i = 0; i < tries; i++) {
            if (limiter.acquire(user, budget) instanceof Permit.Granted) {
                granted++;
            }
        }
        return granted;
    }

    private Duration refusal(UserKey user, Budget budget) {
        return assertInstanceOf(Permit.Refused.class, limiter.acquire(user, budget))
                .retryAfter();
    }

    @Test
    void theLastThatFits_isGranted_andTheNextIsRefused() {
        assertEquals(100, granted(ANN, HUNDRED, 100));
        assertInstanceOf(Permit.Refused.class, limiter.acquire(ANN, HUNDRED));
        assertEquals(0, granted(ANN, HUNDRED, 1_000));
    }

    @Test
    void aBudgetOfOne_isGrantedOnce() {
        Budget once = new Budget("once", 1, Duration.ofSeconds(1));
        assertEquals(1, granted(ANN, once, 3));
        time.advance(Duration.ofSeconds(1));
        assertEquals(1, granted(ANN, once, 3));
    }

    @Test
    void aLargeBudget_isGrantedWhole() {
        Budget large = new Budget("large", 5_000, Duration.ofHours(1));
        assertEquals(5_000, granted(ANN, large, 6_000));
    }

    @Test
    void anUnlimitedBudget_isAlwaysGranted() {
        Budget unlimited = new Budget("unlimited", Budget.UNLIMITED, WINDOW);
        assertEquals(10_000, granted(ANN, unlimited, 10_000));
    }

    @Test
    void refused_saysWhenToTryAgain_andThenOneIsGranted_andNoMore() {
        granted(ANN, HUNDRED, 1);
        time.advance(Duration.ofSeconds(5));
        granted(ANN, HUNDRED, 99);
        time.advance(Duration.ofSeconds(5));
        assertEquals(Duration.ofSeconds(50), refusal(ANN, HUNDRED));
        time.advance(Duration.ofSeconds(50).minusMillis(1));
        assertEquals(Duration.ofMillis(1), refusal(ANN, HUNDRED));
        time.advance(Duration.ofMillis(1));
        assertEquals(1, granted(ANN, HUNDRED, 10));
        assertEquals(Duration.ofSeconds(5), refusal(ANN, HUNDRED));
    }

    @Test
    void theWindow_slides_soThatNoMinuteHoldsMore() {
        granted(ANN, HUNDRED, 50);
        time.advance(Duration.ofSeconds(59));
        assertEquals(50, granted(ANN, HUNDRED, 100), "at the end of the first minute");
        time.advance(Duration.ofSeconds(1));
        assertEquals(50, granted(ANN, HUNDRED, 100), "at the start of the second");
        time.advance(Duration.ofSeconds(58));
        assertEquals(0, granted(ANN, HUNDRED, 100));
        time.advance(Duration.ofSeconds(1));
        assertEquals(50, granted(ANN, HUNDRED, 100));
    }

    @Test
    void aSteadyUser_isGrantedTheWholeBudget_minuteAfterMinute() {
        int granted = 0;
        for (int i = 0; i < 600; i++) {
            granted += granted(ANN, HUNDRED, 1);
            time.advance(Duration.ofMillis(600));
        }
        assertEquals(600, granted);
    }

    @Test
    void refusals_areNotCounted() {
        granted(ANN, HUNDRED, 100);
        for (int i = 0; i < 59; i++) {
            time.advance(Duration.ofSeconds(1));
            granted(ANN, HUNDRED, 20);
        }
        time.advance(Duration.ofSeconds(1));
        assertEquals(100, granted(ANN, HUNDRED, 200));
    }

    @Test
    @Tag("R40")
    void users_areCountedApart_whateverTheirNames() {
        for (UserKey user : List.of(
                new UserKey("", "b/c:d.e f"),
                new UserKey("a", "b/c:d.e f"),
                new UserKey("b", "b/c:d.e f"),
                new UserKey("A", "b/c:d.e f"),
                new UserKey("a", "B/c:d.e f"),
                new UserKey("", "a/b/c:d.e f"),
                new UserKey("", "a:b/c:d.e f"),
                new UserKey("a/b", "c:d.e f"),
                new UserKey("a:b/c", "d.e f"),
                new UserKey("a b/c:d.e", "f"))) {
            assertEquals(100, granted(user, HUNDRED, 101), () -> user.toString());
        }
    }

    @Test
    void budgets_areCountedApart_byName() {
        granted(ANN, HUNDRED, 100);
        Budget other = new Budget("control", 100, WINDOW);
        assertEquals(100, granted(ANN, other, 101));
        assertEquals(0, granted(ANN, HUNDRED, 1));
    }

    @Test
    void aUserWhoRested_hasTheWholeBudget() {
        granted(ANN, HUNDRED, 100);
        time.advance(Duration.ofDays(40));
        assertEquals(100, granted(ANN, HUNDRED, 101));
    }

    @Test
    void theWallClock_mayJump() {
        granted(ANN, HUNDRED, 100);
        time.jumpWallClock(Duration.ofHours(1));
        assertEquals(Duration.ofSeconds(60), refusal(ANN, HUNDRED));
        time.jumpWallClock(Duration.ofHours(-2));
        time.advance(WINDOW);
        assertEquals(100, granted(ANN, HUNDRED, 101));
    }

    @Test
    void threadsSideBySide_areGrantedNoMoreTogether() throws Exception {
        Budget wide = new Budget("wide", 1_000, WINDOW);
        for (int round = 0; round < 20; round++) {
            UserKey user = UserKey.of("user " + round);
            AtomicInteger granted = new AtomicInteger();
            CountDownLatch start = new CountDownLatch(1);
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                threads.add(Threads.daemon("limited", () -> {
                    await(start);
                    granted.addAndGet(granted(user, wide, 1_000));
                }));
            }
            threads.forEach(Thread::start);
            start.countDown();
            for (Thread thread : threads) {
                thread.join(TimeUnit.SECONDS.toMillis(20));
                assertTrue(!thread.isAlive(), "a call blocks");
            }
            assertEquals(1_000, granted.get());
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
